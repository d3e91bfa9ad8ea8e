package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"reli/schemas"
)

// client is where a request comes from.
type client struct {
	address netip.Addr // invalid for the socket in the data directory
	secure  bool       // TLS up to the browser
	local   bool       // the socket in the data directory: only its owner gets there
}

// loopback reports whether the request never left this machine.
func (c client) loopback() bool { return c.local || c.address.IsLoopback() }

// group is the address as far as limits go: a household has one address of
// version 4 or a network of version 6.
func (c client) group() string {
	if c.address.Is6() {
		prefix, _ := c.address.Prefix(64) // 64 fits
		return prefix.String()
	}
	return c.address.String()
}

type (
	clientKey struct{}
	localKey  struct{}
)

// MarkLocal marks the connections of the socket in the data directory; it is
// the ConnContext of the HTTP server.
func MarkLocal(ctx context.Context, c net.Conn) context.Context {
	if c.LocalAddr().Network() == "unix" {
		return context.WithValue(ctx, localKey{}, true)
	}
	return ctx
}

// Local reports whether a request came through that socket: only the owner of
// the data gets there.
func Local(ctx context.Context) bool {
	local, _ := ctx.Value(localKey{}).(bool)
	return local
}

func clientOf(r *http.Request) client {
	c, _ := r.Context().Value(clientKey{}).(client)
	return c
}

// findClient keeps where a request comes from.
func (s *Server) findClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, s.clientFrom(r))))
	})
}

// clientFrom finds out where a request comes from. What a proxy says counts
// only if the proxy is in the list.
func (s *Server) clientFrom(r *http.Request) client {
	c := client{secure: r.TLS != nil}
	if Local(r.Context()) {
		c.local = true
	} else if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.address = peer.Addr().Unmap()
		if s.trusted(c.address) {
			c.address = s.forwardedFor(r.Header.Values("X-Forwarded-For"), c.address)
			c.secure = c.secure || lastOf(r.Header.Values("X-Forwarded-Proto")) == "https"
		}
	}
	return c
}

func (s *Server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.opt.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// forwardedFor goes back through the proxies: the nearest address that is not a
// trusted proxy's is the client's. What stands before it, the client may have
// written himself.
func (s *Server) forwardedFor(headers []string, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer
		}
		if peer = a.Unmap(); !s.trusted(peer) {
			return peer
		}
	}
	return peer
}

// lastOf gives the value that the nearest proxy wrote.
func lastOf(headers []string) string {
	all := strings.Split(strings.Join(headers, ","), ",")
	return strings.ToLower(strings.TrimSpace(all[len(all)-1]))
}

// ParseProxies reads a comma list of addresses and networks.
func ParseProxies(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if a, err := netip.ParseAddr(part); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, schemas.BadParameter("trusted-proxies", "want addresses or networks joined by commas, not %q", part)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

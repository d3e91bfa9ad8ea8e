package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"reli/schemas"
	"reli/web"
	"reli/web/access"
)

// doors are the ways into the server: who is let in, and over what.
type doors struct {
	access  *access.Store // nil for a server without sign-in
	oidc    *access.OIDC
	proxies []netip.Prefix
	origins []string
	tls     *certificate // nil without TLS
	admin   net.Listener // nil where the metrics are not served
}

// openDoors reads who may come in. Close it.
func openDoors(p *process, open bool) (_ *doors, err error) {
	d := &doors{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.proxies, err = web.ParseProxies(p.config.TrustedProxies); err != nil {
		return nil, err
	}
	if d.origins, err = web.ParseOrigins(p.config.CORSOrigins); err != nil {
		return nil, err
	}
	if d.tls, err = openCertificate(p.config.TLSCert, p.config.TLSKey, p.now); err != nil {
		return nil, err
	}
	if p.config.AdminListen != "" {
		if d.admin, err = net.Listen("tcp", p.config.AdminListen); err != nil {
			return nil, fmt.Errorf("admin-listen: %w", err)
		}
	}
	if p.config.SessionIdle <= 0 || p.config.SessionLifetime <= 0 {
		return nil, schemas.BadParameter("session-idle", "a session lasts for a while")
	}
	if open {
		return d, nil
	}
	if d.oidc, err = openOIDC(p); err != nil {
		return nil, err
	}
	d.access, err = access.Open(access.Options{Path: filepath.Join(p.config.Data, "access.db"), Now: p.now, Random: rand.Reader,
		Idle: p.config.SessionIdle, Lifetime: p.config.SessionLifetime})
	return d, err
}

// openOIDC reads the identity provider's file, and the secret beside it.
func openOIDC(p *process) (*access.OIDC, error) {
	if p.config.OIDC == "" {
		return nil, nil
	}
	text, err := os.ReadFile(p.config.OIDC)
	if err != nil {
		return nil, fmt.Errorf("oidc: %w", err)
	}
	config, err := access.ParseOIDC(text)
	var input *access.InputError
	if errors.As(err, &input) {
		return nil, schemas.BadParameter("oidc", "%v", err)
	}
	if err != nil {
		return nil, err
	}
	if file := config.ClientSecretFile; file != "" {
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(p.config.OIDC), file)
		}
		secret, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("oidc: client_secret_file: %w", err)
		}
		config.ClientSecret = strings.TrimSpace(string(secret))
	}
	return access.NewOIDC(config, p.now, rand.Reader), nil
}

// announce says where the server answers, and how the first one gets in.
func (d *doors) announce(p *process, address net.Addr) error {
	scheme := "http"
	if d.tls != nil {
		scheme = "https"
	}
	fmt.Fprintf(p.stdout, "Reli serves %s://%s\n", scheme, address)
	if d.access == nil {
		return nil
	}
	if d.tls == nil && len(d.proxies) == 0 && !loopback(address.String()) {
		fmt.Fprintln(p.stderr, "reli: without TLS nobody can sign in from another machine: give --tls-cert and --tls-key, or a proxy in --trusted-proxies")
	}
	code, err := d.access.FirstCode()
	if err != nil || code == "" {
		return err
	}
	fmt.Fprintf(p.stdout, "还没有管理员。请在登录页用此一次性代码建立第一个管理员（72 小时内有效）：\n"+
		"There is no administrator yet. Make the first one on the sign-in page with this one-time code (good for 72 hours):\n    %s\n", code)
	return nil
}

// serve answers on a listener; the first one is what people use, and has TLS
// where a certificate is given.
func (d *doors) serve(server *http.Server, l net.Listener, first bool) error {
	if first && d.tls != nil {
		return server.ServeTLS(l, "", "") // the certificate is in the server's TLS configuration
	}
	return server.Serve(l)
}

// serveAdmin answers the metrics until ctx ends.
func (d *doors) serveAdmin(ctx context.Context, handler http.Handler) (wait func()) {
	if d.admin == nil {
		return func() {}
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: web.MaxHeader}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(d.admin) // ends with Close below
	}()
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	return func() {
		stop()
		_ = server.Close()
		<-done
	}
}

func (d *doors) close() {
	if d.admin != nil {
		_ = d.admin.Close()
	}
	if d.access != nil {
		_ = d.access.Close() // everything in it is durable already
	}
}

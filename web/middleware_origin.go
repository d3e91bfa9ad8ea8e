package web

import (
	"net"
	"net/http"
	"strings"

	"reli/schemas"
)

// hstsAge is a year: browsers then ask over TLS only.
const hstsAge = "max-age=31536000"

// strictTransport tells browsers that came over TLS to do so always.
func strictTransport(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clientOf(r).secure {
			w.Header().Set("Strict-Transport-Security", hstsAge)
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site's page would change. Programs send none
// of the headers by which a browser tells, and pass.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.wrap(func(http.ResponseWriter, *http.Request) error {
		return &schemas.Problem{Code: schemas.CodeCrossOrigin, Status: http.StatusForbidden, Detail: "another site's page asked for this"}
	}))
	return guard.Handler(next)
}

// ownName refuses, in an open server, a name that is not this machine's: another
// site could give its own name this machine's address and read everything.
func (s *Server) ownName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.foreignName(r, clientOf(r)) {
			s.fail(w, r, &schemas.Problem{Code: schemas.CodeCrossOrigin, Status: http.StatusForbidden,
				Detail: "a server without sign-in answers to localhost, 127.0.0.1 and [::1] only"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// foreignName reports whether an open server is asked under such a name.
func (s *Server) foreignName(r *http.Request, c client) bool {
	return s.open() && !c.local && !loopbackName(r.Host)
}

func loopbackName(host string) bool {
	if name, port, _ := strings.Cut(host, ":"); (name == "localhost" || name == "127.0.0.1") && !strings.Contains(port, ":") {
		return true // the usual ones, without a look at their parts
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if len(host) > 2 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

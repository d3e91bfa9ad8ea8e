package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"reli/schemas"
	"reli/web/access"
)

// Names of the session's cookie. The prefix makes browsers hold it to this
// host, to TLS and to the whole site; without TLS, which is for this machine
// alone, they would not take it.
const (
	sessionCookie = "__Host-reli_session"
	plainCookie   = "reli_session"
)

// signInPage is where pages send who is not signed in.
const signInPage = "/signin"

func cookieName(c client) string {
	if c.secure {
		return sessionCookie
	}
	return plainCookie
}

// open reports whether the server runs without sign-in.
func (s *Server) open() bool { return s.opt.Access == nil }

// identify finds out who asks.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), s.identified(r, clientOf(r)))))
	})
}

// identified is who asks, with all that holds for his Selections.
func (s *Server) identified(r *http.Request, c client) access.Principal {
	return s.guardedPrincipal(s.principal(r, c, true))
}

// guardedPrincipal has a display for visitors see protected counts.
func (s *Server) guardedPrincipal(p access.Principal) access.Principal {
	p.Scope.Protected = p.Role == access.RoleWall && s.opt.Guard != nil
	return p
}

// principal finds out who asks; with touch the request counts as use of a
// session. The zero Principal is nobody.
func (s *Server) principal(r *http.Request, c client, touch bool) access.Principal {
	switch {
	case c.local:
		return access.Principal{ID: "local", Name: "local", Role: access.RoleAdministrator}
	case s.open():
		return access.Principal{ID: "open", Name: "open", Role: access.RoleAdministrator}
	}
	if header := r.Header.Get("Authorization"); header != "" {
		secret, bearer := strings.CutPrefix(header, "Bearer ")
		if !bearer {
			return access.Principal{}
		}
		p, _ := s.opt.Access.ByToken(secret)
		return p
	}
	p, _ := s.opt.Access.BySession(sessionSecret(r, c), touch)
	return p
}

// sessionSecret gives the session's cookie, "" without one. The plain one counts
// on this machine only.
func sessionSecret(r *http.Request, c client) string {
	if !c.secure && !c.loopback() {
		return ""
	}
	cookie, err := r.Cookie(cookieName(c))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// still reports whether the request's principal may go on: a long answer asks
// again whenever access changed.
func (s *Server) still(r *http.Request) bool {
	return reflect.DeepEqual(s.guardedPrincipal(s.principal(r, clientOf(r), false)), access.From(r.Context()))
}

// accessChanged gives a channel that is closed with the next change of access;
// nil, which never is, in an open server.
func (s *Server) accessChanged() <-chan struct{} {
	if s.open() {
		return nil
	}
	return s.opt.Access.Changed()
}

// varyPrincipal tells caches that an answer depends on who asks.
const varyPrincipal = "Cookie, Authorization"

// signedIn lets nobody through who is not somebody. Caches between must not give
// one principal's answer to another, nor a browser that of the one before.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.open() {
			w.Header().Add("Vary", varyPrincipal)
		}
		if access.From(r.Context()).Role == "" {
			s.fail(w, r, signInRequired(w))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func signInRequired(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", `Bearer realm="reli"`)
	return &schemas.Problem{Code: schemas.CodeSignIn, Status: http.StatusUnauthorized, Detail: "sign in first"}
}

// may lets through whose role may do something; the table is in package access.
func (s *Server) may(action access.Action) func(http.Handler) http.Handler {
	allowed := slices.DeleteFunc(access.Roles(), func(role access.Role) bool { return !role.May(action) })
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch role := access.From(r.Context()).Role; {
			case role == "":
				s.fail(w, r, signInRequired(w))
			case !slices.Contains(allowed, role):
				s.fail(w, r, &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "your role may not do this"})
			case scopeOf(r).Protected && !protectedRoute(r):
				s.fail(w, r, &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden,
					Detail: "a display for visitors is not shown this"})
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// protectedRoute reports whether a route answers with protected counts, or with
// none. Every other one is closed to who sees no others.
func protectedRoute(r *http.Request) bool {
	return slices.Contains([]string{
		"/v1/tiles/{layers}/{z}/{x}/{tile}", "/v1/tiles/{document}", "/v1/styles/{document}", "/v1/legend", "/v1/playback/{layer}",
		"/v1/basemap/{layer}/{z}/{x}/{y}", "/v1/basemap", "/v1/areas", "/v1/areas/{code}", "/v1/dictionaries",
		"/v1/series", "/v1/breakdown", "/v1/freshness", "/v1/events", "/v1/levels",
	}, chi.RouteContext(r.Context()).RoutePattern())
}

// guardPages sends who is not signed in to sign in, and turns a kiosk's token
// into a session. What is not a page (scripts, styles, fonts) holds no data.
func (s *Server) guardPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place := path.Clean(r.URL.Path) // as pages does
		if extension := path.Ext(place); extension != "" && extension != ".html" {
			next.ServeHTTP(w, r)
			return
		}
		if kiosk := r.URL.Query().Get(kioskParameter); kiosk != "" && !s.open() {
			s.enterKiosk(w, r, kiosk)
			return
		}
		if access.From(r.Context()).Role == "" && strings.TrimSuffix(place, ".html") != signInPage {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, signInPage+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// kioskParameter carries a kiosk's token into a page, once.
const kioskParameter = "kiosk"

// enterKiosk makes a session of a kiosk's token and goes on to the same page
// without it.
func (s *Server) enterKiosk(w http.ResponseWriter, r *http.Request, token string) {
	w.Header().Set("Cache-Control", "no-store")
	if err := needPrivacy(r); err != nil {
		s.fail(w, r, err)
		return
	}
	secret, expires, err := s.opt.Access.Exchange(token)
	t := traceOf(r)
	t.marked, t.refused, t.object = true, err != nil, "a display"
	t.principal, _ = s.opt.Access.BySession(secret, false)
	if errors.Is(err, access.ErrDenied) {
		http.Redirect(w, r, signInPage, http.StatusSeeOther)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.opt.Logger.InfoContext(r.Context(), "kiosk entered", "request_id", requestIDOf(r))
	setSession(w, r, secret, expires)
	q := r.URL.Query()
	q.Del(kioskParameter)
	target := url.URL{Path: path.Clean(r.URL.Path), RawQuery: q.Encode()}
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}

// hideSecrets takes what lets somebody in out of a query string for the log: a
// kiosk's token, and what an identity provider sends.
func hideSecrets(query string) string {
	secret := func(name string) bool { return name == kioskParameter || name == "code" || name == "state" }
	if !strings.Contains(query, "%") && !slices.ContainsFunc(strings.Split(query, "&"), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return secret(name)
	}) {
		return query
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return "(unreadable)"
	}
	for name := range q {
		if secret(name) {
			q.Set(name, "hidden")
		}
	}
	return q.Encode()
}

// who names the principal of a context for the log.
func who(ctx context.Context) string { return access.From(ctx).ID }

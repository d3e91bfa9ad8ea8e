package web

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"reli/schemas"
	"reli/web/access"
)

// Names of the cookie that binds a sign-in at an identity provider to the
// browser that began it.
const (
	stateCookie      = "__Host-reli_oidc"
	plainStateCookie = "reli_oidc"
)

func stateName(c client) string {
	if c.secure {
		return stateCookie
	}
	return plainStateCookie
}

func (s *Server) oidc(r *http.Request) (*access.OIDC, error) {
	if s.open() || s.opt.OIDC == nil {
		return nil, notFound("no identity provider is configured")
	}
	return s.opt.OIDC, needPrivacy(r)
}

// beginOIDC sends the browser to the identity provider.
func (s *Server) beginOIDC(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "next"); err != nil {
		return err
	}
	provider, err := s.oidc(r)
	if err != nil {
		return err
	}
	address, state, err := provider.Begin(r.Context(), ownPath(r.URL.Query().Get("next")))
	if err != nil {
		return providerProblem(err)
	}
	s.setState(w, r, state, 0)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// setState sets the cookie of a sign-in; age -1 takes it away.
func (s *Server) setState(w http.ResponseWriter, r *http.Request, state string, age int) {
	c := clientOf(r)
	http.SetCookie(w, &http.Cookie{Name: stateName(c), Value: state, Path: "/", MaxAge: age, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// finishOIDC takes the browser back from the identity provider. Whatever was
// wrong, the sign-in page says the same; the log has why.
func (s *Server) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	provider, err := s.oidc(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	back := access.Callback{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss")}
	if cookie, err := r.Cookie(stateName(clientOf(r))); err == nil {
		back.Cookie = cookie.Value
	}
	s.setState(w, r, "", -1)
	w.Header().Set("Cache-Control", "no-store")
	identity, next, err := provider.Finish(r.Context(), back)
	if err != nil && !errors.Is(err, access.ErrDenied) {
		return providerProblem(err)
	}
	var account access.Account
	if err == nil {
		if account, err = s.opt.Access.ByIdentity(identity); err == nil {
			err = s.startSession(w, r, account)
		}
	}
	if errors.Is(err, access.ErrDenied) {
		traceOf(r).refused = true
		s.opt.Logger.WarnContext(r.Context(), "sign-in refused", "request_id", requestIDOf(r), "error", err, "provider_error", clip(q.Get("error")))
		http.Redirect(w, r, signInPage+"?refused=1", http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func providerProblem(err error) error {
	return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable, Detail: "the identity provider does not answer", Err: err}
}

// ownPath leaves of a wish where to go only what is on this server.
func ownPath(wish string) string {
	if !strings.HasPrefix(wish, "/") || strings.ContainsAny(wish, "\\\r\n\t") {
		return "/"
	}
	place, query, asks := strings.Cut(wish, "?")
	if place = path.Clean(place); asks {
		place += "?" + query
	}
	return place
}

package web

import (
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/web/access"
)

// maxForm bounds the body of a sign-in or of an account.
const maxForm = 64 << 10

// sessionRoutes are those that nobody has to be signed in for.
func (s *Server) sessionRoutes(r chi.Router) {
	r.Get("/v1/session", s.wrap(s.session))
	r.Delete("/v1/session", s.wrap(s.signOut))
	r.Group(func(r chi.Router) {
		r.Use(s.limitSignIns)
		r.Post("/v1/session", s.wrap(s.signIn))
		r.Post("/v1/session/first", s.wrap(s.redeem))
		r.With(s.signedIn).Post("/v1/session/password", s.wrap(s.changePassword))
		r.Get("/v1/session/oidc", s.wrap(s.beginOIDC))
		r.Get("/v1/session/oidc/callback", s.wrap(s.finishOIDC))
	})
}

// principalView is a principal as answers show him.
type principalView struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Role  access.Role `json:"role"`
	Scope cube.Scope  `json:"scope"`
}

// session says who is signed in and what he may, or how to sign in.
func (s *Server) session(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	if !s.open() {
		w.Header().Add("Vary", "Cookie, Authorization")
	}
	return s.writeJSON(w, r, s.sessionOf(access.From(r.Context())))
}

// sessionOf is what a principal, or nobody, is told of himself.
func (s *Server) sessionOf(p access.Principal) map[string]any {
	answer := map[string]any{"signed_in": p.Role != "", "open": s.open(), "principal": nil, "may": []access.Action{}, "time_zone": s.opt.Store.Zone().String(),
		"sign_in": map[string]bool{"password": !s.open(), "oidc": s.opt.OIDC != nil, "first": !s.open() && s.opt.Access.AwaitsFirst()}}
	if p.Role != "" {
		answer["principal"], answer["may"] = principalView{p.ID, p.Name, p.Role, p.Scope}, p.Role.Actions()
	}
	return answer
}

// readForm reads a JSON body of a few fields. Only JSON: another site's form
// cannot send that.
func readForm(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusUnsupportedMediaType, Detail: "want application/json"}
	}
	err := takeBody(w, r, maxForm).decode(into)
	if _, known := schemas.AsProblem(err); err == nil || known {
		return err
	}
	return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: "the body is not the JSON that is wanted", Err: err}
}

// accounts gives the store of accounts; an open server has none.
func (s *Server) accounts() (*access.Store, error) {
	if s.open() {
		return nil, &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Detail: "this server runs without sign-in"}
	}
	return s.opt.Access, nil
}

// needPrivacy refuses a secret on a way that others can read.
func needPrivacy(r *http.Request) error {
	if c := clientOf(r); !c.secure && !c.loopback() {
		return &schemas.Problem{Code: schemas.CodeInsecure, Status: http.StatusForbidden, Detail: "sign in over https only"}
	}
	return nil
}

// begin is what every sign-in starts with.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, form any) (*access.Store, error) {
	store, err := s.accounts()
	if err != nil {
		return nil, err
	}
	if err := needPrivacy(r); err != nil {
		return nil, err
	}
	return store, readForm(w, r, form)
}

// signIn takes a name and password.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	var form struct{ Name, Password string }
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	tried(r, store, form.Name)
	a, err := store.SignIn(r.Context(), form.Name, form.Password, clientOf(r).group())
	return s.enter(w, r, a, err)
}

// redeem takes a one-time code and sets a password: of an account that is new or
// was reset, or of the first administrator.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) error {
	var form struct{ Name, Code, Password string }
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	tried(r, store, form.Name)
	a, err := store.Redeem(r.Context(), form.Name, form.Code, form.Password, clientOf(r).group())
	return s.enter(w, r, a, err)
}

// changePassword takes the old and the new one, and goes on in a new session;
// all others of the account end.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request) error {
	var form struct{ Old, Password string }
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	id, person := strings.CutPrefix(access.From(r.Context()).ID, "user:")
	if !person {
		return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "only people have passwords"}
	}
	if err := store.ChangePassword(r.Context(), id, form.Old, form.Password, clientOf(r).group()); err != nil {
		return accessProblem(w, err)
	}
	a, err := store.Find(id)
	return s.enter(w, r, a, err)
}

// tried keeps the name of a sign-in for its entry, where there is an account of
// that name: what else is typed there may be a password.
func tried(r *http.Request, store *access.Store, name string) {
	t := traceOf(r)
	t.object = "(no such account)"
	if a, err := store.Find(name); err == nil {
		t.object = a.Name
	}
}

// enter starts the session of who has just shown who he is, and answers as a
// GET of the session would.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, a access.Account, err error) error {
	if err == nil {
		err = s.startSession(w, r, a)
	}
	if err != nil {
		return accessProblem(w, err)
	}
	return writeSecret(w, s.sessionOf(a.Principal()))
}

func (s *Server) startSession(w http.ResponseWriter, r *http.Request, a access.Account) error {
	secret, _, err := s.opt.Access.StartSession(a.ID, sessionSecret(r, clientOf(r)))
	if err != nil {
		return err
	}
	traceOf(r).principal = a.Principal()
	s.opt.Logger.InfoContext(r.Context(), "signed in", "request_id", requestIDOf(r), "account", a.ID)
	setSession(w, r, secret, time.Time{})
	return nil
}

// setSession gives the browser a session. Without a time it ends with the
// browser, too; a display's stays.
func setSession(w http.ResponseWriter, r *http.Request, secret string, expires time.Time) {
	c := clientOf(r)
	http.SetCookie(w, &http.Cookie{Name: cookieName(c), Value: secret, Path: "/", Expires: expires, Secure: c.secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// signOut ends the session. What the browser kept of it goes too.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	store, err := s.accounts()
	if err != nil {
		return err
	}
	if secret := sessionSecret(r, clientOf(r)); secret != "" {
		if err := store.EndSession(secret); err != nil {
			return err
		}
	}
	c := clientOf(r)
	http.SetCookie(w, &http.Cookie{Name: cookieName(c), Path: "/", MaxAge: -1, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Clear-Site-Data", `"cache"`)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// accessProblem turns an error of package access into one for the caller.
func accessProblem(w http.ResponseWriter, err error) error {
	var (
		locked   *access.LockedError
		password *access.PasswordError
		input    *access.InputError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &locked):
		return tooMany(w, locked.After)
	case errors.As(err, &password):
		return schemas.BadParameter("password", "%s", password.Why)
	case errors.As(err, &input):
		return schemas.BadParameter(input.Field, "%s", input.Why)
	case errors.Is(err, access.ErrDenied):
		return &schemas.Problem{Code: schemas.CodeDenied, Status: http.StatusUnauthorized, Detail: "the sign-in was refused", Err: err}
	case errors.Is(err, access.ErrBusy):
		return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable, Detail: "too many sign-ins at once", Err: err}
	case errors.Is(err, access.ErrUnknown):
		return notFound("no such account or token")
	case errors.Is(err, access.ErrTaken), errors.Is(err, access.ErrLastAdmin), errors.Is(err, access.ErrFull):
		return &schemas.Problem{Code: schemas.CodeConflict, Status: http.StatusConflict, Detail: err.Error()}
	}
	return err
}

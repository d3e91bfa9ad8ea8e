package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/web/access"
)

// userView is an account as answers show it: no hash, no code.
type userView struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Display     string      `json:"display"`
	Role        access.Role `json:"role"`
	Scope       cube.Scope  `json:"scope"`
	Disabled    bool        `json:"disabled"`
	External    bool        `json:"external"`     // an identity provider keeps role and scope
	HasPassword bool        `json:"has_password"` // false until the one-time code is used
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
	LastSignIn  *time.Time  `json:"last_sign_in"`
}

func viewUser(a access.Account) userView {
	v := userView{ID: a.ID, Name: a.Name, Display: a.Display, Role: a.Role, Scope: a.Scope, Disabled: a.Disabled,
		External: a.Subject != "", HasPassword: a.Hash != "", CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt}
	if !a.LastSignIn.IsZero() {
		v.LastSignIn = &a.LastSignIn
	}
	return v
}

// userAnswer is an account with the one-time code that this answer alone has.
type userAnswer struct {
	User userView `json:"user"`
	Code string   `json:"code,omitempty"`
}

func (s *Server) users(w http.ResponseWriter, r *http.Request) error {
	store, err := s.accounts()
	if err != nil {
		return err
	}
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	list := []userView{}
	for _, a := range store.Accounts() {
		list = append(list, viewUser(a))
	}
	return s.writeJSON(w, r, map[string]any{"users": list})
}

func (s *Server) addUser(w http.ResponseWriter, r *http.Request) error {
	var form access.NewAccount
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	if err := s.checkScope(form.Scope); err != nil {
		return err
	}
	traceOf(r).says(form)
	a, code, err := store.Add(form)
	return s.answerUser(w, r, "account made", a, code, err)
}

// changeUser changes what the body names; with reset it takes the password away
// and gives a one-time code.
func (s *Server) changeUser(w http.ResponseWriter, r *http.Request) error {
	var form struct {
		access.Change
		Reset bool `json:"reset"`
	}
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	if form.Scope != nil {
		if err := s.checkScope(*form.Scope); err != nil {
			return err
		}
	}
	a, err := store.Find(chi.URLParam(r, "user"))
	if err == nil {
		traceOf(r).says(map[string]any{"account": a.ID, "name": a.Name, "change": form})
		a, err = store.Alter(a.ID, form.Change)
	}
	code := ""
	if err == nil && form.Reset {
		a, code, err = store.Reset(a.ID)
	}
	return s.answerUser(w, r, "account changed", a, code, err)
}

func (s *Server) removeUser(w http.ResponseWriter, r *http.Request) error {
	store, err := s.accounts()
	if err != nil {
		return err
	}
	a, err := store.Find(chi.URLParam(r, "user"))
	if err == nil {
		traceOf(r).says(map[string]any{"account": a.ID, "name": a.Name, "role": a.Role, "scope": a.Scope})
		err = store.Remove(a.ID)
	}
	if err != nil {
		return accessProblem(w, err)
	}
	s.logAccess(r, "account removed", "account", a.ID)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) answerUser(w http.ResponseWriter, r *http.Request, event string, a access.Account, code string, err error) error {
	if err != nil {
		return accessProblem(w, err)
	}
	s.logAccess(r, event, "account", a.ID)
	return writeSecret(w, userAnswer{viewUser(a), code})
}

// writeSecret writes an answer that nothing may keep.
func writeSecret(w http.ResponseWriter, v any) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	return clientGone(json.NewEncoder(w).Encode(v))
}

// logAccess writes a line about a change of who may come in.
func (s *Server) logAccess(r *http.Request, event string, attributes ...any) {
	s.opt.Logger.InfoContext(r.Context(), event, append([]any{"request_id", requestIDOf(r), "by", who(r.Context())}, attributes...)...)
}

// checkScope refuses codes that mean nothing here: a typing error would hide
// everything, and an area that is made later would be seen unawares.
func (s *Server) checkScope(scope cube.Scope) error {
	cat := s.opt.Store.Current().Catalogue
	for _, set := range []struct {
		codes []string
		known func(string) bool
		field string
		code  string
	}{
		{scope.Areas, cat.HasArea, "scope.areas", schemas.CodeUnknownArea},
		{scope.Categories, cat.HasCategory, "scope.categories", schemas.CodeUnknownCategory},
		{scope.Sources, cat.HasSource, "scope.sources", schemas.CodeBadParameter},
	} {
		for _, code := range set.codes {
			if !set.known(code) {
				return &schemas.Problem{Code: set.code, Status: http.StatusBadRequest, Field: set.field, Detail: "no such code: " + clip(code)}
			}
		}
	}
	return nil
}

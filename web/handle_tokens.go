package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/web/access"
)

// tokenView is a token as answers show it, without its secret.
type tokenView struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Role      access.Role `json:"role"`
	Scope     cube.Scope  `json:"scope"`
	Kiosk     bool        `json:"kiosk"`
	Used      bool        `json:"used"` // a kiosk's, after its one exchange
	CreatedBy string      `json:"created_by"`
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt time.Time   `json:"expires_at"`
}

func viewToken(t access.Token) tokenView {
	return tokenView{ID: t.ID, Name: t.Name, Role: t.Role, Scope: t.Scope, Kiosk: t.Kiosk, Used: t.Used,
		CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}
}

// tokenAnswer is a token with the secret that this answer alone has.
type tokenAnswer struct {
	Token  tokenView `json:"token"`
	Secret string    `json:"secret,omitempty"`
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request) error {
	store, err := s.accounts()
	if err != nil {
		return err
	}
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	list := []tokenView{}
	for _, t := range store.Tokens() {
		list = append(list, viewToken(t))
	}
	return s.writeJSON(w, r, map[string]any{"tokens": list})
}

func (s *Server) addToken(w http.ResponseWriter, r *http.Request) error {
	var form access.NewToken
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	if err := s.checkScope(form.Scope); err != nil {
		return err
	}
	t, secret, err := store.AddToken(form, who(r.Context()))
	traceOf(r).says(map[string]any{"token": t.ID, "asked": form})
	return s.answerToken(w, r, "token made", t, secret, err)
}

func (s *Server) changeToken(w http.ResponseWriter, r *http.Request) error {
	var form access.TokenChange
	store, err := s.begin(w, r, &form)
	if err != nil {
		return err
	}
	if form.Scope != nil {
		if err := s.checkScope(*form.Scope); err != nil {
			return err
		}
	}
	traceOf(r).says(form)
	t, err := store.AlterToken(chi.URLParam(r, "token"), form)
	return s.answerToken(w, r, "token changed", t, "", err)
}

func (s *Server) removeToken(w http.ResponseWriter, r *http.Request) error {
	store, err := s.accounts()
	if err != nil {
		return err
	}
	id := chi.URLParam(r, "token")
	if err := store.RevokeToken(id); err != nil {
		return accessProblem(w, err)
	}
	s.logAccess(r, "token revoked", "token", id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) answerToken(w http.ResponseWriter, r *http.Request, event string, t access.Token, secret string, err error) error {
	if err != nil {
		return accessProblem(w, err)
	}
	s.logAccess(r, event, "token", t.ID)
	return writeSecret(w, tokenAnswer{viewToken(t), secret})
}

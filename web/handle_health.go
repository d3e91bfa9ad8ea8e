package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"reli/analytics/cube"
	"reli/schemas"
)

// readyTimeout bounds the question to the engine in /readyz.
const readyTimeout = 2 * time.Second

// health says that the process runs.
func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	return s.writeJSON(w, r, map[string]string{"status": "ok"})
}

// ready says that a settled state is served and that the store answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.opt.DB.Ping(ctx); err != nil {
		return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable,
			Detail: fmt.Sprintf("the store does not answer; maps and figures go on from memory at data version %d and are marked %s",
				s.opt.Store.Current().Version, staleHeader), Err: err}
	}
	if s.opt.Unsound != nil {
		if why := s.opt.Unsound(ctx); why != "" {
			return &schemas.Problem{Code: schemas.CodeDataDamaged, Status: http.StatusServiceUnavailable, Detail: why}
		}
	}
	return s.writeJSON(w, r, map[string]any{"status": "ready", "stale": false, "data_version": s.opt.Store.Current().Version})
}

type activity struct {
	Source         string    `json:"source"`
	Incidents      uint64    `json:"incidents"`
	LastReportedAt time.Time `json:"last_reported_at"`
	IngestedAt     time.Time `json:"ingested_at"`
}

func activities(cat *cube.Catalogue) []activity {
	out := []activity{}
	for _, a := range cat.Activity {
		out = append(out, activity{a.Source, a.Incidents, time.Unix(a.LastReportedAt, 0).UTC(), time.Unix(a.IngestedAt, 0).UTC()})
	}
	return out
}

// openAPI serves the description of this interface.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, err := w.Write(schemas.OpenAPI())
	return clientGone(err)
}

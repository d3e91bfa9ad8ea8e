package web

import (
	"io"
	"net/http"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/schemas"
)

// maxPolicy bounds a policy that is sent.
const maxPolicy = 1 << 20

// policy gives the rules in force, and what their inputs mean.
func (s *Server) policy(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	p := s.response.Levels.Policy()
	return s.writeJSON(w, r, map[string]any{"policy": p, "classes": levelClasses(p), "inputs": level.InputInfos()})
}

// simulatePolicy replays the policy of the body over the loaded days beside the
// one in force.
func (s *Server) simulatePolicy(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "from", "to"); err != nil {
		return err
	}
	body := takeBody(w, r, maxPolicy)
	text, err := io.ReadAll(body)
	if err != nil {
		return body.explain(err)
	}
	would, err := level.Parse(text)
	if err != nil {
		return err
	}
	traceOf(r).says(map[string]string{"policy": would.Version})
	to := s.opt.Store.Today()
	if last := s.opt.Store.Current().Catalogue.Last; last > 0 {
		to = min(to, last)
	}
	from := to - historyDays + 1
	for name, d := range map[string]*cube.Day{"from": &from, "to": &to} {
		if q.Get(name) != "" {
			if *d, err = cube.ParseDay(q.Get(name)); err != nil {
				return schemas.BadParameter(name, "%v", err)
			}
		}
	}
	sim, err := level.Simulate(r.Context(), s.opt.DB, s.opt.Store, s.response.Levels.Policy(), would, from, to)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, sim)
}

package web

import (
	"net/http"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/hex"
	"reli/schemas"
)

// toldCount is a count as a display for visitors gets it: null where it may be
// one to k-1, and between low and high where it is not told exactly.
type toldCount struct {
	Count      *int64 `json:"count"`
	Low        int64  `json:"low"`
	High       int64  `json:"high"`
	Suppressed bool   `json:"suppressed"`
}

func told(c disclose.Cell) toldCount {
	t := toldCount{Low: c.Low, High: c.High, Suppressed: c.State == disclose.Suppressed}
	if !t.Suppressed {
		t.Count = &c.Count
	}
	return t
}

type toldPoint struct {
	From cube.Day `json:"from"`
	toldCount
}

// protectedSeries gives the periods of the policy.
func (s *Server) protectedSeries(w http.ResponseWriter, r *http.Request, sel cube.Selection, step cube.Step, cell hex.Cell) error {
	if cell != 0 {
		return schemas.BadParameter("cell", "a single hexagon is not shown to a display for visitors")
	}
	sel, err := s.opt.Guard.Snap(sel)
	if err != nil {
		return err
	}
	snap := s.opt.Store.Current()
	series, err := s.opt.Guard.Series(r.Context(), snap, sel, step)
	if err != nil {
		return err
	}
	points := make([]toldPoint, len(series))
	for i, p := range series {
		points[i] = toldPoint{p.From, told(p.Cell)}
	}
	return s.writeJSON(w, r, map[string]any{"step": step, "points": points, "from": sel.From, "to": sel.To,
		"least": s.opt.Guard.Policy().K, "data_version": snap.Version, "executor": disclose.ExecutorProtected})
}

type toldGroup struct {
	Key string `json:"key"`
	Zh  string `json:"zh"`
	En  string `json:"en"`
	toldCount
}

// protectedBreakdown counts by a dimension, the largest first; what is not told
// comes last.
func (s *Server) protectedBreakdown(w http.ResponseWriter, r *http.Request, sel cube.Selection, by cube.Dimension, cell hex.Cell) error {
	sel, err := s.opt.Guard.Snap(sel)
	if err != nil {
		return err
	}
	snap := s.opt.Store.Current()
	tallies, executor, err := s.opt.Guard.Tallies(r.Context(), snap, cube.Query{Selection: sel, By: by, Within: cell})
	if err != nil {
		return err
	}
	names := nameTable(snap.Catalogue, by)
	groups := make([]toldGroup, 0, len(tallies))
	for _, t := range tallies {
		g := toldGroup{Key: t.Key, Zh: t.Key, En: t.Key, toldCount: told(t.Cell)}
		if e, ok := names(t.Key); ok {
			g.Zh, g.En = e.Zh, e.En
		}
		groups = append(groups, g)
	}
	slices.SortStableFunc(groups, func(a, b toldGroup) int { return int(shown(b) - shown(a)) })
	return s.writeJSON(w, r, map[string]any{"by": by, "groups": groups, "from": sel.From, "to": sel.To,
		"least": s.opt.Guard.Policy().K, "data_version": snap.Version, "executor": executor})
}

func shown(g toldGroup) int64 {
	if g.Count == nil {
		return -1
	}
	return *g.Count
}

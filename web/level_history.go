package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/schemas"
	"reli/web/access"
)

// historyDays is the default length of a history.
const historyDays = 92

// levelHistory gives the levels of one area day by day, and what changed.
func (s *Server) levelHistory(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "from", "to", "v"); err != nil {
		return err
	}
	code := chi.URLParam(r, "area")
	sel, err := s.scoped(r, cube.Selection{})
	if err != nil {
		return err
	}
	tree := s.opt.Store.Current().Catalogue.Tree
	if !s.shows(sel, tree, code) || len(tree.Path(code)) == 0 {
		return notFound("no such area")
	}
	a, _ := tree.Get(code)
	if coarseOnly(r, a.Level) {
		return notFound("no such area")
	}
	board := s.response.Levels.Board()
	to := max(board.Day, 1)
	from := max(to-historyDays+1, 1)
	for name, d := range map[string]*cube.Day{"from": &from, "to": &to} {
		if q.Get(name) == "" {
			continue
		}
		if *d, err = cube.ParseDay(q.Get(name)); err != nil {
			return schemas.BadParameter(name, "%v", err)
		}
	}
	if to < from || to-from > mostListed {
		return schemas.BadParameter("to", "want a window of 1 to %d days", mostListed)
	}
	entries, err := s.response.Levels.History(r.Context(), code, from, to)
	if err != nil {
		return err
	}
	overrides, err := s.response.Levels.Overrides(r.Context(), code)
	if err != nil {
		return err
	}
	if outlineOnly(r) {
		overrides = nil
	}
	days, changes := s.historyViews(r, board, entries)
	return s.writeJSON(w, r, map[string]any{"area": code, "name": a.Name, "tier": a.Level.String(), "from": from, "to": to, "days": days,
		"changes": changes, "overrides": append([]level.Override{}, overrides...)})
}

type levelChange struct {
	Day cube.Day    `json:"day"`
	Was level.Level `json:"was"`
	Is  level.Level `json:"level"`
}

func (s *Server) historyViews(r *http.Request, board *level.Board, entries []level.Entry) ([]levelView, []levelChange) {
	days, changes := []levelView{}, []levelChange{}
	for i, e := range entries {
		days = append(days, s.viewLevel(r, board, e))
		was := level.None
		if i > 0 && entries[i-1].Day == e.Day-1 {
			was = entries[i-1].Level
		} else if i == 0 {
			was = e.Level // what was before the window is not known here
		}
		if was != e.Level {
			changes = append(changes, levelChange{e.Day, was, e.Level})
		}
	}
	return days, changes
}

// overrideForm is the body of an override; without a level it lifts.
type overrideForm struct {
	Level  *int      `json:"level"`
	Reason string    `json:"reason"`
	EndsAt time.Time `json:"ends_at"`
}

// putOverride sets a level by hand, or gives the area back to the rules.
func (s *Server) putOverride(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	var form overrideForm
	if err := readForm(w, r, &form); err != nil {
		return err
	}
	traceOf(r).says(form)
	code, who := chi.URLParam(r, "area"), access.From(r.Context())
	if sel, err := s.scoped(r, cube.Selection{}); err != nil {
		return err
	} else if !s.shows(sel, s.opt.Store.Current().Catalogue.Tree, code) {
		return notFound("no such area")
	}
	var o level.Override
	var err error
	switch {
	case form.Level == nil:
		o, err = s.response.Levels.LiftOverride(r.Context(), code, form.Reason, who.Name)
	case *form.Level < 0 || *form.Level > int(level.Red):
		return schemas.BadParameter("level", "want 0 to 4, or null to lift the override")
	default:
		o, err = s.response.Levels.SetOverride(r.Context(), code, level.Level(*form.Level), form.Reason, who.Name, form.EndsAt)
	}
	if err != nil {
		return err
	}
	s.opt.Logger.InfoContext(r.Context(), "level override", "request_id", requestIDOf(r), "principal", who.ID, "area", code,
		"level", o.Level, "lifted", o.Lifted, "ends_at", o.EndsAt)
	// What was just set is seen by the next request.
	if err := s.response.Refresh(r.Context()); err != nil {
		return fmt.Errorf("the override is kept, but: %w", err)
	}
	return s.writeJSON(w, r, o)
}

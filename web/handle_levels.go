package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/schemas"
	"reli/web/access"
)

// Limits of a list.
const (
	defaultListed = 200
	mostListed    = 2000
)

type levelClass struct {
	level.Class
	At int `json:"at"`
}

type levelCount struct {
	Level    level.Level `json:"level"`
	Code     string      `json:"code"`
	Total    int         `json:"total"`
	County   int         `json:"county"`
	Township int         `json:"township"`
	Village  int         `json:"village"`
	Grid     int         `json:"grid"`
}

type contributionView struct {
	level.Contribution
	Zh     string `json:"zh"`
	En     string `json:"en"`
	TextZh string `json:"amount_zh"`
	TextEn string `json:"amount_en"`
}

type bodyView struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

// levelView is one area on the board or one day of its history. Score is null
// and Contributions are empty for those who may not see counts.
type levelView struct {
	Day           cube.Day           `json:"day"`
	Area          string             `json:"area"`
	Name          string             `json:"name"`
	Tier          string             `json:"tier"`
	Parent        string             `json:"parent"`
	Path          []areaStep         `json:"path"`
	Level         level.Level        `json:"level"`
	Code          string             `json:"code"`
	Numeral       string             `json:"numeral"`
	Score         *int               `json:"score"`
	Contributions []contributionView `json:"contributions"`
	ReasonZh      string             `json:"reason_zh"`
	ReasonEn      string             `json:"reason_en"`
	Body          *bodyView          `json:"body"`
	Since         cube.Day           `json:"since"`
	Was           level.Level        `json:"was"`
	Ruled         level.Level        `json:"ruled"`
	Override      *level.Override    `json:"override"`
	Policy        string             `json:"policy"`
}

// levels gives the board of a day.
func (s *Server) levels(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "area", "level", "tier", "day", "limit", "v"); err != nil {
		return err
	}
	want, tier, limit, err := levelFilter(q)
	if err != nil {
		return err
	}
	sel, err := s.levelArea(r, q.Get("area"))
	if err != nil {
		return err
	}
	board, err := s.boardOf(r, q.Get("day"))
	if err != nil {
		return err
	}
	p := s.response.Levels.Policy()
	tree := s.opt.Store.Current().Catalogue.Tree
	counts, listed, found, overridden := emptyCounts(), []levelView{}, 0, 0
	for _, e := range board.Entries {
		if e.Level == level.None && e.Override == 0 || !s.shows(sel, tree, e.Area) || coarseOnly(r, area.Level(e.Tier)) {
			continue
		}
		if e.Override != 0 {
			overridden++
		}
		if e.Level != level.None {
			counts[level.Red-e.Level].add(area.Level(e.Tier))
		}
		if want != level.None && e.Level != want || tier != area.Unknown && area.Level(e.Tier) != tier {
			continue
		}
		if found++; len(listed) < limit {
			listed = append(listed, s.viewLevel(r, board, e))
		}
	}
	return s.writeJSON(w, r, map[string]any{"day": dayOrNull(board.Day), "data_version": board.DataVersion,
		"policy": map[string]string{"version": p.Version, "zh": p.Zh, "en": p.En}, "classes": levelClasses(p),
		"counts": counts, "evaluated": board.Evaluated, "overridden": overridden, "found": found, "areas": listed})
}

func levelFilter(q url.Values) (want level.Level, tier area.Level, limit int, err error) {
	if text := q.Get("level"); text != "" {
		var ok bool
		if want, ok = level.ParseLevel(text); !ok {
			return 0, 0, 0, schemas.BadParameter("level", "want blue, yellow, orange, red or 1 to 4")
		}
	}
	if text := q.Get("tier"); text != "" {
		if tier, err = area.ParseLevel(text); err != nil {
			return 0, 0, 0, schemas.BadParameter("tier", "want county, township, village or grid")
		}
	}
	limit, err = listLimit(q)
	return want, tier, limit, err
}

func listLimit(q url.Values) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return defaultListed, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > mostListed {
		return 0, schemas.BadParameter("limit", "want 0 to %d", mostListed)
	}
	return n, nil
}

// levelArea reads the parameter area and cuts it to the scope of who asks.
func (s *Server) levelArea(r *http.Request, code string) (cube.Selection, error) {
	if code != "" && !s.opt.Store.Current().Catalogue.HasArea(code) {
		return cube.Selection{}, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusBadRequest, Field: "area", Detail: "no such area"}
	}
	return s.scoped(r, cube.Selection{Area: code})
}

// shows reports whether an area lies in a selection's area and scope. What lies
// above a scope has a level that is made of more than the scope.
func (s *Server) shows(sel cube.Selection, tree *area.Tree, code string) bool {
	return tree != nil && sel.Scope.Holds(tree, code) && (sel.Area == "" || slices.Contains(tree.Path(code), sel.Area))
}

func (s *Server) boardOf(r *http.Request, text string) (*level.Board, error) {
	if text == "" {
		return s.response.Levels.Board(), nil
	}
	d, err := cube.ParseDay(text)
	if err != nil {
		return nil, schemas.BadParameter("day", "%v", err)
	}
	return s.response.Levels.On(r.Context(), d)
}

func emptyCounts() []*levelCount {
	var out []*levelCount
	for _, c := range level.Classes() {
		out = append(out, &levelCount{Level: c.Level, Code: c.Code})
	}
	return out
}

func (c *levelCount) add(t area.Level) {
	c.Total++
	*map[area.Level]*int{area.County: &c.County, area.Township: &c.Township, area.Village: &c.Village, area.Grid: &c.Grid}[t]++
}

func levelClasses(p *level.Policy) []levelClass {
	var out []levelClass
	for _, c := range level.Classes() {
		out = append(out, levelClass{c, p.Grade(c.Level).At})
	}
	return out
}

func dayOrNull(d cube.Day) any {
	if d == 0 {
		return nil
	}
	return d
}

// viewLevel gives an entry to who asks.
func (s *Server) viewLevel(r *http.Request, b *level.Board, e level.Entry) levelView {
	p, c := s.response.Levels.Policy(), e.Level.Class()
	v := levelView{Day: e.Day, Area: e.Area, Name: e.Area, Tier: e.TierName(), Level: e.Level, Code: c.Code, Numeral: c.Numeral,
		Contributions: []contributionView{}, ReasonZh: e.ReasonZh, ReasonEn: e.ReasonEn, Since: e.Since, Was: e.Was, Ruled: e.Ruled, Policy: e.Policy}
	if tree := s.opt.Store.Current().Catalogue.Tree; tree != nil {
		if a, known := tree.Get(e.Area); known {
			v.Name, v.Parent, v.Path = a.Name, a.Parent, pathOf(tree, a.Code)
		}
	}
	if e.Body.ID != "" {
		v.Body = &bodyView{e.Body.ID, e.Body.Zh, e.Body.En}
	}
	if o, ok := b.Override(e); ok {
		v.Override = &o
	}
	if outlineOnly(r) {
		v.ReasonZh, v.ReasonEn = p.Outline(e)
		if v.Override != nil {
			v.Override.Reason = "" // free words, for those who work with it
		}
		return v
	}
	v.Score = &e.Score
	for _, one := range e.Contributions {
		cv := contributionView{Contribution: one}
		cv.Zh, cv.En = p.Names(one.Rule)
		cv.TextZh, cv.TextEn = level.Amount(one.Input, one.Amount)
		v.Contributions = append(v.Contributions, cv)
	}
	return v
}

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

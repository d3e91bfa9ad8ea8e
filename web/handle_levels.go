package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/schemas"
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

package indicator

import (
	"cmp"
	"context"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/indicator/course"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/roster"
)

// Service makes indicators. It is safe for concurrent use.
type Service struct {
	courses   *course.Keeper
	intervals intervals
}

// New makes a Service on the courses of a keeper.
func New(courses *course.Keeper) *Service { return &Service{courses: courses} }

// Compare chooses the window that changes are measured against.
type Compare string

// Compares.
const (
	CompareNone Compare = ""
	ComparePrev Compare = "prev" // 环比: the window before, of the same length
	CompareYear Compare = "year" // 同比: the same days a year before
)

// ParseCompare checks a compare.
func ParseCompare(text string) (Compare, error) {
	switch c := Compare(text); c {
	case CompareNone, ComparePrev, CompareYear:
		return c, nil
	}
	return "", schemas.BadParameter("compare", "want prev or year")
}

// Request asks for the indicators of the areas of a level, or of everything.
type Request struct {
	Selection cube.Selection
	Level     area.Level // area.Unknown for one row of everything
	Compare   Compare
	Base      *Window  // instead of what Compare says, where months differ in length
	Codes     []string // of indicators; all where empty
	Parts     Parts
	Roster    *roster.Roster // of the county; nil for none
}

// Window is local days [From, To).
type Window struct {
	From cube.Day `json:"from"`
	To   cube.Day `json:"to"`
	// Complete is false where the data begin later: what is counted in it is
	// then too little to compare with.
	Complete bool `json:"complete"`
}

// Answer is the indicators of a window by area. Values are in the order of
// Indicators.
type Answer struct {
	From        cube.Day     `json:"from"`
	To          cube.Day     `json:"to"`
	Level       string       `json:"level"`
	Base        *Window      `json:"base"`
	Confidence  float64      `json:"confidence"`
	Floor       int          `json:"floor"`
	FloorPeople int          `json:"floor_population"`
	Indicators  []Definition `json:"indicators"`
	Areas       []Area       `json:"areas"`
	DataVersion uint64       `json:"data_version"`
}

// Area is the indicators of one area.
type Area struct {
	Code       string  `json:"code"`
	Name       string  `json:"name"`
	Parent     string  `json:"parent"`
	Population uint32  `json:"population"`
	Values     []Value `json:"values"`
}

// Value finds the value of an indicator; ok is false where it was not asked
// for.
func (a *Answer) Value(place *Area, code string) (v Value, d *Definition, ok bool) {
	i := slices.IndexFunc(a.Indicators, func(d Definition) bool { return d.Code == code })
	if i < 0 {
		return Value{}, nil, false
	}
	return place.Values[i], &a.Indicators[i], true
}

// Indicators computes.
func (s *Service) Indicators(ctx context.Context, r Request) (*Answer, error) {
	chosen, err := choose(Definitions(r.Parts), r.Codes)
	if err != nil {
		return nil, err
	}
	out := &Answer{From: r.Selection.From, To: r.Selection.To, Level: levelName(r.Level), Confidence: Confidence, Floor: Floor,
		FloorPeople: FloorPeople, Indicators: chosen, Areas: []Area{}}
	err = s.courses.Read(ctx, func(db *clickhouse.DB, snap *cube.Snapshot) error {
		out.DataVersion = snap.Version
		now, err := read(ctx, db, snap.Catalogue, r.Selection, key(out.Level))
		if err != nil {
			return err
		}
		var before map[string]*Counts
		if out.Base = r.base(snap.Catalogue); out.Base != nil {
			sel := r.Selection
			sel.From, sel.To = out.Base.From, out.Base.To
			if before, err = read(ctx, db, snap.Catalogue, sel, key(out.Level)); err != nil {
				return err
			}
		}
		s.fill(out, r, snap.Catalogue.Tree, now, before)
		return nil
	})
	return out, err
}

func choose(all []Definition, codes []string) ([]Definition, error) {
	if len(codes) == 0 {
		return all, nil
	}
	var out []Definition
	for _, code := range codes {
		i := slices.IndexFunc(all, func(d Definition) bool { return d.Code == code })
		if i < 0 {
			return nil, schemas.BadParameter("indicator", "no such indicator")
		}
		out = append(out, all[i])
	}
	return out, nil
}

func levelName(l area.Level) string {
	if l == area.Unknown {
		return string(byTotal)
	}
	return l.String()
}

// base gives the window that is compared with, nil for none.
func (r Request) base(cat *cube.Catalogue) *Window {
	w := r.Base
	if w == nil {
		sel := r.Selection
		switch r.Compare {
		case ComparePrev:
			sel.Measure = cube.MeasureChange
		case CompareYear:
			sel.Measure = cube.MeasureYear
		default:
			return nil
		}
		w = &Window{}
		w.From, w.To = sel.Base()
	}
	return &Window{From: w.From, To: w.To, Complete: cat.Incidents > 0 && w.From >= cat.First}
}

// fill makes the values of every area of the level that the Selection's area
// and scope show, those without an incident too.
func (s *Service) fill(out *Answer, r Request, tree *area.Tree, now, before map[string]*Counts) {
	places := []Area{{Name: "合计"}}
	if r.Level != area.Unknown {
		places = areasOf(tree, r)
	} else {
		places[0].Population = population(tree, r.Selection)
	}
	staff := staffOf(tree, r)
	values := make([]Value, len(places)*len(out.Indicators)) // one allocation for all
	for i := range places {
		a := &places[i]
		a.Values = values[i*len(out.Indicators) : (i+1)*len(out.Indicators) : (i+1)*len(out.Indicators)]
		c := countsOf(now, a)
		staff.into(c, a)
		base := c
		if out.Base != nil {
			base = countsOf(before, a)
			staff.into(base, a) // the roster of the window's end, so that changes are those of the work
		}
		for k := range out.Indicators {
			d := &out.Indicators[k]
			a.Values[k] = d.of(c, &s.intervals)
			if out.Base != nil {
				a.Values[k] = d.Against(a.Values[k], d.of(base, &s.intervals))
			}
		}
	}
	out.Areas = places
}

func countsOf(all map[string]*Counts, a *Area) *Counts {
	c := all[a.Code]
	if c == nil {
		c = &Counts{}
	}
	c.Population = int64(a.Population)
	return c
}

func areasOf(tree *area.Tree, r Request) []Area {
	out := []Area{}
	if tree == nil {
		return out
	}
	for _, a := range tree.AtLevel(r.Level) {
		if !r.Selection.Scope.Shows(tree, a.Code) {
			continue
		}
		if r.Selection.Area != "" && !slices.Contains(tree.Path(a.Code), r.Selection.Area) {
			continue
		}
		out = append(out, Area{Code: a.Code, Name: a.Name, Parent: a.Parent, Population: a.Population})
	}
	slices.SortFunc(out, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// population of what a Selection may count at most.
func population(tree *area.Tree, sel cube.Selection) uint32 {
	if tree == nil {
		return 0
	}
	codes := sel.Scope.Within(tree, sel.Area)
	if len(codes) == 1 && codes[0] == "" {
		codes = tree.Children("")
	}
	var sum uint32
	for _, code := range codes {
		if a, ok := tree.Get(code); ok {
			sum += a.Population
		}
	}
	return sum
}

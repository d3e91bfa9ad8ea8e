package level

import (
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// facts are what changes in the inputs of areas from day to day: for each day
// the changes that it brings. A quarter of a large county has some million, so
// a change is small and not written out for the areas above its own.
type facts struct {
	first, last cube.Day
	places      []Place // of all tiers, coarse first, by code within a tier
	tierStart   [area.Grid + 2]int
	index       map[string]int
	above       [][]int // positions of an area and those that hold it
	days        [][]change
	categories  []string
}

type change struct {
	place    int32
	by       int32
	category int16 // −1 for none
	what     what
	alone    bool // of the place, not of those above it
}

// what says what a change is of: an input, or one of the counts that the
// exceedance is made from.
type what uint8

const (
	ofWeek what = what(inputCount) + iota
	ofBase
	whatCount
)

func whatOf(name string) (what, bool) {
	switch name {
	case "week":
		return ofWeek, true
	case "base":
		return ofBase, true
	}
	in, _, ok := LookupInput(name)
	return what(in), ok
}

func newFacts(tree *area.Tree, first, last cube.Day) *facts {
	f := &facts{first: first, last: last, index: map[string]int{}, days: make([][]change, last-first+1)}
	for _, t := range tiers() {
		f.tierStart[t] = len(f.places)
		for _, a := range tree.AtLevel(t) {
			f.index[a.Code] = len(f.places)
			f.places = append(f.places, placeOf(tree, a))
		}
		f.tierStart[t+1] = len(f.places)
	}
	f.above = make([][]int, len(f.places))
	for i, p := range f.places {
		for _, code := range tree.Path(p.Code) {
			f.above[i] = append(f.above[i], f.index[code])
		}
	}
	return f
}

// placeOf names an area and what holds it.
func placeOf(tree *area.Tree, a area.Area) Place {
	p := Place{Code: a.Code, Tier: a.Level, Population: a.Population,
		Names: map[string]string{"area": a.Name}, Codes: map[string]string{"area": a.Code}}
	for _, code := range tree.Path(a.Code) {
		up, _ := tree.Get(code)
		p.Names[up.Level.String()], p.Codes[up.Level.String()] = up.Name, up.Code
	}
	return p
}

// add notes a change for an area and all above it. A place that the tree does
// not have (any more) counts nowhere.
func (f *facts) add(c clickhouse.LevelFact) {
	at, known := f.index[c.Place]
	w, ok := whatOf(c.What)
	if !known || !ok || c.Day < int32(f.first) || c.Day > int32(f.last) {
		return
	}
	category := int16(-1)
	if c.Category != "" {
		category = f.category(c.Category)
	}
	f.note(c.Day, change{place: int32(at), by: int32(c.Change), category: category, what: w})
}

func (f *facts) category(code string) int16 {
	i := slices.Index(f.categories, code)
	if i < 0 {
		i = len(f.categories)
		f.categories = append(f.categories, code)
	}
	return int16(i)
}

// sweep walks over the days in order.
type sweep struct {
	*facts
	counts [][whatCount]int64
	open   map[int][]int64 // by place, then by category
	inputs []Inputs
}

func (f *facts) sweep() *sweep {
	return &sweep{facts: f, counts: make([][whatCount]int64, len(f.places)), open: map[int][]int64{}, inputs: make([]Inputs, len(f.places))}
}

// day brings the inputs to a day; days must be asked for in order, from the
// first on.
func (s *sweep) day(d cube.Day) {
	for _, c := range s.days[d-s.first] {
		if c.alone {
			s.apply(int(c.place), c)
			continue
		}
		for _, up := range s.above[c.place] {
			s.apply(up, c)
		}
	}
	for i := range s.places {
		for in := range Input(inputCount) {
			s.inputs[i][in] = float64(s.counts[i][in])
		}
		if n := s.places[i].Population; n > 0 {
			s.inputs[i][OpenDensity] = s.inputs[i][Open] * 10_000 / float64(n)
		}
		s.places[i].Lead = s.lead(i)
	}
	s.exceed()
}

func (s *sweep) apply(place int, c change) {
	s.counts[place][c.what] += int64(c.by)
	if c.category < 0 {
		return
	}
	for len(s.open[place]) <= int(c.category) {
		s.open[place] = append(s.open[place], 0)
	}
	s.open[place][c.category] += int64(c.by)
}

// lead is the category that most open matters have, the first code of several.
func (s *sweep) lead(place int) string {
	best, most := "", int64(0)
	for c, n := range s.open[place] {
		if code := s.categories[c]; n > most || n == most && n > 0 && code < best {
			best, most = code, n
		}
	}
	return best
}

// exceed fills in the exceedances. The season is that of all areas together.
func (s *sweep) exceed() {
	var county recent
	tier := func(t area.Level) []recent {
		out := make([]recent, 0, s.tierStart[t+1]-s.tierStart[t])
		for i := s.tierStart[t]; i < s.tierStart[t+1]; i++ {
			out = append(out, recent{s.counts[i][ofWeek], s.counts[i][ofBase]})
		}
		return out
	}
	for _, r := range tier(area.County) {
		county.week, county.base = county.week+r.week, county.base+r.base
	}
	for _, t := range tiers() {
		exceedances(t, tier(t), county, s.inputs[s.tierStart[t]:s.tierStart[t+1]])
	}
}

package forecast

import (
	"fmt"
	"slices"
	"time"
)

// Observation says that Count events fell into a series in a week. Several
// observations of one series and week add up; absent ones are zero.
type Observation struct {
	Series int
	Week   int
	Count  int
}

// Spec describes a panel of weekly count series.
type Spec struct {
	// Weeks is the number of complete weeks, numbered 0 … Weeks−1.
	Weeks int
	// FirstDay is the first day of week 0. It serves the season only.
	FirstDay time.Time
	// Groups holds one group number (0 …) for each series, usually that of its
	// category. Series of one group share their prior, season and level.
	Groups []int32
	// ByEvent says that a series exists from its first event on, as square
	// cells and hexagons do. False means that all exist beforehand, as the
	// polygons of an administration do. A series that does not exist yet
	// teaches nothing: to know it beforehand is to know that it will have an
	// event.
	ByEvent bool
	// Neighbours lists, for each series, the series of the same category in
	// adjoining places. Nil means that there is no neighbour term.
	Neighbours [][]int32
}

// PanelError says why a panel could not be built.
type PanelError struct {
	Code string // "no_weeks", "no_series", "bad_group", "bad_neighbour", "bad_observation"
	At   int    // index of the offending entry
}

func (e *PanelError) Error() string {
	return fmt.Sprintf("forecast: panel: %s at %d", e.Code, e.At)
}

// event is one non-zero count of a week.
type event struct {
	series int32
	count  int32
}

// Panel holds many weekly count series, sparse and week by week. It does not
// change after NewPanel and is safe for concurrent use.
type Panel struct {
	weeks      int
	first      time.Time
	groups     []int32
	groupSize  []int
	neighbours [][]int32
	byEvent    bool
	born       []int32 // first week in which a series exists
	alive      [][]int // by group and week: how many series exist
	start      []int   // start[w] … start[w+1] are the events of week w
	events     []event // by week, then by series
	totals     [][]float64
	missing    [][]int // by group and week: the week from which it is known to be missing
	gaps       []Gap
}

// NewPanel checks the observations and sorts them by week.
func NewPanel(spec Spec, observations []Observation) (*Panel, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	p := &Panel{
		weeks: spec.Weeks, first: spec.FirstDay,
		groups: slices.Clone(spec.Groups), neighbours: spec.Neighbours, byEvent: spec.ByEvent,
		start: make([]int, spec.Weeks+1),
	}
	p.groupSize = make([]int, slices.Max(spec.Groups)+1)
	for _, g := range spec.Groups {
		p.groupSize[g]++
	}
	if err := p.fill(observations); err != nil {
		return nil, err
	}
	p.sum()
	p.findBirths()
	p.findGaps()
	return p, nil
}

func (s Spec) check() error {
	if s.Weeks < 1 {
		return &PanelError{Code: "no_weeks"}
	}
	if len(s.Groups) == 0 {
		return &PanelError{Code: "no_series"}
	}
	for i, g := range s.Groups {
		if g < 0 || g >= maxGroups {
			return &PanelError{Code: "bad_group", At: i}
		}
	}
	if s.Neighbours == nil {
		return nil
	}
	if len(s.Neighbours) != len(s.Groups) {
		return &PanelError{Code: "bad_neighbour", At: len(s.Neighbours)}
	}
	for i, list := range s.Neighbours {
		for _, j := range list {
			if j < 0 || int(j) >= len(s.Groups) || int(j) == i || s.Groups[j] != s.Groups[i] {
				return &PanelError{Code: "bad_neighbour", At: i}
			}
		}
	}
	return nil
}

// fill places the observations by counting sort and merges those of one series
// and week.
func (p *Panel) fill(observations []Observation) error {
	next := make([]int, p.weeks+1)
	for i, o := range observations {
		if o.Week < 0 || o.Week >= p.weeks || o.Series < 0 || o.Series >= len(p.groups) || o.Count < 0 || o.Count > maxCount {
			return &PanelError{Code: "bad_observation", At: i}
		}
		next[o.Week+1]++
	}
	for w := range p.weeks {
		next[w+1] += next[w]
	}
	bounds := slices.Clone(next)
	events := make([]event, len(observations))
	for _, o := range observations {
		events[next[o.Week]] = event{series: int32(o.Series), count: int32(o.Count)}
		next[o.Week]++
	}
	p.events = events[:0]
	for w := range p.weeks {
		week := events[bounds[w]:bounds[w+1]]
		slices.SortFunc(week, func(a, b event) int { return int(a.series) - int(b.series) })
		p.start[w] = len(p.events)
		for _, e := range week {
			last := len(p.events) - 1
			switch {
			case e.count == 0:
			case last >= p.start[w] && p.events[last].series == e.series:
				p.events[last].count += e.count
			default:
				p.events = append(p.events, e)
			}
		}
	}
	p.start[p.weeks] = len(p.events)
	return nil
}

// maxGroups bounds the group numbers; a table is kept for each.
const maxGroups = 1 << 16

// maxCount keeps sums of a week's observations within 32 bits.
const maxCount = 1 << 24

func (p *Panel) sum() {
	p.totals = make([][]float64, len(p.groupSize))
	for g := range p.totals {
		p.totals[g] = make([]float64, p.weeks)
	}
	for w := range p.weeks {
		for _, e := range p.week(w) {
			p.totals[p.groups[e.series]][w] += float64(e.count)
		}
	}
}

// findBirths notes when each series begins to exist.
func (p *Panel) findBirths() {
	p.born = make([]int32, len(p.groups))
	if p.byEvent {
		for s := range p.born {
			p.born[s] = int32(p.weeks)
		}
		for w := p.weeks - 1; w >= 0; w-- {
			for _, e := range p.week(w) {
				p.born[e.series] = int32(w)
			}
		}
	}
	p.alive = make([][]int, len(p.groupSize))
	for g := range p.alive {
		p.alive[g] = make([]int, p.weeks+1)
	}
	for s, w := range p.born {
		p.alive[p.groups[s]][w]++
	}
	for g := range p.alive {
		for w := 1; w <= p.weeks; w++ {
			p.alive[g][w] += p.alive[g][w-1]
		}
	}
}

func (p *Panel) week(w int) []event { return p.events[p.start[w]:p.start[w+1]] }

// Weeks is the number of weeks.
func (p *Panel) Weeks() int { return p.weeks }

// Series is the number of series.
func (p *Panel) Series() int { return len(p.groups) }

// Groups is the number of groups.
func (p *Panel) Groups() int { return len(p.groupSize) }

// Group is the group of a series.
func (p *Panel) Group(series int) int { return int(p.groups[series]) }

// Gaps lists the weeks that are taken as missing rather than as zero.
func (p *Panel) Gaps() []Gap { return slices.Clone(p.gaps) }

// Total is the number of events of a group in a week.
func (p *Panel) Total(group, week int) float64 { return p.totals[group][week] }

// Observed reports whether a group's week counts as observed, with all the
// panel known.
func (p *Panel) Observed(group, week int) bool { return p.observed(group, week, p.weeks) }

// Counts adds up, for each series, its events in the weeks [from, to). It is
// clipped to the panel.
func (p *Panel) Counts(from, to int) []int {
	counts := make([]int, len(p.groups))
	for w := max(from, 0); w < min(to, p.weeks); w++ {
		for _, e := range p.week(w) {
			counts[e.series] += int(e.count)
		}
	}
	return counts
}

// Head is the panel of the first weeks only: what was known at that time.
// Gaps are looked for again, so that nothing later shines through.
func (p *Panel) Head(weeks int) (*Panel, error) {
	if weeks < 1 || weeks > p.weeks {
		return nil, &PanelError{Code: "no_weeks", At: weeks}
	}
	h := *p
	h.weeks = weeks
	h.start = p.start[:weeks+1]
	h.events = p.events[:p.start[weeks]]
	h.gaps = nil
	h.sum()
	h.findBirths()
	h.findGaps()
	return &h, nil
}

// yearWeeks is the mean length of a year in weeks.
const yearWeeks = 365.2425 / 7

// yearPhase is the middle of week w as an angle of the year.
func (p *Panel) yearPhase(w int) float64 {
	days := float64(p.first.YearDay()-1) + 3.5
	return 2 * pi * (days/7 + float64(w)) / yearWeeks
}

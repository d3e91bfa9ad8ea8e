package forecast

import "math"

// Horizon is what is forecast: one of the next weeks, or a total.
type Horizon uint8

// The horizons of every forecast.
const (
	Week1 Horizon = iota
	Week2
	Week3
	Week4
	FourWeeks   // total of the next 4 weeks
	ThreeMonths // total of the next 13 weeks
	horizons
)

// Span is the weeks [from, to) of the horizon, counted from the first week
// after the last known one.
func (h Horizon) Span() (from, to int) {
	switch h {
	case FourWeeks:
		return 0, 4
	case ThreeMonths:
		return 0, 13
	}
	return int(h), int(h) + 1
}

// String is the name used in reports.
func (h Horizon) String() string {
	switch h {
	case FourWeeks:
		return "four_weeks"
	case ThreeMonths:
		return "three_months"
	}
	return [...]string{"week_1", "week_2", "week_3", "week_4"}[h]
}

// Horizons lists all horizons.
func Horizons() []Horizon { return []Horizon{Week1, Week2, Week3, Week4, FourWeeks, ThreeMonths} }

// structure is what is chosen before any parameter is fitted.
type structure struct {
	season bool
	level  float64 // half-life in weeks of the group's short level; 0 for none
}

// filter runs through the weeks of a panel and keeps the weighted pasts.
type filter struct {
	panel *Panel
	past  []*accumulator
	now   int // last week taken in; −1 before the first
}

func newFilter(p *Panel, kernels []kernel) *filter {
	f := &filter{panel: p, now: -1}
	for _, k := range kernels {
		f.past = append(f.past, newAccumulator(k, p))
	}
	return f
}

// advance takes in the next week.
func (f *filter) advance() {
	f.now++
	week := f.panel.week(f.now)
	for _, a := range f.past {
		a.advance(f.panel, week)
	}
}

// view is the linear form of every kernel's rate at one origin: the rate of a
// series in kernel k is constant[k][g] + slope[k][g]·z, per week of season
// factor 1.
type view struct {
	origin   int
	constant [][]float64
	slope    [][]float64
	total    [][]float64         // Σ of the rates over the group's series
	factor   [horizons][]float64 // Σ of the season's factors over the horizon, by group
}

// view computes the linear forms from what is known at the end of week now.
func (f *filter) view(s structure) *view {
	p := f.panel
	v := &view{origin: f.now}
	for range f.past {
		v.constant = append(v.constant, make([]float64, p.Groups()))
		v.slope = append(v.slope, make([]float64, p.Groups()))
		v.total = append(v.total, make([]float64, p.Groups()))
	}
	for h := range v.factor {
		v.factor[h] = make([]float64, p.Groups())
	}
	for g := range p.Groups() {
		f.viewGroup(v, g, s)
	}
	return v
}

func (f *filter) viewGroup(v *view, g int, s structure) {
	p := f.panel
	var pattern season
	if s.season {
		pattern = p.estimateSeason(g, f.now+1)
	}
	_, reach := ThreeMonths.Span()
	factor := make([]float64, f.now+1+reach)
	for w := range factor {
		factor[w] = pattern.at(p.yearPhase(w))
	}
	for h := range horizons {
		from, to := h.Span()
		for w := from; w < to; w++ {
			v.factor[h][g] += factor[f.now+1+w]
		}
	}
	recent := p.recentRate(g, f.now, s.level, factor)
	for k, a := range f.past {
		e := a.exposure(p, g, f.now, factor)
		if e.one == 0 || p.alive[g][f.now] == 0 {
			continue
		}
		v.linear(p, a, k, g, e, recent)
	}
}

// linear fills in one kernel and group. The totals are those of the series that
// exist; others have no past of their own, but may have one of neighbours.
func (v *view) linear(p *Panel, a *accumulator, k, g int, e exposure, recent level) {
	series, sum := float64(p.alive[g][v.origin]), a.sum[g]/a.unit
	multiplier := recent.multiplier(p.pastRate(g, v.origin, a.lambda, e))
	if a.kernel.kind != memory {
		if a.kernel.kind == neighbourhood && p.byEvent {
			sum -= a.unborn(p, g, v.origin) / a.unit
		}
		v.slope[k][g] = multiplier / e.one / a.unit
		v.total[k][g] = multiplier * sum / e.one
		return
	}
	gamma := a.prior(g, int(series), e)
	weight := multiplier / (gamma.rate + e.one)
	v.constant[k][g] = gamma.shape * weight
	v.slope[k][g] = weight / a.unit
	v.total[k][g] = (series*gamma.shape + sum) * weight
}

// level is a group's recent exponentially weighted total.
type level struct {
	events, exposure float64
	used             bool
}

// levelEvents is the number of events that pull the recent level toward the
// long one: with Poisson totals the level's standard error is then at most
// about a fifth before it counts for half.
const levelEvents = 25

func (p *Panel) recentRate(g, now int, halfLife float64, factor []float64) level {
	if halfLife == 0 {
		return level{}
	}
	l := level{used: true}
	lambda, weight := math.Exp2(-1/halfLife), 1.0
	for w := now; w >= 0 && weight > 1e-9; w-- {
		if p.observed(g, w, now) {
			l.events += weight * p.totals[g][w]
			l.exposure += weight * factor[w]
		}
		weight *= lambda
	}
	return l
}

// pastRate is the group's rate per week as a kernel of that decay sees it.
func (p *Panel) pastRate(g, now int, lambda float64, e exposure) float64 {
	sum, weight := 0.0, 1.0
	for w := now; w >= 0 && weight > 1e-12; w-- {
		if p.observed(g, w, now) {
			sum += weight * p.totals[g][w]
		}
		weight *= lambda
	}
	return sum / e.one
}

// multiplier is the recent level relative to a rate of the group per week, shrunk to
// 1 where events are few.
func (l level) multiplier(rate float64) float64 {
	if !l.used || rate <= 0 {
		return 1
	}
	return (l.events + levelEvents) / (l.exposure*rate + levelEvents)
}

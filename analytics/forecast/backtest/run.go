package backtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"reli/analytics/forecast"
	"reli/analytics/forecast/baseline"
	"reli/analytics/forecast/score"
)

// Options of a backtest.
type Options struct {
	Holdout  int    // weeks hidden from every choice; 0 means 26
	Seed     uint64 // of the bootstrap
	Draws    int    // of the bootstrap; 0 means 500
	Progress func(done, total int)
	// Fixed gives the means that are fixed from outside, as a hierarchy does to
	// make its sums agree, for all series of the panel, forecast from the end of
	// a week. They are scored as the method Coherent, with the spread and the
	// calibration of the model, and are what the verdicts judge. Nil for none.
	Fixed func(week int, h forecast.Horizon) []float64
}

const (
	defaultHoldout = 26
	defaultDraws   = 500
	// window is the past of the baselines, in weeks.
	window = 52
)

// ShortError says that the panel is too short for the holdout asked for.
type ShortError struct{ Weeks, Need int }

func (e *ShortError) Error() string {
	return fmt.Sprintf("backtest: %d weeks of history, need %d", e.Weeks, e.Need)
}

// The methods compared, in the order of every report.
const (
	LastWeek     = "last_week"
	Mean52       = "mean_52"
	GammaPoisson = "gamma_poisson_52"
	Model        = "model"
	Coherent     = "coherent"
)

// methods lists what is compared; the last one is what forecasts are made by.
func (o Options) methods() []string {
	all := []string{LastWeek, Mean52, GammaPoisson, Model}
	if o.Fixed != nil {
		all = append(all, Coherent)
	}
	return all
}

// Run takes the panel through a backtest. Series without an event before the
// holdout are not scored; their events are counted as outside the known cells.
func Run(ctx context.Context, p *forecast.Panel, o Options) (*Report, error) {
	if o.Holdout == 0 {
		o.Holdout = defaultHoldout
	}
	if o.Draws == 0 {
		o.Draws = defaultDraws
	}
	before := p.Weeks() - o.Holdout
	if o.Holdout < 1 || before < forecast.MinWeeks {
		return nil, &ShortError{Weeks: p.Weeks(), Need: o.Holdout + forecast.MinWeeks}
	}
	known, kept, err := p.Known(before)
	if err != nil {
		return nil, err
	}
	train, err := known.Head(before)
	if err != nil {
		return nil, err
	}
	choice, err := forecast.Choose(ctx, train)
	if err != nil {
		return nil, err
	}
	b := newBook(known, before, kept, o)
	done := 0
	err = forecast.Walk(ctx, known, choice, before-1, func(origin *forecast.Origin) error {
		b.origin(origin)
		done++
		if o.Progress != nil {
			o.Progress(min(done, o.Holdout), o.Holdout)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	report := b.report(o, rand.New(rand.NewPCG(o.Seed, 0)))
	report.Choice = choice
	report.describe(p, known, before, kept)
	return report, nil
}

// book gathers the scores of all methods and horizons.
type book struct {
	panel  *forecast.Panel
	before int
	kept   []int // numbers of the series in the panel given
	fixed  func(week int, h forecast.Horizon) []float64
	method []string
	judged string // method that the verdicts are on
	pages  map[forecast.Horizon]map[string]*page
	places []placeScore
	errors []groupErrors
}

// page is one method at one horizon.
type page struct {
	n                  float64
	logS, rps, pinball float64
	covered            float64
	mean, events       float64
	bins               [forecast.RateBins]Bin
	hits               [][]score.Hits // by share, then week
	weekly             [][]float64    // log score by group, then week
	diagrams           diagrams
}

func newBook(p *forecast.Panel, before int, kept []int, o Options) *book {
	names := o.methods()
	b := &book{panel: p, before: before, kept: kept, fixed: o.Fixed, method: names, judged: names[len(names)-1], pages: map[forecast.Horizon]map[string]*page{}, places: make([]placeScore, p.Series()), errors: make([]groupErrors, p.Groups())}
	for _, h := range forecast.Horizons() {
		b.pages[h] = map[string]*page{}
		for _, m := range names {
			b.pages[h][m] = &page{hits: make([][]score.Hits, len(score.Shares())), weekly: make([][]float64, p.Groups())}
		}
	}
	return b
}

// origin scores all forecasts made at one origin whose targets are known.
func (b *book) origin(o *forecast.Origin) {
	last := o.Week()
	past, week := b.panel.Counts(last+1-window, last+1), b.panel.Counts(last, last+1)
	weeks := float64(min(window, last+1))
	for _, h := range forecast.Horizons() {
		from, to := h.Span()
		if last+to >= b.panel.Weeks() {
			continue
		}
		t := target{horizon: h, truth: b.panel.Counts(last+1+from, last+1+to), skip: b.missing(last+1+from, last+1+to)}
		span := float64(to - from)
		forecasts := map[string][]score.Count{
			LastWeek:     baseline.Mean(week, 1, span),
			Mean52:       baseline.Mean(past, weeks, span),
			GammaPoisson: baseline.GammaPoisson(past, weeks, span),
			Model:        o.Counts(h),
		}
		if b.fixed != nil {
			forecasts[Coherent] = b.refix(forecasts[Model], b.fixed(last, h))
		}
		for _, m := range b.method {
			b.score(m, t, forecasts[m], o)
		}
		if h == forecast.Week1 {
			b.scorePlaces(t, forecasts)
			b.scoreTotals(t, last+1, forecasts[b.judged])
		}
	}
}

// refix gives forecasts the means fixed from outside.
func (b *book) refix(counts []score.Count, means []float64) []score.Count {
	out := slices.Clone(counts)
	for i := range out {
		out[i].Mean = means[b.kept[i]]
	}
	return out
}

// target is the truth of one horizon at one origin.
type target struct {
	horizon forecast.Horizon
	truth   []int
	skip    []bool // by group: its source was silent
}

func (b *book) missing(from, to int) []bool {
	skip := make([]bool, b.panel.Groups())
	for g := range skip {
		for w := from; w < to; w++ {
			skip[g] = skip[g] || !b.panel.Observed(g, w)
		}
	}
	return skip
}

// intervalLevel is the interval whose coverage is reported.
const intervalLevel = .9

// score adds one origin to a method's page. The intervals of the baselines are
// their own; those of the model are calibrated.
func (b *book) score(method string, t target, counts []score.Count, o *forecast.Origin) {
	p := b.pages[t.horizon][method]
	var risk []float64
	var truth []int
	weekly := make([]float64, b.panel.Groups())
	for s, c := range counts {
		g := b.panel.Group(s)
		if t.skip[g] {
			continue
		}
		y := t.truth[s]
		logS := score.Log(c, y)
		weekly[g] += logS
		p.logS += logS
		p.rps += score.RPS(c, y)
		p.pinball += (score.Pinball(float64(c.Quantile(.1)), .1, float64(y)) + score.Pinball(float64(c.Quantile(.5)), .5, float64(y)) + score.Pinball(float64(c.Quantile(.9)), .9, float64(y))) / 3
		band := forecast.Band{Low: (1 - intervalLevel) / 2, High: (1 + intervalLevel) / 2}
		if method == Model || method == Coherent {
			band = o.Band(t.horizon, c.Mean, intervalLevel)
		}
		low, high := score.PITBounds(c, y)
		p.diagrams.add(c, y, low, high)
		inside := score.Inside(low, high, band.Low, band.High)
		p.covered += inside
		bin := &p.bins[forecast.RateBin(c.Mean)]
		bin.Cases++
		bin.Coverage += inside
		p.n++
		p.mean += c.Mean
		p.events += float64(y)
		risk = append(risk, c.Mean)
		truth = append(truth, y)
	}
	for g := range weekly {
		if !t.skip[g] {
			p.weekly[g] = append(p.weekly[g], weekly[g])
		}
	}
	if len(risk) == 0 {
		return
	}
	p.diagrams.weekly = append(p.diagrams.weekly, sum(weekly)/float64(len(risk)))
	ranking := score.NewRanking(risk)
	for i, share := range score.Shares() {
		p.hits[i] = append(p.hits[i], ranking.Hit(truth, score.TopCells(len(risk), share)))
	}
}

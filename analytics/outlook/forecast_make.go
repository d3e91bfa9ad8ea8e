package outlook

import (
	"context"
	"errors"
	"slices"
	"time"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
	"reli/analytics/forecast/baseline"
	"reli/analytics/forecast/score"
	"reli/geo/area"
	"reli/geo/hex"
)

// errNoEvents says that nothing ever happened in the choice.
var errNoEvents = errors.New("outlook: no events")

// layerForecast is the forecast of a whole layer, whatever area is shown.
type layerForecast struct {
	MadeAt   time.Time          `json:"made_at"`
	First    cube.Day           `json:"first"`
	End      cube.Day           `json:"end"`
	Closed   bool               `json:"closed"`
	Places   []PlaceForecast    `json:"places"` // most expected events first
	Totals   map[string]divided `json:"totals"`
	Choice   forecast.Choice    `json:"choice"`
	Signs    Signs              `json:"signs"`
	Verdict  Verdict            `json:"verdict"`
	Baseline string             `json:"baseline"`
	HowGood  *Skill             `json:"how_good"`
}

func (f *layerForecast) span() span { return span{first: f.First, end: f.End, closed: f.Closed} }

// makeForecast fits the layer and the finest parts, divides what they expect
// over the tree, and judges every place by a backtest.
func (s *Service) makeForecast(ctx context.Context, q question, l Layer) (*layerForecast, error) {
	parts, direct, err := s.fitsOf(ctx, q, l)
	if err != nil {
		return nil, err
	}
	out := &layerForecast{MadeAt: s.madeNow(q.snap).MadeAt, First: q.span.first, End: q.span.end, Closed: q.span.closed,
		Choice: direct.model.Choice(), Signs: signsOf(direct)}
	out.Choice.Trials = nil // the backtest lists them
	if out.Totals, err = divide(q.snap.Catalogue.Tree, parts); err != nil {
		return nil, err
	}
	judged, err := s.judgedFor(ctx, q, l)
	if err != nil {
		return nil, err
	}
	out.Verdict, out.HowGood = judged.overall(), judged.skill()
	out.Places, out.Baseline, err = s.placeForecasts(q, l, direct, out.Totals, judged)
	return out, err
}

// fitsOf models the finest parts and the layer itself; see talliesOf.
func (s *Service) fitsOf(ctx context.Context, q question, l Layer) (parts, direct *fitted, err error) {
	leaves, own, err := s.talliesOf(ctx, q, l)
	if err != nil {
		return nil, nil, err
	}
	if leaves.counts.total() == 0 {
		return nil, nil, errNoEvents
	}
	name := l.String()
	if own == leaves && l.Name != LayerHex {
		name = leavesName
	}
	if direct, err = s.fit(ctx, q, name, own); err != nil || own == leaves {
		return direct, direct, err
	}
	parts, err = s.fit(ctx, q, leavesName, leaves)
	return parts, direct, err
}

func signsOf(f *fitted) Signs {
	state := f.model.Groups()[0]
	out := Signs{Jump: state.Jump}
	if state.SilentSince >= 0 {
		day := f.span.week(state.SilentSince)
		out.SilentSince = &day
	}
	return out
}

// placeForecasts gives every place its numbers.
func (s *Service) placeForecasts(q question, l Layer, f *fitted, totals map[string]divided, judged *judged) ([]PlaceForecast, string, error) {
	p, err := s.placesOf(q.snap, l, "", q.scope)
	if err != nil {
		return nil, "", err
	}
	method := judged.bestBaseline()
	bases := baselines(f.panel, method)
	weeks := f.counts.steps
	out := make([]PlaceForecast, 0, len(p.ids))
	for i, id := range p.ids {
		n := f.series[id]
		v, got := judged.place(id), totals[id]
		place := PlaceForecast{ID: id, Name: p.names[i], Parent: p.parents[i], Verdict: v, Use: useOf(v),
			History: make([]int64, min(weeks, historyWeeks))}
		if all := f.counts.n[n]; all != nil {
			copy(place.History, all[max(0, weeks-historyWeeks):])
		}
		for _, h := range forecast.Horizons() {
			m := f.model.ForecastAt(n, h, events(got.Micro[h]))
			place.Basis = m.Basis
			place.Horizon = append(place.Horizon, HorizonForecast{Horizon: h.String(), Mean: m.Mean, Whole: got.Whole[h], AtLeastOne: m.AtLeastOne,
				Intervals: slices.DeleteFunc(m.Intervals, func(i forecast.Interval) bool { return !shownInterval(i.Level) }),
				Baseline:  bases[h][n].Mean})
		}
		out = append(out, place)
	}
	slices.SortFunc(out, byExpected)
	return out, method, nil
}

// baselineWeeks is the past of the baselines.
const baselineWeeks = 52

// baselines forecasts every series the simple way.
func baselines(p *forecast.Panel, method string) [horizonCount][]score.Count {
	window := min(baselineWeeks, p.Weeks())
	past := p.Counts(p.Weeks()-window, p.Weeks())
	var out [horizonCount][]score.Count
	for _, h := range forecast.Horizons() {
		from, to := h.Span()
		if method == backtest.Mean52 {
			out[h] = baseline.Mean(past, float64(window), float64(to-from))
		} else {
			out[h] = baseline.GammaPoisson(past, float64(window), float64(to-from))
		}
	}
	return out
}

// cellsInside tells which hexagons have their centre in an area.
func cellsInside(tree *area.Tree, within string) func(id string) bool {
	a, _ := tree.Get(within)
	index := area.NewIndex([]area.Area{a})
	return func(id string) bool {
		c, err := hex.Parse(id)
		if err != nil {
			return false
		}
		_, inside := index.Locate(c.Center())
		return inside
	}
}

package outlook

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
	"reli/analytics/forecast/baseline"
	"reli/analytics/forecast/score"
	"reli/geo/area"
	"reli/geo/hex"
)

// errNoEvents says that nothing ever happened in the choice.
var errNoEvents = errors.New("outlook: no events")

// micros are the parts of an event in which expected counts are divided over
// the places, so that sums agree to the last digit shown.
const micros = 1e6

// dominant is the weight of the models' own expectations in the division, as a
// count of events: so large that the prior of forecast.Shares, which is for raw
// counts, has no say.
const dominant = 1e15

func events(micro int) float64 { return float64(micro) / micros }

// layerForecast is the forecast of a whole layer, whatever area is shown.
type layerForecast struct {
	places   []PlaceForecast // most expected events first
	totals   map[string][horizonCount]int
	choice   forecast.Choice
	signs    Signs
	verdict  Verdict
	baseline string
}

// makeForecast fits the layer, divides the forecast of the top over the tree,
// and judges every place by a backtest.
func (s *Service) makeForecast(ctx context.Context, q question, l Layer) (*layerForecast, error) {
	parts, direct, err := s.fitsOf(ctx, q, l)
	if err != nil {
		return nil, err
	}
	if parts.counts.total() == 0 {
		return nil, errNoEvents
	}
	top, err := s.fitTop(ctx, q, parts, parts.name)
	if err != nil {
		return nil, err
	}
	out := &layerForecast{choice: direct.model.Choice(), signs: signsOf(direct)}
	out.choice.Trials = nil // the backtest lists them
	if out.totals, err = divide(q.snap.Catalogue.Tree, parts, top); err != nil {
		return nil, err
	}
	report, err := s.backtestOf(ctx, q, direct)
	if err != nil {
		return nil, err
	}
	out.verdict = overall(report)
	out.places, out.baseline, err = s.placeForecasts(q, l, direct, out.totals, report)
	return out, err
}

// fitsOf gives the model of the finest parts, from which shares come, and that
// of the layer itself, from which spread and calibration come.
func (s *Service) fitsOf(ctx context.Context, q question, l Layer) (parts, direct *fitted, err error) {
	if l.Name == LayerHex {
		direct, err = s.fitLayer(ctx, q, l)
		return direct, direct, err
	}
	if parts, err = s.fitLeaves(ctx, q); err != nil {
		return nil, nil, err
	}
	for _, a := range q.snap.Catalogue.Tree.AtLevel(l.level()) {
		if _, isLeaf := parts.series[a.Code]; !isLeaf {
			direct, err = s.fitLayer(ctx, q, l)
			return parts, direct, err
		}
	}
	return parts, parts, nil
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

// divide splits the forecast of the top over all places, by what the model of
// the parts expects of them. Keys are codes of areas or hexagons, "" the top.
func divide(tree *area.Tree, parts, top *fitted) (map[string][horizonCount]int, error) {
	ids, parents := nodes(tree, parts)
	h, err := forecast.NewHierarchy(parents)
	if err != nil {
		return nil, err
	}
	split := make([][horizonCount]int, len(ids))
	for _, horizon := range forecast.Horizons() {
		if horizon == forecast.FourWeeks {
			continue
		}
		leaves := make([]float64, len(ids))
		sum := 0.0
		for i, id := range ids {
			if n, ok := parts.series[id]; ok {
				leaves[i] = parts.model.Count(n, horizon).Mean
				sum += leaves[i]
			}
		}
		for i := range leaves {
			leaves[i] *= dominant / math.Max(sum, math.SmallestNonzeroFloat32)
		}
		shares, err := h.Shares(leaves)
		if err != nil {
			return nil, err
		}
		total := top.model.Count(0, horizon).Mean
		for i, n := range shares.Split(int(math.Round(total * micros))) {
			split[i][horizon] = n
			if horizon < forecast.FourWeeks {
				split[i][forecast.FourWeeks] += n
			}
		}
	}
	out := make(map[string][horizonCount]int, len(ids))
	for i, id := range ids {
		out[id] = split[i]
	}
	return out, nil
}

// nodes lists the tree of places with the position of each one's parent: the
// top, the areas if the parts are areas, and the parts that are none (hexagons
// and rests).
func nodes(tree *area.Tree, parts *fitted) (ids []string, parents []int) {
	ids, parents = []string{""}, []int{-1}
	at := map[string]int{"": 0}
	add := func(id, parent string) {
		at[id] = len(ids)
		ids, parents = append(ids, id), append(parents, at[parent])
	}
	if parts.name != leavesName {
		for _, id := range slices.Sorted(maps.Keys(parts.series)) {
			add(id, "")
		}
		return ids, parents
	}
	for _, level := range levels() {
		for _, a := range tree.AtLevel(level) {
			add(a.Code, a.Parent)
			if _, ok := parts.series[a.Code+rest]; ok {
				add(a.Code+rest, a.Code)
			}
		}
	}
	return ids, parents
}

// placeForecasts gives every place its numbers.
func (s *Service) placeForecasts(q question, l Layer, f *fitted, totals map[string][horizonCount]int, report *backtest.Report) ([]PlaceForecast, string, error) {
	p, err := s.placesOf(q.snap, l, "")
	if err != nil {
		return nil, "", err
	}
	verdicts := placeVerdicts(report)
	method := bestBaseline(report)
	bases := baselines(f.panel, method)
	weeks := f.counts.steps
	out := make([]PlaceForecast, 0, len(p.ids))
	for i, id := range p.ids {
		n := f.series[id]
		v, known := verdicts[n]
		if !known {
			v = verdictOf(forecast.Verdict{Reason: forecast.ReasonTooFew})
		}
		place := PlaceForecast{ID: id, Name: p.names[i], Parent: p.parents[i], Verdict: v, Use: useOf(v),
			History: make([]int64, min(weeks, historyWeeks)), micro: totals[id]}
		if all := f.counts.n[n]; all != nil {
			copy(place.History, all[max(0, weeks-historyWeeks):])
		}
		for _, h := range forecast.Horizons() {
			m := f.model.ForecastAt(n, h, events(place.micro[h]))
			place.Basis = m.Basis
			place.Horizon = append(place.Horizon, HorizonForecast{Horizon: h.String(), Mean: m.Mean, AtLeastOne: m.AtLeastOne,
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

package outlook

import (
	"cmp"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/forecast"
)

func windows(sp span) []HorizonWindow {
	var out []HorizonWindow
	for _, h := range forecast.Horizons() {
		from, to := h.Span()
		out = append(out, HorizonWindow{h.String(), sp.week(sp.weeks() + from), sp.week(sp.weeks() + to)})
	}
	return out
}

// render puts the places that were asked for into an answer.
func (f *layerForecast) render(answer *Forecast, snap *cube.Snapshot, r ForecastRequest) {
	sp := f.span()
	answer.HistoryWeeks, answer.Windows = sp.mondays(historyWeeks), windows(sp)
	answer.Choice, answer.Signs, answer.Verdict, answer.Baseline, answer.HowGood = &f.Choice, &f.Signs, &f.Verdict, f.Baseline, f.HowGood
	parts := []string{r.Area} // that together are what was asked for
	if r.Layer.Name != LayerHex {
		parts = r.Scope.Within(snap.Catalogue.Tree, r.Area)
	}
	inside := areaFilter(snap, r.Layer, parts)
	var shown divided
	for _, p := range f.Places {
		if !inside(p.ID) {
			continue
		}
		shown = shown.plus(p.divided())
		answer.PlaceCount++
		if answer.PlaceCount <= r.Limit {
			p.Horizon = onlyHorizon(p.Horizon, r.Horizon)
			answer.Places = append(answer.Places, p)
		}
	}
	total := f.totalOf(parts, shown)
	for _, h := range forecast.Horizons() {
		if r.Horizon == "" || r.Horizon == h.String() {
			answer.Total = append(answer.Total, Expected{h.String(), events(total.Micro[h]), total.Whole[h]})
			answer.Rest = append(answer.Rest, Expected{h.String(), events(total.Micro[h] - shown.Micro[h]), total.Whole[h] - shown.Whole[h]})
		}
	}
	if r.Horizon != "" {
		answer.Windows = slices.DeleteFunc(answer.Windows, func(w HorizonWindow) bool { return w.Horizon != r.Horizon })
	}
}

// totalOf adds up the totals of areas; those of the shown places, where a total
// of one is not known.
func (f *layerForecast) totalOf(parts []string, shown divided) (sum divided) {
	for _, part := range parts {
		total, known := f.Totals[part]
		if !known {
			return shown
		}
		sum = sum.plus(total)
	}
	return sum
}

func onlyHorizon(all []HorizonForecast, name string) []HorizonForecast {
	i := slices.IndexFunc(all, func(h HorizonForecast) bool { return h.Horizon == name })
	if i < 0 {
		return all
	}
	return all[i : i+1]
}

// areaFilter tells which places lie in one of some areas.
func areaFilter(snap *cube.Snapshot, l Layer, within []string) func(id string) bool {
	tree := snap.Catalogue.Tree
	switch {
	case slices.Contains(within, ""):
		return func(string) bool { return true }
	case l.Name == LayerHex:
		return cellsInside(tree, within[0]) // hexagons are counted within the scope, so only an area is asked for
	}
	return func(id string) bool {
		return slices.ContainsFunc(tree.Path(id), func(step string) bool { return slices.Contains(within, step) })
	}
}

// byExpected orders places by the four weeks, the most first.
func byExpected(a, b PlaceForecast) int {
	return cmp.Or(cmp.Compare(b.Horizon[forecast.FourWeeks].Mean, a.Horizon[forecast.FourWeeks].Mean), cmp.Compare(a.ID, b.ID))
}

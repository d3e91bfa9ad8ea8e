package backtest

import (
	"reli/analytics/forecast"
	"reli/analytics/forecast/score"
)

// placeScore are a series' weekly log scores, one week ahead.
type placeScore struct {
	model, mean, gamma []float64
	events             int
}

func (b *book) scorePlaces(t target, forecasts map[string][]score.Count) {
	for s, y := range t.truth {
		if t.skip[b.panel.Group(s)] {
			continue
		}
		p := &b.places[s]
		p.model = append(p.model, score.Log(forecasts[b.judged][s], y))
		p.mean = append(p.mean, score.Log(forecasts[Mean52][s], y))
		p.gamma = append(p.gamma, score.Log(forecasts[GammaPoisson][s], y))
		p.events += y
	}
}

// verdict judges a place against the better of the two baselines.
func (p placeScore) verdict() forecast.Verdict {
	best := p.mean
	if sum(p.gamma) < sum(p.mean) {
		best = p.gamma
	}
	return forecast.Judge(p.model, best)
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// groupErrors are a group's weekly totals and their forecasts.
type groupErrors struct{ truth, forecast []float64 }

func (b *book) scoreTotals(t target, week int, counts []score.Count) {
	means := make([]float64, b.panel.Groups())
	for s, c := range counts {
		means[b.panel.Group(s)] += c.Mean
	}
	for g, mean := range means {
		if !t.skip[g] {
			b.errors[g].truth = append(b.errors[g].truth, b.panel.Total(g, week))
			b.errors[g].forecast = append(b.errors[g].forecast, mean)
		}
	}
}

// mase compares the group's weekly totals with the seasonal naive forecast; nil
// where there are less than two years of history to scale by.
func (b *book) mase(g int) *float64 {
	var history []float64
	for w := range b.before {
		if b.panel.Observed(g, w) {
			history = append(history, b.panel.Total(g, w))
		}
	}
	if len(history) < 2*window {
		return nil
	}
	m, err := score.MASE(history, b.errors[g].truth, b.errors[g].forecast, window)
	if err != nil {
		return nil
	}
	return &m
}

// groupVerdict judges a group one week ahead: it is better only where the log
// score gains on the best baseline and the totals' scaled error, where there is
// one, is below 1.
func (b *book) groupVerdict(g int) GroupVerdict {
	pages := b.pages[forecast.Week1]
	best := pages[Mean52].weekly[g]
	if sum(pages[GammaPoisson].weekly[g]) < sum(best) {
		best = pages[GammaPoisson].weekly[g]
	}
	v := GroupVerdict{Group: g, Verdict: forecast.Judge(pages[b.judged].weekly[g], best), MASE: b.mase(g)}
	if v.Better && v.MASE != nil && *v.MASE >= 1 {
		v.Better, v.Reason = false, forecast.ReasonNotBetter
	}
	return v
}

package outlook

import (
	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
)

// Verdict says in words how good the model was here in the backtest.
type Verdict struct {
	forecast.Verdict
	Zh string `json:"zh"`
	En string `json:"en"`
}

// What an answer advises to use.
const (
	useModel    = "model"
	useBaseline = "baseline"
)

func verdictOf(v forecast.Verdict) Verdict {
	switch v.Reason {
	case forecast.ReasonBetter:
		return Verdict{v, "优于基线", "better than the baseline"}
	case forecast.ReasonNotBetter:
		return Verdict{v, "不优于基线", "not better than the baseline"}
	}
	return Verdict{v, "历史太短,无法判断是否优于基线", "too little history to tell whether it is better than the baseline"}
}

// useOf advises the baseline wherever the model has not shown to be better.
func useOf(v Verdict) string {
	if v.Better {
		return useModel
	}
	return useBaseline
}

// overall is the verdict on all places together; without a backtest it is
// "too few weeks".
func overall(r *backtest.Report) Verdict {
	if r == nil || len(r.Groups) == 0 {
		return verdictOf(forecast.Verdict{Reason: forecast.ReasonTooFew})
	}
	return verdictOf(r.Groups[0].Verdict)
}

// placeVerdicts are the verdicts by series.
func placeVerdicts(r *backtest.Report) map[int]Verdict {
	out := map[int]Verdict{}
	if r != nil {
		for _, p := range r.Places {
			out[p.Series] = verdictOf(p.Verdict)
		}
	}
	return out
}

// bestBaseline is the baseline with the better log score one week ahead.
func bestBaseline(r *backtest.Report) string {
	best, least := backtest.GammaPoisson, 0.0
	if r == nil || len(r.Horizons) == 0 {
		return best
	}
	for _, m := range r.Horizons[0].Methods {
		if (m.Method == backtest.GammaPoisson || m.Method == backtest.Mean52) && (least == 0 || m.LogScore < least) {
			best, least = m.Method, m.LogScore
		}
	}
	return best
}

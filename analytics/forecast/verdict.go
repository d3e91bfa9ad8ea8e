package forecast

import "math"

// Verdict says whether a forecast is worth showing beside the best baseline.
type Verdict struct {
	// Better is true only where the backtest showed a gain.
	Better bool `json:"better"`
	// Reason is "better", "not_better_than_baseline" or "too_few_weeks".
	Reason string `json:"reason"`
	// Gain is the mean gain in the log score over the baseline, a week;
	// positive is better.
	Gain float64 `json:"gain"`
	// Error is the standard error of the gain over the weeks.
	Error float64 `json:"error"`
	// Weeks is the number of weeks compared.
	Weeks int `json:"weeks"`
}

// The reasons of a verdict.
const (
	ReasonBetter    = "better"
	ReasonNotBetter = "not_better_than_baseline"
	ReasonTooFew    = "too_few_weeks"
)

// verdictWeeks is the least number of weeks on which a verdict rests.
const verdictWeeks = 8

// Judge compares weekly log scores (lower is better) of a model and of the best
// baseline on the same weeks. Without a positive mean gain the answer is "not
// better"; so it is for any week without a finite score of the model.
func Judge(model, baseline []float64) Verdict {
	n := min(len(model), len(baseline))
	v := Verdict{Reason: ReasonTooFew, Weeks: n}
	if n < verdictWeeks {
		return v
	}
	sum, square := 0.0, 0.0
	for i := range n {
		d := baseline[i] - model[i]
		sum += d
		square += d * d
	}
	v.Gain = sum / float64(n)
	v.Error = math.Sqrt(math.Max(0, square-sum*v.Gain) / float64(n-1) / float64(n))
	v.Better = v.Gain > 0
	v.Reason = ReasonBetter
	if !v.Better {
		v.Reason = ReasonNotBetter
	}
	if math.IsNaN(v.Gain) || math.IsInf(v.Gain, 0) {
		v.Gain, v.Error, v.Better, v.Reason = 0, 0, false, ReasonNotBetter
	}
	return v
}

package warning

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// EARS are the settings of the short-memory methods for young series.
type EARS struct {
	Baseline int     // periods of the moving baseline
	Alpha    float64 // error rate of one test
	MinSigma float64 // floor of the standard deviation, in events
}

// DefaultEARS is a baseline of 7 periods and an alpha of 0.05.
func DefaultEARS() EARS { return EARS{Baseline: 7, Alpha: .05} }

// moments are the mean and standard deviation of the baseline that ends lag
// periods before t; missing periods are left out, of which at most half may be.
func (e EARS) moments(y []float64, t, lag int) (mean, sigma float64, ok bool) {
	sum, n := 0.0, 0.0
	from, to := t-lag-e.Baseline, t-lag
	if from < 0 || to > len(y) {
		return 0, 0, false
	}
	for _, v := range y[from:to] {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	if n < 2 || n < float64(e.Baseline)/2 {
		return 0, 0, false
	}
	mean = sum / n
	for _, v := range y[from:to] {
		if !math.IsNaN(v) {
			sigma += (v - mean) * (v - mean)
		}
	}
	return mean, math.Max(e.MinSigma, math.Sqrt(sigma/(n-1))), true
}

// C1 compares period t with the baseline just before it.
func (e EARS) C1(y []float64, t int) Signal { return e.shewhart(y, t, 0) }

// C2 leaves two periods between the baseline and period t, so that a beginning
// outbreak does not raise its own threshold.
func (e EARS) C2(y []float64, t int) Signal { return e.shewhart(y, t, 2) }

func (e EARS) shewhart(y []float64, t, lag int) Signal {
	mean, sigma, status := e.judge(y, t, lag)
	if status != OK {
		return silent(y, t, status)
	}
	upper := mean + distuv.UnitNormal.Quantile(1-e.Alpha)*sigma
	return e.signal(y, t, mean, sigma, upper)
}

func (e EARS) judge(y []float64, t, lag int) (mean, sigma float64, status Status) {
	if t < 0 || t >= len(y) {
		return 0, 0, TooShort
	}
	if math.IsNaN(y[t]) {
		return 0, 0, Missing
	}
	mean, sigma, ok := e.moments(y, t, lag)
	if !ok {
		return 0, 0, TooShort
	}
	return mean, sigma, OK
}

// C3 signals on a lasting excess: what the two periods before t exceeded their
// own baselines of C2 by, beyond one standard deviation each, is set against
// the quantile z of the normal distribution. The bound is that of the R package
// surveillance 1.20, y + σ·(z − excess) and at least 0, which lies below the
// count exactly where the excess is more than z.
func (e EARS) C3(y []float64, t int) Signal {
	mean, sigma, status := e.judge(y, t, 2)
	if status != OK {
		return silent(y, t, status)
	}
	past, ok := e.past(y, t)
	if !ok {
		return silent(y, t, TooShort)
	}
	s := Signal{Week: t, Observed: y[t], Expected: mean, Status: OK, P: distuv.UnitNormal.Survival(past)}
	if !math.IsInf(past, 1) {
		s.Upper = math.Max(0, y[t]+sigma*(distuv.UnitNormal.Quantile(1-e.Alpha)-past))
	}
	s.Alarm = y[t] > s.Upper
	return s
}

// past is what the two periods before t exceeded their own baselines of C2 by.
func (e EARS) past(y []float64, t int) (sum float64, ok bool) {
	for back := 1; back <= 2; back++ {
		m, s, ok := e.moments(y, t-back, 2)
		if !ok {
			return 0, false
		}
		sum += excess(y[t-back]-m, s)
	}
	return sum, true
}

// excess is by how many standard deviations beyond the first a difference is
// positive; without any variation every positive difference is infinitely many.
func excess(difference, sigma float64) float64 {
	switch {
	case !(difference > 0):
		return 0
	case sigma == 0:
		return math.Inf(1)
	}
	return math.Max(0, difference/sigma-1)
}

// signal gives the tail probability of a normal baseline; a baseline without
// any variation says only whether the count is above it.
func (e EARS) signal(y []float64, t int, mean, sigma, upper float64) Signal {
	s := Signal{Week: t, Observed: y[t], Expected: mean, Upper: upper, Status: OK, Alarm: y[t] > upper, P: 1}
	switch {
	case sigma > 0:
		s.P = distuv.UnitNormal.Survival((y[t] - mean) / sigma)
	case y[t] > mean:
		s.P = 0
	}
	return s
}

// CUSUM are the settings of the one-sided cumulative sum of standardised counts
// (Rossi, Lampugnani & Marchi 1999).
type CUSUM struct {
	Reference float64 // k, in standard deviations
	Decision  float64 // h, in standard deviations
}

// DefaultCUSUM is k = 1.04 and h = 2.26.
func DefaultCUSUM() CUSUM { return CUSUM{Reference: 1.04, Decision: 2.26} }

// CUSUMStep is the sum after one period; Upper is the least count at which it
// would have signalled.
type CUSUMStep struct {
	Sum    float64 `json:"sum"`
	Upper  float64 `json:"upper"`
	Alarm  bool    `json:"alarm"`
	Status Status  `json:"status"`
}

// Run follows S_t = max(0, S_t−1 + (y_t−mean)/√mean − k) and signals where S ≥ h.
// A missing period leaves the sum as it is. Without a positive mean no step has
// a threshold.
func (c CUSUM) Run(y []float64, mean float64) []CUSUMStep {
	out := make([]CUSUMStep, len(y))
	sum := 0.0
	for t, v := range y {
		switch {
		case !(mean > 0) || math.IsInf(mean, 1):
			out[t] = CUSUMStep{Status: NoThreshold}
			continue
		case math.IsNaN(v):
			out[t] = CUSUMStep{Sum: sum, Status: Missing}
			continue
		}
		upper := math.Max(0, math.Ceil((c.Decision+c.Reference-sum)*math.Sqrt(mean)+mean))
		sum = math.Max(0, sum+(v-mean)/math.Sqrt(mean)-c.Reference)
		out[t] = CUSUMStep{Sum: sum, Upper: upper, Alarm: sum >= c.Decision, Status: OK}
	}
	return out
}

package baseline

import (
	"errors"
	"math"
)

// ETS is an exponential smoothing state-space model with multiplicative
// errors, additive damped trend and multiplicative season, ETS(M,Ad,M)
// (Hyndman, Koehler, Ord & Snyder 2008, Forecasting with Exponential
// Smoothing, table 2.3).
type ETS struct {
	Alpha, Beta, Gamma, Phi float64
	LogLik                  float64   // as R's forecast::ets prints it, without the constant
	Variance                float64   // of the relative errors
	Level, Trend            float64   // after the last period
	Season                  []float64 // factors of the next period … one cycle on
}

// ErrETS says that a series cannot be fitted: shorter than two cycles or than
// its parameters are many, or not positive, for a multiplicative season needs
// a positive level.
var ErrETS = errors.New("baseline: ETS needs two cycles of positive values")

const (
	// The bounds of the parameters and the number of evaluations are those of
	// the R package forecast.
	etsLow, etsHigh = 1e-4, .9999
	phiLow, phiHigh = .8, .98
	etsEvaluations  = 2000
	// etsSmoothing parameters come before the initial states.
	etsSmoothing = 4
)

// FitETS estimates the model by maximum likelihood over the smoothing
// parameters and the initial states. One round of search is what the R package
// forecast does and ends where that ends, which is before the maximum: it has
// more dimensions than the evaluations can explore. Each further round begins
// at the best point of the one before.
func FitETS(y []float64, period, rounds int) (*ETS, error) {
	if period < 2 || len(y) < 2*period || len(y) <= etsSmoothing+1+period+1 {
		return nil, ErrETS
	}
	for _, v := range y {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, ErrETS
		}
	}
	best := etsStart(y, period)
	for range rounds {
		best = minimise(func(x []float64) float64 { return -2 * etsFrom(x, y, period).LogLik }, best, etsEvaluations)
	}
	m := etsFrom(best, y, period)
	if math.IsInf(m.LogLik, -1) {
		return nil, ErrETS
	}
	return m, nil
}

// etsFrom runs the filter with a vector of parameters: alpha, beta, gamma,
// phi, level, trend, and the factors of the season from the last period before
// the series backwards; the factor that is left, of the first period, follows
// from their sum. The likelihood is −∞ where a parameter is out of bounds.
func etsFrom(x, y []float64, period int) *ETS {
	m := &ETS{Alpha: x[0], Beta: x[1], Gamma: x[2], Phi: x[3], Level: x[4], Trend: x[5], LogLik: math.Inf(-1)}
	if m.Alpha < etsLow || m.Alpha > etsHigh || m.Beta < etsLow || m.Beta > m.Alpha ||
		m.Gamma < etsLow || m.Gamma > 1-m.Alpha || m.Phi < phiLow || m.Phi > phiHigh {
		return m
	}
	m.Season = make([]float64, period)
	rest := float64(period)
	for i, s := range x[6:] {
		m.Season[period-1-i] = s
		rest -= s
	}
	m.Season[0] = rest
	for _, s := range m.Season {
		if s < 0 {
			return m
		}
	}
	m.run(y, len(x))
	return m
}

// run filters the series and leaves the final states, the variance with so
// many parameters taken off, and the log-likelihood −n/2·log Σe² − Σ log|ŷ|.
func (m *ETS) run(y []float64, parameters int) {
	squares, logs := 0.0, 0.0
	period := len(m.Season)
	for t, v := range y {
		base := m.Level + m.Phi*m.Trend
		season := m.Season[t%period]
		fitted := base * season
		e := (v - fitted) / fitted
		squares += e * e
		logs += math.Log(math.Abs(fitted))
		m.Level = base + m.Alpha*base*e
		m.Trend = m.Phi*m.Trend + m.Beta*base*e
		m.Season[t%period] = season + m.Gamma*season*e
	}
	rotated := make([]float64, period)
	for i := range rotated {
		rotated[i] = m.Season[(len(y)+i)%period]
	}
	m.Season = rotated
	m.Variance = squares / float64(len(y)-parameters)
	if l := -float64(len(y))/2*math.Log(squares) - logs; !math.IsNaN(l) {
		m.LogLik = l
	}
}

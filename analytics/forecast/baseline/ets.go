package baseline

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// ETS is an exponential smoothing state-space model with multiplicative
// errors, additive damped trend and multiplicative season, ETS(M,Ad,M)
// (Hyndman, Koehler, Ord & Snyder 2008, table 2.3).
type ETS struct {
	Alpha, Beta, Gamma, Phi float64
	LogLik                  float64 // as R's forecast::ets prints it, without the constant
	level, trend            float64
	season                  []float64 // factors of the next period … one cycle on
}

// ErrETS says that a series cannot be fitted: shorter than two cycles, or not
// positive, for a multiplicative season needs a positive level.
var ErrETS = errors.New("baseline: ETS needs two cycles of positive values")

const (
	// The parameter bounds are those of the R package forecast.
	etsLow, etsHigh = 1e-4, .9999
	phiLow, phiHigh = .8, .98
	// etsRounds restarts the simplex search from its best point, for one run
	// stalls in a space of 17 dimensions.
	etsRounds = 12
)

// FitETS estimates the model by maximum likelihood over the smoothing
// parameters and the initial states.
func FitETS(y []float64, period int) (*ETS, error) {
	if period < 2 || len(y) < 2*period {
		return nil, ErrETS
	}
	for _, v := range y {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, ErrETS
		}
	}
	start := etsStart(y, period)
	problem := optimize.Problem{Func: func(x []float64) float64 {
		m, ok := etsFrom(x, y, period)
		if !ok {
			return math.Inf(1)
		}
		return -m.LogLik
	}}
	for round := range etsRounds {
		scale := .2
		if round%2 == 1 {
			scale = .02
		}
		result, err := optimize.Minimize(problem, start, &optimize.Settings{FuncEvaluations: 20000}, &optimize.NelderMead{SimplexSize: scale})
		if err != nil && result == nil {
			return nil, err
		}
		start = result.X
	}
	m, _ := etsFrom(start, y, period)
	return m, nil
}

// logistic maps the real line onto (low, high); logit is its inverse.
func logistic(x, low, high float64) float64 { return low + (high-low)/(1+math.Exp(-x)) }

func logit(p, low, high float64) float64 { return math.Log((p - low) / (high - p)) }

// etsStart begins with the first cycle's mean as level, the mean step between
// the first two cycles as trend, and their mean ratios as season.
func etsStart(y []float64, period int) []float64 {
	first, second := 0.0, 0.0
	for i := range period {
		first += y[i] / float64(period)
		second += y[period+i] / float64(period)
	}
	x := []float64{
		logit(.3, etsLow, etsHigh), logit(.1, 0, 1), logit(.1, 0, 1), logit(.97, phiLow, phiHigh+1e-9),
		math.Log(first), (second - first) / float64(period) / first,
	}
	for i := range period - 1 {
		x = append(x, math.Log((y[i]/first+y[period+i]/second)/2))
	}
	return x
}

// etsFrom runs the filter for an unconstrained parameter vector: smoothing
// parameters with beta < alpha and gamma < 1−alpha, then log level, trend over
// level, and log seasonal factors, scaled to a mean of one.
func etsFrom(x, y []float64, period int) (*ETS, bool) {
	m := &ETS{Phi: logistic(x[3], phiLow, phiHigh+1e-9), level: math.Exp(x[4]), season: make([]float64, period)}
	m.Alpha = logistic(x[0], etsLow, etsHigh)
	m.Beta = etsLow + logistic(x[1], 0, 1)*math.Max(0, m.Alpha-etsLow)
	m.Gamma = etsLow + logistic(x[2], 0, 1)*math.Max(0, 1-m.Alpha-etsLow)
	m.trend = x[5] * m.level
	sum := 0.0
	for i := range m.season {
		m.season[i] = 1
		if i < period-1 {
			m.season[i] = math.Exp(x[6+i])
		}
		sum += m.season[i]
	}
	for i := range m.season {
		m.season[i] *= float64(period) / sum
	}
	return m, m.run(y)
}

// run filters the series and leaves the final states and the log-likelihood
// −n/2·log Σe² − Σ log|ŷ|.
func (m *ETS) run(y []float64) bool {
	squares, logs := 0.0, 0.0
	period := len(m.season)
	for t, v := range y {
		base := m.level + m.Phi*m.trend
		season := m.season[t%period]
		fitted := base * season
		if !(fitted > 0) {
			return false
		}
		e := v/fitted - 1
		squares += e * e
		logs += math.Log(fitted)
		m.level = base * (1 + m.Alpha*e)
		m.trend = m.Phi*m.trend + m.Beta*base*e
		m.season[t%period] = season * (1 + m.Gamma*e)
	}
	rotated := make([]float64, period)
	for i := range rotated {
		rotated[i] = m.season[(len(y)+i)%period]
	}
	m.season = rotated
	m.LogLik = -float64(len(y))/2*math.Log(squares) - logs
	return !math.IsNaN(m.LogLik)
}

// Forecast is the point forecast of the next n periods.
func (m *ETS) Forecast(n int) []float64 {
	out := make([]float64, n)
	damp, sum := 1.0, 0.0
	for i := range out {
		damp *= m.Phi
		sum += damp
		out[i] = (m.level + sum*m.trend) * m.season[i%len(m.season)]
	}
	return out
}

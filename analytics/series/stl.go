package series

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// STL are the settings of a seasonal-trend decomposition by loess (Cleveland,
// Cleveland, McRae & Terpenning 1990). Windows are odd numbers of steps (of
// whole cycles for the season); 0 chooses as R's stl does.
type STL struct {
	Period       int  // steps of a cycle, at least 2
	SeasonWindow int  // 0: the same season every cycle
	SeasonDegree int  // 0 or 1; of a season that may change
	TrendWindow  int  // 0: the least odd number ≥ 1.5·Period/(1−1.5/SeasonWindow)
	Robust       bool // 15 rounds in which outliers lose their weight
}

// Parts are the parts of a series, value = season + trend + remainder at every
// step that has a value; through missing steps season and trend are carried on.
type Parts struct {
	Season, Trend []float64
	Remainder     []*float64 // nil where the value is missing
	Weights       []float64  // of robustness: 0 for outliers and missing values, 1 for ordinary ones
}

// Reasons why a series cannot be decomposed.
var (
	ErrTooFewCycles = errors.New("series: fewer than two whole cycles")
	ErrTooManyGaps  = errors.New("series: a step of the cycle never has a value")
)

// Rounds of the algorithm, those of R's stl.
const (
	plainInner, plainOuter   = 2, 0
	robustInner, robustOuter = 1, 15
)

// LeastSteps is the fewest steps that are decomposed: more than two cycles.
func (o STL) LeastSteps() int { return 2*o.Period + 1 }

// Decompose splits values into season, trend and remainder. NaN is a missing
// value: it has no weight in any fit, which the original does not know.
func (o STL) Decompose(values []float64) (*Parts, error) {
	if o.Period < 2 || len(values) < o.LeastSteps() {
		return nil, ErrTooFewCycles
	}
	s := newSTLRun(o, values)
	inner, outer := plainInner, plainOuter
	if o.Robust {
		inner, outer = robustInner, robustOuter
	}
	for round := 0; ; round++ {
		for range inner {
			if !s.step() {
				return nil, ErrTooManyGaps
			}
		}
		if round == outer {
			break
		}
		s.reweigh()
	}
	if o.SeasonWindow == 0 {
		s.averageSeason()
	}
	p := &Parts{Season: s.season, Trend: s.trend, Remainder: make([]*float64, len(values)), Weights: s.weights}
	for i, v := range values {
		p.Weights[i] = max(0, p.Weights[i])
		if !math.IsNaN(v) {
			r := v - s.season[i] - s.trend[i]
			p.Remainder[i] = &r
		}
	}
	return p, nil
}

// stlRun is one decomposition under way.
type stlRun struct {
	period                                int
	seasonWindow, trendWindow, lowWindow  int
	seasonDegree                          int
	values                                []float64 // 0 where missing
	weights                               []float64
	season, trend, work, low, sub, subOut []float64
	subWeights, cycles                    []float64 // cycles: the season with one cycle more at each end
}

func newSTLRun(o STL, values []float64) *stlRun {
	n := len(values)
	s := &stlRun{period: o.Period, seasonWindow: o.SeasonWindow, seasonDegree: o.SeasonDegree, trendWindow: o.TrendWindow,
		lowWindow: nextOdd(float64(o.Period)), values: slices.Clone(values), weights: make([]float64, n),
		season: make([]float64, n), trend: make([]float64, n), work: make([]float64, n+2*o.Period),
		low: make([]float64, n), cycles: make([]float64, n+2*o.Period)}
	if o.SeasonWindow == 0 {
		// So wide that all cycles weigh alike, as R's "periodic" is.
		s.seasonWindow, s.seasonDegree = 10*n+1, 0
	}
	if s.trendWindow == 0 {
		s.trendWindow = nextOdd(math.Ceil(1.5 * float64(o.Period) / (1 - 1.5/float64(s.seasonWindow))))
	}
	longest := (n-1)/o.Period + 1
	s.sub, s.subWeights, s.subOut = make([]float64, longest), make([]float64, longest), make([]float64, longest+2)
	for i, v := range values {
		s.weights[i] = 1
		if math.IsNaN(v) {
			s.values[i], s.weights[i] = 0, missingWeight
		}
	}
	return s
}

func nextOdd(v float64) int {
	n := int(math.Round(v))
	if n%2 == 0 {
		n++
	}
	return n
}

// step is one pass of the inner loop; false where a fit has nothing to rest on.
func (s *stlRun) step() bool {
	n, p := len(s.values), s.period
	for i, v := range s.values {
		s.work[i] = v - s.trend[i]
	}
	if !s.smoothCycles() {
		return false
	}
	// Low-pass filter: moving averages of a period, a period and 3 steps, then
	// loess. What it leaves is not season but trend.
	average(s.cycles, p, s.work[:n+p+1])
	average(s.work[:n+p+1], p, s.work[:n+2])
	average(s.work[:n+2], 3, s.work[:n])
	if !loess(s.work[:n], nil, s.lowWindow, 1, s.low) {
		return false
	}
	for i := range s.season {
		s.season[i] = s.cycles[p+i] - s.low[i]
		s.work[i] = s.values[i] - s.season[i]
	}
	return loess(s.work[:n], s.weights, s.trendWindow, 1, s.trend)
}

// smoothCycles smooths each place of the cycle over the cycles, and one cycle
// beyond either end, from work into cycles.
func (s *stlRun) smoothCycles() bool {
	n, p := len(s.values), s.period
	for j := range p {
		k := (n-j-1)/p + 1
		sub, weights, out := s.sub[:k], s.subWeights[:k], s.subOut[:k+2]
		for i := range sub {
			sub[i], weights[i] = s.work[i*p+j], s.weights[i*p+j]
		}
		if !loess(sub, weights, s.seasonWindow, s.seasonDegree, out[1:k+1]) {
			return false
		}
		var ok bool
		if out[0], ok = local(sub, weights, s.seasonWindow, s.seasonDegree, -1, 0, min(s.seasonWindow, k)-1); !ok {
			out[0] = out[1]
		}
		if out[k+1], ok = local(sub, weights, s.seasonWindow, s.seasonDegree, float64(k), max(0, k-s.seasonWindow), k-1); !ok {
			out[k+1] = out[k]
		}
		for m, v := range out {
			s.cycles[m*p+j] = v
		}
	}
	return true
}

// average is the moving average of width steps; out may be in itself.
func average(in []float64, width int, out []float64) {
	sum := 0.0
	for _, v := range in[:width] {
		sum += v
	}
	for i := range out {
		first := in[i]
		out[i] = sum / float64(width)
		if i+width < len(in) {
			sum += in[i+width] - first
		}
	}
}

// reweigh gives outliers less weight: bisquare of 6 median absolute residuals.
func (s *stlRun) reweigh() {
	residuals := make([]float64, len(s.values))
	var known []float64
	for i, v := range s.values {
		residuals[i] = math.Abs(v - s.season[i] - s.trend[i])
		if s.weights[i] != missingWeight {
			known = append(known, residuals[i])
		}
	}
	slices.Sort(known)
	n := len(known)
	cut := 3 * (known[n/2] + known[n-n/2-1])
	for i, r := range residuals {
		switch {
		case s.weights[i] == missingWeight:
		case r <= .001*cut:
			s.weights[i] = 1
		case r <= .999*cut:
			s.weights[i] = math.Pow(1-(r/cut)*(r/cut), 2)
		default:
			s.weights[i] = 0
		}
	}
}

// averageSeason makes all cycles the same.
func (s *stlRun) averageSeason() {
	for j := range s.period {
		sum, n := 0.0, 0.0
		for i := j; i < len(s.season); i += s.period {
			sum += s.season[i]
			n++
		}
		for i := j; i < len(s.season); i += s.period {
			s.season[i] = sum / n
		}
	}
}

// SeasonStrength and TrendStrength are 1 − Var(remainder)/Var(part +
// remainder), at least 0, of the season and of the trend (Wang, Smith & Hyndman
// 2006); nil where nothing varies.
func (p *Parts) SeasonStrength() *float64 { return p.strength(p.Season) }

// TrendStrength: see SeasonStrength.
func (p *Parts) TrendStrength() *float64 { return p.strength(p.Trend) }

func (p *Parts) strength(part []float64) *float64 {
	var rest, both []float64
	for i, r := range p.Remainder {
		if r != nil {
			rest, both = append(rest, *r), append(both, part[i]+*r)
		}
	}
	if len(both) < 2 || stat.Variance(both, nil) == 0 {
		return nil
	}
	v := max(0, 1-stat.Variance(rest, nil)/stat.Variance(both, nil))
	return &v
}

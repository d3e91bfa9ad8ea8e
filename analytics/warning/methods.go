package warning

import "math"

// Method is one way to watch series, as an experiment compares it. Exactly one
// of Series and All is set.
type Method struct {
	Name string
	// Series is the strength of the evidence for more than usual in week `at` of
	// one series, from that week and earlier ones; larger is stronger, only the
	// order counts. ok is false without an answer.
	Series func(y []float64, at int) (strength float64, ok bool)
	// All looks at all series of a week together: the strength for each series,
	// −Inf without any, and one strength for each alarm that it could raise,
	// which may be about several series.
	All func(series [][]float64, at int) (each, alarms []float64)
}

// week gives the strengths of the possible alarms of a week.
func (m Method) week(series [][]float64, sample []int, at int) (alarms []float64, tests, unanswered int) {
	if m.All != nil {
		_, alarms = m.All(series, at)
		return alarms, len(series), 0
	}
	for _, i := range sample {
		strength, ok := m.Series(series[i], at)
		if !ok {
			unanswered++
			continue
		}
		alarms = append(alarms, strength)
	}
	return alarms, len(sample), unanswered
}

// of is the strength for one series.
func (m Method) of(series [][]float64, i, at int) float64 {
	if m.All != nil {
		each, _ := m.All(series, at)
		return each[i]
	}
	strength, ok := m.Series(series[i], at)
	if !ok {
		return math.Inf(-1)
	}
	return strength
}

// Names of the methods.
const (
	MethodFlexible = "farrington_flexible"
	MethodC1       = "ears_c1"
	MethodC2       = "ears_c2"
	MethodC3       = "ears_c3"
	MethodCUSUM    = "cusum"
)

// Settings of the methods on weekly counts.
const (
	// leastSigma of EARS, in events: a baseline of zeros must not make one event
	// an infinite excess.
	leastSigma = 1
	// cusumRun is how many weeks a sum runs, cusumPast the weeks before them whose
	// mean it is measured against.
	cusumRun, cusumPast = 26, 52
	// leastP keeps the logarithm of a p-value that underflows finite.
	leastP = 1e-300
)

// Methods are those of one series at a time, for series that are first watched
// in week `first`: Farrington flexible looks back as many years as there are
// then, 2 to 4, and has no answer under two.
func Methods(first int) []Method {
	flexible := Flexible()
	flexible.Years = max(2, min(flexible.Years, (first-flexible.HalfWindow)/flexible.YearWeeks))
	ears := DefaultEARS()
	ears.MinSigma = leastSigma
	return []Method{
		{Name: MethodFlexible, Series: func(y []float64, at int) (float64, bool) {
			s := FarringtonFlexible(y, at, flexible)
			return -math.Log(math.Max(s.P, leastP)), s.Status == OK
		}},
		{Name: MethodC1, Series: ears.deviation(0)},
		{Name: MethodC2, Series: ears.deviation(2)},
		{Name: MethodC3, Series: func(y []float64, at int) (float64, bool) {
			past, ok := ears.past(y, at)
			return past, ok && !math.IsNaN(y[at])
		}},
		{Name: MethodCUSUM, Series: cusumStrength},
	}
}

// deviation is by how many standard deviations the count is above the baseline
// of C1 (lag 0) or C2 (lag 2).
func (e EARS) deviation(lag int) func([]float64, int) (float64, bool) {
	return func(y []float64, at int) (float64, bool) {
		mean, sigma, status := e.judge(y, at, lag)
		if status != OK {
			return 0, false
		}
		return (y[at] - mean) / sigma, true
	}
}

// cusumStrength is the sum at week `at`, begun half a year before.
func cusumStrength(y []float64, at int) (float64, bool) {
	from := at + 1 - cusumRun
	if from < cusumPast || math.IsNaN(y[at]) {
		return 0, false
	}
	steps := DefaultCUSUM().Run(y[from:at+1], yearMean(y, from))
	last := steps[len(steps)-1]
	return last.Sum, last.Status == OK
}

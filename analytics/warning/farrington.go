package warning

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"reli/analytics/forecast/score"
)

// Status says why a week has a threshold or none.
type Status string

// The statuses of a week.
const (
	OK          Status = "ok"
	TooShort    Status = "too_short"     // not enough past weeks
	TooFew      Status = "too_few_cases" // below the least number of recent cases
	Missing     Status = "missing_week"  // this week has no count
	NoThreshold Status = "no_threshold"  // the past allows no fit, e.g. all of it missing
)

// Signal is the judgement of one week. Expected and Upper are events a week;
// where the status is not OK they are zero and mean nothing.
type Signal struct {
	Week     int     `json:"week"`
	Observed float64 `json:"observed"`
	Expected float64 `json:"expected"`
	Upper    float64 `json:"upper"`
	// P is the probability of at least as many events without an outbreak; 1
	// where there is no threshold.
	P      float64 `json:"p"`
	Alarm  bool    `json:"alarm"`
	Trend  bool    `json:"trend"`
	Status Status  `json:"status"`
}

func silent(y []float64, at int, s Status) Signal {
	out := Signal{Week: at, P: 1, Status: s}
	if at >= 0 && at < len(y) && !math.IsNaN(y[at]) {
		out.Observed = y[at]
	}
	return out
}

// Options of Farrington's methods; Flexible and Classic return the published
// settings.
type Options struct {
	Years      int     // years back
	HalfWindow int     // weeks on either side of the same week in those years
	Levels     int     // season levels a year; flexible only
	LeftOut    int     // last weeks left out of the fit; flexible only
	Alpha      float64 // error rate of one test
	Residual   float64 // Anscombe residual above which a past week is down-weighted
	TrendP     float64 // p-value up to which the trend is kept; 1 keeps it always
	LeastCases int     // cases in the last LeastWeeks below which there is no alarm
	LeastWeeks int
	YearWeeks  int
}

// Flexible are the settings of Noufaily et al. (2013), who always keep the trend.
func Flexible() Options {
	return Options{Years: 4, HalfWindow: 3, Levels: 10, LeftOut: 26, Alpha: .05, Residual: 2.58, TrendP: 1, LeastCases: 5, LeastWeeks: 4, YearWeeks: 52}
}

// Classic are the settings of Farrington et al. (1996).
func Classic() Options {
	return Options{Years: 3, HalfWindow: 3, Alpha: .01, Residual: 1, TrendP: .05, LeastCases: 5, LeastWeeks: 4, YearWeeks: 52}
}

// FarringtonFlexible judges week `at` of weekly counts y; only weeks up to it
// are read. The threshold is the 1−Alpha quantile of a negative binomial with
// mean μ and variance φμ.
func FarringtonFlexible(y []float64, at int, o Options) Signal {
	if s := o.precheck(y, at); s != OK {
		return silent(y, at, s)
	}
	past := o.blocks(y, at)
	if past.empty() {
		return fromNothing(y, at, o, past)
	}
	fit, now, err := o.fit(past, o.Levels)
	if err != nil {
		return silent(y, at, NoThreshold)
	}
	s := Signal{Week: at, Observed: y[at], Status: OK, Trend: len(now) > o.Levels}
	s.Expected = math.Exp(dot(now, fit.beta))
	c := score.Poisson(s.Expected)
	if phi := fit.phi(); phi > 1 {
		c.Size = s.Expected / (phi - 1)
	}
	s.Upper = float64(c.Quantile(1 - o.Alpha))
	s.P = math.Max(0, 1-c.CDF(int(s.Observed)-1))
	s.Alarm = s.Observed > s.Upper
	return finite(y, s)
}

// FarringtonClassic judges week `at` with the 2/3-power threshold of the
// original method.
func FarringtonClassic(y []float64, at int, o Options) Signal {
	if s := o.precheck(y, at); s != OK {
		return silent(y, at, s)
	}
	past := o.window(y, at)
	if past.empty() {
		return fromNothing(y, at, o, past)
	}
	fit, now, err := o.fit(past, 1)
	if err != nil {
		return silent(y, at, NoThreshold)
	}
	s := Signal{Week: at, Observed: y[at], Status: OK, Trend: len(now) > 1}
	s.Expected = math.Exp(dot(now, fit.beta))
	tau := fit.phi() * (1 + s.Expected*fit.quadratic(now))
	se := math.Sqrt(4. / 9 * math.Cbrt(s.Expected) * tau)
	center := math.Pow(s.Expected, 2./3)
	s.Upper = math.Pow(center+distuv.UnitNormal.Quantile(1-o.Alpha/2)*se, 1.5)
	s.P = distuv.UnitNormal.Survival((math.Pow(s.Observed, 2./3) - center) / se)
	s.Alarm = s.Observed > s.Upper
	return finite(y, s)
}

// finite turns a fit that ran away into a stated answer.
func finite(y []float64, s Signal) Signal {
	for _, v := range []float64{s.Expected, s.Upper, s.P} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return silent(y, s.Week, NoThreshold)
		}
	}
	return s
}

func (o Options) precheck(y []float64, at int) Status {
	if at < 0 || at >= len(y) || at-o.Years*o.YearWeeks-o.HalfWindow < 0 {
		return TooShort
	}
	if math.IsNaN(y[at]) {
		return Missing
	}
	cases := 0.0
	for t := at - o.LeastWeeks + 1; t <= at; t++ {
		if !math.IsNaN(y[t]) {
			cases += y[t]
		}
	}
	if cases < float64(o.LeastCases) {
		return TooFew
	}
	return OK
}

// reference is the past a fit rests on; the last entry's season level is that
// of the week judged.
type reference struct {
	y, time []float64
	level   []int // 0 is the level of the week judged
	now     float64
}

func (r *reference) add(y []float64, t, level int) {
	if !math.IsNaN(y[t]) {
		r.y = append(r.y, y[t])
		r.time = append(r.time, float64(t))
		r.level = append(r.level, level)
	}
}

// empty reports whether the past has no case at all.
func (r *reference) empty() bool {
	for _, v := range r.y {
		if v > 0 {
			return false
		}
	}
	return true
}

// nothing is the number of cases a past without any is given: a regression
// would say that the next case is impossible.
const nothing = .5

// fromNothing judges a series whose whole past is zero by a Poisson threshold.
func fromNothing(y []float64, at int, o Options, past reference) Signal {
	if len(past.y) == 0 {
		return silent(y, at, NoThreshold)
	}
	c := score.Poisson(nothing / float64(len(past.y)))
	s := Signal{Week: at, Observed: y[at], Expected: c.Mean, Upper: float64(c.Quantile(1 - o.Alpha)), Status: OK}
	s.P = math.Max(0, 1-c.CDF(int(s.Observed)-1))
	s.Alarm = s.Observed > s.Upper
	return s
}

// window are the weeks within HalfWindow of the same week in the last years.
func (o Options) window(y []float64, at int) reference {
	r := reference{now: float64(at)}
	for year := o.Years; year >= 1; year-- {
		middle := at - year*o.YearWeeks
		for t := middle - o.HalfWindow; t <= middle+o.HalfWindow; t++ {
			r.add(y, t, 0)
		}
	}
	return r
}

// blocks are all weeks of the last years up to LeftOut weeks ago. The weeks
// around the same week of each year form one season level; the rest of each
// year is cut into Levels−1 of nearly equal length, longer ones first.
func (o Options) blocks(y []float64, at int) reference {
	r := reference{now: float64(at)}
	last := at - o.LeftOut - 1
	for year := o.Years; year >= 1; year-- {
		middle := at - year*o.YearWeeks
		for t := middle - o.HalfWindow; t <= min(middle+o.HalfWindow, last); t++ {
			r.add(y, t, 0)
		}
		between := o.YearWeeks - 2*o.HalfWindow - 1
		length, rest := between/(o.Levels-1), between%(o.Levels-1)
		t := middle + o.HalfWindow + 1
		for level := 1; level < o.Levels; level++ {
			end := t + length
			if level <= rest {
				end++
			}
			for ; t < end; t++ {
				if t <= last {
					r.add(y, t, level)
				}
			}
		}
	}
	return r
}

// fit regresses the reference on season levels and, where it is significant,
// credible and three years long, a trend. It returns the design row of the
// week judged.
func (o Options) fit(r reference, levels int) (*regression, []float64, error) {
	fit, err := o.weighted(r, levels, true)
	now := row(0, levels, true, r.now, r)
	if err == nil && o.keepTrend(fit, levels, math.Exp(dot(now, fit.beta)), r) {
		return fit, now, nil
	}
	fit, err = o.weighted(r, levels, false)
	return fit, row(0, levels, false, r.now, r), err
}

func (o Options) keepTrend(fit *regression, levels int, prediction float64, r reference) bool {
	if o.TrendP >= 1 {
		return true
	}
	most := 0.0
	for _, v := range r.y {
		most = math.Max(most, v)
	}
	return o.Years >= 3 && prediction <= most && fit.pValue(levels) < o.TrendP
}

func (o Options) weighted(r reference, levels int, trend bool) (*regression, error) {
	x := make([][]float64, len(r.y))
	weights := make([]float64, len(r.y))
	for i := range x {
		x[i] = row(r.level[i], levels, trend, r.time[i], r)
		weights[i] = 1
	}
	first, err := fitPoisson(x, r.y, weights)
	if err != nil {
		return nil, err
	}
	return fitPoisson(x, r.y, downweight(first.anscombe(r.y), o.Residual))
}

// row is a design row: intercept, season levels 1 …, and the time in years from
// the first week, which keeps the normal equations well conditioned.
func row(level, levels int, trend bool, time float64, r reference) []float64 {
	x := make([]float64, levels, levels+1)
	x[0] = 1
	if level > 0 {
		x[level] = 1
	}
	if trend {
		x = append(x, (time-r.time[0])/52)
	}
	return x
}

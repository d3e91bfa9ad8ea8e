package outlook

import (
	"fmt"

	"reli/analytics/cube"
	"reli/analytics/forecast/score"
	"reli/analytics/warning"
)

// What the methods need.
const (
	// leastCases in leastDays: below them no place and category is tested
	// (Noufaily et al. 2013).
	leastCases = 5
	leastDays  = 28
	// dailyDays are read for the daily method and its chart.
	dailyDays = 56
	// earsWeeks is the least history for any test.
	earsWeeks = 6
	// guardDays lie between the baseline of EARS C2 and the day tested.
	guardDays = 2
	// chartWeeks and chartBounds are the weeks of a chart and those of them
	// with an expectation and a bound.
	chartWeeks  = 104
	chartBounds = 12
)

// flexibleFor gives the settings of Farrington flexible for a history: as many
// years back as there are, up to the published number; ok is false under two
// years, where the season cannot be told from the rest.
func flexibleFor(weeks int) (o warning.Options, ok bool) {
	o = warning.Flexible()
	years := (weeks - 1 - o.HalfWindow) / o.YearWeeks
	if years < 2 {
		return o, false
	}
	o.Years = min(o.Years, years)
	return o, true
}

func floats(counts []int64, n int) []float64 {
	out := make([]float64, n)
	for i, v := range counts {
		out[i] = float64(v)
	}
	return out
}

// farrington judges the last whole week.
func (c *candidate) farrington(sp span, o warning.Options) {
	weeks := sp.weeks()
	c.method, c.from, c.to = MethodFarrington, sp.week(weeks-1), sp.end
	y := floats(c.weekly, weeks)
	c.signal = warning.FarringtonFlexible(y, weeks-1, o)
	first := max(0, weeks-chartWeeks)
	c.plot = Chart{Step: cube.StepWeek, From: sp.week(first), Counts: whole(y[first:])}
	for t := first; t < weeks; t++ {
		var s warning.Signal
		if t >= weeks-chartBounds {
			s = warning.FarringtonFlexible(y, t, o)
		}
		c.plot.bound(s)
	}
}

// ears judges the last whole day by C2. Its normal p-value is far too small on
// sparse counts; the p-value given, by which alarms are chosen, is that of the
// count under a gamma-Poisson law with the rate of the four weeks before the
// guard: exact for a Poisson series, whatever its rate.
func (c *candidate) ears(end cube.Day) {
	c.method, c.from, c.to = MethodEARS, end-1, end
	y := floats(c.daily, dailyDays)
	at := dailyDays - 1
	c.signal = warning.DefaultEARS().C2(y, at)
	past := 0.0
	for _, v := range y[at-guardDays-leastDays : at-guardDays] {
		past += v
	}
	law := score.Count{Mean: (past + jeffreys) / leastDays, Size: past + jeffreys}
	if c.signal.Status == warning.OK {
		c.signal.P = max(0, 1-law.CDF(int(y[at])-1))
	}
	c.plot = Chart{Step: cube.StepDay, From: c.dayFrom, Counts: whole(y)}
	for t := range y {
		c.plot.bound(warning.DefaultEARS().C2(y, t))
	}
}

// jeffreys is the prior of a Poisson rate that favours none.
const jeffreys = .5

func whole(y []float64) []int64 {
	out := make([]int64, len(y))
	for i, v := range y {
		out[i] = int64(v)
	}
	return out
}

// bound adds what was expected in a step; null where nothing was.
func (c *Chart) bound(s warning.Signal) {
	if s.Status != warning.OK {
		c.Expected, c.Upper = append(c.Expected, nil), append(c.Upper, nil)
		return
	}
	expected, upper := round(s.Expected), round(s.Upper)
	c.Expected, c.Upper = append(c.Expected, &expected), append(c.Upper, &upper)
}

// reason says in words why there is an alarm.
func (a Alarm) reason() (zh, en string) {
	whereZh, whereEn := a.where()
	everyZh, every := a.every()
	if a.Method == MethodFarrington {
		return fmt.Sprintf("%s“%s”%s 起一周 %d 件，按往年同期预计 %.1f 件，上限 %.0f 件%s", whereZh, a.CategoryZh, a.From, a.Observed, a.Expected, *a.Upper, everyZh),
			fmt.Sprintf("%s, %s: %d in the week from %s, %.1f expected from the same time of past years, upper bound %.0f%s", whereEn, a.CategoryEn, a.Observed, a.From, a.Expected, *a.Upper, every)
	}
	return fmt.Sprintf("%s“%s”%s 当日 %d 件，前一周日均 %.1f 件，上限 %.1f 件%s", whereZh, a.CategoryZh, a.From, a.Observed, a.Expected, *a.Upper, everyZh),
		fmt.Sprintf("%s, %s: %d on %s, %.1f a day in the week before, upper bound %.1f%s", whereEn, a.CategoryEn, a.Observed, a.From, a.Expected, *a.Upper, every)
}

// where names the place.
func (a Alarm) where() (zh, en string) {
	if a.Name == "" {
		return "六边形 " + a.ID, "hexagon " + a.ID
	}
	return a.Name, a.Name
}

// every says how rare a chance signal this strong is; nothing where it cannot
// be said.
func (a Alarm) every() (zh, en string) {
	if a.Recurrence == nil {
		return "", ""
	}
	return fmt.Sprintf("；按全部检验计，这样强的偶然信号平均 %s 年一次", years(*a.Recurrence)),
		fmt.Sprintf("; over all tests, chance alone brings a signal this strong every %s years", years(*a.Recurrence))
}

func years(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

package web

import (
	"fmt"
	"strconv"

	"reli/analytics/cube"
	"reli/analytics/series"
	"reli/analytics/series/reporting"
	"reli/schemas/calendar"
)

// What the count of a step is worth.
const (
	stepWhole   = "whole"
	stepPartial = "partial" // cut by the window, or still running
	stepOutside = "outside" // before the first day of the data or after the last
	stepMissing = "missing" // zero where so many were to be expected that a source must have stopped
)

// closedFile is how many days without any incident make the data a closed
// file, as for forecasts: what follows its end is not zero but unknown.
const closedFile = 28

type seriesPoint struct {
	From  cube.Day `json:"from"`
	Count int64    `json:"count"`
	State string   `json:"state"`
	// Unreported is the estimated share of the step not reported yet: the count
	// is provisional. Null where it is final or nothing is known of delays.
	Unreported *float64 `json:"unreported"`
	// WorkingDays of the step; null where the calendar does not cover it.
	WorkingDays *int `json:"working_days"`
	// Average of this step and those before it; null where too few are known.
	Average *float64 `json:"average"`
	// Parts of the count, null where it was not split.
	Season    *float64 `json:"season,omitempty"`
	Trend     *float64 `json:"trend,omitempty"`
	Remainder *float64 `json:"remainder,omitempty"`
}

// line is a series with what is known of its steps.
type line struct {
	step   cube.Step
	points []seriesPoint
	ends   []cube.Day
	counts []int64
}

// newLine puts the days' counts into the steps of the window.
func newLine(cat *cube.Catalogue, today cube.Day, sel cube.Selection, step cube.Step, groups []cube.Group) (l line, total int64) {
	l.step = step
	index := make([]int, sel.Days())
	for d := sel.From; d < sel.To; d++ {
		begin := max(step.Begin(d), sel.From)
		if n := len(l.points); n == 0 || l.points[n-1].From != begin {
			l.points, l.ends = append(l.points, seriesPoint{From: begin, State: stepWhole}), append(l.ends, d)
		}
		l.ends[len(l.ends)-1] = d + 1
		index[d-sel.From] = len(l.points) - 1
	}
	l.counts = make([]int64, len(l.points))
	for _, g := range groups {
		day, err := strconv.Atoi(g.Key)
		if err != nil {
			continue // keys of DimensionDay are numbers
		}
		l.counts[index[cube.Day(day)-sel.From]] += g.Count
		total += g.Count
	}
	l.judge(cat, today)
	return l, total
}

// judge says what each count is worth.
func (l *line) judge(cat *cube.Catalogue, today cube.Day) {
	first, end := cat.First, today
	if cat.Incidents == 0 {
		first, end = 0, 0
	} else if cat.Last+closedFile < today {
		end = cat.Last + 1
	}
	low, high := len(l.points), 0 // the whole steps
	for i := range l.points {
		p := &l.points[i]
		p.Count = l.counts[i]
		switch {
		case l.ends[i] <= first || p.From >= end && p.Count == 0:
			p.State = stepOutside
		case p.From < first, l.ends[i] > end, l.step.Begin(p.From) != p.From, l.step.Begin(l.ends[i]) != l.ends[i]:
			p.State = stepPartial
		default:
			low, high = min(low, i), i+1
		}
	}
	if low < high {
		for i, silent := range series.Silent(l.counts[low:high]) {
			if silent {
				l.points[low+i].State = stepMissing
			}
		}
	}
}

// averageWidth is the number of steps of the moving average: a week of days, a
// month of weeks, a quarter of months.
func averageWidth(step cube.Step) int {
	return map[cube.Step]int{cube.StepDay: 7, cube.StepWeek: 4, cube.StepMonth: 3}[step]
}

// describe adds moving averages, working days and what is still to be reported.
func (l *line) describe(c *calendar.Calendar, delays *reporting.Delays) {
	known := make([]bool, len(l.points))
	for i, p := range l.points {
		known[i] = p.State == stepWhole
	}
	averages := series.MovingAverage(l.counts, known, averageWidth(l.step))
	for i := range l.points {
		p := &l.points[i]
		p.Average = averages[i]
		if n, ok := c.WorkingDays(p.From.Time(), l.ends[i].Time()); ok {
			p.WorkingDays = &n
		}
		if p.State == stepOutside {
			continue
		}
		if share, ok := delays.Unreported(p.From, l.ends[i]); ok && share >= reporting.Negligible {
			p.Unreported = &share
		}
	}
}

// jumpSteps are the last steps that a jump is looked for in.
func jumpSteps(step cube.Step) int {
	return map[cube.Step]int{cube.StepDay: 28, cube.StepWeek: 4, cube.StepMonth: 1}[step]
}

// jumped says that the last steps are far from the year before them: a campaign
// or a new source is as likely as more disputes.
type jumped struct {
	From  cube.Day `json:"from"`
	Ratio float64  `json:"ratio"` // of the usual count
	Zh    string   `json:"zh"`
	En    string   `json:"en"`
}

func (l *line) jump() *jumped {
	low, high := l.whole()
	missing := make([]bool, high-low)
	for i := range missing {
		missing[i] = l.points[low+i].State == stepMissing
	}
	recent := jumpSteps(l.step)
	ratio, ok := series.Jump(l.counts[low:high], missing, recent)
	if !ok {
		return nil
	}
	from := l.points[high-recent].From
	return &jumped{From: from, Ratio: ratio, Zh: fmt.Sprintf("自 %s 起为此前平均水平的 %.1f 倍，可能是上报口径或渠道变化，请先核实", from, ratio),
		En: fmt.Sprintf("from %s on %.1f times the usual count; a change in reporting is as likely as one in what happens: check first", from, ratio)}
}

// whole is the range of steps between the first and last that are whole or
// missing.
func (l *line) whole() (low, high int) {
	low = len(l.points)
	for i, p := range l.points {
		if p.State == stepWhole || p.State == stepMissing {
			low, high = min(low, i), i+1
		}
	}
	return min(low, high), high
}

// namedPeriod is a holiday or special period that touches the window.
type namedPeriod struct {
	Code    string   `json:"code"`
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
	Special bool     `json:"special"` // explains only; otherwise the days are off
	From    cube.Day `json:"from"`
	To      cube.Day `json:"to"`
}

func periodsOf(c *calendar.Calendar, sel cube.Selection) []namedPeriod {
	out := []namedPeriod{}
	for _, s := range c.Spans(sel.From.Time(), sel.To.Time()) {
		out = append(out, namedPeriod{s.Code, s.Zh, s.En, s.Special, cube.DayOf(s.From), cube.DayOf(s.To)})
	}
	return out
}

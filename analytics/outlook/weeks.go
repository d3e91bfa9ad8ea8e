package outlook

import (
	"fmt"

	"reli/analytics/cube"
)

// Limits of the past that is read.
const (
	// maxWeeks of history: ten years. Older weeks carry no weight in any model.
	maxWeeks = 520
	// staleDays without an incident make the data a closed file: the forecast
	// then follows its end, not today.
	staleDays = 28
	weekDays  = 7
)

// span is a run of whole local weeks [first, end), Mondays both.
type span struct {
	first, end cube.Day
	// closed: the data ended long ago, and end is the end of the data.
	closed bool
}

func (s span) weeks() int { return int(s.end-s.first) / weekDays }

// week gives the Monday of week i; i may lie beyond the end.
func (s span) week(i int) cube.Day { return s.first + cube.Day(weekDays*i) }

func (s span) String() string { return fmt.Sprintf("%s..%s", s.first, s.end) }

// mondays lists the first day of the last n weeks.
func (s span) mondays(n int) []cube.Day {
	n = min(n, s.weeks())
	out := make([]cube.Day, n)
	for i := range out {
		out[i] = s.week(s.weeks() - n + i)
	}
	return out
}

// lastDay is the end of the whole past days: today, or the day after the last
// incident of a closed file.
func lastDay(cat *cube.Catalogue, today cube.Day) (end cube.Day, closed bool) {
	if cat.Last+staleDays < today {
		return cat.Last + 1, true
	}
	return today, false
}

// wholeWeeks gives the whole weeks of the data: from the first Monday with the
// data already running to the Monday of the running week.
func wholeWeeks(cat *cube.Catalogue, today cube.Day) span {
	end, closed := lastDay(cat, today)
	s := span{end: cube.StepWeek.Begin(end), closed: closed}
	s.first = cube.StepWeek.Begin(cat.First + weekDays - 1)
	s.first = max(s.first, s.end-maxWeeks*weekDays)
	if s.first > s.end {
		s.first = s.end
	}
	return s
}

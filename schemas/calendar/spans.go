package calendar

import (
	"slices"
	"strings"
	"time"
)

// Span is a holiday or special period, From to To in whole days at midnight
// UTC, To excluded.
type Span struct {
	Code string
	Zh   string
	En   string
	// Special: a period that only explains; otherwise the days are off.
	Special  bool
	From, To time.Time
}

// period makes the spans of a special period.
type period struct {
	Span            // names only
	every   *yearly // nil for none
	dates   []Span  // days only, by year of From
	holiday string  // code of the holiday it lies around, "" for none
	around  [2]int  // days before and after
}

// yearly are days that are the same each year; to before from runs over the
// year's end.
type yearly struct{ from, to civil }

// Spans lists the holidays and special periods that share a day with
// [from, to), by their first day.
func (c *Calendar) Spans(from, to time.Time) []Span {
	from, to = civilOf(from).time(), civilOf(to).time()
	var all []Span
	add := func(spans ...Span) {
		for _, s := range spans {
			if s.From.Before(to) && s.To.After(from) {
				all = append(all, s)
			}
		}
	}
	add(c.holidays...)
	for _, p := range c.periods {
		// A period may begin in the year before the window.
		for year := from.Year() - 1; year <= to.Year()+1; year++ {
			add(c.of(p, year)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Span) int {
		if n := a.From.Compare(b.From); n != 0 {
			return n
		}
		return strings.Compare(a.Code, b.Code)
	})
	return all
}

// of gives the spans of a period whose year is the one given.
func (c *Calendar) of(p period, year int) []Span {
	var out []Span
	named := func(from, to time.Time) {
		s := p.Span
		s.Special, s.From, s.To = true, from, to
		out = append(out, s)
	}
	if p.holiday != "" {
		for _, h := range c.holidays {
			if h.Code == p.holiday && h.From.Year() == year {
				named(h.From.AddDate(0, 0, -p.around[0]), h.To.AddDate(0, 0, p.around[1]))
			}
		}
		return out
	}
	for _, d := range p.dates {
		if d.From.Year() == year {
			named(d.From, d.To)
		}
	}
	if len(out) == 0 && p.every != nil {
		from, to := p.every.from, p.every.to
		end := civil{year, to.month, to.day}
		begin := civil{year, from.month, from.day}
		if end.time().Before(begin.time()) {
			end.year++
		}
		named(begin.time(), end.time().AddDate(0, 0, 1))
	}
	return out
}

package ingest

import (
	"fmt"
	"strings"
	"time"
)

// timeLayout is one way a source writes a date. Layouts are those of package
// time ("2006-01-02 15:04:05"). Where a layout is made of numbers of fixed
// width only, its digits are read directly: time.Parse is the slowest step of
// a row otherwise.
type timeLayout struct {
	layout string
	fixed  []fixedPart // nil when package time has to read it
	width  int         // of a fixed layout
}

// fixedPart is a number or a piece of text at a fixed place.
type fixedPart struct {
	part  datePart
	text  string // for partText
	width int
}

type datePart uint8

const (
	partText datePart = iota
	partYear
	partMonth
	partDay
	partHour
	partMinute
	partSecond
)

var fixedTokens = []struct {
	token string
	part  datePart
}{
	{"2006", partYear}, {"01", partMonth}, {"02", partDay}, {"15", partHour}, {"04", partMinute}, {"05", partSecond},
}

// compileLayout checks that a layout keeps year, month and day.
func compileLayout(layout string) (timeLayout, error) {
	probe := time.Date(2021, time.November, 23, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	if err != nil || !back.Equal(probe) {
		return timeLayout{}, fmt.Errorf("layout %q does not hold year, month and day as 2006-01-02 does", layout)
	}
	l := timeLayout{layout: layout}
	rest := layout
scan:
	for rest != "" {
		for _, t := range fixedTokens {
			if strings.HasPrefix(rest, t.token) {
				l.fixed = append(l.fixed, fixedPart{part: t.part, width: len(t.token)})
				l.width += len(t.token)
				rest = rest[len(t.token):]
				continue scan
			}
		}
		if !strings.ContainsRune("-/. :T", rune(rest[0])) {
			return timeLayout{layout: layout}, nil // a word, a zone or a short number
		}
		l.fixed = append(l.fixed, fixedPart{text: rest[:1], width: 1})
		l.width++
		rest = rest[1:]
	}
	return l, nil
}

// parse reads s; times without a zone are in zone.
func (l *timeLayout) parse(s string, zone *time.Location) (time.Time, bool) {
	if l.fixed == nil {
		t, err := time.ParseInLocation(l.layout, s, zone)
		return t, err == nil
	}
	if len(s) != l.width {
		return time.Time{}, false
	}
	var n [partSecond + 1]int
	n[partMonth], n[partDay] = 1, 1
	for _, p := range l.fixed {
		if p.part == partText {
			if s[:1] != p.text {
				return time.Time{}, false
			}
		} else if v, ok := number(s[:p.width]); ok {
			n[p.part] = v
		} else {
			return time.Time{}, false
		}
		s = s[p.width:]
	}
	month := time.Month(n[partMonth])
	if month < 1 || month > 12 || n[partDay] < 1 || n[partDay] > daysIn(n[partYear], month) ||
		n[partHour] > 23 || n[partMinute] > 59 || n[partSecond] > 59 {
		return time.Time{}, false
	}
	return time.Date(n[partYear], month, n[partDay], n[partHour], n[partMinute], n[partSecond], 0, zone), true
}

func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// calendar is what a date may be at the time of a run.
type calendar struct {
	zone     *time.Location
	layouts  []timeLayout
	earliest time.Time
	latest   time.Time // for what has happened
	due      time.Time // for what is to happen
}

func newCalendar(p *Profile, zone *time.Location, now time.Time, minYear int) calendar {
	if p.zone != nil {
		zone = p.zone
	}
	return calendar{
		zone: zone, layouts: p.times, latest: now.Add(maxAhead), due: now.Add(maxDueAhead),
		earliest: time.Date(minYear, time.January, 1, 0, 0, 0, 0, zone),
	}
}

// read gives the time of s in UTC, cut to the second the store keeps, and the
// code of the fault, "" when there is none.
func (c *calendar) read(s string, latest time.Time) (time.Time, string) {
	for i := range c.layouts {
		t, ok := c.layouts[i].parse(s, c.zone)
		switch {
		case !ok:
			continue
		case t.Before(c.earliest):
			return time.Time{}, FaultTooEarly
		case t.After(latest):
			return time.Time{}, FaultInFuture
		}
		return t.UTC().Truncate(time.Second), ""
	}
	return time.Time{}, FaultBadDate
}

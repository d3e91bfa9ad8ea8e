package ingest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
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
	hour   bool        // a fixed layout with an hour
	serial bool        // the layout excelLayout
	noYear bool        // the year comes from the row or the name of the input
}

// excelLayout stands for the serial number of a spreadsheet's date: days since
// 1899-12-30, the time of day as a fraction, on the clock of the source.
const excelLayout = "excel"

// lastYear is the last that a year of four digits is taken for.
const lastYear = 2099

// lastSerial is 9999-12-31.
const lastSerial = 2_958_465

// fixedPart is a number or one character at a fixed place.
type fixedPart struct {
	part  datePart
	text  byte // for partText
	width uint8
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
	if layout == excelLayout {
		return timeLayout{layout: layout, serial: true}, nil
	}
	probe := time.Date(2021, time.November, 23, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	if err != nil || !back.Equal(probe) {
		return partialLayout(layout)
	}
	l := timeLayout{layout: layout}
	rest := layout
scan:
	for rest != "" {
		for _, t := range fixedTokens {
			if strings.HasPrefix(rest, t.token) {
				l.fixed = append(l.fixed, fixedPart{part: t.part, width: uint8(len(t.token))})
				l.width += len(t.token)
				l.hour = l.hour || t.part == partHour
				rest = rest[len(t.token):]
				continue scan
			}
		}
		if !strings.ContainsRune("-/. :T", rune(rest[0])) {
			return timeLayout{layout: layout}, nil // a word, a zone or a short number
		}
		l.fixed = append(l.fixed, fixedPart{text: rest[0], width: 1})
		l.width++
		rest = rest[1:]
	}
	return l, nil
}

// partialLayout takes a layout without a year or a day where it is plain that
// this is meant: it says 月. Without a day it is the first of the month.
func partialLayout(layout string) (timeLayout, error) {
	probe := time.Date(2021, time.November, 23, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	whole := err == nil && strings.Contains(layout, "月") && back.Month() == probe.Month() &&
		(back.Year() == probe.Year() || back.Year() == 0) && (back.Day() == probe.Day() || back.Day() == 1)
	if !whole {
		return timeLayout{}, fmt.Errorf("layout %q does not hold year, month and day as 2006-01-02 does", layout)
	}
	return timeLayout{layout: layout, noYear: back.Year() == 0}, nil
}

// parse reads s; times without a zone are in zone. days saves looking the
// zone up again for a day that was asked for before.
func (l *timeLayout) parse(s string, zone *time.Location, days *dayCache) (time.Time, bool) {
	if l.serial {
		return parseSerial(s, zone)
	}
	if l.fixed == nil || l.hour && len(s) == l.width-1 { // package time takes 7:30 for 15:04
		t, err := time.ParseInLocation(l.layout, s, zone)
		return t, err == nil
	}
	if len(s) != l.width {
		return time.Time{}, false
	}
	n := [partSecond + 1]int{partMonth: 1, partDay: 1}
	at := 0
	for _, p := range l.fixed {
		end := at + int(p.width)
		if p.part == partText {
			if s[at] != p.text {
				return time.Time{}, false
			}
		} else if v, ok := number(s[at:end]); ok {
			n[p.part] = v
		} else {
			return time.Time{}, false
		}
		at = end
	}
	d := civilDay{year: n[partYear], month: time.Month(n[partMonth]), day: n[partDay]}
	hour, minute, second := n[partHour], n[partMinute], n[partSecond]
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > daysIn(d.year, d.month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	if day := days.of(d, zone); day.even {
		return time.Unix(day.start+int64(hour*3600+minute*60+second), 0), true
	}
	return time.Date(d.year, d.month, d.day, hour, minute, second, 0, zone), true
}

// parseSerial reads a spreadsheet's date, to the nearest second. Only digits
// and one point are taken: "1e5" and "0x10" are numbers of other programs.
func parseSerial(s string, zone *time.Location) (time.Time, bool) {
	if strings.Trim(s, "0123456789.") != "" {
		return time.Time{}, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 1 || n >= lastSerial+1 {
		return time.Time{}, false
	}
	day := int(n)
	seconds := int(math.Round((n - float64(day)) * 86400))
	return time.Date(1899, time.December, 30+day, 0, 0, seconds, 0, zone), true
}

type civilDay struct {
	year  int
	month time.Month
	day   int
}

// dayCache knows when days began that were asked for: the dates of a row lie
// weeks apart, those of a file repeat.
type dayCache struct {
	zone *time.Location
	days []knownDay // by place
}

// knownDay is a day; even says that it has 24 hours of one offset, so that
// times of day can be added.
type knownDay struct {
	civilDay
	start int64 // Unix seconds
	even  bool
}

// cachedDays is a power of two: more than a year, so that no two of its days
// share a place.
const cachedDays = 512

func (d civilDay) place() int { return ((d.year*12+int(d.month))*31 + d.day) & (cachedDays - 1) }

func (c *dayCache) of(d civilDay, zone *time.Location) *knownDay {
	if c.days == nil || c.zone != zone {
		c.zone, c.days = zone, make([]knownDay, cachedDays)
	}
	known := &c.days[d.place()]
	if known.civilDay != d {
		first := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, zone)
		next := time.Date(d.year, d.month, d.day+1, 0, 0, 0, 0, zone)
		*known = knownDay{civilDay: d, start: first.Unix(), even: first.Hour() == 0 && next.Sub(first) == 24*time.Hour}
	}
	return known
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

// calendar is what a date may be at the time of a run. Each worker has its own.
type calendar struct {
	zone     *time.Location
	layouts  []timeLayout
	earliest time.Time
	latest   time.Time // for what has happened
	due      time.Time // for what is to happen
	nameYear int       // the year in the name of the input, 0 for none
	year     int       // of dates without one, 0 when not known
	days     dayCache
}

// typedLayouts are those that columns of dates are written in.
func typedLayouts() []timeLayout {
	return []timeLayout{{layout: typedTime}, {layout: typedZone}, {layout: typedDay}}
}

func newCalendar(p *Profile, zone *time.Location, now time.Time, minYear int, typed bool) calendar {
	if p.zone != nil {
		zone = p.zone
	}
	layouts := p.times
	if typed {
		layouts = slices.Concat(layouts, typedLayouts())
	}
	return calendar{
		zone: zone, layouts: layouts, latest: now.Add(maxAhead), due: now.Add(maxDueAhead),
		earliest: time.Date(minYear, time.January, 1, 0, 0, 0, 0, zone),
	}
}

// calendar is that of the run; a year in the name of the input is that of
// dates without one.
func (r *run) calendar() calendar {
	c := newCalendar(r.profile, r.opt.TimeZone, r.started, r.opt.MinYear, r.typed)
	c.nameYear = yearIn(r.input.Name)
	c.year = c.nameYear
	return c
}

// read gives the time of s in UTC, cut to the second the store keeps, and the
// code of the fault, "" when there is none.
func (c *calendar) read(s string, latest time.Time) (time.Time, string) {
	fault := FaultBadDate
	for i := range c.layouts {
		t, ok := c.layouts[i].parse(s, c.zone, &c.days)
		if ok && c.layouts[i].noYear {
			if t, ok = inYear(t, c.year); !ok {
				fault = FaultNoYear
			}
		}
		switch {
		case !ok:
			continue
		case t.Before(c.earliest):
			return time.Time{}, FaultTooEarly
		case t.After(latest):
			return time.Time{}, FaultInFuture
		}
		if t.Nanosecond() != 0 {
			t = t.Truncate(time.Second)
		}
		return t.UTC(), ""
	}
	return time.Time{}, fault
}

// inYear puts a date that was read without a year into one. The 29th of
// February is in leap years only.
func inYear(t time.Time, year int) (time.Time, bool) {
	if year == 0 {
		return t, false
	}
	moved := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, t.Location())
	return moved, moved.Day() == t.Day()
}

// yearIn gives the year in the name of an input, 0 where there is none or more
// than one: 2023年12345工单.xlsx.
func yearIn(name string) int {
	year := 0
	for digits := range strings.FieldsFuncSeq(name, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(digits)
		if len(digits) != 4 || err != nil || n < defaultMinYear || n > lastYear || n == year {
			continue
		}
		if year != 0 {
			return 0
		}
		year = n
	}
	return year
}

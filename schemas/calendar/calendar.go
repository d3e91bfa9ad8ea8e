// Package calendar says which local days are worked, and which holidays and
// special periods (春节, 两会, 农忙, 开学季) a day falls into. The embedded
// calendar is that of mainland China; a county may bring its own file.
//
// It is a contract, pure and without a clock: deadlines counted in working days
// and the marks of a series come from the same file. It sets no deadline and
// models no effect of a holiday. Ingest, analytics, web and cmd/reli call it.
//
// A time stands for its calendar day in its own zone. Years that the file does
// not cover know weekends only, and every answer says so (known is false): a
// notice that is not out yet is no reason to call a day worked.
package calendar

import (
	_ "embed"
	"time"
)

//go:embed china.yaml
var china []byte

// China gives the embedded calendar of mainland China.
func China() *Calendar {
	c, err := Parse(china)
	if err != nil {
		panic(err) // the file is embedded by the line above
	}
	return c
}

// Source gives the text of the embedded calendar, for a county to begin with.
func Source() []byte { return append([]byte(nil), china...) }

// Kind is what a day is.
type Kind string

// Kinds of a day.
const (
	Workday Kind = "workday"
	Weekend Kind = "weekend"
	Holiday Kind = "holiday" // off by a notice, weekend or not
	MakeUp  Kind = "make_up" // at a weekend, worked for a holiday
)

// Worked reports whether people work on such a day.
func (k Kind) Worked() bool { return k == Workday || k == MakeUp }

// Calendar is immutable and safe for concurrent use.
type Calendar struct {
	name     string
	from, to int // years covered, both included
	kinds    map[civil]Kind
	holidays []Span // by From
	periods  []period
}

// civil is a date without a place.
type civil struct {
	year  int
	month time.Month
	day   int
}

func civilOf(t time.Time) civil {
	y, m, d := t.Date()
	return civil{y, m, d}
}

func (c civil) time() time.Time { return time.Date(c.year, c.month, c.day, 0, 0, 0, 0, time.UTC) }

// Name is what the file calls itself.
func (c *Calendar) Name() string { return c.name }

// Years are the first and last year that the calendar covers.
func (c *Calendar) Years() (from, to int) { return c.from, c.to }

// Kind says what the day of t is; known is false where the year is not covered.
func (c *Calendar) Kind(t time.Time) (kind Kind, known bool) {
	known = t.Year() >= c.from && t.Year() <= c.to
	if k, ok := c.kinds[civilOf(t)]; ok {
		return k, known
	}
	if w := t.Weekday(); w == time.Saturday || w == time.Sunday {
		return Weekend, known
	}
	return Workday, known
}

// WorkingDays counts the days worked in [from, to).
func (c *Calendar) WorkingDays(from, to time.Time) (n int, known bool) {
	known = true
	for day, end := civilOf(from).time(), civilOf(to).time(); day.Before(end); day = day.AddDate(0, 0, 1) {
		kind, k := c.Kind(day)
		known = known && k
		if kind.Worked() {
			n++
		}
	}
	return n, known
}

// AddWorkingDays gives the time n ≥ 0 working days after t, at the same time of
// day in t's zone: the day of t is day 0, whether it is worked or not, and the
// n-th day worked after it is the answer (民法典 art. 201: the first day does
// not count). With n = 0 it is t itself.
func (c *Calendar) AddWorkingDays(t time.Time, n int) (due time.Time, known bool) {
	known = true
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		kind, k := c.Kind(t)
		known = known && k
		if kind.Worked() {
			n--
		}
	}
	return t, known
}

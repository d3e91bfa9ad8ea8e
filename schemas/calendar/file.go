package calendar

import (
	"fmt"
	"slices"
	"time"

	"reli/schemas"
)

// Limits of a file: a century of notices is shorter.
const (
	maxBytes   = 1 << 20
	maxHoliday = 60  // days of one holiday
	maxPeriod  = 366 // days of one special period
	firstYear  = 1970
	lastYear   = 2149
)

func wrong(at, format string, args ...any) error {
	return schemas.BadFile("calendar", at, format, args...)
}

// file is the YAML as it is written; china.yaml explains the keys.
type file struct {
	Name  string `yaml:"name"`
	Years struct {
		From int `yaml:"from"`
		To   int `yaml:"to"`
	} `yaml:"years"`
	Holidays []struct {
		Code string   `yaml:"code"`
		Zh   string   `yaml:"zh"`
		En   string   `yaml:"en"`
		From string   `yaml:"from"`
		To   string   `yaml:"to"`
		Work []string `yaml:"work"`
	} `yaml:"holidays"`
	Periods []periodFile `yaml:"periods"`
}

type periodFile struct {
	Code    string     `yaml:"code"`
	Zh      string     `yaml:"zh"`
	En      string     `yaml:"en"`
	Every   *daysFile  `yaml:"every"`
	Dates   []daysFile `yaml:"dates"`
	Holiday string     `yaml:"holiday"`
	Before  int        `yaml:"before"`
	After   int        `yaml:"after"`
}

type daysFile struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Parse reads a calendar file. Unknown keys, days that cannot be, overlaps of
// days off and days worked are errors (*schemas.FileError).
func Parse(text []byte) (*Calendar, error) {
	var f file
	if err := schemas.DecodeFile("calendar", text, maxBytes, &f); err != nil {
		return nil, err
	}
	c := &Calendar{name: f.Name, from: f.Years.From, to: f.Years.To, kinds: map[civil]Kind{}}
	if c.from < firstYear || c.to > lastYear || c.to < c.from {
		return nil, wrong("years", "want from and to between %d and %d", firstYear, lastYear)
	}
	if err := c.readHolidays(f); err != nil {
		return nil, err
	}
	for i, p := range f.Periods {
		if err := c.readPeriod(fmt.Sprintf("periods[%d]", i), p); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Calendar) readHolidays(f file) error {
	for i, h := range f.Holidays {
		at := fmt.Sprintf("holidays[%d]", i)
		s, err := span(at, h.From, h.To, maxHoliday)
		if err != nil {
			return err
		}
		if s.Code, s.Zh, s.En = h.Code, h.Zh, h.En; h.Code == "" || h.Zh == "" || h.En == "" {
			return wrong(at, "want code, zh and en")
		}
		for day := s.From; day.Before(s.To); day = day.AddDate(0, 0, 1) {
			if err := c.mark(at, day, Holiday); err != nil {
				return err
			}
		}
		for _, text := range h.Work {
			day, err := date(at+".work", text)
			if err != nil {
				return err
			}
			if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
				return wrong(at+".work", "%s is no day of a weekend", text)
			}
			if err := c.mark(at+".work", day, MakeUp); err != nil {
				return err
			}
		}
		c.holidays = append(c.holidays, s)
	}
	slices.SortStableFunc(c.holidays, func(a, b Span) int { return a.From.Compare(b.From) })
	return nil
}

func (c *Calendar) mark(at string, day time.Time, kind Kind) error {
	if _, twice := c.kinds[civilOf(day)]; twice {
		return wrong(at, "%s is there twice", day.Format(time.DateOnly))
	}
	c.kinds[civilOf(day)] = kind
	return nil
}

func (c *Calendar) readPeriod(at string, f periodFile) error {
	p := period{Span: Span{Code: f.Code, Zh: f.Zh, En: f.En}, holiday: f.Holiday, around: [2]int{f.Before, f.After}}
	if f.Code == "" || f.Zh == "" || f.En == "" {
		return wrong(at, "want code, zh and en")
	}
	switch {
	case f.Holiday != "":
		if f.Every != nil || f.Dates != nil {
			return wrong(at, "want holiday, or every and dates, not both")
		}
		if !slices.ContainsFunc(c.holidays, func(s Span) bool { return s.Code == f.Holiday }) {
			return wrong(at+".holiday", "no holiday has the code %q", f.Holiday)
		}
	case f.Every == nil && len(f.Dates) == 0:
		return wrong(at, "want holiday, every or dates")
	}
	if f.Before < 0 || f.After < 0 || f.Before+f.After > maxPeriod {
		return wrong(at, "before and after want 0 to %d days", maxPeriod)
	}
	if f.Every != nil {
		from, err1 := time.Parse("01-02", f.Every.From)
		to, err2 := time.Parse("01-02", f.Every.To)
		if err1 != nil || err2 != nil {
			return wrong(at+".every", "want days as MM-DD")
		}
		p.every = &yearly{civilOf(from), civilOf(to)}
	}
	for i, d := range f.Dates {
		s, err := span(fmt.Sprintf("%s.dates[%d]", at, i), d.From, d.To, maxPeriod)
		if err != nil {
			return err
		}
		p.dates = append(p.dates, s)
	}
	c.periods = append(c.periods, p)
	return nil
}

// span reads days from – to, both included.
func span(at, from, to string, most int) (Span, error) {
	first, err := date(at+".from", from)
	if err != nil {
		return Span{}, err
	}
	last, err := date(at+".to", to)
	if err != nil {
		return Span{}, err
	}
	if last.Before(first) || last.Sub(first) > time.Duration(most)*24*time.Hour {
		return Span{}, wrong(at, "want 1 to %d days, not %s to %s", most, from, to)
	}
	return Span{From: first, To: last.AddDate(0, 0, 1)}, nil
}

func date(at, text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, wrong(at, "want a day as YYYY-MM-DD, not %q", text)
	}
	return t, nil
}

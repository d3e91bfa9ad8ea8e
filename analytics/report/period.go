package report

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"reli/analytics/cube"
	"reli/schemas"
)

// Cadence is how often a report is made.
type Cadence string

// Cadences.
const (
	CadenceWeek      Cadence = "week"
	CadenceHalfMonth Cadence = "half_month"
	CadenceMonth     Cadence = "month"
	CadenceQuarter   Cadence = "quarter"
	CadenceHalfYear  Cadence = "half_year"
	CadenceYear      Cadence = "year"
)

// CadenceInfo names a cadence.
type CadenceInfo struct {
	Code Cadence `json:"code"`
	Zh   string  `json:"zh"`
	En   string  `json:"en"`
	// RunZh and RunEn say when its reports are made.
	RunZh string `json:"run_zh"`
	RunEn string `json:"run_en"`
}

// Cadences lists all, the shortest first.
func Cadences() []CadenceInfo {
	const tenthZh, tenthEn = "次月 10 日", "on day 10 of the month after"
	return []CadenceInfo{
		{CadenceWeek, "周", "week", "次周一", "on the Monday after"},
		{CadenceHalfMonth, "半月", "half-month", "每月 1 日、16 日", "on days 1 and 16"},
		{CadenceMonth, "月", "month", tenthZh, tenthEn},
		{CadenceQuarter, "季", "quarter", tenthZh, tenthEn},
		{CadenceHalfYear, "半年", "half-year", tenthZh, tenthEn},
		{CadenceYear, "年", "year", tenthZh, tenthEn},
	}
}

// runDay is the day of the month on which reports of a month and longer are
// made: by then most of what is reported late is in, and the article asks for
// it (DOMAIN.md 0.15).
const runDay = 10

// Period is local days [From, To) with a name: 2026-W43, 2026-10-H2, 2026-10,
// 2026-Q4, 2026-H2 or 2026.
type Period struct {
	Cadence Cadence  `json:"cadence"`
	Name    string   `json:"name"`
	From    cube.Day `json:"from"`
	To      cube.Day `json:"to"`
}

// middleOfMonth is the first day of the second half-month.
const middleOfMonth = 16

// PeriodOf gives the period that holds a day.
func PeriodOf(c Cadence, d cube.Day) Period {
	t := d.Time()
	year, month := t.Year(), t.Month()
	begin := func(m time.Month) cube.Day { return cube.DayOf(time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)) }
	p := Period{Cadence: c}
	switch c {
	case CadenceWeek:
		isoYear, week := t.ISOWeek()
		p.From = cube.StepWeek.Begin(d)
		p.Name, p.To = fmt.Sprintf("%04d-W%02d", isoYear, week), p.From+7
	case CadenceHalfMonth:
		p.Name, p.From, p.To = fmt.Sprintf("%04d-%02d-H1", year, month), begin(month), begin(month)+middleOfMonth-1
		if t.Day() >= middleOfMonth {
			p.Name, p.From, p.To = fmt.Sprintf("%04d-%02d-H2", year, month), p.To, begin(month+1)
		}
	case CadenceMonth:
		p.Name, p.From, p.To = fmt.Sprintf("%04d-%02d", year, month), begin(month), begin(month+1)
	case CadenceQuarter:
		q := (month - 1) / 3
		p.Name, p.From, p.To = fmt.Sprintf("%04d-Q%d", year, q+1), begin(3*q+1), begin(3*q+4)
	case CadenceHalfYear:
		h := (month - 1) / 6
		p.Name, p.From, p.To = fmt.Sprintf("%04d-H%d", year, h+1), begin(6*h+1), begin(6*h+7)
	case CadenceYear:
		p.Name, p.From, p.To = fmt.Sprintf("%04d", year), begin(1), begin(13)
	}
	return p
}

// Before gives the period right before.
func (p Period) Before() Period { return PeriodOf(p.Cadence, p.From-1) }

// YearBefore gives the period of the same number a year before; week 53 of a
// year without one is its week 52.
func (p Period) YearBefore() Period {
	if p.Cadence != CadenceWeek {
		return PeriodOf(p.Cadence, p.From.AddYears(-1))
	}
	_, week := p.From.Time().ISOWeek()
	// 4 January is in week 1 (ISO 8601).
	year, _ := p.From.Time().ISOWeek()
	first := cube.StepWeek.Begin(cube.DayOf(time.Date(year-1, time.January, 4, 0, 0, 0, 0, time.UTC)))
	same := PeriodOf(CadenceWeek, first+cube.Day(7*(week-1)))
	if y, _ := same.From.Time().ISOWeek(); y != year-1 {
		return same.Before()
	}
	return same
}

// RunDay gives the local day on which the period's report is made.
func (p Period) RunDay() cube.Day {
	if p.Cadence == CadenceWeek || p.Cadence == CadenceHalfMonth {
		return p.To
	}
	return p.To + runDay - 1
}

// periodName takes a name apart: year, and what follows.
var periodName = regexp.MustCompile(`^(\d{4})(?:-(W\d{2}|Q[1-4]|H[12]|\d{2}(?:-H[12])?))?$`)

// ParsePeriod reads a period's name.
func ParsePeriod(name string) (Period, error) {
	m := periodName.FindStringSubmatch(name)
	bad := schemas.BadParameter("period", "want 2026-W43, 2026-10-H2, 2026-10, 2026-Q4, 2026-H2 or 2026")
	if m == nil {
		return Period{}, bad
	}
	year, err := strconv.Atoi(m[1])
	if err != nil || year < 1970 || year > 2148 {
		return Period{}, bad
	}
	p := readPeriod(year, m[2])
	if p.Name != name || p.From < 1 { // 2026-13, 2027-W53
		return Period{}, bad
	}
	return p, nil
}

// readPeriod reads what follows the year; the regular expression has checked
// its form.
func readPeriod(year int, rest string) Period {
	at := func(c Cadence, month, day int) Period {
		return PeriodOf(c, cube.DayOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)))
	}
	number := func(text string) int {
		n, _ := strconv.Atoi(text) // digits
		return n
	}
	switch {
	case rest == "":
		return at(CadenceYear, 1, 1)
	case rest[0] == 'W':
		first := cube.StepWeek.Begin(cube.DayOf(time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)))
		return PeriodOf(CadenceWeek, first+cube.Day(7*(number(rest[1:])-1)))
	case rest[0] == 'Q':
		return at(CadenceQuarter, 3*number(rest[1:])-2, 1)
	case rest[0] == 'H':
		return at(CadenceHalfYear, 6*number(rest[1:])-5, 1)
	case len(rest) > 2:
		return at(CadenceHalfMonth, number(rest[:2]), 1+(middleOfMonth-1)*(number(rest[4:])-1))
	}
	return at(CadenceMonth, number(rest), 1)
}

// Zh writes the period for a title.
func (p Period) Zh() string {
	t, last := p.From.Time(), (p.To - 1).Time()
	switch p.Cadence {
	case CadenceWeek:
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d年第%d周（%s—%s）", year, week, t.Format("1月2日"), last.Format("1月2日"))
	case CadenceHalfMonth:
		return fmt.Sprintf("%s%s半月", t.Format("2006年1月"), map[bool]string{true: "上", false: "下"}[t.Day() == 1])
	case CadenceMonth:
		return t.Format("2006年1月")
	case CadenceQuarter:
		return fmt.Sprintf("%d年第%d季度", t.Year(), (t.Month()+2)/3)
	case CadenceHalfYear:
		return fmt.Sprintf("%d年%s半年", t.Year(), map[bool]string{true: "上", false: "下"}[t.Month() == 1])
	}
	return t.Format("2006年")
}

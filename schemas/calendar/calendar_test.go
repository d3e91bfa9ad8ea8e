package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
	"reli/schemas/calendar"
)

func day(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, text, time.FixedZone("CST", 8*3600))
	require.NoError(t, err)
	return d
}

// TestWorkedDaysOfAYear holds the sums that follow from the notices: 52 weeks
// of 5 days and a rest, less 11 holidays (13 from 2025 on) that fall on
// weekdays or are moved there.
func TestWorkedDaysOfAYear(t *testing.T) {
	c := calendar.China()
	for year, want := range map[string]int{"2021": 250, "2022": 249, "2024": 251, "2025": 248} {
		from := day(t, year+"-01-01")
		n, known := c.WorkingDays(from, from.AddDate(1, 0, 0))
		require.True(t, known)
		require.Equal(t, want, n, year)
	}
}

func TestDaysOfTheNotices(t *testing.T) {
	c := calendar.China()
	for text, want := range map[string]calendar.Kind{
		"2025-01-26": calendar.MakeUp, "2025-01-27": calendar.Workday, "2025-01-28": calendar.Holiday, "2025-02-04": calendar.Holiday,
		"2025-02-08": calendar.MakeUp, "2025-02-09": calendar.Weekend, "2025-10-08": calendar.Holiday, "2025-10-11": calendar.MakeUp,
		"2020-02-01": calendar.Holiday, "2026-02-23": calendar.Holiday, "2026-02-28": calendar.MakeUp, "2022-12-31": calendar.Holiday,
	} {
		kind, known := c.Kind(day(t, text))
		require.True(t, known)
		require.Equal(t, want, kind, text)
	}
}

func TestYearsWithoutANoticeAreSaidToBeUnknown(t *testing.T) {
	c := calendar.China()
	kind, known := c.Kind(day(t, "2031-10-01"))
	require.Equal(t, calendar.Workday, kind)
	require.False(t, known)
	_, known = c.AddWorkingDays(day(t, "2026-12-30"), 5)
	require.False(t, known)
	_, known = c.WorkingDays(day(t, "2019-12-31"), day(t, "2020-01-10"))
	require.False(t, known)
}

func TestDeadlinesSkipWhatIsNotWorked(t *testing.T) {
	c := calendar.China()
	at := day(t, "2025-09-26").Add(15*time.Hour + 30*time.Minute) // Friday; Sunday the 28th is worked
	due, known := c.AddWorkingDays(at, 5)
	require.True(t, known)
	require.Equal(t, "2025-10-10 15:30:00", due.Format(time.DateTime))
	require.Equal(t, at.Location(), due.Location())
	same, _ := c.AddWorkingDays(at, 0)
	require.Equal(t, at, same)
}

// TestAddingAndCountingAgree holds for any day and number.
func TestAddingAndCountingAgree(t *testing.T) {
	c := calendar.China()
	rapid.Check(t, func(rt *rapid.T) {
		from := day(t, "2020-01-01").AddDate(0, 0, rapid.IntRange(0, 2600).Draw(rt, "day"))
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		due, _ := c.AddWorkingDays(from, n)
		kind, _ := c.Kind(due)
		require.True(rt, kind.Worked())
		counted, _ := c.WorkingDays(from.AddDate(0, 0, 1), due.AddDate(0, 0, 1))
		require.Equal(rt, n, counted)
	})
}

func names(spans []calendar.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, s.Code+" "+s.From.Format("0102")+"-"+s.To.Format("0102"))
	}
	return strings.Join(out, ", ")
}

func TestSpansOfAWindow(t *testing.T) {
	c := calendar.China()
	require.Equal(t, "spring_festival_period 0113-0220, spring_term 0215-0306",
		names(c.Spans(day(t, "2025-02-10"), day(t, "2025-03-01"))))
	require.Equal(t, "two_sessions 0521-0529, summer_harvest 0525-0621", names(c.Spans(day(t, "2020-05-28"), day(t, "2020-05-30"))), "a year's own days go before every")
	require.Empty(t, c.Spans(day(t, "2025-11-01"), day(t, "2025-12-01")))
}

func TestACountyBringsItsOwnPeriods(t *testing.T) {
	c, err := calendar.Parse([]byte(`
name: 某县
years: {from: 2025, to: 2025}
periods:
  - {code: fair, zh: 年末集市, en: Year-end fair, every: {from: 12-28, to: 01-03}}
`))
	require.NoError(t, err)
	require.Equal(t, "fair 1228-0104", names(c.Spans(day(t, "2025-01-02"), day(t, "2025-01-03"))))
	kind, known := c.Kind(day(t, "2025-10-01"))
	require.Equal(t, calendar.Workday, kind)
	require.True(t, known)
}

func TestWrongFilesAreRefusedWithThePlace(t *testing.T) {
	const head = "name: x\nyears: {from: 2025, to: 2025}\n"
	for text, at := range map[string]string{
		"nmae: x": "file",
		"name: x": "years",
		head + "holidays: [{code: a, zh: a, en: a, from: 2025-02-30, to: 2025-03-01}]":                                                            "holidays[0].from",
		head + "holidays: [{code: a, zh: a, en: a, from: 2025-03-02, to: 2025-03-01}]":                                                            "holidays[0]",
		head + "holidays: [{code: a, zh: a, en: a, from: 2025-03-03, to: 2025-03-03, work: [2025-03-04]}]":                                        "holidays[0].work",
		head + "holidays: [{code: a, zh: a, en: a, from: 2025-03-03, to: 2025-03-04}, {code: b, zh: b, en: b, from: 2025-03-04, to: 2025-03-04}]": "holidays[1]",
		head + "periods: [{code: a, zh: a, en: a}]":                                                                                               "periods[0]",
		head + "periods: [{code: a, zh: a, en: a, holiday: b}]":                                                                                   "periods[0].holiday",
		head + "periods: [{code: a, zh: a, en: a, every: {from: 13-01, to: 01-01}}]":                                                              "periods[0].every",
		head + "periods: [{code: a, zh: a, en: a, dates: [{from: 2025-01-01, to: 2027-01-01}]}]":                                                  "periods[0].dates[0]",
	} {
		_, err := calendar.Parse([]byte(text))
		var e *schemas.FileError
		require.ErrorAs(t, err, &e, text)
		require.Equal(t, at, e.At, text)
	}
	require.Equal(t, calendar.China(), func() *calendar.Calendar { c, _ := calendar.Parse(calendar.Source()); return c }())
}

func FuzzParse(f *testing.F) {
	f.Add(calendar.Source())
	f.Add([]byte("name: x\nyears: {from: 2025, to: 2025}\nperiods: [{code: a, zh: a, en: a, every: {from: 02-29, to: 02-29}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := calendar.Parse(text)
		if err != nil {
			return
		}
		from := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
		for _, s := range c.Spans(from, from.AddDate(1, 1, 0)) {
			require.True(t, s.From.Before(s.To), "%+v", s)
		}
	})
}

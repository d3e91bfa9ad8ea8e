package deadlines_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
	"reli/schemas/calendar"
	"reli/schemas/deadlines"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func rules(t testing.TB, text string) *deadlines.Rules {
	t.Helper()
	r, err := deadlines.Parse([]byte(text), calendar.China())
	require.NoError(t, err)
	return r
}

// 国庆 with its make-up days: Sunday 28 September and Saturday 11 October 2025
// are worked, 1 to 8 October are not; in 2024 Sunday 29 September and Saturday
// 12 October, 1 to 7 October.
func TestFiveWorkingDaysAcrossNationalDay(t *testing.T) {
	r := rules(t, "version: t\nrules: [{working_days: 5}]")
	shanghai := zone(t, "Asia/Shanghai")
	f := func(reported, want string) {
		t.Helper()
		at, err := time.ParseInLocation(time.DateTime, reported, shanghai)
		require.NoError(t, err)
		due, known := r.Due("12345", "land", schemas.UrgencyNormal, at, shanghai)
		require.True(t, known)
		require.Equal(t, want+" 23:59:59", due.Format(time.DateTime))
	}
	f("2025-09-26 15:30:00", "2025-10-10") // Fri: Sun 28, Mon 29, Tue 30, Thu 9, Fri 10
	f("2025-09-28 00:00:00", "2025-10-11") // Sun: Mon 29, Tue 30, Thu 9, Fri 10, Sat 11
	f("2025-09-30 23:59:59", "2025-10-14") // Tue: Thu 9, Fri 10, Sat 11, Mon 13, Tue 14
	f("2025-10-03 09:00:00", "2025-10-14") // in the holiday
	f("2024-09-27 10:00:00", "2024-10-10") // Fri: Sun 29, Mon 30, Tue 8, Wed 9, Thu 10
}

func TestTheFirstRuleThatFitsDecides(t *testing.T) {
	r := rules(t, `
version: county-7
soon: 3
rules:
  - {source: petition, category: land, urgency: urgent, days: 2}
  - {source: petition, days: 60}
  - {category: wage, working_days: 0}
  - {urgency: critical, days: 1}
`)
	at := time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC) // 1 April in Shanghai
	shanghai := zone(t, "Asia/Shanghai")
	f := func(source, category string, urgency schemas.Urgency, want string) {
		t.Helper()
		due, _ := r.Due(source, category, urgency, at, shanghai)
		if want == "" {
			require.Zero(t, due)
			return
		}
		require.Equal(t, want, due.Format(time.DateOnly))
	}
	f("petition", "land", schemas.UrgencyUrgent, "2026-04-03")
	f("petition", "land", schemas.UrgencyNormal, "2026-05-31")
	f("grid", "wage", schemas.UrgencyCritical, "2026-04-01")
	f("grid", "land", schemas.UrgencyCritical, "2026-04-02")
	f("grid", "land", schemas.UrgencyNormal, "")
	require.Equal(t, "county-7", r.Version())
	require.Equal(t, 3, r.Soon())
}

// The same instant, two zones: the date turns at midnight where the county is.
func TestADateTurnsAtMidnightOfTheZone(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "America/Chicago"} {
		z := zone(t, name)
		due := time.Date(2026, 3, 8, 9, 30, 0, 0, z) // a day of 23 hours in Chicago; its time of day does not count
		at := func(day, hour, minute, second int) deadlines.Standing {
			return deadlines.Stands(due, time.Date(2026, 3, day, hour, minute, second, 0, z), z, 2)
		}
		require.Equal(t, deadlines.Normal, at(5, 23, 59, 59), name)
		require.Equal(t, deadlines.DueSoon, at(6, 0, 0, 0), name)
		require.Equal(t, deadlines.DueSoon, at(8, 23, 59, 59), name)
		require.Equal(t, deadlines.Overdue, at(9, 0, 0, 0), name)
	}
	now := time.Date(2026, 3, 8, 17, 0, 0, 0, time.UTC) // 9 March, 1:00 in Shanghai; 8 March, noon in Chicago
	due := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC) // 8 March in both
	require.Equal(t, deadlines.Overdue, deadlines.Stands(due, now, zone(t, "Asia/Shanghai"), 0))
	require.Equal(t, deadlines.DueSoon, deadlines.Stands(due, now, zone(t, "America/Chicago"), 0))
}

// A computed date is never overdue before its last second has passed, and is
// overdue a second later, in any zone.
func TestADueDayIsWholeInAnyZone(t *testing.T) {
	r := rules(t, "version: t\nrules: [{days: 7}]")
	zones := []*time.Location{zone(t, "Asia/Shanghai"), zone(t, "America/Chicago"), zone(t, "Asia/Kathmandu")}
	rapid.Check(t, func(rt *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(rt, "zone")
		at := time.Unix(rapid.Int64Range(1_577_836_800, 1_798_761_600).Draw(rt, "at"), 0)
		due, known := r.Due("x", "", 0, at, z)
		require.True(rt, known)
		require.NotEqual(rt, deadlines.Overdue, deadlines.Stands(due, due, z, 0))
		require.Equal(rt, deadlines.Overdue, deadlines.Stands(due, due.Add(time.Second), z, 0))
		days := due.Sub(at).Hours() / 24
		require.True(rt, days > 6.9 && days < 8.1, "%v", days)
	})
}

func TestYearsWithoutHolidaysAreSaid(t *testing.T) {
	r := rules(t, "version: t\nrules: [{working_days: 5}]")
	_, known := r.Due("x", "", 0, time.Date(2026, 12, 30, 3, 0, 0, 0, time.UTC), zone(t, "Asia/Shanghai"))
	require.False(t, known)
}

func TestTheEmbeddedRules(t *testing.T) {
	r := deadlines.Default(calendar.China())
	at := time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)
	due, _ := r.Due("petition", "land", 0, at, zone(t, "Asia/Shanghai"))
	require.Equal(t, "2026-03-02", due.Format(time.DateOnly), "信访工作条例 art. 34: 60 days")
	due, _ = r.Due("chicago", "land", 0, at, zone(t, "Asia/Shanghai"))
	require.Zero(t, due)
}

func TestWrongFilesAreRefusedWithThePlace(t *testing.T) {
	for text, at := range map[string]string{
		"vresion: x":              "file",
		"rules: [{days: 1}]":      "version",
		"version: x\nsoon: -1":    "soon",
		"version: x\nrules: [{}]": "rules[0]",
		"version: x\nrules: [{days: 1, working_days: 1}]": "rules[0]",
		"version: x\nrules: [{days: 1}, {days: 400}]":     "rules[1]",
		"version: x\nrules: [{days: 1, urgency: soon}]":   "rules[0].urgency",
		"version: x\nrules: [{days: 1, source: 信访}]":      "rules[0].source",
		"version: x\nrules: [{days: 1, category: A}]":     "rules[0].category",
	} {
		_, err := deadlines.Parse([]byte(text), calendar.China())
		var e *schemas.FileError
		require.ErrorAs(t, err, &e, text)
		require.Equal(t, at, e.At, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(deadlines.Source())
	f.Add([]byte("version: x\nrules: [{working_days: 366, source: a, category: b, urgency: critical}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := deadlines.Parse(text, calendar.China())
		if err != nil {
			return
		}
		at := time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)
		if due, _ := r.Due("a", "b", schemas.UrgencyCritical, at, time.UTC); !due.IsZero() {
			require.False(t, due.Before(at))
		}
	})
}

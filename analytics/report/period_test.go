package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/cube"
	"reli/analytics/report"
)

func day(t testing.TB, text string) cube.Day {
	t.Helper()
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

// Periods of a cadence follow each other without a gap, hold their days, and
// are found again by their names.
func TestPeriodsCoverEveryDayOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(report.Cadences()).Draw(t, "cadence").Code
		d := cube.Day(rapid.IntRange(400, 60_000).Draw(t, "day"))
		p := report.PeriodOf(c, d)
		require.LessOrEqual(t, p.From, d)
		require.Greater(t, p.To, d)
		require.Equal(t, p, report.PeriodOf(c, p.From))
		require.Equal(t, p, report.PeriodOf(c, p.To-1))
		require.Equal(t, p.From, p.Before().To)
		again, err := report.ParsePeriod(p.Name)
		require.NoError(t, err)
		require.Equal(t, p, again)
		year := p.YearBefore()
		require.Equal(t, c, year.Cadence)
		require.InDelta(t, 365, int(p.From-year.From), 8)
		require.NotEmpty(t, p.Zh())
		require.GreaterOrEqual(t, p.RunDay(), p.To)
	})
}

func TestEdgesOfPeriods(t *testing.T) {
	for name, want := range map[string][4]string{
		"2026-W01":   {"2025-12-29", "2026-01-05", "2026-01-05", "2026年第1周（12月29日—1月4日）"},
		"2026-W53":   {"2026-12-28", "2027-01-04", "2027-01-04", "2026年第53周（12月28日—1月3日）"},
		"2026-02-H1": {"2026-02-01", "2026-02-16", "2026-02-16", "2026年2月上半月"},
		"2026-02-H2": {"2026-02-16", "2026-03-01", "2026-03-01", "2026年2月下半月"},
		"2024-02":    {"2024-02-01", "2024-03-01", "2024-03-10", "2024年2月"},
		"2026-Q4":    {"2026-10-01", "2027-01-01", "2027-01-10", "2026年第4季度"},
		"2026-H1":    {"2026-01-01", "2026-07-01", "2026-07-10", "2026年上半年"},
		"2026":       {"2026-01-01", "2027-01-01", "2027-01-10", "2026年"},
	} {
		p, err := report.ParsePeriod(name)
		require.NoError(t, err)
		require.Equal(t, want, [4]string{p.From.String(), p.To.String(), p.RunDay().String(), p.Zh()}, name)
	}
	week, err := report.ParsePeriod("2026-W53")
	require.NoError(t, err)
	require.Equal(t, "2025-W52", week.YearBefore().Name, "2025 has no week 53")
	for _, bad := range []string{"", "26", "2026-13", "2026-00", "2025-W53", "2026-W00", "2026-W54", "2026-Q5", "2026-H3", "2026-1", "2026-10-H3",
		"2026-10-10", "2026-10 ", "0001", "9999", "2026-W1", "2026-Ｗ10"} {
		_, err := report.ParsePeriod(bad)
		require.ErrorContains(t, err, "period", bad)
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026-W43", "2026-10-H2", "2026-10", "2026-Q4", "2026-H2", "2026"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p, err := report.ParsePeriod(name)
		if err != nil {
			return
		}
		require.Equal(t, name, p.Name)
		require.Equal(t, p, report.PeriodOf(p.Cadence, p.From))
	})
}

package disclose_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/area"
	"reli/schemas"
)

func day(t require.TestingT, text string) cube.Day {
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

func TestWindowsBecomeWholePeriodsThatHaveEnded(t *testing.T) {
	today := day(t, "2026-01-15")
	for _, c := range []struct {
		period         disclose.Period
		from, to       string
		wantFrom, want string // "" for refused
	}{
		{disclose.Month, "2025-12-17", "2026-01-16", "2025-12-01", "2026-01-01"},
		{disclose.Month, "2025-11-30", "2025-12-02", "2025-11-01", "2026-01-01"},
		{disclose.Month, "2025-11-01", "2025-12-01", "2025-11-01", "2025-12-01"},
		{disclose.Month, "2025-02-28", "2025-03-01", "2025-02-01", "2025-03-01"},
		{disclose.Month, "2026-01-01", "2026-01-16", "", ""},
		{disclose.Month, "2031-01-01", "2031-02-01", "", ""},
		{disclose.Month, "2005-01-01", "2025-02-01", "", ""},
		{disclose.Quarter, "2025-12-17", "2026-01-16", "2025-10-01", "2026-01-01"},
		{disclose.Quarter, "2025-03-31", "2025-04-02", "2025-01-01", "2025-07-01"},
		{disclose.Quarter, "2025-04-01", "2025-05-01", "2025-04-01", "2025-07-01"},
	} {
		p := disclose.Restricted(5)
		p.Period = c.period
		got, err := p.Snap(cube.Selection{From: day(t, c.from), To: day(t, c.to)}, today)
		if c.want == "" {
			problem, ok := schemas.AsProblem(err)
			require.True(t, ok, c)
			require.Equal(t, 400, problem.Status)
			continue
		}
		require.NoError(t, err, c)
		require.Equal(t, c.wantFrom, got.From.String(), c)
		require.Equal(t, c.want, got.To.String(), c)
	}
}

func TestSnappingTwiceIsSnappingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := disclose.Restricted(5)
		p.Period = rapid.SampledFrom([]disclose.Period{disclose.Month, disclose.Quarter}).Draw(t, "period")
		today := cube.Day(rapid.IntRange(15_000, 25_000).Draw(t, "today"))
		from := today + cube.Day(rapid.IntRange(-2000, 50).Draw(t, "from"))
		sel := cube.Selection{From: from, To: from + cube.Day(rapid.IntRange(1, 1000).Draw(t, "days"))}
		once, err := p.Snap(sel, today)
		if err != nil {
			return
		}
		require.LessOrEqual(t, once.From, sel.From)
		require.LessOrEqual(t, once.To, today)
		twice, err := p.Snap(once, today)
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

func TestOnlySafeQuestionsMayBeAsked(t *testing.T) {
	ask := func(change func(*cube.Selection)) cube.Selection {
		s := cube.Selection{Measure: cube.MeasureCount}
		change(&s)
		return s
	}
	plain := ask(func(*cube.Selection) {})
	for name, c := range map[string]struct {
		sel   cube.Selection
		by    cube.Dimension
		field string // of the problem, "" for allowed
	}{
		"a total":              {plain, cube.DimensionTotal, ""},
		"grids":                {plain, cube.DimensionGrid, ""},
		"hexagons":             {plain, cube.DimensionCell, ""},
		"categories":           {plain, cube.DimensionCategory, ""},
		"a rate":               {ask(func(s *cube.Selection) { s.Measure = cube.MeasureRate }), cube.DimensionVillage, ""},
		"some categories":      {ask(func(s *cube.Selection) { s.Categories = []string{"land", "wage"} }), cube.DimensionCategory, ""},
		"hours":                {ask(func(s *cube.Selection) { s.Hours = 6 }), cube.DimensionTotal, "hours"},
		"weekdays":             {ask(func(s *cube.Selection) { s.Weekdays = 6 }), cube.DimensionTotal, "weekdays"},
		"a state":              {ask(func(s *cube.Selection) { s.Status = cube.StatusOpen }), cube.DimensionTotal, "status"},
		"a median":             {ask(func(s *cube.Selection) { s.Measure = cube.MeasureDays }), cube.DimensionTotal, "measure"},
		"days":                 {plain, cube.DimensionDay, "by"},
		"by hour":              {plain, cube.DimensionHour, "by"},
		"by state":             {plain, cube.DimensionStatus, "by"},
		"two filters":          {ask(func(s *cube.Selection) { s.Categories, s.Sources = []string{"land"}, []string{"x"} }), cube.DimensionTotal, "source"},
		"a source by category": {ask(func(s *cube.Selection) { s.Sources = []string{"x"} }), cube.DimensionCategory, "source"},
	} {
		err := disclose.Restricted(5).CheckSelection(c.sel, c.by)
		if c.field == "" {
			require.NoError(t, err, name)
			continue
		}
		problem, ok := schemas.AsProblem(err)
		require.True(t, ok, name)
		require.Equal(t, 400, problem.Status, name)
		require.Equal(t, c.field, problem.Field, name)
		require.NoError(t, disclose.Policy{K: 1}.CheckSelection(c.sel, c.by), name)
	}
	p := disclose.Restricted(5)
	p.Finest = area.Village
	require.NoError(t, p.CheckSelection(plain, cube.DimensionVillage))
	require.Error(t, p.CheckSelection(plain, cube.DimensionGrid))
	p.Family = disclose.Hexagons
	require.Error(t, p.CheckSelection(plain, cube.DimensionVillage))
}

func TestPoliciesThatCannotBeKeptAreRefused(t *testing.T) {
	require.NoError(t, disclose.Policy{}.Check(), "no restriction")
	require.NoError(t, disclose.Restricted(5).Check())
	for name, change := range map[string]func(*disclose.Policy){
		"a threshold of two": func(p *disclose.Policy) { p.K = 2 },
		"a huge threshold":   func(p *disclose.Policy) { p.K = 100_000 },
		"days":               func(p *disclose.Policy) { p.Period = "day" },
		"no family":          func(p *disclose.Policy) { p.Family = "" },
		"a level below":      func(p *disclose.Policy) { p.Finest = area.Grid + 1 },
		"a fine resolution":  func(p *disclose.Policy) { p.Resolution = 12 },
		"a minus":            func(p *disclose.Policy) { p.Rounding = -5 },
		"divided hexagons":   func(p *disclose.Policy) { p.Family, p.Divide = disclose.Hexagons, area.Township },
	} {
		p := disclose.Restricted(5)
		change(&p)
		require.Error(t, p.Check(), name)
		_, err := disclose.New(nil, p)
		require.Error(t, err, name)
	}
}

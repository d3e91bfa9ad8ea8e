package indicator_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/indicator/course"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/county"
)

var shanghai = time.FixedZone("CST", 8*3600)

func keeper(c *county.County) *course.Keeper {
	return course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func day(t testing.TB, text string) cube.Day {
	t.Helper()
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

func window(t testing.TB, from, to string) cube.Selection {
	return cube.Selection{From: day(t, from), To: day(t, to), Measure: cube.MeasureCount}
}

// records are written by hand, one local month a case.
type records struct {
	incidents []schemas.Incident
	steps     []schemas.Transition
}

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// add makes n equal incidents that occur at a time; change is for what is not
// ordinary about them, and steps follow after so many hours.
func (r *records) add(n int, when string, change func(*schemas.Incident), steps ...step) {
	for range n {
		in := schemas.Incident{Source: "grid", SourceID: fmt.Sprint(len(r.incidents)), Version: 1, Category: "land",
			OccurredAt: at(when), ReportedAt: at(when), State: schemas.StateRegistered}
		if change != nil {
			change(&in)
		}
		r.incidents = append(r.incidents, in)
		for _, s := range steps {
			r.steps = append(r.steps, schemas.Transition{Source: in.Source, SourceID: in.SourceID, Kind: s.kind, Level: s.level,
				At: in.ReportedAt.Add(time.Duration(s.hours * float64(time.Hour)))})
		}
	}
}

type step struct {
	kind  schemas.TransitionKind
	hours float64
	level schemas.Level
}

const aDay = 24

func resolve(hours float64, level schemas.Level) step {
	return step{schemas.TransitionResolve, hours, level}
}

func petition(in *schemas.Incident) {
	in.Source = "petition"
	in.DueAt = in.ReportedAt.AddDate(0, 0, 7)
}

// theArticles are the articles' figures as records.
func theArticles(r *records) {
	// January, F14: 1724 of 1941
	r.add(1724, "2024-01-05 10:00", nil, step{schemas.TransitionAssign, 1, 2}, resolve(30, 4))
	r.add(217, "2024-01-05 10:00", nil, step{schemas.TransitionAssign, 1, 2})
	// February, F15: 485 of 674 by grids
	r.add(485, "2024-02-05 10:00", nil, resolve(30, schemas.LevelGrid))
	r.add(120, "2024-02-05 10:00", nil, resolve(30, schemas.LevelVillage))
	r.add(60, "2024-02-05 10:00", nil, resolve(30, schemas.LevelTownship))
	r.add(9, "2024-02-05 10:00", nil, resolve(30, schemas.LevelCounty))
	r.add(30, "2024-02-05 10:00", nil) // open: in no share
	// March and April, F16: means of 7.0 and 2.8 days; median 6 and 2
	for _, d := range []float64{4, 5, 6, 9, 11} {
		r.add(2, "2024-03-05 10:00", nil, resolve(d*aDay, 4))
	}
	for _, d := range []float64{1, 1, 2, 4, 6} {
		r.add(2, "2024-04-05 10:00", nil, resolve(d*aDay, 4))
	}
	// May, F18: 90/6/4, 80/10/6/4 and ratings 50/20/10/20
	theRates(r)
	// July, F24: reopened 20 days after closing, twice; 31 days after; and not at all
	r.add(1, "2024-07-01 10:00", nil, resolve(aDay, 4), step{schemas.TransitionReopen, 21 * aDay, 4}, resolve(22*aDay, 4), step{schemas.TransitionReopen, 23 * aDay, 4}, resolve(24*aDay, 4))
	r.add(1, "2024-07-01 10:00", nil, resolve(aDay, 4), step{schemas.TransitionReopen, 32 * aDay, 4})
	r.add(8, "2024-07-01 10:00", nil, resolve(aDay, 4))
	// August, F54: a call that is answered after 3, 5 and 10 hours, and one that is not
	for _, hours := range []float64{3, 5, 10, 4, 6} {
		r.add(1, "2024-08-01 10:00", nil, step{schemas.TransitionWhistle, 2, 2}, step{schemas.TransitionMuster, 2 + hours, 1})
	}
	r.add(1, "2024-08-01 10:00", nil, step{schemas.TransitionWhistle, 2, 2})
}

// theRates is DOMAIN.md 2.4's fixture as 100 petitions of May, seen at the end
// of June.
func theRates(r *records) {
	for i := range 100 {
		var steps []step
		switch { // 及时 within 15 days, late, never
		case i < 90:
			steps = append(steps, step{schemas.TransitionAssign, 15 * aDay, 1})
		case i < 96:
			steps = append(steps, step{schemas.TransitionAssign, 16 * aDay, 1})
		}
		change := petition
		switch {
		case i < 80: // in time, on the last day
			steps = append(steps, resolve(7*aDay, 1))
		case i < 90: // a day late
			steps = append(steps, resolve(8*aDay, 1))
		case i < 96: // still has time: due in July
			change = func(in *schemas.Incident) { petition(in); in.DueAt = at("2024-07-01 09:00") }
		}
		if kind, ok := rating(i); ok {
			steps = append(steps, step{kind, 9 * aDay, 1})
		}
		r.add(1, "2024-05-02 10:00", change, steps...)
	}
}

// rating of petition i: 50, 20 and 10 of the 90 that are closed, none of the
// others.
func rating(i int) (schemas.TransitionKind, bool) {
	switch {
	case i < 50:
		return schemas.TransitionSatisfied, true
	case i < 70:
		return schemas.TransitionFair, true
	case i < 80:
		return schemas.TransitionDissatisfied, true
	}
	return "", false
}

func TestTheArticlesFiguresFromRecords(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	r := &records{}
	theArticles(r)
	c.Put(t, r.incidents, r.steps)
	s := indicator.New(keeper(c))
	ask := func(q indicator.Request) func(code string) (string, indicator.Value) {
		a, err := s.Indicators(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, a.Areas, 1)
		return func(code string) (string, indicator.Value) {
			v, d, ok := a.Value(&a.Areas[0], code)
			require.True(t, ok, code)
			return d.Text(v), v
		}
	}
	figure := func(of func(string) (string, indicator.Value), code string) string { text, _ := of(code); return text }

	january := ask(indicator.Request{Selection: window(t, "2024-01-01", "2024-02-01")})
	require.Equal(t, "88.8%", figure(january, "resolution_rate"))
	require.Equal(t, "1941", figure(january, "reports"))
	require.Equal(t, "100.0%", figure(january, "disposal_rate"))
	require.Equal(t, "88.8%", figure(january, "platform_closing_rate"))
	_, v := january("resolution_rate")
	require.Equal(t, [2]int64{1724, 1941}, [2]int64{v.Numerator, v.Denominator})

	february := ask(indicator.Request{Selection: window(t, "2024-02-01", "2024-03-01")})
	_, v = february("share_grid")
	require.Equal(t, [2]int64{485, 674}, [2]int64{v.Numerator, v.Denominator})
	require.Equal(t, "72.0%", figure(february, "share_grid"))

	april := ask(indicator.Request{Selection: window(t, "2024-04-01", "2024-05-01"), Compare: indicator.ComparePrev,
		Base: &indicator.Window{From: day(t, "2024-03-01"), To: day(t, "2024-04-01")}})
	require.Equal(t, "2.8", figure(april, "handling_mean"))
	require.Equal(t, "2.0", figure(april, "handling_median"))
	require.Equal(t, "6.0", figure(april, "handling_p90"))
	_, v = april("handling_mean")
	require.Equal(t, -60.0, *v.Change.Percent)
	require.Equal(t, 7.0, *v.Change.Base)

	may := ask(indicator.Request{Selection: window(t, "2024-05-01", "2024-07-01")})
	require.Equal(t, "90.00%", figure(may, "acceptance_in_time"))
	require.Equal(t, "80.00%", figure(may, "answer_in_time"))
	require.Equal(t, "87.50%", figure(may, "satisfaction"))
	_, v = may("rated_share")
	require.Equal(t, [2]int64{80, 90}, [2]int64{v.Numerator, v.Denominator}, "ten are closed and not rated though due")

	july := ask(indicator.Request{Selection: window(t, "2024-07-01", "2024-08-31")})
	_, v = july("relapse_rate")
	require.Equal(t, [2]int64{1, 10}, [2]int64{v.Numerator, v.Denominator}, "20 days after counts once, 31 days after does not")

	august := ask(indicator.Request{Selection: window(t, "2024-08-01", "2024-09-01")})
	require.Equal(t, "5.0", figure(august, "muster_median"))
	require.Equal(t, "6", figure(august, "stage_whistle"))
}

// Every step of the funnel is counted once an incident, as in the table of
// transitions.
func TestF54TheFunnelIsThatOfTheTransitions(t *testing.T) {
	c := county.Shared(t)
	k := keeper(c)
	s := indicator.New(k)
	a, err := s.Indicators(t.Context(), indicator.Request{Selection: window(t, "2025-01-01", "2026-01-01")})
	require.NoError(t, err)
	for code, kind := range map[string]string{"stage_assign": "assign", "stage_supervise": "supervise", "stage_visit": "visit",
		"stage_cancel": "cancel", "stage_whistle": "whistle", "reports": "register"} {
		var n uint64
		require.NoError(t, c.DB.Row(t.Context(), `SELECT uniqExact(source, source_id) FROM transitions WHERE kind = {kind:String}`,
			[]any{&n}, clickhouse.Param("kind", kind)))
		v, _, ok := a.Value(&a.Areas[0], code)
		require.True(t, ok)
		require.EqualValues(t, n, v.Numerator, code)
		require.NotZero(t, n)
	}
}

// F21: repeated reports over the rolling twelve months, by brute force.
func TestF21RepeatedReportsAreThoseOfTwelveMonths(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	r := &records{}
	matters := []string{"", "m1", "m2", "m3", "m4"}
	days := []int{0, 3, 40, 100, 200, 364, 365, 366, 367, 500, 731, 740, 900}
	for i, d := range days {
		for j, m := range matters {
			r.add(1, "2022-02-10 10:00", func(in *schemas.Incident) {
				in.MatterID = m
				in.OccurredAt = in.OccurredAt.AddDate(0, 0, d+(i*j*37)%90)
				in.ReportedAt = in.OccurredAt
				in.People = uint32(1 + (i+j)%7)
			})
		}
	}
	c.Put(t, r.incidents, r.steps)
	sel := window(t, "2023-01-01", "2024-06-01")
	var repeated, all, collective, people int64
	for _, in := range r.incidents {
		if d := cube.DayOf(in.OccurredAt); d < sel.From || d >= sel.To {
			continue
		}
		all++
		if in.People >= 5 {
			collective++
			people += int64(in.People)
		}
		for _, other := range r.incidents {
			limit := cube.DayOf(cube.DayOf(in.ReportedAt).Time().AddDate(0, -12, 0))
			earlier := other.ReportedAt.Before(in.ReportedAt) || (other.ReportedAt.Equal(in.ReportedAt) && other.SourceID < in.SourceID)
			if in.MatterID != "" && other.MatterID == in.MatterID && earlier && cube.DayOf(other.ReportedAt) >= limit {
				repeated++
				break
			}
		}
	}
	a, err := indicator.New(keeper(c)).Indicators(t.Context(), indicator.Request{Selection: sel,
		Codes: []string{"repeat_rate", "collective_rate", "collective_people"}})
	require.NoError(t, err)
	values := a.Areas[0].Values
	require.NotZero(t, repeated)
	require.Less(t, repeated, all)
	require.Equal(t, [2]int64{repeated, all}, [2]int64{values[0].Numerator, values[0].Denominator})
	require.Equal(t, [2]int64{collective, all}, [2]int64{values[1].Numerator, values[1].Denominator})
	require.Equal(t, people, values[2].Numerator)
}

// The rates of every village are what the cube counts, under any filter.
func TestIndicatorsAgreeWithTheMap(t *testing.T) {
	c := county.Shared(t)
	s := indicator.New(keeper(c))
	snap := c.Store.Current()
	town := snap.Catalogue.Tree.AtLevel(area.Township)[2].Code
	for _, change := range []func(*cube.Selection){
		func(*cube.Selection) {},
		func(s *cube.Selection) { s.Area = town },
		func(s *cube.Selection) { s.Categories, s.Hours = []string{"land", "wage"}, 0xff00 },
		func(s *cube.Selection) { s.Sources, s.Weekdays = []string{"petition", "12345"}, 0b10_1010 },
		func(s *cube.Selection) { s.Scope.Areas, s.Scope.Sources = []string{town}, []string{"grid"} },
	} {
		sel := window(t, "2025-03-10", "2025-09-03")
		change(&sel)
		a, err := s.Indicators(t.Context(), indicator.Request{Selection: sel, Level: area.Village, Codes: []string{"closing_rate"}})
		require.NoError(t, err)
		sel.Measure = cube.MeasureClosed
		groups, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionVillage})
		require.NoError(t, err)
		have := map[string][2]int64{}
		for _, place := range a.Areas {
			if v := place.Values[0]; v.Denominator > 0 {
				have[place.Code] = [2]int64{v.Numerator, v.Denominator}
			}
		}
		want := map[string][2]int64{}
		for _, g := range groups {
			want[g.Key] = [2]int64{g.Closed, g.Count}
		}
		require.NotEmpty(t, want)
		require.Equal(t, want, have)
	}
}

func TestAreasWithoutIncidentsAreListedAndOthersAreNot(t *testing.T) {
	c := county.Shared(t)
	s := indicator.New(keeper(c))
	tree := c.Store.Current().Catalogue.Tree
	a, err := s.Indicators(t.Context(), indicator.Request{Selection: window(t, "1999-01-01", "1999-02-01"), Level: area.Grid})
	require.NoError(t, err)
	require.Len(t, a.Areas, 609)
	for _, place := range a.Areas {
		v, _, _ := a.Value(&place, "resolution_rate")
		require.Equal(t, indicator.StateNone, v.State)
	}
	town := tree.AtLevel(area.Township)[1].Code
	sel := window(t, "2025-01-01", "2026-01-01")
	sel.Scope.Areas = []string{town}
	a, err = s.Indicators(t.Context(), indicator.Request{Selection: sel, Level: area.Township})
	require.NoError(t, err)
	require.Len(t, a.Areas, 1, "a township's staff see their own")
	require.Equal(t, town, a.Areas[0].Code)
	a, err = s.Indicators(t.Context(), indicator.Request{Selection: sel})
	require.NoError(t, err)
	own, _ := tree.Get(town)
	require.Equal(t, own.Population, a.Areas[0].Population)
	_, err = s.Indicators(t.Context(), indicator.Request{Selection: sel, Codes: []string{"happiness"}})
	require.ErrorContains(t, err, "indicator")
}

func TestComparedWithTheYearBeforeSaysWhereTheDataBegin(t *testing.T) {
	c := county.Shared(t)
	a, err := indicator.New(keeper(c)).Indicators(t.Context(), indicator.Request{Selection: window(t, "2025-12-01", "2026-01-01"), Compare: indicator.CompareYear})
	require.NoError(t, err)
	require.Equal(t, "2024-12-01", a.Base.From.String())
	require.Equal(t, "2025-01-01", a.Base.To.String())
	require.False(t, a.Base.Complete)
	a, err = indicator.New(keeper(c)).Indicators(t.Context(), indicator.Request{Selection: window(t, "2025-12-01", "2026-01-01"), Compare: indicator.ComparePrev})
	require.NoError(t, err)
	require.Equal(t, "2025-10-31", a.Base.From.String())
	require.True(t, a.Base.Complete)
}

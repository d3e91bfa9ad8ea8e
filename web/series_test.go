package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/test/county"
)

type lineAnswer struct {
	Points []struct {
		From                     string
		Count                    int64
		State                    string
		Unreported               *float64
		WorkingDays              *int `json:"working_days"`
		Average                  *float64
		Season, Trend, Remainder *float64
	}
	Compare map[string]struct {
		Value, Base float64
		Percent     *float64
		Zh          string
		Complete    bool
		ClosedShare struct {
			Value, Base, Points *float64
			Zh                  string
		} `json:"closed_share"`
	}
	Decomposition *struct {
		Code, Zh, En   string
		Period         int
		SeasonStrength *float64 `json:"season_strength"`
	}
	Jump    *struct{ Ratio float64 }
	Periods []struct {
		Code, Zh, From, To string
		Special            bool
	}
	Reporting []struct {
		Source, Basis string
		Unreported    []float64
	}
}

func TestPartsOfASeriesAddUpToItsCounts(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, robust := range []string{"", "&robust=0", "&robust=1"} {
		var a lineAnswer
		s.json(t, "/v1/series?step=day&decompose=stl&from=2025-01-01&to=2026-01-01"+robust, &a)
		require.Equal(t, "ok", a.Decomposition.Code)
		require.Equal(t, 7, a.Decomposition.Period)
		require.NotNil(t, a.Decomposition.SeasonStrength)
		for _, p := range a.Points {
			require.Equal(t, "whole", p.State, p.From)
			require.InDelta(t, float64(p.Count), *p.Season+*p.Trend+*p.Remainder, 1e-9)
		}
	}
	var short lineAnswer
	s.json(t, "/v1/series?step=month&decompose=stl&from=2025-01-01&to=2026-01-01", &short)
	require.Equal(t, "too_few_steps", short.Decomposition.Code)
	require.Contains(t, short.Decomposition.Zh, "12")
	require.Nil(t, short.Points[3].Trend)
	var plain lineAnswer
	s.json(t, "/v1/series?step=day&from=2025-01-01&to=2026-01-01", &plain)
	require.Nil(t, plain.Decomposition)
	requireProblem(t, s.get(t, "/v1/series?decompose=x11"), http.StatusBadRequest, "bad_parameter")
	requireProblem(t, s.get(t, "/v1/series?decompose=stl&robust=yes"), http.StatusBadRequest, "bad_parameter")
}

func TestASeriesKnowsHolidaysAndWorkingDays(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var a lineAnswer
	s.json(t, "/v1/series?step=month&from=2025-01-01&to=2025-03-01", &a)
	require.Equal(t, 19, *a.Points[0].WorkingDays, "January 2025: 23 weekdays less New Year and 4 of Spring Festival, and one Sunday worked")
	require.Equal(t, 19, *a.Points[1].WorkingDays)
	seen := map[string]string{}
	for _, p := range a.Periods {
		seen[p.Code] = fmt.Sprint(p.Zh, " ", p.From, " ", p.To, " ", p.Special)
	}
	require.Equal(t, "春节 2025-01-28 2025-02-05 false", seen["spring_festival"])
	require.Equal(t, "春节期间 2025-01-13 2025-02-20 true", seen["spring_festival_period"])
	require.NotContains(t, seen, "two_sessions")
}

func TestStepsOutsideTheDataAreNoZeros(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var a lineAnswer
	s.json(t, "/v1/series?step=month&from=2024-11-15&to=2026-03-01", &a)
	require.Equal(t, "outside", a.Points[0].State)
	require.Equal(t, "outside", a.Points[1].State)
	require.Equal(t, "whole", a.Points[2].State)
	require.Equal(t, "outside", a.Points[len(a.Points)-1].State)
	require.Nil(t, a.Points[3].Average, "two of its three months are outside the data")
	require.NotNil(t, a.Points[5].Average)
	s.json(t, "/v1/series?step=week&from=2025-03-05&to=2025-04-01", &a)
	require.Equal(t, "partial", a.Points[0].State)
	require.Equal(t, "partial", a.Points[4].State)
	require.Equal(t, "whole", a.Points[1].State)
}

func TestComparisonsShowTheirBase(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var a lineAnswer
	s.json(t, "/v1/series?step=month&from=2025-07-01&to=2025-09-01", &a)
	previous := a.Compare["previous"]
	require.True(t, previous.Complete)
	require.Positive(t, previous.Base)
	require.InDelta(t, 100*(previous.Value-previous.Base)/previous.Base, *previous.Percent, .051)
	require.Contains(t, previous.Zh, fmt.Sprintf("基数 %g", previous.Base))
	require.InDelta(t, *previous.ClosedShare.Value-*previous.ClosedShare.Base, *previous.ClosedShare.Points, .0051)
	require.Contains(t, previous.ClosedShare.Zh, "个百分点")
	before := a.Compare["year_before"]
	require.Zero(t, before.Base)
	require.Nil(t, before.Percent)
	require.Equal(t, "—", before.Zh)
	require.Nil(t, before.ClosedShare.Base)
	require.Equal(t, "—", before.ClosedShare.Zh)
}

// TestLateReportsMarkTheNewestPoints takes in a source that registers half of
// its matters five days late, stops for a month, and then doubles and more.
func TestLateReportsMarkTheNewestPoints(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	var rows strings.Builder
	rows.WriteString("source,source_id,occurred_at,reported_at,category\n")
	last := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	for back := range 300 {
		day, n := last.AddDate(0, 0, -back), 4
		if day.Month() == time.September {
			continue
		}
		if back < 30 {
			n = 16
		}
		for i := range n {
			delay := 5 * (i % 2)
			if delay <= back {
				fmt.Fprintf(&rows, "12345,%d-%d,%s 08:00:00,%s 09:00:00,land\n", back, i, day.Format(time.DateOnly), day.AddDate(0, 0, delay).Format(time.DateOnly))
			}
		}
	}
	c.Take(t, rows.String())
	s := newSite(t, c)
	var a lineAnswer
	s.json(t, "/v1/series?step=day&decompose=stl&from=2025-06-01&to=2026-01-01", &a)
	n := len(a.Points)
	for back, p := range []int{n - 1, n - 2, n - 5} {
		require.InDelta(t, .5, *a.Points[p].Unreported, .05, "point %d", back)
	}
	require.Nil(t, a.Points[n-6].Unreported, "final after five days")
	require.Equal(t, "own", a.Reporting[0].Basis)
	require.Len(t, a.Reporting[0].Unreported, 5)
	require.Equal(t, "ok", a.Decomposition.Code)
	for _, p := range a.Points {
		if strings.HasPrefix(p.From, "2025-09") {
			require.Equal(t, "missing", p.State, "%s is no zero", p.From)
			require.Nil(t, p.Remainder)
			require.Nil(t, p.Average)
		}
	}
	require.NotNil(t, a.Jump)
	require.Greater(t, a.Jump.Ratio, 2.)
	var w struct {
		State     struct{ Code string }
		Reporting struct {
			Week *float64 `json:"week_unreported"`
			Day  *float64 `json:"day_unreported"`
			Zh   string
		}
	}
	s.json(t, "/v1/warnings?level=hex", &w)
	require.InDelta(t, .5, *w.Reporting.Day, .05)
	require.Positive(t, *w.Reporting.Week)
	require.Contains(t, w.Reporting.Zh, "未上报")
}

func TestASeriesOfNothingSaysSo(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	var a lineAnswer
	s.json(t, "/v1/series?step=day&decompose=stl&from=2025-01-01&to=2025-03-01", &a)
	for _, p := range a.Points {
		require.Equal(t, "outside", p.State)
	}
	require.Equal(t, "too_few_steps", a.Decomposition.Code)
	require.Nil(t, a.Jump)
	require.Empty(t, a.Reporting)
	quiet := newSite(t, county.Shared(t))
	quiet.json(t, "/v1/series?step=day&decompose=stl&from=2025-01-01&to=2026-01-01&category=land&hours=3&weekdays=7&area="+
		quiet.Store.Current().Catalogue.Tree.AtLevel(4)[0].Code, &a)
	if a.Decomposition.Code != "no_events" {
		require.Equal(t, "ok", a.Decomposition.Code)
	}
}

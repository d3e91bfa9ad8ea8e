package web_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/test/county"
)

func TestOutlookOverHTTP(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var forecast struct {
		State struct{ Code string }
		Total []struct {
			Horizon string
			Mean    float64
		}
		Places []struct {
			ID        string
			Use       string
			Forecasts []struct{ Mean float64 }
		}
		ModelVersion string `json:"model_version"`
		DataVersion  uint64 `json:"data_version"`
	}
	s.json(t, "/v1/forecast?horizon=four_weeks&limit=3", &forecast)
	require.Equal(t, "ok", forecast.State.Code)
	require.Len(t, forecast.Places, 3)
	require.GreaterOrEqual(t, forecast.Places[0].Forecasts[0].Mean, forecast.Places[2].Forecasts[0].Mean)
	require.InDelta(t, 690, forecast.Total[0].Mean, 200)
	require.NotEmpty(t, forecast.ModelVersion)
	require.Equal(t, s.Store.Current().Version, forecast.DataVersion)

	var warnings struct {
		Tests  int
		Alarms []any
		Rule   struct{ Name string }
	}
	s.json(t, "/v1/warnings?level=township&budget=4", &warnings)
	require.Equal(t, "budget", warnings.Rule.Name)
	require.Positive(t, warnings.Tests)
	require.NotNil(t, warnings.Alarms)

	var hotspots struct {
		Hot   int
		Spots []struct{ ID string }
	}
	s.json(t, "/v1/hotspots?layer=hex&z=9&from=2025-01-01&to=2026-01-01", &hotspots)
	require.Positive(t, hotspots.Hot)
	require.NotEmpty(t, hotspots.Spots)

	var backtest struct {
		Report struct {
			Holdout int `json:"holdout_weeks"`
		}
	}
	s.json(t, "/v1/backtest?level=township&holdout=10&seed=3", &backtest)
	require.Equal(t, 10, backtest.Report.Holdout)
	a := s.get(t, "/v1/backtest?level=township&holdout=10&seed=3&format=markdown")
	require.Equal(t, http.StatusOK, a.Status)
	require.Contains(t, a.Header.Get("Content-Type"), "text/markdown")
	require.Contains(t, string(a.Body), "| ")
}

// Whole events and millionths agree exactly: the places of every level and what
// lies in none of them are the county's total.
func TestForecastsOfEveryLevelAgreeOverHTTP(t *testing.T) {
	s := newSite(t, county.Shared(t))
	type expected struct {
		Mean  float64
		Whole int
	}
	micro := func(e expected) int { return int(math.Round(1e6 * e.Mean)) }
	var total expected
	sums := map[string]expected{} // by township: of what lies in it
	for _, level := range []string{"county", "township", "grid"} {
		var f struct {
			Total, Rest []expected
			Stale       *bool
			MadeAt      time.Time `json:"made_at"`
			HowGood     struct {
				Holdout int `json:"holdout_weeks"`
				Zh      string
			} `json:"how_good"`
			Places []struct {
				ID        string
				Forecasts []expected
			}
		}
		s.json(t, "/v1/forecast?category=labour&horizon=four_weeks&limit=20000&level="+level, &f)
		require.False(t, *f.Stale)
		require.False(t, f.MadeAt.IsZero())
		require.Equal(t, 17, f.HowGood.Holdout)
		require.Contains(t, f.HowGood.Zh, "基线")
		if level == "county" {
			total = f.Total[0]
		}
		require.Equal(t, total, f.Total[0], level)
		whole, millionths := f.Rest[0].Whole, micro(f.Rest[0])
		for _, p := range f.Places {
			e := p.Forecasts[0]
			whole += e.Whole
			millionths += micro(e)
			if level == "township" {
				sums[p.ID[:9]] = e
			} else if in, ok := sums[p.ID[:9]]; ok {
				sums[p.ID[:9]] = expected{in.Mean - e.Mean, in.Whole - e.Whole}
			}
		}
		require.Equal(t, total.Whole, whole, level)
		require.Equal(t, micro(total), millionths, level)
	}
	require.Len(t, sums, 9)
	for code, left := range sums {
		require.GreaterOrEqual(t, left.Whole, 0, code)
		require.GreaterOrEqual(t, micro(left), 0, code)
	}
}

func TestHotspotsCanBeDrawnAndListedOverHTTP(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var h struct {
		From, To string
		Basis    string
		Spots    []struct {
			ID       string
			Center   [2]float64
			Members  []string
			Geometry *struct {
				Type        string
				Coordinates [][][][2]float64
			}
		}
		Rates []struct {
			N, Population int
			Raw, Smoothed *float64
		}
	}
	s.json(t, "/v1/hotspots?method=scan&layer=village&geometry=1&from=2025-01-01&to=2026-01-01", &h)
	require.Equal(t, "rate", h.Basis)
	top := h.Spots[0]
	require.Contains(t, top.Members, top.ID)
	require.Equal(t, "MultiPolygon", top.Geometry.Type)
	require.GreaterOrEqual(t, len(top.Geometry.Coordinates), len(top.Members))
	near := top.Geometry.Coordinates[0][0][0]
	require.InDelta(t, top.Center[0], near[0], .5)
	require.InDelta(t, top.Center[1], near[1], .5)

	s.json(t, "/v1/hotspots?method=gistar&layer=hex&res=7&geometry=1&from=2025-01-01&to=2026-01-01", &h)
	require.Len(t, h.Spots[0].Geometry.Coordinates[0][0], 7, "six corners and the first again")

	s.json(t, "/v1/hotspots?method=rates&layer=township", &h)
	require.Equal(t, [2]string{"2025-09-29", "2025-12-29"}, [2]string{h.From, h.To}, "the last 13 whole weeks")
	require.Len(t, h.Rates, 9)
	require.Positive(t, *h.Rates[0].Smoothed)
}

func TestBadOutlookRequestsAreTold(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{
		"/v1/forecast?level=street", "/v1/forecast?level=hex&res=3", "/v1/forecast?res=eight", "/v1/forecast?horizon=year",
		"/v1/forecast?limit=0", "/v1/forecast?category=nonsense", "/v1/forecast?area=123", "/v1/forecast?from=2025-01-01",
		"/v1/forecast?level=county&level=grid", "/v1/warnings?budget=0", "/v1/warnings?budget=NaN", "/v1/warnings?budget=-1",
		"/v1/warnings?area=990101100000", "/v1/hotspots?method=guess", "/v1/hotspots?layer=street", "/v1/hotspots?z=99",
		"/v1/hotspots?layer=hex,grid", "/v1/backtest?holdout=0", "/v1/backtest?holdout=51", "/v1/backtest?seed=-1",
		"/v1/hotspots?basis=ratio", "/v1/hotspots?geometry=yes", "/v1/hotspots?res=3", "/v1/backtest?detection=2",
		"/v1/backtest?format=pdf", "/v1/backtest?horizon=week_1",
	} {
		p := requireProblem(t, s.get(t, path), http.StatusBadRequest, "")
		require.Contains(t, []string{"bad_parameter", "unknown_category", "unknown_area"}, p.Code, path)
	}
}

func TestSeriesHasItsAverageAndItsBases(t *testing.T) {
	s := newSite(t, county.Shared(t))
	type change struct {
		From, To   string
		Complete   bool
		Value      float64
		Base       float64
		Percent    *float64
		Zh         string
		Difference float64
	}
	var series struct {
		Points []struct {
			Count   int
			Average *float64
		}
		Total   float64
		Compare map[string]change
	}
	s.json(t, "/v1/series?step=day&from=2025-06-01&to=2025-06-15", &series)
	require.Len(t, series.Points, 14)
	sum := 0
	for i, p := range series.Points[:7] {
		sum += p.Count
		require.Equal(t, i < 6, p.Average == nil)
	}
	require.InDelta(t, float64(sum)/7, *series.Points[6].Average, 1e-9)
	before := series.Compare["previous"]
	require.Equal(t, [2]string{"2025-05-18", "2025-06-01"}, [2]string{before.From, before.To})
	require.True(t, before.Complete)
	require.Equal(t, series.Total, before.Value)
	require.InDelta(t, 100*(series.Total-before.Base)/before.Base, *before.Percent, .051)
	var base struct{ Total float64 }
	s.json(t, "/v1/series?step=day&from=2025-05-18&to=2025-06-01", &base)
	require.Equal(t, base.Total, before.Base)
	year := series.Compare["year_before"]
	require.False(t, year.Complete, "the data begin in 2025")
	require.Zero(t, year.Base)
	require.Nil(t, year.Percent)
	require.Equal(t, "—", year.Zh)
}

package web_test

import (
	"net/http"
	"testing"

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

func TestBadOutlookRequestsAreTold(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{
		"/v1/forecast?level=street", "/v1/forecast?level=hex&res=3", "/v1/forecast?res=eight", "/v1/forecast?horizon=year",
		"/v1/forecast?limit=0", "/v1/forecast?category=nonsense", "/v1/forecast?area=123", "/v1/forecast?from=2025-01-01",
		"/v1/forecast?level=county&level=grid", "/v1/warnings?budget=0", "/v1/warnings?budget=NaN", "/v1/warnings?budget=-1",
		"/v1/warnings?area=990101100000", "/v1/hotspots?method=guess", "/v1/hotspots?layer=street", "/v1/hotspots?z=99",
		"/v1/hotspots?layer=hex,grid", "/v1/backtest?holdout=0", "/v1/backtest?holdout=51", "/v1/backtest?seed=-1",
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

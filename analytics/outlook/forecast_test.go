package outlook_test

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/test/county"
)

// everything is more than the places of the fictional county.
const everything = 20_000

// shared is one service on the shared county, so that its models are fitted
// once for all tests.
var shared struct {
	once    sync.Once
	service *outlook.Service
}

func sharedService(c *county.County) *outlook.Service {
	shared.once.Do(func() { shared.service = outlook.New(c.Store, c.Now) })
	return shared.service
}

func layer(t testing.TB, name string) outlook.Layer {
	t.Helper()
	l, err := outlook.ParseLayer(name, 0)
	require.NoError(t, err)
	return l
}

func forecastOf(t testing.TB, s *outlook.Service, r outlook.ForecastRequest) *outlook.Forecast {
	t.Helper()
	r.Limit = everything
	f, err := s.Forecast(t.Context(), r)
	require.NoError(t, err)
	_, err = json.Marshal(f)
	require.NoError(t, err)
	return f
}

// micro is a mean in whole millionths, in which sums agree exactly.
func micro(mean float64) int { return int(math.Round(mean * 1e6)) }

func means(list []outlook.Expected) map[string]int {
	out := map[string]int{}
	for _, e := range list {
		out[e.Horizon] = micro(e.Mean)
	}
	return out
}

func TestForecastsAddUpOverPlacesLevelsAndWeeks(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	var county map[string]int
	below := map[string]map[string]int{} // by parent: the sum of the places right below
	for _, name := range []string{"county", "township", "village", "grid"} {
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, name)})
		require.Equal(t, outlook.StateOK, f.State.Code)
		require.Len(t, f.Places, map[string]int{"county": 1, "township": 9, "village": 157, "grid": 609}[name])
		total, rest := means(f.Total), means(f.Rest)
		if county == nil {
			county = total
		}
		require.Equal(t, county, total, name)
		sums := map[string]int{}
		for _, p := range f.Places {
			weeks := 0
			for _, h := range p.Horizon {
				sums[h.Horizon] += micro(h.Mean)
				if strings.HasPrefix(h.Horizon, "week_") {
					weeks += micro(h.Mean)
				}
				if h.Horizon == "four_weeks" {
					require.Equal(t, weeks, micro(h.Mean), p.Name)
				}
			}
			if below[p.Parent] == nil {
				below[p.Parent] = map[string]int{}
			}
			for _, h := range p.Horizon {
				below[p.Parent][h.Horizon] += micro(h.Mean)
				if parts, ok := below[p.ID]; ok {
					require.LessOrEqual(t, parts[h.Horizon], micro(h.Mean), p.Name)
				}
			}
		}
		for h, n := range total {
			require.Equal(t, n, sums[h]+rest[h], "%s %s", name, h)
			require.GreaterOrEqual(t, rest[h], 0)
		}
		// Nearly all incidents of the fictional county have a grid.
		require.Less(t, float64(rest["four_weeks"]), .05*float64(total["four_weeks"]), name)
	}
	weekly := float64(county["week_1"]) / 1e6
	require.InDelta(t, 9000./52, weekly, 40, "a week of a county with 9,000 incidents a year")
}

func TestForecastIntervalsAreNestedAndSaidWithTheirVerdict(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	for _, name := range []string{"township", "grid", "hex"} {
		l, err := outlook.ParseLayer(name, 6)
		require.NoError(t, err)
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: l})
		require.Len(t, f.HistoryWeeks, 26)
		require.Equal(t, 1, f.HistoryTo.Weekday(), "forecasts begin on a Monday")
		require.LessOrEqual(t, f.HistoryTo, c.Store.Today())
		require.NotEmpty(t, f.Baseline)
		for _, p := range f.Places {
			require.Len(t, p.History, 26)
			require.Equal(t, p.Verdict.Better, p.Use == "model")
			require.NotEmpty(t, p.Verdict.Zh)
			if p.Verdict.Reason == "not_better_than_baseline" {
				require.Equal(t, "不优于基线", p.Verdict.Zh)
			}
			require.Len(t, p.Horizon, 6)
			for _, h := range p.Horizon {
				require.Len(t, h.Intervals, 3)
				require.Greater(t, h.AtLeastOne, 0., "%s: nothing is impossible", p.ID)
				require.LessOrEqual(t, h.AtLeastOne, 1.)
				require.InDelta(t, h.Mean, h.Baseline, .8*h.Mean+3, "%s %s", p.ID, h.Horizon)
				for i, v := range h.Intervals {
					require.LessOrEqual(t, v.Low, v.High)
					if i > 0 {
						require.LessOrEqual(t, v.Low, h.Intervals[i-1].Low)
						require.GreaterOrEqual(t, v.High, h.Intervals[i-1].High)
					}
				}
				widest := h.Intervals[2]
				require.GreaterOrEqual(t, float64(widest.High)+1, h.Mean)
				require.LessOrEqual(t, float64(widest.Low), h.Mean)
			}
		}
	}
}

func TestForecastOfAnAreaIsThatPartOfTheWhole(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	townships := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "township")})
	one := townships.Places[3]
	grids := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "grid"), Area: one.ID, Horizon: "four_weeks"})
	require.Len(t, grids.Total, 1)
	require.Equal(t, micro(one.Horizon[4].Mean), micro(grids.Total[0].Mean))
	require.Less(t, len(grids.Places), 609)
	for _, p := range grids.Places {
		require.True(t, strings.HasPrefix(p.ID, one.ID[:9]), p.ID)
		require.Len(t, p.Horizon, 1)
	}
	_, err := s.Forecast(t.Context(), outlook.ForecastRequest{Layer: layer(t, "township"), Area: grids.Places[0].ID})
	require.Error(t, err, "a grid has no townships")
}

func TestWithoutEnoughDataTheAnswerSaysSo(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := outlook.New(c.Store, c.Now)
	state := func() [4]string {
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "hex")})
		require.Empty(t, f.Places)
		w, err := s.Warnings(t.Context(), outlook.WarningsRequest{Layer: layer(t, "hex")})
		require.NoError(t, err)
		require.Empty(t, w.Alarms)
		h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "hex"), Method: "gistar",
			Selection: cube.Selection{From: c.Store.Today() - 30, To: c.Store.Today()}})
		require.NoError(t, err)
		require.Empty(t, h.Spots)
		b, err := s.Backtest(t.Context(), outlook.BacktestRequest{Layer: layer(t, "hex")})
		require.NoError(t, err)
		require.NotEmpty(t, b.Markdown())
		return [4]string{f.State.Code, w.State.Code, h.State.Code, b.State.Code}
	}
	require.Equal(t, [4]string{"no_incidents", "no_incidents", "no_incidents", "no_incidents"}, state())
	areas := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "township")})
	require.Equal(t, "no_incidents", areas.State.Code)
	c.Take(t, "source,source_id,occurred_at,lng,lat,crs,category\ns,1,2025-12-15T08:00:00,131,46.5,WGS84,land\n")
	require.Equal(t, [4]string{"too_few_weeks", "too_few_weeks", "too_few", "too_few_weeks"}, state())
	areas = forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "township")})
	require.Equal(t, "no_areas", areas.State.Code)
	// A year with a single cell, and a category that never occurs.
	c.Take(t, "source,source_id,occurred_at,lng,lat,crs,category\ns,2,2025-01-15T08:00:00,131,46.5,WGS84,land\n")
	f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "hex")})
	require.Equal(t, "ok", f.State.Code)
	require.Len(t, f.Places, 1)
	f = forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "hex"), Categories: []string{"wage"}})
	require.Equal(t, "no_events", f.State.Code)
}

func TestBacktestsAreEqualForEqualSeeds(t *testing.T) {
	c := county.Shared(t)
	request := outlook.BacktestRequest{Layer: layer(t, "township"), Seed: 7}
	var texts [2]string
	for i := range texts {
		b, err := outlook.New(c.Store, c.Now).Backtest(t.Context(), request)
		require.NoError(t, err)
		require.False(t, b.MadeAt.IsZero())
		b.MadeAt = time.Time{}
		text, err := json.Marshal(b)
		require.NoError(t, err)
		texts[i] = string(text)
		require.Equal(t, 17, b.Report.Holdout)
		require.Contains(t, b.Markdown(), "gamma_poisson_52")
	}
	require.Equal(t, texts[0], texts[1])
	_, err := outlook.New(c.Store, c.Now).Backtest(t.Context(), outlook.BacktestRequest{Layer: request.Layer, Holdout: 50})
	require.Error(t, err)
}

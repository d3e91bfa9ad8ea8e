package outlook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/forecast/backtest"
	"reli/analytics/outlook"
	"reli/test/county"
)

func TestWholeEventsAddUpOverPlacesAndLevels(t *testing.T) {
	s := sharedService(county.Shared(t))
	below := map[string]map[string]int{} // by parent and horizon
	var total map[string]int
	for _, name := range []string{"grid", "village", "township", "county"} {
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, name)})
		sums, all := map[string]int{}, map[string]int{}
		for _, e := range f.Total {
			all[e.Horizon] = e.Whole
			require.InDelta(t, e.Mean, float64(e.Whole), .5, "%s %s", name, e.Horizon)
		}
		if total == nil {
			total = all
		}
		require.Equal(t, total, all, name)
		for _, p := range f.Places {
			for _, h := range p.Horizon {
				require.GreaterOrEqual(t, h.Whole, 0)
				sums[h.Horizon] += h.Whole
				if below[p.Parent] == nil {
					below[p.Parent] = map[string]int{}
				}
				below[p.Parent][h.Horizon] += h.Whole
				require.LessOrEqual(t, below[p.ID][h.Horizon], h.Whole, "%s %s: what lies in no part is not negative", p.Name, h.Horizon)
			}
		}
		for _, e := range f.Rest {
			require.Equal(t, all[e.Horizon], sums[e.Horizon]+e.Whole, "%s %s", name, e.Horizon)
		}
	}
}

// What forecasts give the places above the finest ones is the sum of their
// parts, and that is what the backtest scores and the verdict judges.
func TestTheCoherentSplitIsBacktested(t *testing.T) {
	s := sharedService(county.Shared(t))
	for _, name := range []string{"county", "township", "village", "grid"} {
		b, err := s.Backtest(t.Context(), outlook.BacktestRequest{Layer: layer(t, name)})
		require.NoError(t, err)
		for i, h := range b.Report.Horizons {
			given := h.Methods[len(h.Methods)-1]
			if name == "grid" {
				require.Equal(t, backtest.Model, given.Method, "a grid has no parts")
				continue
			}
			require.Equal(t, backtest.Coherent, given.Method)
			model := h.Methods[len(h.Methods)-2]
			require.Less(t, given.LogScore, 1.03*model.LogScore, "%s %s: to agree costs next to nothing", name, h.Horizon)
			require.Less(t, given.LogScore, h.Methods[1].LogScore, "%s %s: better than the mean of 52 weeks", name, h.Horizon)
			require.InDelta(t, given.LogScore, b.Skill[i].LogScore, 1e-4)
		}
	}
}

// Where the backtest says that the model is not better, the forecast says so
// and gives the baseline: here checked against the counts themselves.
func TestWhereTheModelIsNotBetterTheBaselineIsGiven(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	seen := map[bool]bool{}
	for _, categories := range [][]string{{"labour"}, nil} {
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "township"), Categories: categories, Horizon: "week_1"})
		require.Equal(t, f.Verdict.Better, f.HowGood.Horizons[0].Skill > 0, "%v", categories)
		require.Contains(t, f.HowGood.Zh, map[bool]string{true: "，优于基线", false: "不优于基线"}[f.Verdict.Better])
		require.Equal(t, 17, f.HowGood.Holdout)
		seen[f.Verdict.Better] = true
		if !f.Verdict.Better {
			require.Equal(t, "不优于基线", f.Verdict.Zh)
		}
		frames, err := c.Store.Frames(t.Context(), c.Store.Current(), cube.Selection{From: f.HistoryFrom, To: f.HistoryTo, Measure: cube.MeasureCount,
			Categories: categories}, cube.DimensionTownship, 0, cube.StepWeek)
		require.NoError(t, err)
		weekly := map[string]float64{}
		for i, code := range frames.Keys {
			for _, n := range frames.Counts[i] {
				weekly[code] += float64(n) / float64(len(frames.Begins))
			}
		}
		least, most := 1e9, 0.
		for _, p := range f.Places {
			least, most = min(least, weekly[p.ID]), max(most, weekly[p.ID])
		}
		for _, p := range f.Places {
			require.Equal(t, p.Verdict.Better, p.Use == "model", p.Name)
			if f.Baseline == backtest.Mean52 {
				require.InDelta(t, weekly[p.ID], p.Horizon[0].Baseline, 1e-9, p.Name)
				continue
			}
			// The gamma-Poisson baseline lies between the place's mean and that of all.
			require.GreaterOrEqual(t, p.Horizon[0].Baseline, least-1e-9)
			require.LessOrEqual(t, p.Horizon[0].Baseline, most+1e-9)
			require.InDelta(t, weekly[p.ID], p.Horizon[0].Baseline, .15*weekly[p.ID]+.1, p.Name)
		}
	}
	require.Len(t, seen, 2, "one category that is better and one that is not")
}

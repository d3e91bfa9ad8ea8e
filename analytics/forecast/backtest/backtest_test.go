package backtest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/forecast"
	"reli/analytics/forecast/score"
)

// syntheticPanel draws negative binomial counts of places with gamma rates;
// change may alter the observations afterwards.
func syntheticPanel(t testing.TB, weeks, places int, change func([]forecast.Observation) []forecast.Observation) *forecast.Panel {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	var observations []forecast.Observation
	for s := range places {
		rate := .05 + rng.ExpFloat64()
		for w := range weeks {
			n := score.Count{Mean: rate, Size: 2 * rate}.Quantile(rng.Float64())
			observations = append(observations, forecast.Observation{Series: s, Week: w, Count: n})
		}
	}
	if change != nil {
		observations = change(observations)
	}
	p, err := forecast.NewPanel(forecast.Spec{Weeks: weeks, FirstDay: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Groups: make([]int32, places), ByEvent: true}, observations)
	require.NoError(t, err)
	return p
}

func TestSameSeedSameReport(t *testing.T) {
	p := syntheticPanel(t, 90, 60, nil)
	run := func(seed uint64) string {
		r, err := Run(context.Background(), p, Options{Seed: seed})
		require.NoError(t, err)
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		return string(raw)
	}
	require.Equal(t, run(7), run(7))
	require.NotEqual(t, run(7), run(8))
}

// TestChoiceDoesNotSeeTheHoldout changes the held-out weeks beyond recognition.
func TestChoiceDoesNotSeeTheHoldout(t *testing.T) {
	const weeks, holdout = 90, 26
	plain, err := Run(context.Background(), syntheticPanel(t, weeks, 60, nil), Options{})
	require.NoError(t, err)
	changed, err := Run(context.Background(), syntheticPanel(t, weeks, 60, func(all []forecast.Observation) []forecast.Observation {
		for i := range all {
			if all[i].Week >= weeks-holdout {
				all[i].Count = 40 - all[i].Count
			}
		}
		return all
	}), Options{})
	require.NoError(t, err)
	require.Equal(t, plain.Choice, changed.Choice)
	require.NotEqual(t, plain.Horizons, changed.Horizons)
}

func TestModelIsNoWorseThanTheTruthAllows(t *testing.T) {
	r, err := Run(context.Background(), syntheticPanel(t, 120, 300, nil), Options{})
	require.NoError(t, err)
	for _, h := range r.Horizons {
		requireNoWorse(t, h, 0)
	}
	requireCalibrated(t, r.Horizons[forecast.Week1])
	requireCalibrated(t, r.Horizons[forecast.FourWeeks])
	require.Len(t, r.Places, r.Series)
}

func TestEventsOutsideKnownCellsAreCounted(t *testing.T) {
	r, err := Run(context.Background(), syntheticPanel(t, 80, 50, func(all []forecast.Observation) []forecast.Observation {
		for i := range all {
			if all[i].Series == 0 {
				all[i].Count = 0
				if all[i].Week >= 70 {
					all[i].Count = 5
				}
			}
		}
		return all
	}), Options{})
	require.NoError(t, err)
	require.Equal(t, 49, r.Series)
	require.Greater(t, r.Outside, .01)
}

func TestShortPanelIsRefused(t *testing.T) {
	_, err := Run(context.Background(), syntheticPanel(t, 30, 5, nil), Options{})
	var short *ShortError
	require.ErrorAs(t, err, &short)
	require.Equal(t, 34, short.Need)
}

func TestCancelEndsTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := Run(ctx, syntheticPanel(t, 90, 20, nil), Options{Progress: func(done, total int) {
		calls++
		require.Equal(t, 26, total)
		if done == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, calls)
}

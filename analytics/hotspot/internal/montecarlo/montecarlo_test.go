package montecarlo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"reli/analytics/hotspot/internal/montecarlo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func uniform() func(*rand.Rand) float64 { return func(r *rand.Rand) float64 { return r.Float64() } }

func TestValuesDependOnTheSeedNotOnTheWorkers(t *testing.T) {
	run := func(seed uint64, workers int) []float64 {
		v, _, err := montecarlo.Maxima(t.Context(),
			montecarlo.Plan{Replications: 100, Seed: seed, Workers: workers}, 2, uniform)
		require.NoError(t, err)
		return v
	}
	require.Equal(t, run(1, 1), run(1, 7))
	require.NotEqual(t, run(1, 1), run(2, 1))
}

func TestStopsAtTheReplicationThatCompletesTheHits(t *testing.T) {
	plan := montecarlo.Plan{Replications: 1000, StopAfter: 10, Seed: 1, Workers: 3}
	values, stopped, err := montecarlo.Maxima(t.Context(), plan, 0.5, uniform)
	require.NoError(t, err)
	require.True(t, stopped)
	hits := 0
	for _, v := range values {
		if v >= 0.5 {
			hits++
		}
	}
	require.Equal(t, 10, hits)
	require.GreaterOrEqual(t, values[len(values)-1], 0.5)
	require.InDelta(t, 10/float64(len(values)), montecarlo.P(values, stopped, 0.5), 1e-12)
}

func TestPCountsTheObservedDataSetIn(t *testing.T) {
	require.InDelta(t, 0.25, montecarlo.P([]float64{1, 2, 3}, false, 4), 1e-12)
	require.InDelta(t, 0.5, montecarlo.P([]float64{1, 2, 3}, false, 3), 1e-12)
}

func TestErrorsAndCancellationEndTheRun(t *testing.T) {
	broken := errors.New("broken")
	err := montecarlo.Each(t.Context(), 0, 100, 4, func() func(int) error {
		return func(i int) error {
			if i == 50 {
				return broken
			}
			return nil
		}
	})
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = montecarlo.Maxima(ctx, montecarlo.Plan{Replications: 10}, 0, uniform)
	require.ErrorIs(t, err, context.Canceled)
}

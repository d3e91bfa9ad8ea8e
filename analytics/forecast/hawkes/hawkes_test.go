package hawkes

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBranchingRatioIsRecovered(t *testing.T) {
	truth := Process{Background: 1, Branching: .4, Decay: .5}
	for seed := range uint64(5) {
		times := truth.Simulate(3000, rand.New(rand.NewPCG(seed, 7)))
		fit, err := New(times, 3000)
		require.NoError(t, err)
		require.Less(t, fit.BranchingError, .1)
		require.InDelta(t, truth.Branching, fit.Branching, 3*fit.BranchingError)
		require.Greater(t, fit.Gain, 50.)
	}
}

func TestNoExcitementIsFoundWhereThereIsNone(t *testing.T) {
	times := Process{Background: 1, Branching: 0, Decay: 1}.Simulate(2000, rand.New(rand.NewPCG(3, 3)))
	fit, err := New(times, 2000)
	require.NoError(t, err)
	require.Less(t, fit.Branching, .08)
	require.Less(t, fit.Gain, 5.)
}

// TestRecursionEqualsTheDoubleSum compares the O(n) likelihood with its
// definition.
func TestRecursionEqualsTheDoubleSum(t *testing.T) {
	p := Process{Background: .7, Branching: .3, Decay: 2}
	times := p.Simulate(60, rand.New(rand.NewPCG(5, 5)))
	require.InDelta(t, slowLogLik(p, times, 60), p.LogLik(times, 60), 1e-8)
}

func TestBadTimesAreRefused(t *testing.T) {
	_, err := New([]float64{1, 2}, 3)
	require.ErrorIs(t, err, ErrFew)
	times := make([]float64, 30)
	times[3] = 5
	_, err = New(times, 10)
	require.ErrorIs(t, err, ErrOrder)
}

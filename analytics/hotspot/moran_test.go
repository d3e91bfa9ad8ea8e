package hotspot_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot"
)

func TestMoranWorkedOutByHand(t *testing.T) {
	// Chain 1, 2, 3, 4: z = −1.5, −.5, .5, 1.5; Σz² = 5; each of three links counts twice.
	m, err := hotspot.MoranI([]float64{1, 2, 3, 4}, chain(t, 4))
	require.NoError(t, err)
	require.InDelta(t, 4.0/6*2*(0.75-0.25+0.75)/5, m.I, 1e-12)
	require.InDelta(t, -1.0/3, m.Expected, 1e-12)
	// S0 = 6, S1 = 12, S2 = 4+16+16+4 = 40.
	require.InDelta(t, (16.0*12-4*40+3*36)/(36*15)-1.0/9, m.NormalVariance, 1e-12)
	require.True(t, m.Defined)
}

// Under randomisation the moments are those of all orders of the values.
func TestRandomisationMomentsAreThoseOfAllOrders(t *testing.T) {
	x := []float64{0, 1, 1, 4, 9}
	w, err := hotspot.FromNeighbours([][]int{{1}, {0, 2, 3}, {1}, {2, 4}, {3}}) // not symmetric
	require.NoError(t, err)
	for _, weights := range []*hotspot.Weights{w, w.RowStandardised()} {
		m, err := hotspot.MoranI(x, weights)
		require.NoError(t, err)
		var sum, squares, n float64
		permutations([]float64{0, 1, 1, 4, 9}, func(y []float64) {
			p, err := hotspot.MoranI(y, weights)
			require.NoError(t, err)
			sum += p.I
			squares += p.I * p.I
			n++
		})
		require.InDelta(t, m.Expected, sum/n, 1e-12)
		require.InDelta(t, m.RandomVariance, squares/n-sum*sum/n/n, 1e-12)
	}
}

func TestMoranIsUndefinedWhereAllTouchAll(t *testing.T) {
	w, err := hotspot.FromNeighbours([][]int{{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}})
	require.NoError(t, err)
	m, err := hotspot.MoranI([]float64{1, 2, 3, 5}, w)
	require.NoError(t, err)
	require.False(t, m.Defined)
	require.Zero(t, m.RandomZ)
	none, err := hotspot.FromNeighbours(make([][]int, 4))
	require.NoError(t, err)
	_, err = hotspot.MoranI([]float64{1, 2, 3, 5}, none)
	requireCode(t, hotspot.BadWeights, err)
}

func TestLocalMoranSumsToTheGlobalOneAndNamesItsQuadrant(t *testing.T) {
	w := hexWeights(t, 9, 9).RowStandardised()
	x := poissonMap(3, 81, 2)
	for _, i := range w.Row(40) {
		x[i] += 9
	}
	x[40] += 9
	global, err := hotspot.MoranI(x, w)
	require.NoError(t, err)
	local, err := hotspot.LocalMoranI(t.Context(), x, w, hotspot.Draws{N: 999, Seed: 1})
	require.NoError(t, err)
	var sum float64
	for _, l := range local {
		sum += l.I / 81
		require.True(t, l.P > 0 && l.P <= 1)
		require.False(t, math.IsNaN(l.Z))
	}
	require.InDelta(t, global.I, sum, 1e-12)
	require.Equal(t, hotspot.HighHigh, local[40].Quadrant)
	require.LessOrEqual(t, local[40].P, 0.01)
}

func TestLocalMoranOfALonelyCellIsUndefined(t *testing.T) {
	w, err := hotspot.FromNeighbours([][]int{{}, {2}, {1}, {2}})
	require.NoError(t, err)
	local, err := hotspot.LocalMoranI(t.Context(), []float64{5, 1, 3, 2}, w, hotspot.Draws{N: 99})
	require.NoError(t, err)
	require.Equal(t, hotspot.LocalMoran{P: 1}, local[0])
	require.Equal(t, hotspot.LowHigh, local[1].Quadrant)
	require.Equal(t, hotspot.HighLow, local[2].Quadrant)
}

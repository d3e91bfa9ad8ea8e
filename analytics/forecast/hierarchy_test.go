package forecast

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/forecast/score"
)

func anyTree(t *rapid.T) ([]int, []float64) {
	n := rapid.IntRange(1, 60).Draw(t, "nodes")
	parents, counts := []int{-1}, []float64{0}
	for i := 1; i < n; i++ {
		parents = append(parents, rapid.IntRange(0, i-1).Draw(t, "parent"))
		counts = append(counts, float64(rapid.IntRange(0, 40).Draw(t, "count")))
	}
	return parents, counts
}

// requireCoherent checks that every parent is exactly the sum of its children.
func requireCoherent(t require.TestingT, parents, values []int, top int) {
	sums := make([]int, len(parents))
	inner := make([]bool, len(parents))
	for i, parent := range parents {
		require.GreaterOrEqual(t, values[i], 0)
		if parent >= 0 {
			sums[parent] += values[i]
			inner[parent] = true
		} else {
			require.Equal(t, top, values[i])
		}
	}
	for i := range parents {
		if inner[i] {
			require.Equal(t, values[i], sums[i])
		}
	}
}

func TestSumsAgreeExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parents, counts := anyTree(t)
		h, err := NewHierarchy(parents)
		require.NoError(t, err)
		s, err := h.Shares(counts)
		require.NoError(t, err)
		total := rapid.IntRange(0, 100000).Draw(t, "total")
		requireCoherent(t, parents, s.Split(total), total)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		requireCoherent(t, parents, s.Draw(total, rng), total)
	})
}

func TestSharesShrinkTowardEqualParts(t *testing.T) {
	h, err := NewHierarchy([]int{-1, 0, 0, 0, 0})
	require.NoError(t, err)
	s, err := h.Shares([]float64{0, 40, 10, 0, 0})
	require.NoError(t, err)
	require.Less(t, s.Share(1), .8)
	require.Greater(t, s.Share(1), .6)
	require.Greater(t, s.Share(3), 0.)
	even, err := h.Shares([]float64{0, 10, 11, 10, 9})
	require.NoError(t, err)
	require.InDelta(t, .25, even.Share(2), .001)
	none, err := h.Shares(make([]float64, 5))
	require.NoError(t, err)
	require.InDelta(t, .25, none.Share(1), 1e-9)
}

func TestDrawsHaveTheSharesAsMeans(t *testing.T) {
	h, err := NewHierarchy([]int{-1, 0, 0, 1, 1, 2})
	require.NoError(t, err)
	s, err := h.Shares([]float64{0, 0, 0, 60, 20, 40})
	require.NoError(t, err)
	top := score.Count{Mean: 50, Size: 10}
	const draws = 4000
	sums := make([]float64, 6)
	for _, row := range s.Simulate(top, draws, rand.New(rand.NewPCG(6, 6))) {
		for i, n := range row {
			sums[i] += float64(n) / draws
		}
	}
	require.InDelta(t, 50, sums[0], 1)
	require.InDelta(t, 50*s.Share(1)*s.Share(3), sums[3], 1)
	require.InDelta(t, 50*s.Share(2), sums[5], 1)
}

func TestBadTreesAreRefused(t *testing.T) {
	for code, parents := range map[string][]int{
		"empty": nil, "bad_parent": {-1, 7}, "no_root": {1, 0}, "two_roots": {-1, -1}, "cycle": {-1, 2, 1},
	} {
		_, err := NewHierarchy(parents)
		var bad *HierarchyError
		require.ErrorAs(t, err, &bad, code)
		require.Equal(t, code, bad.Code)
	}
	h, err := NewHierarchy([]int{-1, 0})
	require.NoError(t, err)
	_, err = h.Shares([]float64{0, -1})
	require.Error(t, err)
}

package hotspot_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// requireCode checks that an error names its kind.
func requireCode(t *testing.T, code hotspot.Code, err error, about ...any) {
	t.Helper()
	var input *hotspot.InputError
	require.ErrorAs(t, err, &input, about...)
	require.Equal(t, code, input.Code, about...)
	require.NotEmpty(t, input.Error())
}

// chain links n cells in a row.
func chain(t testing.TB, n int) *hotspot.Weights {
	t.Helper()
	var pairs [][2]int
	for i := 1; i < n; i++ {
		pairs = append(pairs, [2]int{i - 1, i})
	}
	w, err := hotspot.FromPairs(n, pairs)
	require.NoError(t, err)
	return w
}

func TestThreeBuildersGiveTheSameWeights(t *testing.T) {
	cells := []string{"a", "b", "c"}
	around := map[string][]string{"a": {"a", "b", "outside"}, "b": {"c", "a", "a"}, "c": {"b"}}
	rings, err := hotspot.FromRings(cells, func(c string) []string { return around[c] })
	require.NoError(t, err)
	lists, err := hotspot.FromNeighbours([][]int{{1, 1}, {2, 0}, {1}})
	require.NoError(t, err)
	require.Equal(t, lists, rings)
	require.Equal(t, lists, chain(t, 3))
	require.Equal(t, []int32{0, 2}, lists.Row(1))
	require.False(t, lists.HasSelf())
}

func TestSelfAndRowStandardisation(t *testing.T) {
	w := chain(t, 3)
	self := w.WithSelf()
	require.Equal(t, []int32{0, 1, 2}, self.Row(1))
	require.Equal(t, []int32{1, 2}, self.Row(2))
	require.True(t, self.HasSelf())
	require.Same(t, self, self.WithSelf())
	require.InDelta(t, 1.0, w.Weight(1), 0)
	require.InDelta(t, 0.5, w.RowStandardised().Weight(1), 0)
	require.InDelta(t, 1.0/3, w.RowStandardised().WithSelf().Weight(1), 1e-15)
	require.InDelta(t, 1.0, w.RowStandardised().Binary().Weight(1), 0)
	lonely, err := hotspot.FromNeighbours([][]int{{}, {}})
	require.NoError(t, err)
	require.Zero(t, lonely.RowStandardised().Weight(0))
}

func TestBadNeighboursAreNamed(t *testing.T) {
	_, err := hotspot.FromNeighbours(nil)
	requireCode(t, hotspot.TooFew, err)
	for _, lists := range [][][]int{{{1}}, {{-1}}, {{0}}} {
		_, err = hotspot.FromNeighbours(lists)
		requireCode(t, hotspot.BadNeighbour, err)
	}
	_, err = hotspot.FromRings([]int{7, 7}, func(int) []int { return nil })
	requireCode(t, hotspot.BadNeighbour, err)
	_, err = hotspot.FromPairs(2, [][2]int{{0, 2}})
	requireCode(t, hotspot.BadNeighbour, err)
	_, err = hotspot.FromPairs(0, nil)
	requireCode(t, hotspot.TooFew, err)
}

func TestBenjaminiHochbergWorkedOutByHand(t *testing.T) {
	q, err := hotspot.BenjaminiHochberg([]float64{0.04, 0.01, 0.9, 0.03})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{4 * 0.04 / 3, 0.04, 0.9, 4 * 0.04 / 3}, q, 1e-15)
	q, err = hotspot.BenjaminiHochberg(nil)
	require.NoError(t, err)
	require.Empty(t, q)
	for _, bad := range []float64{-0.1, 1.1, nan()} {
		_, err = hotspot.BenjaminiHochberg([]float64{bad})
		requireCode(t, hotspot.NotFinite, err)
	}
}

// The step-up rule: reject the k smallest p, k the largest with p_(k) ≤ kα/m.
func TestAdjustedPValuesRejectWhatTheStepUpRuleRejects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 40).Draw(t, "p")
		alpha := rapid.Float64Range(0.001, 0.5).Draw(t, "alpha")
		q, err := hotspot.BenjaminiHochberg(p)
		require.NoError(t, err)
		sorted := slices.Sorted(slices.Values(p))
		cut := -1.0
		for k, v := range sorted {
			if v*float64(len(p))/float64(k+1) <= alpha {
				cut = v
			}
		}
		for i := range p {
			require.Equal(t, p[i] <= cut, q[i] <= alpha)
			require.GreaterOrEqual(t, q[i], p[i]*(1-1e-15))
		}
	})
}

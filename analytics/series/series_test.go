package series_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/series"
)

func TestCountsChangeInPerCentWithTheirBase(t *testing.T) {
	c := series.OfCounts(4, 33)
	require.InDelta(t, -87.9, *c.Percent, 1e-12)
	require.Equal(t, "-87.9%（基数 33）", c.Zh)
	c = series.OfCounts(12, 0)
	require.Nil(t, c.Percent)
	require.Equal(t, series.None, c.Zh)
	require.Equal(t, series.None, c.En)
	require.Equal(t, 12., c.Difference)
}

func TestSharesChangeInPoints(t *testing.T) {
	c := series.OfShares(9531, 10000, 85, 100)
	require.Equal(t, 95.31, *c.Value)
	require.Equal(t, 10.31, *c.Points)
	require.Equal(t, "+10.31 个百分点（基数 85%）", c.Zh)
	c = series.OfShares(5, 10, 0, 0)
	require.Equal(t, 50., *c.Value)
	require.Nil(t, c.Base)
	require.Nil(t, c.Points)
	require.Equal(t, series.None, c.Zh)
	require.Nil(t, series.OfShares(0, 0, 1, 2).Value, "a share of nothing is not 0 %")
}

func TestMovingAverageIsTheMeanOfItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Int64Range(0, 1000)).Draw(t, "values")
		known := rapid.SliceOfN(rapid.Bool(), len(values), len(values)).Draw(t, "known")
		width := rapid.IntRange(1, 4).Draw(t, "width")
		got := series.MovingAverage(values, known, width)
		require.Len(t, got, len(values))
		for i := range values {
			sum, all := int64(0), i >= width-1
			for j := max(0, i-width+1); j <= i; j++ {
				sum += values[j]
				all = all && known[j]
			}
			if !all {
				require.Nil(t, got[i])
				continue
			}
			require.InDelta(t, float64(sum)/float64(width), *got[i], 1e-9)
		}
	})
}

func TestASilenceOfABusySeriesIsMissing(t *testing.T) {
	y := make([]int64, 60)
	for i := range y {
		y[i] = 10
	}
	for i := 30; i < 34; i++ {
		y[i] = 0
	}
	y[50] = 0
	silent := series.Silent(y)
	for i := range y {
		require.Equal(t, i >= 30 && i < 34, silent[i], "step %d: one quiet step of 10 expected is no silence", i)
	}
	late := append(make([]int64, 10), y[:20]...)
	require.True(t, series.Silent(late)[0], "a source that began later")
	require.NotContains(t, series.Silent(make([]int64, 60)), true, "nothing is expected of nothing")
	require.NotContains(t, series.Silent([]int64{1, 0, 0, 0, 0, 1, 0, 0, 0}), true)
	require.Empty(t, series.Silent(nil))
}

func TestAJumpIsToldFromChance(t *testing.T) {
	y := make([]int64, 56)
	for i := range y {
		y[i] = 20
	}
	_, ok := series.Jump(y, nil, 4)
	require.False(t, ok)
	for i := 52; i < 56; i++ {
		y[i] = 60
	}
	ratio, ok := series.Jump(y, nil, 4)
	require.True(t, ok)
	require.InDelta(t, 3, ratio, .05)
	missing := make([]bool, 56)
	for i := 52; i < 56; i++ {
		y[i], missing[i] = 0, true
	}
	_, ok = series.Jump(y, missing, 4)
	require.False(t, ok, "a silence is no fall")
	_, ok = series.Jump(y[:10], nil, 4)
	require.False(t, ok)
	_, ok = series.Jump(nil, nil, 4)
	require.False(t, ok)
	_, ok = series.Jump([]int64{1, 0, 1, 0, 1, 0, 1, 0, 1, 3, 0, 2, 1}, nil, 4)
	require.False(t, ok, "6 instead of 2.2 may be chance")
}

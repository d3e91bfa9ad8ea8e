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
	require.Nil(t, c.Points)
	require.Equal(t, "-87.9%(基数 33)", c.Zh)
	c = series.OfCounts(12, 0)
	require.Nil(t, c.Percent)
	require.Equal(t, series.None, c.Zh)
	require.Equal(t, series.None, c.En)
	require.Equal(t, 12., c.Difference)
}

func TestSharesChangeInPoints(t *testing.T) {
	c := series.OfShares(95.31, 85, true)
	require.Nil(t, c.Percent)
	require.Equal(t, 10.31, *c.Points)
	require.Equal(t, "+10.31 个百分点(基数 85%)", c.Zh)
	c = series.OfShares(95.31, 0, false)
	require.Nil(t, c.Points)
	require.Equal(t, series.None, c.Zh)
}

func TestMovingAverageIsTheMeanOfItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Int64Range(0, 1000)).Draw(t, "values")
		width := rapid.IntRange(1, 10).Draw(t, "width")
		got := series.MovingAverage(values, width)
		require.Len(t, got, len(values))
		for i := range values {
			if i < width-1 {
				require.Nil(t, got[i])
				continue
			}
			sum := int64(0)
			for _, v := range values[i-width+1 : i+1] {
				sum += v
			}
			require.InDelta(t, float64(sum)/float64(width), *got[i], 1e-9)
		}
	})
}

package hotspot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot"
)

// BenchmarkGiStarFDR30000x52 is the county's finest map: 30,000 cells, 52 weeks,
// scores, exact p-values and the correction for every week.
func BenchmarkGiStarFDR30000x52(b *testing.B) {
	const side, weeks = 173, 52
	w := hexWeights(b, side, side).WithSelf()
	maps := make([][]float64, weeks)
	for t := range maps {
		maps[t] = poissonMap(uint64(t), side*side, 0.3)
	}
	for b.Loop() {
		for _, x := range maps {
			_, err := hotspot.Detect(b.Context(), x, w, hotspot.DetectOptions{})
			require.NoError(b, err)
		}
	}
}

// BenchmarkGiStarRates30000 is one map of rates, whose p-values are sampled.
func BenchmarkGiStarRates30000(b *testing.B) {
	const side = 173
	w := hexWeights(b, side, side).WithSelf()
	x := poissonMap(1, side*side, 0.3)
	for i := range x {
		x[i] += float64(i%7) * 0.013
	}
	for b.Loop() {
		_, err := hotspot.Detect(b.Context(), x, w, hotspot.DetectOptions{Seed: 1})
		require.NoError(b, err)
	}
}

func BenchmarkEmerging30000x52(b *testing.B) {
	const side, weeks = 173, 52
	w := hexWeights(b, side, side).WithSelf()
	cube := hotspot.Cube{Steps: weeks, Cells: side * side, Values: poissonMap(3, side*side*weeks, 0.3)}
	for b.Loop() {
		_, err := hotspot.EmergingHotSpots(b.Context(), cube, w, hotspot.EmergingOptions{})
		require.NoError(b, err)
	}
}

func BenchmarkConditionalP30000(b *testing.B) {
	const side = 173
	w := hexWeights(b, side, side)
	x := poissonMap(1, side*side, 0.3)
	for b.Loop() {
		_, err := hotspot.ConditionalP(b.Context(), x, w, hotspot.Upper, hotspot.Draws{N: 999, Seed: 1})
		require.NoError(b, err)
	}
}

package hotspot_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot"
)

// hexWeights builds a made-up map of hexagons, columns by rows, odd rows shifted.
func hexWeights(t testing.TB, columns, rows int) *hotspot.Weights {
	t.Helper()
	neighbours := make([][]int, columns*rows)
	for r := range rows {
		for c := range columns {
			shift := r % 2
			for _, d := range [][2]int{{-1, 0}, {1, 0}, {shift - 1, -1}, {shift, -1}, {shift - 1, 1}, {shift, 1}} {
				if x, y := c+d[0], r+d[1]; x >= 0 && x < columns && y >= 0 && y < rows {
					neighbours[r*columns+c] = append(neighbours[r*columns+c], y*columns+x)
				}
			}
		}
	}
	w, err := hotspot.FromNeighbours(neighbours)
	require.NoError(t, err)
	return w
}

// poissonMap draws n independent counts with one mean: a map without hot spots.
func poissonMap(seed uint64, n int, mean float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 11))
	x := make([]float64, n)
	for i := range x {
		x[i] = poisson(rng, mean)
	}
	return x
}

func poisson(rng *rand.Rand, mean float64) float64 {
	limit, product, k := math.Exp(-mean), rng.Float64(), 0.0
	for product > limit {
		product *= rng.Float64()
		k++
	}
	return k
}

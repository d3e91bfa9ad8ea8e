package scan_test

import (
	"math/rand/v2"

	"reli/analytics/hotspot/scan"
)

// county makes places scattered over a square with unequal populations and cases
// thrown over places and steps in proportion to them: no cluster.
func county(seed uint64, places, steps, total int) (points []scan.Point, cases []int, population []float64) {
	rng := rand.New(rand.NewPCG(seed, 5))
	var sum float64
	for range places {
		points = append(points, scan.Point{X: 50 * rng.Float64(), Y: 50 * rng.Float64()})
		people := 200 + 800*rng.Float64()
		population = append(population, people)
		sum += people
	}
	cases = make([]int, places*steps)
	for range total {
		cases[pick(rng, population, sum)*steps+rng.IntN(steps)]++
	}
	return points, cases, population
}

// pick draws a place in proportion to its population.
func pick(rng *rand.Rand, population []float64, sum float64) int {
	left := rng.Float64() * sum
	for i, people := range population {
		if left -= people; left < 0 {
			return i
		}
	}
	return len(population) - 1
}

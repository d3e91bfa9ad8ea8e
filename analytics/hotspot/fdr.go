package hotspot

import (
	"math"
	"slices"
)

// Tail says which deviations count as evidence.
type Tail uint8

// The tails of a test.
const (
	Upper    Tail = iota // larger than expected: hot
	Lower                // smaller than expected: cold
	TwoSided             // either
)

// NormalP returns the probability of a standard normal at least as extreme as z.
func NormalP(z float64, tail Tail) float64 {
	switch tail {
	case Upper:
		return math.Erfc(z/math.Sqrt2) / 2
	case Lower:
		return math.Erfc(-z/math.Sqrt2) / 2
	default:
		return math.Erfc(math.Abs(z) / math.Sqrt2)
	}
}

// twoTails folds an upper and a lower tail probability into the one asked for;
// two-sided is twice the smaller one, at most 1.
func twoTails(upper, lower float64, tail Tail) float64 {
	switch tail {
	case Upper:
		return upper
	case Lower:
		return lower
	default:
		return min(1, 2*min(upper, lower))
	}
}

// BenjaminiHochberg returns the adjusted p-values q of Benjamini and Hochberg
// (1995): q_(i) = min over j ≥ i of p_(j)·m/j, at most 1. Rejecting q ≤ α keeps the
// expected share of false alarms among all alarms at or below α; on a map without
// any hot spot that is the chance of any alarm at all.
// A p outside [0, 1] is refused; tests that could not be made count as p = 1.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, RefuseAt(NotFinite, "p", i, "must lie in [0, 1]")
		}
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return b - a
	})
	q := make([]float64, len(p))
	m := float64(len(p))
	least := 1.0
	for k, i := range order {
		least = min(least, p[i]*m/(m-float64(k)))
		q[i] = least
	}
	return q, nil
}

package scan

import "math/rand/v2"

// newPoissonReplicator draws the observed number of cases over places and steps in
// proportion to the expected ones, as the Poisson model given its total has it.
func newPoissonReplicator(table *aliasTable, total int) replicator {
	return func(rng *rand.Rand, counts []int) {
		clear(counts)
		for range total {
			counts[table.draw(rng)]++
		}
	}
}

// newPermutationReplicator shuffles the steps among the cases, which keeps the
// totals of every place and of every step.
func newPermutationReplicator(s *study) replicator {
	place := make([]int32, 0, s.total)
	step := make([]int32, 0, s.total)
	for i, c := range s.cases {
		for range c {
			place = append(place, int32(i/s.steps))
			step = append(step, int32(i%s.steps))
		}
	}
	work := make([]int32, len(step))
	return func(rng *rand.Rand, counts []int) {
		clear(counts)
		// From the same start each time: the draw depends on rng alone.
		copy(work, step)
		for i := len(work) - 1; i > 0; i-- {
			j := int(rng.Uint32N(uint32(i + 1)))
			work[i], work[j] = work[j], work[i]
		}
		for i, p := range place {
			counts[int(p)*s.steps+int(work[i])]++
		}
	}
}

// aliasTable draws positions in proportion to weights in constant time (Vose 1991).
type aliasTable struct {
	keep  []float64
	other []int32
}

func newAliasTable(weights []float64) *aliasTable {
	n := len(weights)
	var sum float64
	for _, v := range weights {
		sum += v
	}
	t := &aliasTable{keep: make([]float64, n), other: make([]int32, n)}
	var small, large []int32
	for i, v := range weights {
		t.keep[i] = v * float64(n) / sum
		t.other[i] = int32(i)
		if t.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		t.other[s] = l
		t.keep[l] -= 1 - t.keep[s]
		if t.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	// What is left is 1 but for rounding; an impossible place must stay impossible.
	for _, i := range append(small, large...) {
		if weights[i] > 0 {
			t.keep[i] = 1
		} else {
			t.other[i] = heaviest(weights)
		}
	}
	return t
}

func heaviest(weights []float64) int32 {
	best := 0
	for i, v := range weights {
		if v > weights[best] {
			best = i
		}
	}
	return int32(best)
}

func (t *aliasTable) draw(rng *rand.Rand) int {
	i := rng.IntN(len(t.keep))
	if rng.Float64() < t.keep[i] {
		return i
	}
	return int(t.other[i])
}

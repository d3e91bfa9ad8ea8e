package hotspot

import (
	"context"
	"math/rand/v2"
	"slices"

	"reli/analytics/hotspot/internal/montecarlo"
)

// sampleChunk is the number of draws of one piece of work.
const sampleChunk = 1 << 14

// Draws says how random p-values are made.
type Draws struct {
	N       int    // number of random draws; the smallest p-value is 1/(N+1)
	Seed    uint64 // same seed, same answer
	Workers int    // goroutines; below 1 means one a processor
}

// SampledP is CountP for values that are not counts (rates): the law of the sum of
// m cells is sampled N times for every degree m instead of computed. The p-value
// is (hits+1)/(N+1). w must have self.
func SampledP(ctx context.Context, x []float64, w *Weights, tail Tail, d Draws) ([]float64, error) {
	tails, err := sampledTails(ctx, x, w, d)
	if err != nil {
		return nil, err
	}
	p := make([]float64, len(x))
	for i := range p {
		p[i] = twoTails(tails.upper[i], tails.lower[i], tail)
	}
	return p, nil
}

func sampledTails(ctx context.Context, x []float64, w *Weights, d Draws) (tailPair, error) {
	if err := checkMap(x, w, true); err != nil {
		return tailPair{}, err
	}
	if d.N < 1 {
		return tailPair{}, Refuse(BadOption, "draws", "at least one draw is needed")
	}
	byDegree := map[int][]int{}
	for i := range x {
		byDegree[w.Degree(i)] = append(byDegree[w.Degree(i)], i)
	}
	t := newTailPair(len(x))
	for m, cells := range byDegree {
		if m == len(x) {
			continue
		}
		sums := make([]float64, len(cells))
		for k, i := range cells {
			sums[k] = w.sum(i, x)
		}
		tails, err := sampleSums(ctx, x, m, sums, d)
		if err != nil {
			return tailPair{}, err
		}
		for k, i := range cells {
			t.upper[i], t.lower[i] = tails.upper[k], tails.lower[k]
		}
	}
	return t, nil
}

// sampleSums returns the tail p-values of the observed sums of m cells.
func sampleSums(ctx context.Context, x []float64, m int, sums []float64, d Draws) (tailPair, error) {
	marks := slices.Clone(sums)
	slices.Sort(marks)
	marks = slices.Compact(marks)
	chunks := (d.N + sampleChunk - 1) / sampleChunk
	// above[c][k]: draws of chunk c that reach mark k−1 but not mark k.
	above, equal := make([][]int64, chunks), make([][]int64, chunks)
	err := montecarlo.Each(ctx, 0, chunks, d.Workers, func() func(int) error {
		draw := newDrawer(len(x))
		return func(c int) error {
			above[c], equal[c] = make([]int64, len(marks)+1), make([]int64, len(marks))
			rng := montecarlo.Rand(d.Seed^uint64(m)<<32, c)
			for range min(sampleChunk, d.N-c*sampleChunk) {
				place(draw.sum(rng, x, m), marks, above[c], equal[c])
			}
			return nil
		}
	})
	if err != nil {
		return tailPair{}, err
	}
	return placedTails(sums, marks, above, equal, d.N), nil
}

// dust is the relative slack within which two sums of the same numbers, added in
// different order, count as equal.
const dust = 1e-10

// place files one drawn sum among the observed ones.
func place(s float64, marks []float64, above, equal []int64) {
	slack := dust * (1 + max(s, -s))
	k, _ := slices.BinarySearch(marks, s-slack)
	if k < len(marks) && marks[k] <= s+slack {
		equal[k]++
		return
	}
	above[k]++
}

// placedTails turns filed draws into p-values with the observed map counted in.
func placedTails(sums, marks []float64, above, equal [][]int64, n int) tailPair {
	below := make([]int64, len(marks)) // draws strictly below mark k
	ties := make([]int64, len(marks))
	for c := range above {
		for k := range marks {
			below[k] += above[c][k]
			ties[k] += equal[c][k]
		}
	}
	var sum int64
	for k := range below {
		sum += below[k]
		below[k] = sum
		sum += ties[k]
	}
	t := newTailPair(len(sums))
	for i, s := range sums {
		k, _ := slices.BinarySearch(marks, s)
		t.upper[i] = float64(int64(n)-below[k]+1) / float64(n+1)
		t.lower[i] = float64(below[k]+ties[k]+1) / float64(n+1)
	}
	return t
}

// drawer draws distinct positions; it is reused so that drawing allocates nothing.
type drawer struct {
	taken []uint32 // draw number in which a position was last taken
	now   uint32
}

func newDrawer(n int) *drawer { return &drawer{taken: make([]uint32, n)} }

// begin starts a new draw in which no position is taken.
func (d *drawer) begin() {
	d.now++
	if d.now == 0 { // the counter went round: old marks would look fresh
		clear(d.taken)
		d.now = 1
	}
}

// take returns a position not yet taken in this draw.
func (d *drawer) take(rng *rand.Rand) int {
	for {
		i := int(rng.Uint32N(uint32(len(d.taken))))
		if d.taken[i] != d.now {
			d.taken[i] = d.now
			return i
		}
	}
}

// sum adds m values drawn without replacement. Of more than half of the cells it
// draws the ones left out, so that few tries are wasted.
func (d *drawer) sum(rng *rand.Rand, x []float64, m int) float64 {
	d.begin()
	var s float64
	if 2*m <= len(x) {
		for range m {
			s += x[d.take(rng)]
		}
		return s
	}
	for range len(x) - m {
		d.take(rng)
	}
	for i, v := range x {
		if d.taken[i] != d.now {
			s += v
		}
	}
	return s
}

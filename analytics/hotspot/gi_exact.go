package hotspot

import (
	"math"
	"slices"
)

// exactWork bounds the steps of one exact distribution (about a second); denser
// maps have sums near enough to their limit law for sampled p-values.
const exactWork = 5e8

// CountP returns the exact permutation p-value of Gi* for every cell of a map of
// counts: the chance that the neighbourhood's sum is at least (Upper) or at most
// (Lower) the observed one when the map's values are dealt out to its cells at
// random. Sums of m cells follow a finite-population law that is computed exactly,
// value by value (a multivariate hypergeometric recursion), so p-values far below
// one over the number of permutations are exact too, which the correction for
// thousands of cells needs and the normal p-value of a sparse map does not give.
//
// x must hold whole numbers ≥ 0 (NotCount otherwise) and w must have self. A map
// that would take too long gives TooMany. Cells for which Gi* is not defined get 1.
func CountP(x []float64, w *Weights, tail Tail) ([]float64, error) {
	tails, err := countTails(x, w)
	if err != nil {
		return nil, err
	}
	p := make([]float64, len(x))
	for i := range p {
		p[i] = twoTails(tails.upper[i], tails.lower[i], tail)
	}
	return p, nil
}

// tailPair holds both tail probabilities a cell, 1 where not defined.
type tailPair struct{ upper, lower []float64 }

func newTailPair(n int) tailPair {
	t := tailPair{upper: make([]float64, n), lower: make([]float64, n)}
	for i := range n {
		t.upper[i], t.lower[i] = 1, 1
	}
	return t
}

func countTails(x []float64, w *Weights) (tailPair, error) {
	if err := checkMap(x, w, true); err != nil {
		return tailPair{}, err
	}
	values, copies, err := tally(x)
	if err != nil {
		return tailPair{}, err
	}
	sums := make([]int, len(x))
	most := map[int]int{} // degree → largest sum observed
	for i := range x {
		sums[i] = int(w.sum(i, x))
		most[w.Degree(i)] = max(most[w.Degree(i)], sums[i])
	}
	laws := make(map[int]sumLaw, len(most))
	logs := logFactorials(len(x))
	for m, largest := range most {
		if m == len(x) {
			continue
		}
		if float64(len(values))*float64(m)*float64(m)*float64(largest+1) > exactWork {
			return tailPair{}, Refuse(TooMany, "x", "counts too large for an exact distribution")
		}
		laws[m] = drawSums(values, copies, m, largest, logs)
	}
	t := newTailPair(len(x))
	for i, s := range sums {
		if law, ok := laws[w.Degree(i)]; ok {
			t.upper[i], t.lower[i] = law.upper[s], law.lower[s]
		}
	}
	return t, nil
}

// tally lists the distinct counts, ascending, and how many cells hold each.
func tally(x []float64) (values, copies []int, err error) {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	for i, v := range sorted {
		if v < 0 || v != math.Trunc(v) || v > math.MaxInt32 {
			return nil, nil, Refuse(NotCount, "x", "must hold whole numbers from 0 to 2³¹−1")
		}
		if i > 0 && v == sorted[i-1] {
			copies[len(copies)-1]++
			continue
		}
		values, copies = append(values, int(v)), append(copies, 1)
	}
	if len(values) == 1 {
		return nil, nil, Refuse(Constant, "x", "all cells have the same value")
	}
	return values, copies, nil
}

// sumLaw holds P(sum ≥ s) and P(sum ≤ s) for s from 0 to the largest observed sum.
type sumLaw struct{ upper, lower []float64 }

// drawSums returns the law of the sum of m cells drawn without replacement, for
// sums up to top; all sums beyond top share one slot that is not asked for.
func drawSums(values, copies []int, m, top int, logs []float64) sumLaw {
	width := top + 2
	now := make([]float64, (m+1)*width) // [cells drawn][sum] → probability
	next := make([]float64, len(now))
	now[0] = 1
	left := 0
	for _, c := range copies {
		left += c
	}
	reach := 0 // largest sum with any probability so far
	for v, value := range values {
		clear(next)
		reached := 0
		for k := 0; k <= m; k++ {
			row := now[k*width : k*width+reach+1]
			for j := max(0, m-k-(left-copies[v])); j <= min(copies[v], m-k); j++ {
				share := hypergeometric(j, left, copies[v], m-k, logs)
				to := next[(k+j)*width : (k+j+1)*width]
				for s, p := range row {
					if p != 0 {
						at := min(s+j*value, top+1)
						to[at] += p * share
						reached = max(reached, at)
					}
				}
			}
		}
		now, next = next, now
		left -= copies[v]
		reach = reached
	}
	return tails(now[m*width:])
}

// tails sums a law from both ends; rounding may lift neither sum above 1.
func tails(law []float64) sumLaw {
	n := len(law)
	t := sumLaw{upper: make([]float64, n), lower: make([]float64, n)}
	var sum float64
	for s := n - 1; s >= 0; s-- {
		sum += law[s]
		t.upper[s] = min(1, sum)
	}
	sum = 0
	for s := range n {
		sum += law[s]
		t.lower[s] = min(1, sum)
	}
	return t
}

// hypergeometric returns the chance of j marked ones among draws taken from a
// population in which marked are marked.
func hypergeometric(j, population, marked, draws int, logs []float64) float64 {
	choose := func(n, k int) float64 { return logs[n] - logs[k] - logs[n-k] }
	return math.Exp(choose(marked, j) + choose(population-marked, draws-j) - choose(population, draws))
}

// logFactorials returns ln k! for k from 0 to n.
func logFactorials(n int) []float64 {
	logs := make([]float64, n+1)
	for k := range logs {
		logs[k], _ = math.Lgamma(float64(k + 1))
	}
	return logs
}

package forecast

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"reli/analytics/forecast/score"
)

// Hierarchy is a tree of places: grid → village → township → county. A
// forecast of its top is split downward, so that every place is exactly the
// sum of its parts.
type Hierarchy struct {
	root     int
	children [][]int
	order    []int // parents before children
}

// HierarchyError says why parents do not make a tree.
type HierarchyError struct {
	Code string // "empty", "bad_parent", "no_root", "two_roots", "cycle", "bad_counts"
	At   int    // index of the offending node
}

func (e *HierarchyError) Error() string {
	return fmt.Sprintf("forecast: hierarchy: %s at %d", e.Code, e.At)
}

// NewHierarchy builds a tree from the parent of every node; the one root has
// parent −1.
func NewHierarchy(parents []int) (*Hierarchy, error) {
	if len(parents) == 0 {
		return nil, &HierarchyError{Code: "empty"}
	}
	h := &Hierarchy{root: -1, children: make([][]int, len(parents))}
	for i, parent := range parents {
		switch {
		case parent == -1 && h.root >= 0:
			return nil, &HierarchyError{Code: "two_roots", At: i}
		case parent == -1:
			h.root = i
		case parent < 0 || parent >= len(parents):
			return nil, &HierarchyError{Code: "bad_parent", At: i}
		default:
			h.children[parent] = append(h.children[parent], i)
		}
	}
	if h.root < 0 {
		return nil, &HierarchyError{Code: "no_root"}
	}
	h.order = []int{h.root}
	for i := 0; i < len(h.order); i++ {
		h.order = append(h.order, h.children[h.order[i]]...)
	}
	if len(h.order) < len(parents) {
		return nil, &HierarchyError{Code: "cycle", At: len(h.order)}
	}
	return h, nil
}

// Shares are the empirical-Bayes shares of every family of the tree.
type Shares struct {
	tree          *Hierarchy
	share         []float64 // of the parent; 1 for the root
	concentration []float64 // of the Dirichlet posterior of a node's children
}

const (
	// concentrationHigh stands for parts that do not differ at all.
	concentrationHigh = 1e6
	// concentrationLow keeps a part without events possible.
	concentrationLow = .5
)

// Shares estimates each family's shares from the (possibly weighted) event
// counts of the leaves; those of inner nodes are ignored and summed from below.
// The prior is a symmetric Dirichlet whose concentration follows by moments
// from Pearson's X² against equal shares: for Dirichlet-multinomial counts of
// N events in k parts X²/(k−1) = φ estimates (N+A)/(1+A), so A = (N−φ)/(φ−1)
// (Mosimann 1962).
func (h *Hierarchy) Shares(leaves []float64) (*Shares, error) {
	if len(leaves) != len(h.children) {
		return nil, &HierarchyError{Code: "bad_counts", At: len(leaves)}
	}
	counts := slices.Clone(leaves)
	for i, n := range counts {
		if !(n >= 0) || math.IsInf(n, 1) {
			return nil, &HierarchyError{Code: "bad_counts", At: i}
		}
	}
	s := &Shares{tree: h, share: make([]float64, len(counts)), concentration: make([]float64, len(counts))}
	s.share[h.root] = 1
	for _, node := range slices.Backward(h.order) {
		if len(h.children[node]) == 0 {
			continue
		}
		counts[node] = 0
		for _, child := range h.children[node] {
			counts[node] += counts[child]
		}
		s.family(node, counts)
	}
	return s, nil
}

func (s *Shares) family(node int, counts []float64) {
	children, total := s.tree.children[node], counts[node]
	k := float64(len(children))
	prior := concentrationHigh
	if total > 0 && k > 1 {
		chi := 0.0
		for _, child := range children {
			chi += (counts[child] - total/k) * (counts[child] - total/k) / (total / k)
		}
		if excess := chi / (k - 1); excess > 1 {
			prior = math.Min(concentrationHigh, math.Max(concentrationLow, (total-excess)/(excess-1)))
		}
	}
	s.concentration[node] = prior + total
	for _, child := range children {
		s.share[child] = (counts[child] + prior/k) / (total + prior)
	}
}

// Share is a node's share of its parent.
func (s *Shares) Share(node int) float64 { return s.share[node] }

// Split divides a whole number, say the rounded expected events of the top, or
// its thousandths, over the tree: every node is exactly the sum of its
// children, and each family is divided by largest remainder.
func (s *Shares) Split(total int) []int {
	out := make([]int, len(s.share))
	out[s.tree.root] = total
	for _, node := range s.tree.order {
		s.divide(node, out)
	}
	return out
}

func (s *Shares) divide(node int, out []int) {
	type part struct {
		child     int
		remainder float64
	}
	children := s.tree.children[node]
	parts := make([]part, len(children))
	left := out[node]
	for i, child := range children {
		exact := float64(out[node]) * s.share[child]
		whole := min(int(exact), left)
		out[child] = whole
		left -= whole
		parts[i] = part{child, exact - float64(whole)}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.remainder, a.remainder) })
	for i := 0; left > 0 && len(parts) > 0; i++ {
		out[parts[i%len(parts)].child]++
		left--
	}
}

// Draw is one random division of a whole number: Dirichlet-multinomial in
// every family, so that the parts vary as uncertain shares make them vary.
func (s *Shares) Draw(total int, rng *rand.Rand) []int {
	out := make([]int, len(s.share))
	out[s.tree.root] = total
	for _, node := range s.tree.order {
		left, mass := out[node], s.concentration[node]
		for _, child := range s.tree.children[node] {
			alpha := s.concentration[node] * s.share[child]
			mass -= alpha
			n := left
			if mass > 1e-9*s.concentration[node] {
				n = betaBinomial(left, alpha, mass, rng)
			}
			out[child] = n
			left -= n
		}
		if children := s.tree.children[node]; left > 0 && len(children) > 0 {
			out[children[len(children)-1]] += left
		}
	}
	return out
}

// betaBinomial draws from n trials with success probability Beta(a, b).
func betaBinomial(n int, a, b float64, rng *rand.Rand) int {
	if n == 0 {
		return 0
	}
	p := distuv.Beta{Alpha: a, Beta: b, Src: rng}.Rand()
	return int(distuv.Binomial{N: float64(n), P: p, Src: rng}.Rand())
}

// Simulate draws the top from its predictive distribution and divides each
// draw: rows of whole numbers, one for a draw, coherent in every row. Their
// quantiles are the intervals of the places.
func (s *Shares) Simulate(top score.Count, draws int, rng *rand.Rand) [][]int {
	rows := make([][]int, draws)
	for i := range rows {
		rows[i] = s.Draw(top.Quantile(rng.Float64()), rng)
	}
	return rows
}

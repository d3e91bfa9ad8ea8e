package level

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"reli/analytics/warning"
	"reli/geo/area"
)

// What the exceedance is made from.
const (
	baseWeeks = 8 // weeks of the base, which end before the seven days judged
	// leastCases in the base and the seven days together: below them nothing is
	// tested (Noufaily et al. 2013 ask for five in four weeks).
	leastCases = 5
)

// recent are an area's counts: of the last seven whole days and of the eight
// weeks before them.
type recent struct{ week, base int64 }

// pValue is the probability of at least as many matters in the seven days,
// given how many there are in the nine weeks, where nothing changed: each of
// them falls into the seven days with probability 1/9 (the conditional test of
// two Poisson means, Przyborowski and Wilenski 1940). It holds whatever the
// rate: under no change at most a share p of the areas have a value of p or
// less. ok is false where there is too little to test; that, too, looks only
// at the sum.
func (r recent) pValue() (p float64, ok bool) {
	n := r.week + r.base
	if n < leastCases {
		return 1, false
	}
	if r.week == 0 {
		return 1, true
	}
	return mathext.RegIncBeta(float64(r.week), float64(r.base+1), 1/float64(1+baseWeeks)), true
}

// pValueWithin is the same for a part of a county whose matters rise and fall
// together with the season: given the county's matters of the seven days and
// of the base, and the part's of both together, the part's of the seven days
// are hypergeometric (Fisher's exact test, one-sided). What the whole county
// has more is so the season of all its parts, without being estimated.
func (r recent) pValueWithin(county recent) (p float64, ok bool) {
	n := r.week + r.base
	if n < leastCases {
		return 1, false
	}
	return hypergeometric{county.week + county.base, county.week, n}.atLeast(r.week), true
}

// hypergeometric is the law of how many of drawn matters, of all that there
// are, are of the week.
type hypergeometric struct{ all, week, drawn int64 }

// negligible is the share of a sum below which further terms change nothing.
const negligible = 1e-17

// atLeast gives the probability of k or more. The terms are summed away from
// the mode, on the side where they fall.
func (h hypergeometric) atLeast(k int64) float64 {
	if k <= max(0, h.drawn-(h.all-h.week)) {
		return 1
	}
	if float64(k) > float64(h.drawn)*float64(h.week)/float64(h.all) {
		return min(1, h.sum(k, +1))
	}
	return max(0, 1-h.sum(k-1, -1))
}

// sum adds the terms from k on in a direction.
func (h hypergeometric) sum(k, step int64) float64 {
	low, high := max(0, h.drawn-(h.all-h.week)), min(h.drawn, h.week)
	if k < low || k > high {
		return 0
	}
	term := math.Exp(lnChoose(h.week, k) + lnChoose(h.all-h.week, h.drawn-k) - lnChoose(h.all, h.drawn))
	total := term
	for ; k+step >= low && k+step <= high && term > total*negligible; k += step {
		if step > 0 {
			term *= float64(h.week-k) * float64(h.drawn-k) / (float64(k+1) * float64(h.all-h.week-h.drawn+k+1))
		} else {
			term *= float64(k) * float64(h.all-h.week-h.drawn+k) / (float64(h.week-k+1) * float64(h.drawn-k+1))
		}
		total += term
	}
	return total
}

// lnChoose is the logarithm of n choose k.
func lnChoose(n, k int64) float64 {
	whole, _ := math.Lgamma(float64(n + 1))
	part, _ := math.Lgamma(float64(k + 1))
	rest, _ := math.Lgamma(float64(n - k + 1))
	return whole - part - rest
}

// exceedances fills in the exceedance of the areas of one tier: −log10 of the
// p-value, adjusted so that among the areas above a bound the share of chance
// ones stays below it (Benjamini and Hochberg 1995).
func exceedances(t area.Level, areas []recent, county recent, inputs []Inputs) {
	var tested []int
	var p []float64
	for i, r := range areas {
		v, ok := r.pValueWithin(county)
		if t == area.County {
			v, ok = r.pValue()
		}
		if ok {
			tested, p = append(tested, i), append(p, v)
		}
	}
	for k, q := range warning.AdjustFDR(p) {
		inputs[tested[k]][Exceedance] = math.Min(mostExceedance, max(0, -math.Log10(q)))
	}
}

package hotspot

import (
	"math"
	"slices"
)

// minTrend is the least number of values in which a trend can be told at all.
const minTrend = 3

// Trend is the Mann–Kendall test of a series. Defined is false where all values are
// equal: there is no trend, Z and Tau are 0 and P is 1.
type Trend struct {
	S        int     // pairs that rise minus pairs that fall
	Variance float64 // of S without trend, corrected for ties
	Tau      float64 // Kendall's tau-b, −1 to 1
	Z        float64 // (S ∓ 1)/√Variance, 0 for S = 0
	P        float64 // two-sided
	Defined  bool
}

// MannKendall tests a series for a monotone trend (Mann 1945, Kendall 1975):
// S = Σ_{i<j} sign(x_j − x_i), Var S = [n(n−1)(2n+5) − Σ t(t−1)(2t+5)]/18 over
// groups of t tied values, Z with continuity correction, tau-b = S/√(N₀ N₁) with
// N₀ = n(n−1)/2 and N₁ = N₀ − Σ t(t−1)/2.
func MannKendall(x []float64) (Trend, error) {
	if len(x) < minTrend {
		return Trend{}, Refuse(TooFew, "x", "at least three values are needed")
	}
	if err := checkFinite("x", x); err != nil {
		return Trend{}, err
	}
	return mannKendall(x, slices.Clone(x)), nil
}

// mannKendall computes the test; scratch holds a copy of x and is reordered.
func mannKendall(x, scratch []float64) Trend {
	t := Trend{P: 1}
	for i, a := range x {
		rise, fall := 0, 0
		for _, b := range x[i+1:] {
			if b > a {
				rise++
			}
			if b < a {
				fall++
			}
		}
		t.S += rise - fall
	}
	n := float64(len(x))
	eighteen := n * (n - 1) * (2*n + 5)
	pairs := n * (n - 1) / 2
	untied := pairs
	slices.Sort(scratch)
	for i := 0; i < len(scratch); {
		j := i + 1
		for j < len(scratch) && scratch[j] == scratch[i] {
			j++
		}
		k := float64(j - i)
		eighteen -= k * (k - 1) * (2*k + 5)
		untied -= k * (k - 1) / 2
		i = j
	}
	t.Variance = eighteen / 18
	t.Defined = untied > 0
	if !t.Defined {
		return t
	}
	t.Tau = float64(t.S) / math.Sqrt(pairs*untied)
	if t.S != 0 {
		t.Z = (float64(t.S) - math.Copysign(1, float64(t.S))) / math.Sqrt(t.Variance)
	}
	t.P = NormalP(t.Z, TwoSided)
	return t
}

package warning

import (
	"cmp"
	"math"
	"slices"
)

// Rule decides which of the tests of one week raise an alarm, from their
// p-values; it keeps the false alarms of the whole county within a budget. A
// p-value that is NaN never raises one.
type Rule func(p []float64) []bool

// FDR is the Benjamini–Hochberg (1995) rule: among the alarms of a week the
// expected share of false ones is at most rate.
func FDR(rate float64) Rule {
	return func(p []float64) []bool {
		out := make([]bool, len(p))
		for i, q := range AdjustFDR(p) {
			out[i] = q <= rate
		}
		return out
	}
}

// AdjustFDR are the Benjamini–Hochberg adjusted p-values: the least rate at
// which each test would be an alarm. NaN counts as 1.
func AdjustFDR(p []float64) []float64 {
	order := make([]int, len(p))
	values := make([]float64, len(p))
	for i, v := range p {
		order[i] = i
		values[i] = v
		if math.IsNaN(v) {
			values[i] = 1
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := make([]float64, len(p))
	least := 1.0
	for rank, i := range slices.Backward(order) {
		// Rounding must not bring an adjusted value below its own.
		least = math.Min(least, math.Max(values[i], values[i]*float64(len(p))/float64(rank+1)))
		out[i] = least
	}
	return out
}

// YearWeeks is the number of weeks in a year.
const YearWeeks = 365.2425 / 7

// Budget is the rule that allows on average so many false alarms a year in the
// whole county: p ≤ perYear / (weeks of a year · tests of the week).
func Budget(perYear float64) Rule {
	return func(p []float64) []bool {
		out := make([]bool, len(p))
		for i, v := range p {
			out[i] = v*YearWeeks*float64(len(p)) <= perYear
		}
		return out
	}
}

// RecurrenceYears is the mean time between two signals as strong as p, where
// the given number of tests is made every week and nothing is going on. It is
// +Inf for p = 0.
func RecurrenceYears(p float64, tests int) float64 {
	return 1 / (p * float64(tests) * YearWeeks)
}

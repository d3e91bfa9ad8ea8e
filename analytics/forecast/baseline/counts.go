package baseline

import (
	"math"

	"reli/analytics/forecast/score"
)

// Quiet is the number of events a series without any in the window is given,
// so that a Poisson baseline does not call its next event impossible.
const Quiet = .5

// Mean is the Poisson forecast of each series from its events in a window of
// the given number of weeks, for a horizon of span weeks. A window of one week
// is the "last week" forecast.
func Mean(counts []int, window, span float64) []score.Count {
	out := make([]score.Count, len(counts))
	for i, n := range counts {
		out[i] = score.Poisson(math.Max(float64(n), Quiet) / window * span)
	}
	return out
}

// GammaPoisson is the negative binomial forecast of each series by the
// empirical-Bayes gamma-Poisson model with moment estimates (Marshall 1991):
// posterior gamma(a+y, b+window), so a size of a+y for any span.
func GammaPoisson(counts []int, window, span float64) []score.Count {
	sum, square := 0.0, 0.0
	for _, n := range counts {
		sum += float64(n)
		square += float64(n) * float64(n)
	}
	n := float64(len(counts))
	mean := math.Max(sum, Quiet) / n
	variance := square/n - mean*mean - mean
	shape := 1e4
	if variance > 0 {
		shape = math.Min(shape, mean*mean/variance)
	}
	rate := shape / mean * window
	out := make([]score.Count, len(counts))
	for i, y := range counts {
		size := shape + float64(y)
		out[i] = score.Count{Mean: size / (rate + window) * span, Size: size}
	}
	return out
}

package score

import (
	"errors"
	"math"
)

// ErrNoCases says that a mean over no cases was asked for.
var ErrNoCases = errors.New("score: no cases to score")

// Log is the logarithmic score −log P(Y = y) (Good 1952); lower is better. It
// is +Inf where the forecast excluded what happened.
func Log(c Count, y int) float64 { return -c.LogPMF(y) }

// tail is the mass ignored on either side when the ranked probability score is
// summed; it changes the score by less than 1e-10 of the standard deviation.
const tail = 1e-13

// leastMass is the mass below which a recursion over masses loses its digits:
// subnormal numbers may stand still for ever.
const leastMass = 1e-300

// RPS is the ranked probability score Σ_k (P(Y ≤ k) − 1{y ≤ k})², the discrete
// CRPS (Epstein 1969; Czado, Gneiting & Held 2009, Biometrics 65), in events;
// lower is better.
func RPS(c Count, y int) float64 {
	if c.Mean == 0 {
		return float64(y)
	}
	low := 0
	if c.LogZero() < logZeroFloor {
		low = c.Quantile(tail)
	}
	mass := math.Exp(c.LogPMF(low))
	cumulative := c.CDF(low)
	// Below low nothing is to be expected: what happened there is one for each.
	sum := math.Max(0, float64(low-y))
	for k := low; ; k++ {
		below := cumulative
		if k >= y {
			below = 1 - cumulative
			if below <= tail {
				return sum
			}
		}
		sum += below * below
		mass = c.next(mass, k)
		cumulative = math.Min(cumulative+mass, 1)
		if mass < leastMass && k > y && float64(k) > c.Mean {
			return sum
		}
	}
}

// Pinball is the quantile loss of a forecast q of the level-quantile when y
// happened (Koenker & Bassett 1978), in events.
func Pinball(q, level, y float64) float64 {
	if y >= q {
		return level * (y - q)
	}
	return (1 - level) * (q - y)
}

// MASE is the mean absolute scaled error (Hyndman & Koehler 2006): the mean
// absolute error of forecast against truth, divided by the in-sample mean
// absolute error of the seasonal naive method with the given period on
// history. It is an error where the history is shorter than period+1 or the
// naive error is zero, for then there is no scale.
func MASE(history, truth, forecast []float64, period int) (float64, error) {
	if len(truth) == 0 || len(truth) != len(forecast) {
		return 0, ErrNoCases
	}
	if period < 1 || len(history) <= period {
		return 0, errors.New("score: history shorter than one season")
	}
	scale := 0.0
	for t := period; t < len(history); t++ {
		scale += math.Abs(history[t] - history[t-period])
	}
	scale /= float64(len(history) - period)
	if scale == 0 {
		return 0, errors.New("score: constant history, no scale")
	}
	sum := 0.0
	for t := range truth {
		sum += math.Abs(truth[t] - forecast[t])
	}
	return sum / float64(len(truth)) / scale, nil
}

// PITBounds are P(Y ≤ y−1) and P(Y ≤ y): the probability integral transform
// of a count is uniform between them (Czado, Gneiting & Held 2009).
func PITBounds(c Count, y int) (low, high float64) {
	if y <= 0 {
		return 0, math.Exp(c.LogZero())
	}
	if c.Mean == 0 {
		return 1, 1
	}
	low = c.CDF(y - 1)
	return low, math.Min(1, low+math.Exp(c.LogPMF(y)))
}

// Judge is PITBounds and Log in one, for what both need is computed once.
func Judge(c Count, y int) (low, high, logScore float64) {
	zero := c.LogZero()
	switch {
	case y == 0:
		return 0, math.Exp(zero), -zero
	case y < 0, c.Mean == 0, y > smallCount, zero < logZeroFloor:
		low, high = PITBounds(c, y)
		return low, high, Log(c, y)
	}
	mass := math.Exp(zero)
	for k := range y {
		low += mass
		mass = c.next(mass, k)
	}
	if mass < leastMass {
		return low, min(1, low+mass), Log(c, y)
	}
	return low, min(1, low+mass), -math.Log(mass)
}

// PIT is the randomised probability integral transform; u is uniform in [0, 1)
// and comes from the caller. Under a right forecast it is uniform.
func PIT(c Count, y int, u float64) float64 {
	low, high := PITBounds(c, y)
	return low + u*(high-low)
}

// Inside is the probability that the randomised PIT with the given bounds lies
// in [from, to]: the exact mean over the randomisation, so that coverage needs
// no random numbers.
func Inside(low, high, from, to float64) float64 {
	if high <= low {
		if low >= from && low <= to {
			return 1
		}
		return 0
	}
	overlap := math.Min(high, to) - math.Max(low, from)
	return math.Max(0, overlap) / (high - low)
}

package baseline

import "math"

const (
	// leastFactor keeps the factors of a season away from zero.
	leastFactor = .01
	// The parameters of the smoothing begin at these shares of their ranges.
	startAlpha, startBeta, startGamma, startPhi = .2, .1, .05, .99
	// startLength is the least number of periods behind the first trend.
	startLength = 10
)

// etsStart is where the search begins: parameters at shares of their ranges,
// the season by classical decomposition, and level and trend by a line through
// the first two cycles without their season.
func etsStart(y []float64, period int) []float64 {
	alpha := etsLow + startAlpha*(etsHigh-etsLow)/float64(period)
	x := []float64{
		alpha,
		etsLow + startBeta*(min(etsHigh, alpha)-etsLow),
		etsLow + startGamma*(min(etsHigh, 1-alpha)-etsLow),
		phiLow + startPhi*(phiHigh-phiLow),
	}
	factors := classicalSeason(y, period)
	level, slope := line(y[:min(max(startLength, 2*period), len(y))], factors)
	x = append(x, level, slope)
	for i := period - 1; i > 0; i-- {
		x = append(x, factors[i])
	}
	return x
}

// classicalSeason is the mean ratio of the values to their centred moving
// average over a cycle, by period of the cycle, with mean one.
func classicalSeason(y []float64, period int) []float64 {
	sums, counts := make([]float64, period), make([]float64, period)
	half := period / 2
	for t := half; t+half < len(y); t++ {
		average := 0.0
		for k := -half; k <= half; k++ {
			weight := 1.0
			if period%2 == 0 && (k == -half || k == half) {
				weight = .5
			}
			average += weight * y[t+k] / float64(period)
		}
		sums[t%period] += y[t] / average
		counts[t%period]++
	}
	mean := 0.0
	for i := range sums {
		sums[i] /= counts[i]
		mean += sums[i] / float64(period)
	}
	for i := range sums {
		sums[i] = math.Max(sums[i]/mean, leastFactor)
	}
	return sums
}

// line through the values without their season, over the times 1, 2, …:
// its value at time 0 and its slope.
func line(y, factors []float64) (level, slope float64) {
	n := float64(len(y))
	middle, mean := (n+1)/2, 0.0
	for t, v := range y {
		mean += v / factors[t%len(factors)] / n
	}
	across, along := 0.0, 0.0
	for t, v := range y {
		d := float64(t+1) - middle
		across += d * (v/factors[t%len(factors)] - mean)
		along += d * d
	}
	slope = across / along
	return mean - slope*middle, slope
}

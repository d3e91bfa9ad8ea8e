package score

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Count is a negative binomial distribution with mean Mean and variance
// Mean + Mean²/Size. Size = +Inf is the Poisson limit; Mean = 0 puts all mass
// on zero. Both are events per forecast period.
type Count struct {
	Mean float64
	Size float64
}

// Poisson returns the Poisson distribution with the given mean.
func Poisson(mean float64) Count { return Count{Mean: mean, Size: math.Inf(1)} }

// poissonSize is the size beyond which the negative binomial is computed as
// Poisson: the relative difference of the variances is then below 1e-9·Mean
// while lgamma(y+Size)−lgamma(Size) would lose all its digits.
const poissonSize = 1e9

// smallCount bounds the counts whose rising factorial is multiplied out rather
// than taken from lgamma: faster and exact for the counts of a cell and week.
const smallCount = 24

// Valid reports whether the parameters describe a distribution.
func (c Count) Valid() bool {
	return c.Mean >= 0 && !math.IsInf(c.Mean, 0) && c.Size > 0
}

// Variance of the distribution.
func (c Count) Variance() float64 {
	if c.poisson() {
		return c.Mean
	}
	return c.Mean + c.Mean*c.Mean/c.Size
}

func (c Count) poisson() bool { return c.Size >= poissonSize }

// LogZero is log P(Y = 0).
func (c Count) LogZero() float64 {
	if c.poisson() {
		return -c.Mean
	}
	return -c.Size * math.Log1p(c.Mean/c.Size)
}

// AtLeastOne is P(Y ≥ 1).
func (c Count) AtLeastOne() float64 { return -math.Expm1(c.LogZero()) }

// LogPMF is log P(Y = y); −Inf for y < 0 and for y > 0 where the mean is 0.
func (c Count) LogPMF(y int) float64 {
	switch {
	case y < 0:
		return math.Inf(-1)
	case y == 0:
		return c.LogZero()
	case c.Mean == 0:
		return math.Inf(-1)
	case c.poisson():
		return float64(y)*math.Log(c.Mean) - c.Mean - logFactorial(y)
	}
	odds := c.Mean / (c.Mean + c.Size)
	return c.LogZero() + float64(y)*math.Log(odds) + logRising(c.Size, y) - logFactorial(y)
}

// logRising is log of x(x+1)…(x+y−1).
func logRising(x float64, y int) float64 {
	if y <= smallCount {
		product, sum := 1.0, 0.0
		for k := range y {
			product *= x + float64(k)
			if product > 1e250 || product < 1e-250 {
				sum += math.Log(product)
				product = 1
			}
		}
		return sum + math.Log(product)
	}
	top, _ := math.Lgamma(x + float64(y))
	bottom, _ := math.Lgamma(x)
	return top - bottom
}

// logFactorial is log y!.
func logFactorial(y int) float64 {
	if y <= 1 {
		return 0
	}
	value, _ := math.Lgamma(float64(y) + 1)
	return value
}

// next steps the probability mass from y to y+1.
func (c Count) next(mass float64, y int) float64 {
	if c.poisson() {
		return mass * c.Mean / float64(y+1)
	}
	return mass * (float64(y) + c.Size) / float64(y+1) * c.Mean / (c.Mean + c.Size)
}

// sumLimit is the largest count up to which CDF adds masses from zero; beyond
// it the incomplete gamma and beta functions are cheaper.
const sumLimit = 64

// logZeroFloor keeps the recursion from zero away from underflow.
const logZeroFloor = -600

// CDF is P(Y ≤ y).
func (c Count) CDF(y int) float64 {
	switch {
	case y < 0:
		return 0
	case c.Mean == 0:
		return 1
	}
	if y > sumLimit || c.LogZero() < logZeroFloor {
		return c.cdfSpecial(y)
	}
	mass := math.Exp(c.LogZero())
	sum := mass
	for k := range y {
		mass = c.next(mass, k)
		sum += mass
	}
	return math.Min(sum, 1)
}

// cdfSpecial uses P(Y ≤ y) = Q(y+1, mean) for Poisson and I_p(size, y+1) with
// p = size/(size+mean) for the negative binomial (Abramowitz & Stegun 26.4.21,
// 26.5.26).
func (c Count) cdfSpecial(y int) float64 {
	if c.poisson() {
		return mathext.GammaIncRegComp(float64(y)+1, c.Mean)
	}
	return mathext.RegIncBeta(c.Size, float64(y)+1, c.Size/(c.Size+c.Mean))
}

// Quantile is the smallest y with P(Y ≤ y) ≥ p, for p in [0, 1); p ≥ 1 is taken
// as the largest value below one.
func (c Count) Quantile(p float64) int {
	if c.Mean == 0 || p <= 0 {
		return 0
	}
	p = math.Min(p, 1-1e-15)
	if c.LogZero() >= logZeroFloor {
		mass := math.Exp(c.LogZero())
		sum := mass
		for y := range sumLimit {
			if sum >= p {
				return y
			}
			mass = c.next(mass, y)
			sum += mass
		}
	}
	return c.searchQuantile(p)
}

// searchQuantile doubles an upper bound and bisects.
func (c Count) searchQuantile(p float64) int {
	step := int(math.Ceil(math.Sqrt(c.Variance()))) + 1
	high := int(c.Mean)
	for c.CDF(high) < p {
		high += step
		step *= 2
	}
	low := -1
	for high-low > 1 {
		middle := low + (high-low)/2
		if c.CDF(middle) >= p {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

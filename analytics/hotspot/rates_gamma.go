package hotspot

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// GammaPrior is a gamma distribution of true rates fitted to a map: mean
// Shape/Rate, variance Shape/Rate². Where Poisson is true chance alone explains
// the differences: Shape and Rate are then without meaning and every cell has the
// rate Mean.
type GammaPrior struct {
	Shape, Rate float64
	Mean        float64
	Poisson     bool
}

// Bounds of ln(shape) in the search: from rates spread over many powers of ten to
// a spread of 0.03 % which no map can tell from chance.
const (
	minLogShape = -7.0
	maxLogShape = 16.0
	// poissonGain is the least gain in log-likelihood that overdispersion must bring.
	poissonGain = 1e-6
)

// FitGammaPoisson fits the gamma-Poisson model by maximum likelihood: cases_i is
// Poisson with mean exposure_i·rate_i, the rates are gamma, so the cases are
// negative binomial (Clayton and Kaldor 1987). The mean is profiled out by the
// fixed point b = Σ c_i cases_i / Σ c_i n_i with c_i = shape/(shape + b n_i), the
// shape found by golden-section search on its logarithm.
func FitGammaPoisson(cases, exposure []float64) (GammaPrior, error) {
	if err := checkRates(cases, exposure); err != nil {
		return GammaPrior{}, err
	}
	moment := marshallPrior(cases, exposure)
	if moment.Mean == 0 {
		return GammaPrior{}, Refuse(NoCases, "cases", "no case on the whole map")
	}
	fit := func(logShape float64) (loglik, mean float64) {
		shape := math.Exp(logShape)
		mean = profileMean(cases, exposure, shape, moment.Mean)
		return gammaPoissonLikelihood(cases, exposure, shape, mean), mean
	}
	best := goldenMax(func(v float64) float64 { l, _ := fit(v); return l }, minLogShape, maxLogShape)
	loglik, mean := fit(best)
	edge, _ := fit(maxLogShape)
	if loglik-edge < poissonGain {
		return GammaPrior{Mean: moment.Mean, Poisson: true}, nil
	}
	shape := math.Exp(best)
	return GammaPrior{Shape: shape, Rate: shape / mean, Mean: mean}, nil
}

// Smoothed returns the posterior mean rate of a cell, (shape+cases)/(rate+exposure).
func (g GammaPrior) Smoothed(cases, exposure float64) float64 {
	if g.Poisson {
		return g.Mean
	}
	return (g.Shape + cases) / (g.Rate + exposure)
}

// Exceeds returns the posterior probability that a cell's rate is above threshold.
func (g GammaPrior) Exceeds(cases, exposure, threshold float64) float64 {
	switch {
	case threshold < 0:
		return 1
	case g.Poisson && g.Mean > threshold:
		return 1
	case g.Poisson:
		return 0
	}
	return mathext.GammaIncRegComp(g.Shape+cases, (g.Rate+exposure)*threshold)
}

// profileMean returns the likeliest mean rate for a given shape. The fixed point
// contracts; the cap only guards against slow last digits.
func profileMean(cases, exposure []float64, shape, start float64) float64 {
	mean := start
	for range 100 {
		var above, below float64
		for i, n := range exposure {
			c := shape / (shape + mean*n)
			above += c * cases[i]
			below += c * n
		}
		next := above / below
		if math.Abs(next-mean) <= 1e-12*mean {
			return next
		}
		mean = next
	}
	return mean
}

// gammaPoissonLikelihood is the negative-binomial log-likelihood without the terms
// that hold no parameter. lnΓ(shape+y) − lnΓ(shape) is summed for small whole y,
// which stays exact where both are huge.
func gammaPoissonLikelihood(cases, exposure []float64, shape, mean float64) float64 {
	var l float64
	for i, n := range exposure {
		if n == 0 {
			continue
		}
		y, mu := cases[i], mean*n
		l += risingLog(shape, y) - shape*math.Log1p(mu/shape) + y*math.Log(mu/(shape+mu))
	}
	return l
}

// risingLog returns lnΓ(a+y) − lnΓ(a).
func risingLog(a, y float64) float64 {
	if y == math.Trunc(y) && y <= 64 {
		var s float64
		for k := 0.0; k < y; k++ {
			s += math.Log(a + k)
		}
		return s
	}
	high, _ := math.Lgamma(a + y)
	low, _ := math.Lgamma(a)
	return high - low
}

// goldenMax returns the place of the maximum of a unimodal f in [low, high] to 1e-7.
func goldenMax(f func(float64) float64, low, high float64) float64 {
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	fa, fb := f(a), f(b)
	for high-low > 1e-7 {
		if fa < fb {
			low, a, fa = a, b, fb
			b = low + ratio*(high-low)
			fb = f(b)
			continue
		}
		high, b, fb = b, a, fa
		a = high - ratio*(high-low)
		fa = f(a)
	}
	return (low + high) / 2
}

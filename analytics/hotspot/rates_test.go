package hotspot_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
)

func TestMarshallWorkedOutByHand(t *testing.T) {
	// Rates 0.1 and 0.3 of 100 people each: b = .2, s² = .01, a = .01 − .2/100 = .008.
	r, prior, err := hotspot.MarshallGlobal([]float64{10, 30, 0}, []float64{100, 100, 0})
	require.NoError(t, err)
	require.InDelta(t, 0.2, prior.Mean, 1e-15)
	require.InDelta(t, 0.008, prior.Variance, 1e-15)
	require.InDeltaSlice(t, []float64{0.2 - 0.1*0.8, 0.2 + 0.1*0.8, 0.2}, r.Smoothed, 1e-15)
	require.Equal(t, []bool{true, true, false}, r.Defined)
	z, _, err := hotspot.StandardisedRates([]float64{10, 30, 0}, []float64{100, 100, 0})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{-1, 1, 0}, z, 1e-12)
}

func TestChanceAloneIsSmoothedAway(t *testing.T) {
	r, prior, err := hotspot.MarshallGlobal([]float64{2, 3, 2}, []float64{100, 100, 100})
	require.NoError(t, err)
	require.Zero(t, prior.Variance)
	require.InDeltaSlice(t, []float64{prior.Mean, prior.Mean, prior.Mean}, r.Smoothed, 1e-15)
	g, err := hotspot.FitGammaPoisson([]float64{2, 3, 2}, []float64{100, 100, 100})
	require.NoError(t, err)
	require.True(t, g.Poisson)
	require.InDelta(t, 7.0/300, g.Smoothed(5, 100), 1e-15)
	require.InDelta(t, 1, g.Exceeds(5, 100, 0.01), 0)
	require.Zero(t, g.Exceeds(5, 100, 0.03))
}

func TestUnusableRatesAreNamed(t *testing.T) {
	self := chain(t, 2).WithSelf()
	for name, test := range map[string]struct {
		cases, people []float64
		code          hotspot.Code
	}{
		"no cells":             {nil, nil, hotspot.TooFew},
		"lengths differ":       {[]float64{1, 2}, []float64{1}, hotspot.LengthMismatch},
		"negative cases":       {[]float64{-1, 2}, []float64{1, 1}, hotspot.Negative},
		"NaN cases":            {[]float64{nan(), 2}, []float64{1, 1}, hotspot.NotFinite},
		"negative people":      {[]float64{1, 2}, []float64{-1, 1}, hotspot.Negative},
		"cases without people": {[]float64{1, 2}, []float64{0, 1}, hotspot.NoExposure},
		"nobody anywhere":      {[]float64{0, 0}, []float64{0, 0}, hotspot.NoExposure},
	} {
		_, _, err := hotspot.MarshallGlobal(test.cases, test.people)
		requireCode(t, test.code, err, name)
		_, _, err = hotspot.MarshallLocal(test.cases, test.people, self)
		requireCode(t, test.code, err, name)
		_, _, err = hotspot.StandardisedRates(test.cases, test.people)
		requireCode(t, test.code, err, name)
		_, err = hotspot.FitGammaPoisson(test.cases, test.people)
		requireCode(t, test.code, err, name)
	}
	_, _, err := hotspot.StandardisedRates([]float64{0, 0}, []float64{1, 1})
	requireCode(t, hotspot.NoCases, err)
	_, err = hotspot.FitGammaPoisson([]float64{0, 0}, []float64{1, 1})
	requireCode(t, hotspot.NoCases, err)
	_, _, err = hotspot.MarshallLocal([]float64{0, 1}, []float64{1, 1}, chain(t, 2))
	requireCode(t, hotspot.BadWeights, err)
	r, _, err := hotspot.MarshallGlobal([]float64{0, 0}, []float64{1, 1})
	require.NoError(t, err, "no case at all is a rate of zero")
	require.Equal(t, []float64{0, 0}, r.Smoothed)
}

func TestNeighbourhoodWithoutPeopleHasNoLocalRate(t *testing.T) {
	w, err := hotspot.FromNeighbours([][]int{{1}, {0}, {3}, {2}})
	require.NoError(t, err)
	r, priors, err := hotspot.MarshallLocal([]float64{0, 0, 4, 6}, []float64{0, 0, 100, 100}, w.WithSelf())
	require.NoError(t, err)
	require.Zero(t, r.Smoothed[0])
	require.False(t, r.Defined[0])
	require.InDelta(t, 0.05, priors[2].Mean, 1e-15)
	require.InDelta(t, 0.05, r.Smoothed[2], 1e-15)
}

// A smoothed rate lies between the raw rate and the rate it is pulled to.
func TestSmoothedRatesLieBetweenRawAndPrior(t *testing.T) {
	w := hexWeights(t, 4, 5).WithSelf()
	rapid.Check(t, func(t *rapid.T) {
		cases := make([]float64, 20)
		people := rapid.SliceOfN(rapid.Float64Range(0.5, 5000), 20, 20).Draw(t, "people")
		for i := range cases {
			cases[i] = float64(rapid.IntRange(0, 40).Draw(t, "cases"))
		}
		global, prior, err := hotspot.MarshallGlobal(cases, people)
		require.NoError(t, err)
		local, priors, err := hotspot.MarshallLocal(cases, people, w)
		require.NoError(t, err)
		for i := range cases {
			requireBetween(t, global.Raw[i], prior.Mean, global.Smoothed[i])
			requireBetween(t, local.Raw[i], priors[i].Mean, local.Smoothed[i])
		}
		gamma, err := hotspot.FitGammaPoisson(cases, people)
		if err != nil {
			return // no case at all
		}
		for i := range cases {
			// Towards the prior, though not past the larger of the two.
			requireBetween(t, global.Raw[i], gamma.Mean, gamma.Smoothed(cases[i], people[i]))
		}
	})
}

func requireBetween(t require.TestingT, a, b, v float64) {
	slack := 1e-9 * (1 + math.Abs(a) + math.Abs(b))
	require.GreaterOrEqual(t, v, min(a, b)-slack)
	require.LessOrEqual(t, v, max(a, b)+slack)
}

func TestGammaPoissonFindsTheRatesItWasDrawnFrom(t *testing.T) {
	const cells, shape, mean = 4000, 2.0, 0.01
	rng := rand.New(rand.NewPCG(7, 7))
	law := distuv.Gamma{Alpha: shape, Beta: shape / mean, Src: rng}
	cases, people, truth := make([]float64, cells), make([]float64, cells), make([]float64, cells)
	for i := range cases {
		people[i] = 100 + 900*rng.Float64()
		truth[i] = law.Rand()
		cases[i] = distuv.Poisson{Lambda: truth[i] * people[i], Src: rng}.Rand()
	}
	g, err := hotspot.FitGammaPoisson(cases, people)
	require.NoError(t, err)
	require.False(t, g.Poisson)
	require.InEpsilon(t, shape, g.Shape, 0.12)
	require.InEpsilon(t, mean, g.Shape/g.Rate, 0.05)
	var raw, smoothed, exceed, above float64
	for i := range cases {
		raw += math.Pow(cases[i]/people[i]-truth[i], 2)
		smoothed += math.Pow(g.Smoothed(cases[i], people[i])-truth[i], 2)
		exceed += g.Exceeds(cases[i], people[i], 2*mean)
		if truth[i] > 2*mean {
			above++
		}
	}
	require.Less(t, smoothed, 0.8*raw, "smoothing must lower the error")
	require.InEpsilon(t, above, exceed, 0.1, "probabilities must add up to what happened")
}

// The fit must beat every other shape and mean: a grid round it.
func TestGammaPoissonIsTheMaximum(t *testing.T) {
	cases, people := []float64{0, 9, 2, 1, 14, 3}, []float64{100, 200, 150, 90, 210, 100}
	g, err := hotspot.FitGammaPoisson(cases, people)
	require.NoError(t, err)
	loglik := func(shape, mean float64) float64 {
		var l float64
		for i, y := range cases {
			mu := mean * people[i]
			a, _ := math.Lgamma(shape + y)
			b, _ := math.Lgamma(shape)
			l += a - b + shape*math.Log(shape/(shape+mu)) + y*math.Log(mu/(shape+mu))
		}
		return l
	}
	best := loglik(g.Shape, g.Mean)
	for _, f := range []float64{0.9, 0.99, 1.01, 1.1} {
		require.Greater(t, best, loglik(g.Shape*f, g.Mean))
		require.Greater(t, best, loglik(g.Shape, g.Mean*f))
	}
}

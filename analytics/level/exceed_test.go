package level_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"reli/analytics/level"
	"reli/geo/area"
)

// The tail is that of the law written out in whole numbers.
func TestTheTailIsThatOfCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Int64Range(1, 400).Draw(t, "all")
		week, drawn := rapid.Int64Range(0, all).Draw(t, "week"), rapid.Int64Range(0, all).Draw(t, "drawn")
		k := rapid.Int64Range(-1, drawn+1).Draw(t, "k")
		ways := new(big.Int)
		for j := max(k, 0, drawn-(all-week)); j <= min(drawn, week); j++ {
			of := new(big.Int).Binomial(week, j)
			ways.Add(ways, of.Mul(of, new(big.Int).Binomial(all-week, drawn-j)))
		}
		want, _ := new(big.Rat).SetFrac(ways, new(big.Int).Binomial(all, drawn)).Float64()
		have := level.AtLeast(all, week, drawn, k)
		if math.Abs(have-want) > 1e-10*max(want, 1e-4) {
			t.Fatalf("%v, want %v", have, want)
		}
	})
}

// drawnCounty draws the matters of a county's areas where nothing changed but
// the season, which is the same for all areas.
func drawnCounty(rng *rand.Rand, rates []float64, season, dispersion float64) (weeks, bases []int64) {
	draw := func(mean float64) int64 {
		if dispersion > 1 && mean > 0 { // gamma-Poisson with this variance by mean
			shape := mean / (dispersion - 1)
			mean = distuv.Gamma{Alpha: shape, Beta: 1 / (dispersion - 1), Src: rng}.Rand()
		}
		return int64(distuv.Poisson{Lambda: mean, Src: rng}.Rand())
	}
	for _, rate := range rates {
		weeks = append(weeks, draw(rate*season))
		base := int64(0)
		for range 8 {
			base += draw(rate)
		}
		bases = append(bases, base)
	}
	return weeks, bases
}

// counties are sets of weekly rates: equal ones from very low to high, and one
// as uneven as a county is.
func counties() map[string][]float64 {
	out := map[string][]float64{}
	for _, rate := range []float64{.02, .1, .3, 1, 5, 40} {
		out[fmt.Sprintf("%v a week", rate)] = slices.Repeat([]float64{rate}, 300)
	}
	rng := rand.New(rand.NewPCG(8, 1))
	uneven := make([]float64, 609)
	for i := range uneven {
		uneven[i] = .28 * math.Exp(1.2*rng.NormFloat64()-.72)
	}
	out["uneven"], out["nine townships"] = uneven, []float64{2, 4, 9, 11, 14, 20, 25, 40, 60}
	return out
}

const nullCounties = 400 // of each kind

// Where nothing changed but the season, no more areas lie below a p-value than
// it says, and in no more than one of twenty counties any area exceeds the
// bound from which the default policy gives points. Monte-Carlo error: the
// bounds are the nominal rate and four standard errors of as many draws.
func TestChanceAloneIsNoExceedance(t *testing.T) {
	points := firstPoint(t)
	for name, rates := range counties() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(20, 26))
			bounds := []float64{.05, .01, .001}
			below, tested, alarms := make([]int, len(bounds)), 0, 0
			for n := range nullCounties {
				weeks, bases := drawnCounty(rng, rates, []float64{.5, 1, 1, 2}[n%4], 1)
				var week, base int64
				for i := range weeks {
					week, base = week+weeks[i], base+bases[i]
				}
				for i := range weeks {
					p, ok := level.PValueWithin(weeks[i], bases[i], week, base)
					if !ok {
						continue
					}
					tested++
					for b, bound := range bounds {
						if p <= bound {
							below[b]++
						}
					}
				}
				if slices.Max(level.Exceedances(area.Grid, weeks, bases)) > points {
					alarms++
				}
			}
			t.Logf("%d tests, below %v: %v; counties with an alarm: %d of %d", tested, bounds, below, alarms, nullCounties)
			for b, bound := range bounds {
				n := float64(max(tested, 1))
				require.LessOrEqual(t, float64(below[b])/n, bound+4*math.Sqrt(bound*(1-bound)/n), "p ≤ %v", bound)
			}
			require.LessOrEqual(t, float64(alarms)/nullCounties, .05+4*math.Sqrt(.05*.95/nullCounties))
		})
	}
}

// firstPoint is the exceedance from which the default policy gives points.
func firstPoint(t testing.TB) float64 {
	t.Helper()
	for _, r := range defaultPolicy(t).Rules {
		if r.Input == "exceedance" {
			return r.Ramp["grid"][0]
		}
	}
	t.Fatal("the default policy has no rule of the exceedance")
	return 0
}

// The p-values are not only rarely small: spread over the steps of the counts
// they are uniform, at every rate, for parts of a county and for a county.
func TestPValuesAreUniformWhereNothingChanged(t *testing.T) {
	for name, rates := range counties() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(7, 4))
			var parts, alone []float64
			for n := range nullCounties {
				season := []float64{.5, 1, 1, 2}[n%4]
				weeks, bases := drawnCounty(rng, rates, season, 1)
				var week, base int64
				for i := range weeks {
					week, base = week+weeks[i], base+bases[i]
				}
				for i := range weeks {
					upper, ok := level.PValueWithin(weeks[i], bases[i], week, base)
					if !ok || week+base == weeks[i]+bases[i] {
						continue
					}
					all, drawn := week+base, weeks[i]+bases[i]
					beyond := level.AtLeast(all, week, drawn, weeks[i]+1)
					parts = append(parts, beyond+rng.Float64()*(upper-beyond))
					if season == 1 {
						upper, _ := level.PValue(weeks[i], bases[i])
						beyond, _ := level.PValue(weeks[i]+1, bases[i]-1)
						if bases[i] == 0 {
							beyond = 0
						}
						alone = append(alone, beyond+rng.Float64()*(upper-beyond))
					}
				}
			}
			requireUniform(t, parts)
			requireUniform(t, alone)
		})
	}
}

// requireUniform is the test of Kolmogorov and Smirnov at one in ten thousand.
func requireUniform(t testing.TB, values []float64) {
	t.Helper()
	if len(values) < 50 {
		return // too rare to be tested at all
	}
	slices.Sort(values)
	n, most := float64(len(values)), 0.0
	for i, v := range values {
		most = max(most, math.Abs(v-float64(i)/n), math.Abs(v-float64(i+1)/n))
	}
	require.LessOrEqual(t, most, 2.226/math.Sqrt(n), "of %d values", len(values))
}

// What is there is found: a grid that trebles, and a county that doubles,
// which is the season of its parts and not theirs.
func TestARealRiseIsAnExceedance(t *testing.T) {
	weeks, bases := slices.Repeat([]int64{2}, 300), slices.Repeat([]int64{16}, 300)
	weeks[17] = 12
	found := level.Exceedances(area.Grid, weeks, bases)
	require.Greater(t, found[17], 2.0)
	found[17] = 0
	require.Less(t, slices.Max(found), .5)

	for i := range weeks {
		weeks[i] = 4
	}
	require.Less(t, slices.Max(level.Exceedances(area.Grid, weeks, bases)), .5)
	require.InDelta(t, 6, level.Exceedances(area.County, []int64{1200}, []int64{4800})[0], 1e-9)
}

package level

import (
	"math"

	"reli/analytics/forecast/score"
	"reli/analytics/warning"
	"reli/geo/area"
)

// What the exceedance is made from.
const (
	baseWeeks = 8 // weeks of the base, which end before the seven days judged
	// leastCases in the base and the seven days together: below them nothing is
	// tested (Noufaily et al. 2013 ask for five in four weeks).
	leastCases = 5
	// jeffreys is the prior of a Poisson rate that favours none.
	jeffreys = .5
)

// recent are an area's counts: of the last seven whole days and of the eight
// weeks before them.
type recent struct{ week, base int64 }

// pValue is the probability of at least as many matters in seven days, where
// the area's own base and the season go on: the count is negative binomial with
// the mean and the size of the base (a gamma-Poisson law with Jeffreys' prior,
// exact for a Poisson series whatever its rate), times the season, which is by
// how much the whole county's week differs from its base. ok is false where
// there is too little to test.
func (r recent) pValue(season float64) (p float64, ok bool) {
	if r.week+r.base < leastCases {
		return 1, false
	}
	past := float64(r.base) + jeffreys
	law := score.Count{Mean: past / baseWeeks * season, Size: past}
	return min(1, max(0, 1-law.CDF(int(r.week)-1))), true
}

// seasonOf gives the county's week over its base week, drawn towards 1 by the
// prior where there are few.
func seasonOf(county recent) float64 {
	const prior = 10 // matters
	return (float64(county.week) + prior) / (float64(county.base)/baseWeeks + prior)
}

// exceedances fills in the exceedance of the areas of one tier: −log10 of the
// p-value, adjusted so that among the areas above a bound the share of chance
// ones stays below it (Benjamini & Hochberg 1995).
func exceedances(t area.Level, areas []recent, county recent, inputs []Inputs) {
	season := 1.0
	if t != area.County {
		season = seasonOf(county)
	}
	var tested []int
	var p []float64
	for i, r := range areas {
		if v, ok := r.pValue(season); ok {
			tested, p = append(tested, i), append(p, v)
		}
	}
	for k, q := range warning.AdjustFDR(p) {
		inputs[tested[k]][Exceedance] = math.Min(mostExceedance, max(0, -math.Log10(q)))
	}
}

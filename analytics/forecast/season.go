package forecast

import "math"

// pi is half a turn.
const pi = math.Pi

const (
	// seasonWeeks is the history needed before a season is estimated: with
	// less than two years it cannot be told from a trend.
	seasonWeeks = 104
	// harmonics is the order of the season: a yearly and a half-yearly wave.
	harmonics = 2
	// seasonLow and seasonHigh bound the season's factor.
	seasonLow, seasonHigh = .25, 4
)

// season is a multiplicative yearly pattern of one group: coefficients of
// cos and sin, harmonic by harmonic.
type season [2 * harmonics]float64

// at is the factor of a week's phase; the zero season is 1 everywhere.
func (s *season) at(phase float64) float64 {
	factor := 1.0
	for k := range harmonics {
		sin, cos := math.Sincos(float64(k+1) * phase)
		factor += s[2*k]*cos + s[2*k+1]*sin
	}
	return math.Min(seasonHigh, math.Max(seasonLow, factor))
}

// estimateSeason is the classical ratio-to-moving-average decomposition
// (Macaulay 1931) with a harmonic regression of the ratios: each week's total
// over the centred 52-week mean, weighted by that mean. A coefficient b with
// standard error s is shrunk by max(0, 1 − s²/b²), the positive-part
// James–Stein rule for a single effect. Only the weeks before end are used;
// the answer is the zero season where they are too few.
func (p *Panel) estimateSeason(g, end int) season {
	var fit season
	if end < seasonWeeks {
		return fit
	}
	basis, ratio, weight := p.seasonRatios(g, end)
	if len(ratio) < seasonWeeks/2 {
		return fit
	}
	residual := 0.0
	var norm season
	for k := range fit {
		top := 0.0
		for i := range ratio {
			top += weight[i] * basis[i][k] * ratio[i]
			norm[k] += weight[i] * basis[i][k] * basis[i][k]
		}
		fit[k] = top / norm[k]
	}
	for i := range ratio {
		e := ratio[i]
		for k := range fit {
			e -= fit[k] * basis[i][k]
		}
		residual += weight[i] * e * e
	}
	variance := residual / float64(len(ratio)-len(fit))
	for k := range fit {
		if fit[k] == 0 {
			continue
		}
		fit[k] *= math.Max(0, 1-variance/norm[k]/(fit[k]*fit[k]))
	}
	return fit
}

// seasonRatios pairs each week that has a full centred year around it with its
// harmonics, its ratio minus one, and its weight. Only whole years are used, so
// that the harmonics are nearly orthogonal and can be fitted one by one.
func (p *Panel) seasonRatios(g, end int) (basis []season, ratio, weight []float64) {
	const half = 26
	from := half
	if whole := (end - 2*half) / 52 * 52; whole > 0 {
		from = end - half - whole
	}
	for w := from; w < end-half; w++ {
		sum, seen := 0.0, 0.0
		for j := -half; j <= half; j++ {
			share := 1.0
			if j == -half || j == half {
				share = .5
			}
			if p.observed(g, w+j, end-1) {
				sum += share * p.totals[g][w+j]
				seen += share
			}
		}
		if !p.observed(g, w, end-1) || seen < half || sum == 0 {
			continue
		}
		mean := sum / seen
		phase := p.yearPhase(w)
		var b season
		for k := range harmonics {
			sin, cos := math.Sincos(float64(k+1) * phase)
			b[2*k], b[2*k+1] = cos, sin
		}
		basis = append(basis, b)
		ratio = append(ratio, p.totals[g][w]/mean-1)
		weight = append(weight, mean)
	}
	return basis, ratio, weight
}

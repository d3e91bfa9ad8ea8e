package level

import "reli/geo/area"

// PValue is that of an area by itself.
func PValue(week, base int64) (float64, bool) { return recent{week, base}.pValue() }

// PValueWithin is that of a part of a county.
func PValueWithin(week, base, countyWeek, countyBase int64) (float64, bool) {
	return recent{week, base}.pValueWithin(recent{countyWeek, countyBase})
}

// AtLeast is the tail of the hypergeometric law.
func AtLeast(all, week, drawn, k int64) float64 { return hypergeometric{all, week, drawn}.atLeast(k) }

// Exceedances are those of a tier whose areas have these matters of the week
// and of the base.
func Exceedances(tier area.Level, weeks, bases []int64) []float64 {
	areas, inputs := make([]recent, len(weeks)), make([]Inputs, len(weeks))
	var county recent
	for i := range weeks {
		areas[i] = recent{weeks[i], bases[i]}
		county.week, county.base = county.week+weeks[i], county.base+bases[i]
	}
	exceedances(tier, areas, county, inputs)
	out := make([]float64, len(weeks))
	for i, in := range inputs {
		out[i] = in[Exceedance]
	}
	return out
}

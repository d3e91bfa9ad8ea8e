package forecast

import "math"

// kernel is one way of weighing the past of a series.
type kernel struct {
	kind     kernelKind
	halfLife float64 // weeks; +Inf weighs the whole history alike
}

type kernelKind uint8

const (
	// memory is the place's own past, shrunk to its group.
	memory kernelKind = iota
	// excitement is the place's own very recent past, not shrunk: the
	// self-exciting term of an ETAS model, discrete in time.
	excitement
	// neighbourhood is the mean past of the adjoining places, not shrunk.
	neighbourhood
)

// accumulator holds Σ_s λ^(t−s) y_s for every series, and its sums over each
// group. It costs O(events) a week: instead of decaying every series, the unit
// in which they are kept grows.
type accumulator struct {
	kernel kernel
	lambda float64
	unit   float64 // divide by it to get events
	z      []float64
	sum    []float64 // Σ z by group
	square []float64 // Σ z² by group
}

// unitLimit is when the accumulator is brought back to unit 1.
const unitLimit = 1e100

func newAccumulator(k kernel, p *Panel) *accumulator {
	return &accumulator{
		kernel: k, lambda: math.Exp2(-1 / k.halfLife), unit: 1,
		z: make([]float64, p.Series()), sum: make([]float64, p.Groups()), square: make([]float64, p.Groups()),
	}
}

// advance takes in the next week.
func (a *accumulator) advance(p *Panel, week []event) {
	a.unit /= a.lambda
	if a.unit > unitLimit {
		a.rescale()
	}
	for _, e := range week {
		if a.kernel.kind != neighbourhood {
			a.add(p, e.series, float64(e.count)*a.unit)
			continue
		}
		for _, j := range p.neighbours[e.series] {
			a.add(p, j, float64(e.count)*a.unit/float64(len(p.neighbours[j])))
		}
	}
}

func (a *accumulator) add(p *Panel, series int32, amount float64) {
	g := p.groups[series]
	a.square[g] += amount * (2*a.z[series] + amount)
	a.sum[g] += amount
	a.z[series] += amount
}

// unborn is what the series of a group that do not exist yet have gathered.
func (a *accumulator) unborn(p *Panel, g, now int) float64 {
	sum := 0.0
	for s, born := range p.born {
		if int(born) > now && int(p.groups[s]) == g {
			sum += a.z[s]
		}
	}
	return sum
}

func (a *accumulator) rescale() {
	for i := range a.z {
		a.z[i] /= a.unit
	}
	for g := range a.sum {
		a.sum[g] /= a.unit
		a.square[g] /= a.unit * a.unit
	}
	a.unit = 1
}

// exposure is E1 = Σ λ^(t−s) x_s and E2 = Σ λ^(2(t−s)) x_s over the observed
// weeks s ≤ t, where x_s is the season's factor.
type exposure struct{ one, two float64 }

func (a *accumulator) exposure(p *Panel, g, t int, factor []float64) exposure {
	var e exposure
	weight := 1.0
	for s := t; s >= 0 && weight > 1e-12; s-- {
		if p.observed(g, s, t) {
			e.one += weight * factor[s]
			e.two += weight * weight * factor[s]
		}
		weight *= a.lambda
	}
	return e
}

// prior is a gamma distribution of the weekly rates of a group.
type prior struct{ shape, rate float64 }

const (
	// priorShapeLow and priorShapeHigh bound the shape of the prior where the
	// moments give no variance between places, or nothing but it.
	priorShapeLow, priorShapeHigh = 1e-3, 1e4
	// priorEvents is the number of events that a silent group is given, so
	// that its forecast is small but not impossible.
	priorEvents = .5
)

// prior estimates the gamma prior by moments in closed form (Marshall 1991,
// for exponentially weighted counts): with Z = Σ λ^(t−s) y_s and rates of mean
// m and variance v, E Z = m·E1 and Var Z = m·E2 + v·E1².
func (a *accumulator) prior(g, series int, e exposure) prior {
	n := float64(series)
	sum := math.Max(a.sum[g]/a.unit, priorEvents)
	mean := sum / (n * e.one)
	second := a.square[g] / (a.unit * a.unit) / n
	variance := (second - (sum/n)*(sum/n) - mean*e.two) / (e.one * e.one)
	shape := priorShapeHigh
	if variance > 0 {
		shape = math.Min(priorShapeHigh, math.Max(priorShapeLow, mean*mean/variance))
	}
	return prior{shape: shape, rate: shape / mean}
}

package hotspot

import (
	"context"
	"math"
)

// minMoran is the least number of cells for which the variance of Moran's I under
// randomisation exists (its formula divides by n−3).
const minMoran = 4

// Moran is the global spatial autocorrelation of a map. Defined is false where no
// variance exists (then the z are 0).
type Moran struct {
	I        float64 // about Expected without autocorrelation, near 1 where like sits by like
	Expected float64 // −1/(n−1)
	// Under randomisation: the map's values dealt out to its cells at random.
	RandomVariance, RandomZ float64
	// Under normality: values drawn from one normal law.
	NormalVariance, NormalZ float64
	Defined                 bool
}

// MoranI returns Moran's I with its moments under randomisation and under
// normality (Cliff and Ord 1981, eq. 1.37–1.44). w must not have self; it need not
// be symmetric. Cells without neighbours count in n and add nothing to the sums.
func MoranI(x []float64, w *Weights) (Moran, error) {
	if len(x) < minMoran {
		return Moran{}, Refuse(TooFew, "x", "at least four cells are needed")
	}
	if err := checkMap(x, w, false); err != nil {
		return Moran{}, err
	}
	mean, variance := moments(x)
	if variance == 0 {
		return Moran{}, Refuse(Constant, "x", "all cells have the same value")
	}
	s := weightSums(w)
	if s.s0 == 0 {
		return Moran{}, Refuse(BadWeights, "weights", "no cell has a neighbour")
	}
	z := centred(x, mean)
	n := float64(len(x))
	var cross, fourth float64
	for i := range z {
		cross += w.Weight(i) * z[i] * w.sum(i, z)
		fourth += z[i] * z[i] * z[i] * z[i] / n
	}
	m := Moran{I: cross / (s.s0 * variance), Expected: -1 / (n - 1)}
	m.setMoments(n, s, fourth/(variance*variance))
	return m, nil
}

// setMoments fills the variances and scores; kurtosis is m4/m2².
func (m *Moran) setMoments(n float64, s weightTotals, kurtosis float64) {
	s02 := s.s0 * s.s0
	e2 := m.Expected * m.Expected
	m.NormalVariance = (n*n*s.s1-n*s.s2+3*s02)/(s02*(n*n-1)) - e2
	m.RandomVariance = (n*((n*n-3*n+3)*s.s1-n*s.s2+3*s02)-
		kurtosis*((n*n-n)*s.s1-2*n*s.s2+6*s02))/((n-1)*(n-2)*(n-3)*s02) - e2
	// Where all cells touch all others I is a constant and only dust is left.
	m.Defined = m.NormalVariance > 1e-12 && m.RandomVariance > 1e-12
	if m.Defined {
		m.NormalZ = (m.I - m.Expected) / math.Sqrt(m.NormalVariance)
		m.RandomZ = (m.I - m.Expected) / math.Sqrt(m.RandomVariance)
	}
}

// weightTotals are the sums over the weights that Moran's moments need:
// S0 = Σw, S1 = ½Σ(w_ij+w_ji)², S2 = Σ_i(w_i. + w_.i)².
type weightTotals struct{ s0, s1, s2 float64 }

func weightSums(w *Weights) weightTotals {
	var t weightTotals
	columns := make([]float64, w.Len())
	rows := make([]float64, w.Len())
	for i := range w.Len() {
		wi := w.Weight(i)
		rows[i] = wi * float64(w.Degree(i))
		t.s0 += rows[i]
		for _, j := range w.Row(i) {
			columns[j] += wi
			t.s1 += wi * wi
			if w.has(int(j), i) {
				t.s1 += wi * w.Weight(int(j))
			}
		}
	}
	for i := range rows {
		t.s2 += (rows[i] + columns[i]) * (rows[i] + columns[i])
	}
	return t
}

func centred(x []float64, mean float64) []float64 {
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = v - mean
	}
	return z
}

// Quadrant says how a cell and its neighbourhood lie about the mean.
type Quadrant uint8

// The quadrants of the Moran scatter plot.
const (
	NoQuadrant Quadrant = iota // no neighbours
	HighHigh
	LowHigh
	LowLow
	HighLow
)

// LocalMoran is the local autocorrelation of one cell. Where Defined is false the
// cell has no neighbours or no variance, Z is 0 and P is 1.
type LocalMoran struct {
	I, Expected, Variance, Z float64
	P                        float64 // two-sided conditional permutation p-value
	Quadrant                 Quadrant
	Defined                  bool
}

// LocalMoranI returns the local Moran's I of Anselin (1995), I_i = z_i Σ_j w_ij z_j
// / m2 with m2 = Σz²/n, its conditional moments (Sokal, Oden and Thomson 1998)
//
//	E = −z_i² W_i / ((n−1) m2)
//	Var = (z_i/m2)² · n/(n−2) · (Σ_j w_ij² − W_i²/(n−1)) · (m2 − z_i²/(n−1))
//
// and the two-sided p-value of d.N conditional permutations, twice the smaller
// tail. w must not have self and is row-standardised as a rule.
func LocalMoranI(ctx context.Context, x []float64, w *Weights, d Draws) ([]LocalMoran, error) {
	if err := checkMap(x, w, false); err != nil {
		return nil, err
	}
	mean, variance := moments(x)
	if variance == 0 {
		return nil, Refuse(Constant, "x", "all cells have the same value")
	}
	z := centred(x, mean)
	hits, err := conditionalHits(ctx, z, w, d)
	if err != nil {
		return nil, err
	}
	out := make([]LocalMoran, len(x))
	for i := range out {
		out[i] = localMoran(i, z, w, variance)
		out[i].P = 1
		if out[i].Defined {
			out[i].P = twoTails(hits[i].upper(d.N), hits[i].lower(d.N), TwoSided)
		}
	}
	return out, nil
}

func localMoran(i int, z []float64, w *Weights, m2 float64) LocalMoran {
	degree, weight := float64(w.Degree(i)), w.Weight(i)
	if degree == 0 {
		return LocalMoran{}
	}
	n := float64(len(z))
	total, squares := weight*degree, weight*weight*degree
	lag := weight * w.sum(i, z)
	l := LocalMoran{
		I:        z[i] * lag / m2,
		Expected: -z[i] * z[i] * total / ((n - 1) * m2),
		Variance: z[i] * z[i] / (m2 * m2) * n / (n - 2) *
			(squares - total*total/(n-1)) * (m2 - z[i]*z[i]/(n-1)),
		Quadrant: quadrant(z[i], lag),
	}
	l.Defined = l.Variance > 1e-12
	if l.Defined {
		l.Z = (l.I - l.Expected) / math.Sqrt(l.Variance)
	} else {
		l.Variance = 0
	}
	return l
}

func quadrant(own, around float64) Quadrant {
	switch {
	case own >= 0 && around >= 0:
		return HighHigh
	case own < 0 && around >= 0:
		return LowHigh
	case own < 0:
		return LowLow
	default:
		return HighLow
	}
}

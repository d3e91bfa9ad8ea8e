package hotspot

import "math"

// minCells is the least number of cells for which the variance of Gi exists.
const minCells = 3

// Scores holds one standard score a cell. Where Defined is false the score could
// not be formed (no neighbours, or all cells are neighbours) and Z is 0.
type Scores struct {
	Z       []float64
	Defined []bool
}

// P returns the normal p-value of every score, 1 where the score is not defined.
// Counts per cell are skewed: on sparse maps these p-values raise far too many
// alarms, so alarms are raised by Detect; these are for comparison with other tools.
func (s Scores) P(tail Tail) []float64 {
	p := make([]float64, len(s.Z))
	for i, z := range s.Z {
		p[i] = 1
		if s.Defined[i] {
			p[i] = NormalP(z, tail)
		}
	}
	return p
}

// GiStar returns the standardised local statistic Gi* of Ord and Getis (1995,
// eq. 14), in which a cell is its own neighbour; w must have self:
//
//	z_i = (Σ_j w_ij x_j − W_i x̄) / (s √[(n S_i − W_i²)/(n−1)])
//
// with W_i = Σ_j w_ij, S_i = Σ_j w_ij², x̄ and s² = Σx²/n − x̄² over all cells.
// Binary and row-standardised weights give the same score.
func GiStar(x []float64, w *Weights) (Scores, error) {
	if err := checkMap(x, w, true); err != nil {
		return Scores{}, err
	}
	mean, variance := moments(x)
	if variance == 0 {
		return Scores{}, Refuse(Constant, "x", "all cells have the same value")
	}
	s := newScores(len(x))
	giStarInto(s, x, w, mean, variance)
	return s, nil
}

// giStarInto fills s; mean and variance are those of x, the variance not zero.
func giStarInto(s Scores, x []float64, w *Weights, mean, variance float64) {
	n := float64(len(x))
	for i := range x {
		m := float64(w.Degree(i))
		spread := variance * m * (n - m) / (n - 1)
		s.Defined[i] = spread > 0
		if s.Defined[i] {
			s.Z[i] = (w.sum(i, x) - m*mean) / math.Sqrt(spread)
		}
	}
}

// Gi returns the standardised local statistic Gi of Ord and Getis (1995, eq. 6),
// in which a cell is not its own neighbour; w must not have self. Mean and
// variance are those of the other n−1 cells:
//
//	z_i = (Σ_j w_ij x_j − W_i x̄(i)) / (s(i) √[((n−1) S_i − W_i²)/(n−2)])
func Gi(x []float64, w *Weights) (Scores, error) {
	if err := checkMap(x, w, false); err != nil {
		return Scores{}, err
	}
	mean, variance := moments(x)
	if variance == 0 {
		return Scores{}, Refuse(Constant, "x", "all cells have the same value")
	}
	s := newScores(len(x))
	n := float64(len(x))
	squares := variance * n // about the mean of all cells
	for i, v := range x {
		m := float64(w.Degree(i))
		d := v - mean
		rest := -d / (n - 1) // mean of the others, about the mean of all
		others := (squares-d*d)/(n-1) - rest*rest
		spread := others * m * (n - 1 - m) / (n - 2)
		// Cancellation leaves dust where the others are all equal.
		s.Defined[i] = spread > 1e-12*variance
		if s.Defined[i] {
			s.Z[i] = (w.sum(i, x) - m*(mean+rest)) / math.Sqrt(spread)
		}
	}
	return s, nil
}

func newScores(n int) Scores {
	return Scores{Z: make([]float64, n), Defined: make([]bool, n)}
}

// checkMap refuses maps on which no local statistic can be formed.
func checkMap(x []float64, w *Weights, self bool) error {
	if len(x) < minCells {
		return Refuse(TooFew, "x", "at least three cells are needed")
	}
	if err := checkWeights(w, len(x), self); err != nil {
		return err
	}
	return checkFinite("x", x)
}

// moments returns the mean and the variance Σ(x−x̄)²/n. The variance of equal
// values is exactly 0.
func moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	same := true
	for _, v := range x {
		mean += v / n
		same = same && v == x[0]
	}
	if same {
		return x[0], 0
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / n
	}
	return mean, variance
}

package warning

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// errSingular says that a regression has no unique answer.
var errSingular = errors.New("warning: regression without a unique answer")

// errDiverged says that a regression did not settle.
var errDiverged = errors.New("warning: regression did not converge")

// regression is a quasi-Poisson regression with log link.
type regression struct {
	beta       []float64
	mu         []float64
	hat        []float64 // leverages
	working    []float64 // weights of the last iteration
	covariance []float64 // unscaled, row by row
	dispersion float64   // Pearson's, unbounded
	freedom    int
}

const (
	// glmTolerance and glmSteps are R's glm.control: the change of the
	// deviance at which the iteration ends. Stopping where R stops makes the
	// digits agree.
	glmTolerance = 1e-8
	glmSteps     = 25
)

// fitPoisson maximises the likelihood by iteratively reweighted least squares
// (McCullagh & Nelder 1989, 2.5), started at y+0.1.
func fitPoisson(x [][]float64, y, weights []float64) (*regression, error) {
	n, p := len(y), len(x[0])
	if n <= p {
		return nil, errSingular
	}
	r := &regression{mu: make([]float64, n), hat: make([]float64, n), freedom: n - p}
	eta := make([]float64, n)
	for i := range y {
		eta[i] = math.Log(y[i] + .1)
		r.mu[i] = y[i] + .1
	}
	before := deviance(y, r.mu, weights)
	for range glmSteps {
		if err := r.step(x, y, weights, eta); err != nil {
			return nil, err
		}
		now := deviance(y, r.mu, weights)
		if math.IsNaN(now) || math.IsInf(now, 0) {
			return nil, errDiverged
		}
		if math.Abs(now-before)/(math.Abs(now)+.1) < glmTolerance {
			r.finish(y)
			return r, nil
		}
		before = now
	}
	return nil, errDiverged
}

// step solves one weighted least squares problem; the leverages and the
// covariance are those of its weights, as in R.
func (r *regression) step(x [][]float64, y, weights, eta []float64) error {
	p := len(x[0])
	normal, right := make([]float64, p*p), make([]float64, p)
	r.working = make([]float64, len(y))
	w := r.working
	for i, row := range x {
		w[i] = weights[i] * r.mu[i]
		z := eta[i] + (y[i]-r.mu[i])/r.mu[i]
		for a, v := range row {
			if v == 0 {
				continue // season levels: most of a row is zero
			}
			right[a] += w[i] * v * z
			for b := a; b < p; b++ {
				normal[a*p+b] += w[i] * v * row[b]
			}
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(mat.NewSymDense(p, normal)) || cholesky.Cond() > 1e14 {
		return errSingular
	}
	var beta mat.VecDense
	if err := cholesky.SolveVecTo(&beta, mat.NewVecDense(p, right)); err != nil {
		return errSingular
	}
	r.beta = beta.RawVector().Data
	var inverse mat.SymDense
	if err := cholesky.InverseTo(&inverse); err != nil {
		return errSingular
	}
	r.covariance = mat.DenseCopyOf(&inverse).RawMatrix().Data
	for i, row := range x {
		eta[i] = dot(row, r.beta)
		r.hat[i] = w[i] * r.quadratic(row)
		r.mu[i] = math.Exp(eta[i])
	}
	return nil
}

// finish computes Pearson's dispersion. Like R it takes the weights of the last
// iteration, which lag one step behind the means.
func (r *regression) finish(y []float64) {
	sum := 0.0
	for i, mu := range r.mu {
		e := (y[i] - mu) / mu
		sum += r.working[i] * e * e
	}
	r.dispersion = sum / float64(r.freedom)
}

// quadratic is x'Cx with the unscaled covariance C.
func (r *regression) quadratic(x []float64) float64 {
	sum := 0.0
	for a, v := range x {
		if v != 0 {
			sum += v * dot(x, r.covariance[a*len(x):])
		}
	}
	return sum
}

// phi is the overdispersion, never below Poisson.
func (r *regression) phi() float64 { return math.Max(1, r.dispersion) }

// pValue is the two-sided t test of one coefficient.
func (r *regression) pValue(k int) float64 {
	se := math.Sqrt(r.dispersion * r.covariance[k*len(r.beta)+k])
	t := distuv.StudentsT{Sigma: 1, Nu: float64(r.freedom)}
	return 2 * t.CDF(-math.Abs(r.beta[k]/se))
}

// anscombe are the standardised Anscombe residuals of a Poisson regression.
func (r *regression) anscombe(y []float64) []float64 {
	out := make([]float64, len(y))
	for i, mu := range r.mu {
		a := 1.5 * (math.Pow(y[i], 2./3)*math.Pow(mu, -1./6) - math.Sqrt(mu))
		out[i] = a / math.Sqrt(r.phi()*(1-r.hat[i]))
	}
	return out
}

// downweight gives past outbreaks, residuals above the threshold, the weight
// 1/s², scaled so that all weights sum to n (Farrington et al. 1996, 3.6).
func downweight(residuals []float64, threshold float64) []float64 {
	out := make([]float64, len(residuals))
	sum := 0.0
	for i, s := range residuals {
		out[i] = 1
		if s > threshold {
			out[i] = 1 / (s * s)
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= float64(len(out)) / sum
	}
	return out
}

func deviance(y, mu, weights []float64) float64 {
	sum := 0.0
	for i := range y {
		term := mu[i] - y[i]
		if y[i] > 0 {
			term += y[i] * math.Log(y[i]/mu[i])
		}
		sum += 2 * weights[i] * term
	}
	return sum
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

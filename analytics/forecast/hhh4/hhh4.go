package hhh4

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"reli/analytics/forecast/score"
)

// Data are weekly counts of places.
type Data struct {
	// Counts is one row a week, one column a place.
	Counts [][]float64
	// Adjacent is the matrix of places that share a border.
	Adjacent [][]bool
	// Offset multiplies the endemic part, such as population fractions: one
	// row a week, one column a place.
	Offset [][]float64
	// Period is the length of a season in weeks.
	Period float64
}

// Parameters of the mean
//
//	μ_it = e^AR·y_i,t−1 + e^NE·Σ_j∼i y_j,t−1 + o_it·e^(End + Trend·t + Sin·sin ωt + Cos·cos ωt)
//
// with t counted from 0 and ω = 2π/Period, and of the variance μ(1 + Overdispersion·μ).
type Parameters struct {
	AR, NE, End, Trend, Sin, Cos float64
	Overdispersion               float64
}

// Fit is a fitted model.
type Fit struct {
	Parameters Parameters
	LogLik     float64
	data       Data
}

// ErrData says that the data do not fit together or are too short.
var ErrData = errors.New("hhh4: needs at least 10 weeks and matrices of one size")

// ErrNoConvergence says that the likelihood could not be maximised.
var ErrNoConvergence = errors.New("hhh4: no convergence")

const (
	parameters  = 7
	maxSteps    = 200
	gradientEnd = 1e-6
)

func (d Data) check() error {
	if len(d.Counts) < 10 || len(d.Offset) != len(d.Counts) || !(d.Period > 0) {
		return ErrData
	}
	places := len(d.Counts[0])
	if places == 0 || len(d.Adjacent) != places {
		return ErrData
	}
	for t := range d.Counts {
		if len(d.Counts[t]) != places || len(d.Offset[t]) != places {
			return ErrData
		}
	}
	for i := range d.Adjacent {
		if len(d.Adjacent[i]) != places {
			return ErrData
		}
	}
	return nil
}

// New fits the model to the weeks 1 … weeks−1 of the data (week 0 is only a
// past) by Fisher scoring with step halving, from the given start or from a
// default one if nil.
func New(d Data, weeks int, start *Parameters) (*Fit, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if weeks < 10 || weeks > len(d.Counts) {
		return nil, fmt.Errorf("%w: asked for %d", ErrData, weeks)
	}
	x := [parameters]float64{-1, -3, 0, 0, 0, 0, 0}
	if start != nil {
		x = start.vector()
	}
	f := &Fit{data: d}
	best := f.logLik(x, weeks)
	for range maxSteps {
		gradient, information := f.derivatives(x, weeks)
		step, err := solve(gradient, information)
		if err != nil {
			return nil, err
		}
		scale := 1.0
		for ; scale > 1e-10; scale /= 2 {
			try := x
			for k := range try {
				try[k] += scale * step[k]
			}
			if l := f.logLik(try, weeks); l > best {
				best, x = l, try
				break
			}
		}
		if norm(gradient) < gradientEnd || scale <= 1e-10 {
			f.Parameters, f.LogLik = fromVector(x), best
			return f, nil
		}
	}
	return nil, ErrNoConvergence
}

// vector holds the overdispersion as its logarithm.
func (p Parameters) vector() [parameters]float64 {
	return [parameters]float64{p.AR, p.NE, p.End, p.Trend, p.Sin, p.Cos, math.Log(p.Overdispersion)}
}

func fromVector(x [parameters]float64) Parameters {
	return Parameters{AR: x[0], NE: x[1], End: x[2], Trend: x[3], Sin: x[4], Cos: x[5], Overdispersion: math.Exp(x[6])}
}

// mean is μ and its derivatives with respect to the six mean parameters.
func (f *Fit) mean(x [parameters]float64, t, i int) (mu float64, d [parameters - 1]float64) {
	last := f.data.Counts[t-1]
	neighbours := 0.0
	for j, y := range last {
		if f.data.Adjacent[j][i] {
			neighbours += y
		}
	}
	sin, cos := math.Sincos(2 * math.Pi * float64(t) / f.data.Period)
	d[0] = math.Exp(x[0]) * last[i]
	d[1] = math.Exp(x[1]) * neighbours
	d[2] = f.data.Offset[t][i] * math.Exp(x[2]+x[3]*float64(t)+x[4]*sin+x[5]*cos)
	mu = d[0] + d[1] + d[2]
	d[3], d[4], d[5] = d[2]*float64(t), d[2]*sin, d[2]*cos
	return mu, d
}

func (f *Fit) logLik(x [parameters]float64, weeks int) float64 {
	size := math.Exp(-x[6])
	sum := 0.0
	for t := 1; t < weeks; t++ {
		for i, y := range f.data.Counts[t] {
			mu, _ := f.mean(x, t, i)
			sum += score.Count{Mean: mu, Size: size}.LogPMF(int(y))
		}
	}
	return sum
}

// derivatives are the gradient of the log-likelihood and the expected
// information of the mean parameters; for the overdispersion the information
// is the negative numerical second derivative, held positive.
func (f *Fit) derivatives(x [parameters]float64, weeks int) (gradient [parameters]float64, information *mat.SymDense) {
	information = mat.NewSymDense(parameters, nil)
	psi := math.Exp(x[6])
	for t := 1; t < weeks; t++ {
		for i, y := range f.data.Counts[t] {
			mu, d := f.mean(x, t, i)
			variance := mu * (1 + psi*mu)
			for a := range d {
				gradient[a] += (y - mu) / variance * d[a]
				for b := a; b < len(d); b++ {
					information.SetSym(a, b, information.At(a, b)+d[a]*d[b]/variance)
				}
			}
		}
	}
	const h = 1e-4
	up, down := x, x
	up[parameters-1] += h
	down[parameters-1] -= h
	high, middle, low := f.logLik(up, weeks), f.logLik(x, weeks), f.logLik(down, weeks)
	gradient[parameters-1] = (high - low) / (2 * h)
	curvature := (high - 2*middle + low) / (h * h)
	information.SetSym(parameters-1, parameters-1, math.Max(1e-2, math.Abs(curvature)))
	return gradient, information
}

func solve(gradient [parameters]float64, information *mat.SymDense) ([parameters]float64, error) {
	var step [parameters]float64
	for k := range parameters {
		information.SetSym(k, k, information.At(k, k)*(1+1e-9)+1e-9)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(information) {
		return step, ErrNoConvergence
	}
	var out mat.VecDense
	if err := cholesky.SolveVecTo(&out, mat.NewVecDense(parameters, gradient[:])); err != nil {
		return step, ErrNoConvergence
	}
	for k := range step {
		step[k] = out.AtVec(k)
	}
	return step, nil
}

func norm(v [parameters]float64) float64 {
	m := 0.0
	for _, e := range v {
		m = math.Max(m, math.Abs(e))
	}
	return m
}

// Predict is the one-step predictive distribution of every place for week t of
// the data, from the counts of week t−1.
func (f *Fit) Predict(t int) ([]score.Count, error) {
	if t < 1 || t >= len(f.data.Counts) {
		return nil, fmt.Errorf("%w: week %d", ErrData, t)
	}
	x := f.Parameters.vector()
	out := make([]score.Count, len(f.data.Counts[t]))
	for i := range out {
		mu, _ := f.mean(x, t, i)
		out[i] = score.Count{Mean: mu, Size: 1 / f.Parameters.Overdispersion}
	}
	return out, nil
}

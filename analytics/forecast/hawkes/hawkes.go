// Package hawkes fits the self-exciting point process with an exponential
// memory to the times of single incidents: each incident raises the rate of
// the next ones for a while. It measures how much of the activity of a place
// is aftershock; the weekly counts of analytics/forecast carry the same idea
// as their self-exciting term.
//
// It is arithmetic on slices, without I/O or clock; randomness is injected. It
// makes no forecast of its own.
package hawkes

import (
	"errors"
	"math"
	"math/rand/v2"
)

// Process is a temporal ETAS model with rate
//
//	λ(t) = Background + Branching·Decay·Σ_{t_i<t} e^{−Decay·(t−t_i)}
//
// (Hawkes 1971), times in days.
type Process struct {
	Background float64 // incidents a day without excitement
	Branching  float64 // mean number of direct aftershocks of one incident
	Decay      float64 // 1/day
}

// Fit is an estimated process with the standard error of its branching ratio
// and the gain in log-likelihood over a constant rate.
type Fit struct {
	Process
	BranchingError float64
	LogLik         float64
	Gain           float64
}

// ErrFew says that there are too few incidents to tell aftershocks from chance.
var ErrFew = errors.New("hawkes: fewer than 20 incidents")

// ErrOrder says that the times do not ascend within [0, end].
var ErrOrder = errors.New("hawkes: times must ascend within the observed span")

const (
	fewest   = 20
	emSteps  = 500
	emEnd    = 1e-7
	errorGap = 1e-3
)

// New fits a process to ascending times in [0, end] by the EM algorithm of
// Veen & Schoenberg (2008). The sums over pairs follow from recursions, so a
// step is O(n).
func New(times []float64, end float64) (*Fit, error) {
	if len(times) < fewest {
		return nil, ErrFew
	}
	for i, t := range times {
		if !(t >= 0 && t <= end) || (i > 0 && t < times[i-1]) {
			return nil, ErrOrder
		}
	}
	n := float64(len(times))
	p := Process{Background: n / end / 2, Branching: .5, Decay: 1}
	last := math.Inf(-1)
	for range emSteps {
		p = p.step(times, end)
		if l := p.LogLik(times, end); l-last < emEnd*math.Abs(l) {
			break
		} else {
			last = l
		}
	}
	f := &Fit{Process: p, LogLik: p.LogLik(times, end)}
	f.Gain = f.LogLik - (n*math.Log(n/end) - n)
	f.BranchingError = p.branchingError(times, end)
	return f, nil
}

// LogLik is Σ log λ(t_i) − ∫λ with Ogata's (1978) recursion for the sum.
func (p Process) LogLik(times []float64, end float64) float64 {
	sum, excited := 0.0, 0.0
	total := p.Background * end
	for i, t := range times {
		if i > 0 {
			excited = (excited + 1) * math.Exp(-p.Decay*(t-times[i-1]))
		}
		sum += math.Log(p.Background + p.Branching*p.Decay*excited)
		total += p.Branching * -math.Expm1(-p.Decay*(end-t))
	}
	return sum - total
}

// step is one EM step: the expected numbers of background incidents and
// aftershocks, and the aftershocks' summed delays.
func (p Process) step(times []float64, end float64) Process {
	background, aftershocks, delays := 0.0, 0.0, 0.0
	exposed, edge := 0.0, 0.0
	excited, delayed := 0.0, 0.0 // Σ e^{−βΔ} and Σ Δ·e^{−βΔ} over earlier incidents
	for i, t := range times {
		if i > 0 {
			gap := t - times[i-1]
			fade := math.Exp(-p.Decay * gap)
			delayed = (delayed + gap*(excited+1)) * fade
			excited = (excited + 1) * fade
		}
		rate := p.Background + p.Branching*p.Decay*excited
		background += p.Background / rate
		aftershocks += p.Branching * p.Decay * excited / rate
		delays += p.Branching * p.Decay * delayed / rate
		left := end - t
		exposed += -math.Expm1(-p.Decay * left)
		edge += left * math.Exp(-p.Decay*left)
	}
	next := Process{Background: background / end, Branching: aftershocks / exposed, Decay: p.Decay}
	if d := delays + next.Branching*edge; d > 0 {
		next.Decay = aftershocks / d
	}
	return next
}

// branchingError is the standard error from the observed information with the
// background profiled out at its conditional optimum.
func (p Process) branchingError(times []float64, end float64) float64 {
	at := func(db, dn, dd float64) float64 {
		q := Process{p.Background * (1 + db), p.Branching + dn, p.Decay * (1 + dd)}
		return q.LogLik(times, end)
	}
	const h = errorGap
	var hessian [3][3]float64
	unit := func(i int, s float64) (v [3]float64) { v[i] = s; return v }
	for i := range 3 {
		for j := range 3 {
			sum := 0.0
			for _, s := range [...][3]float64{{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}} {
				a, b := unit(i, s[0]*h), unit(j, s[1]*h)
				sum += s[2] * at(a[0]+b[0], a[1]+b[1], a[2]+b[2])
			}
			hessian[i][j] = -sum / (4 * h * h)
		}
	}
	// The variance of the second parameter is a cofactor over the determinant.
	a, b, c := hessian[0], hessian[1], hessian[2]
	determinant := a[0]*(b[1]*c[2]-b[2]*c[1]) - a[1]*(b[0]*c[2]-b[2]*c[0]) + a[2]*(b[0]*c[1]-b[1]*c[0])
	cofactor := a[0]*c[2] - a[2]*c[0]
	if v := cofactor / determinant; v > 0 {
		return math.Sqrt(v)
	}
	return math.Inf(1)
}

// Simulate draws a process on [0, end] by Ogata's (1981) thinning.
func (p Process) Simulate(end float64, rng *rand.Rand) []float64 {
	var times []float64
	t, excited := 0.0, 0.0
	for {
		bound := p.Background + p.Branching*p.Decay*excited
		gap := rng.ExpFloat64() / bound
		t += gap
		if t > end {
			return times
		}
		excited *= math.Exp(-p.Decay * gap)
		if rng.Float64()*bound < p.Background+p.Branching*p.Decay*excited {
			times = append(times, t)
			excited++
		}
	}
}

package indicator

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/mathext"
)

const (
	// Confidence of all intervals.
	Confidence = 0.95
	tail       = (1 - Confidence) / 2
	// z is the normal quantile of 1-tail.
	z = 1.959963984540054
	// exactBelow is the number of cases below which the interval of a share is
	// exact; from there on Wilson's is close and a hundred times cheaper.
	exactBelow = 40
)

// Wilson gives the interval of a share k of n after Wilson (1927).
func Wilson(k, n int64) (low, high float64) {
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, centre-half), min(1, centre+half)
}

// ExactShare gives the interval of a share k of n after Clopper and Pearson
// (1934).
func ExactShare(k, n int64) (low, high float64) {
	high = 1
	if k > 0 {
		low = mathext.InvRegIncBeta(float64(k), float64(n-k+1), tail)
	}
	if k < n {
		high = mathext.InvRegIncBeta(float64(k+1), float64(n-k), 1-tail)
	}
	return low, high
}

// ExactCount gives the interval of the mean of a Poisson count k after Garwood
// (1936).
func ExactCount(k int64) (low, high float64) {
	if k > 0 {
		low = mathext.GammaIncRegInv(float64(k), tail)
	}
	return low, mathext.GammaIncRegInv(float64(k+1), 1-tail)
}

// intervals remembers the costly ones; nil remembers none. It is safe for
// concurrent use.
type intervals struct {
	once   sync.Once
	shares [exactBelow][exactBelow][2]float64 // by n and k
	counts [1000][2]float64                   // by k
}

func (v *intervals) fill() {
	for n := int64(1); n < exactBelow; n++ {
		for k := range n + 1 {
			v.shares[n][k][0], v.shares[n][k][1] = ExactShare(k, n)
		}
	}
	for k := range int64(len(v.counts)) {
		v.counts[k][0], v.counts[k][1] = ExactCount(k)
	}
}

// share gives the interval of k of n, exact for few cases.
func (v *intervals) share(k, n int64) (low, high float64) {
	if n >= exactBelow {
		return Wilson(k, n)
	}
	if v == nil {
		return ExactShare(k, n)
	}
	v.once.Do(v.fill)
	return v.shares[n][k][0], v.shares[n][k][1]
}

func (v *intervals) count(k int64) (low, high float64) {
	if v == nil {
		return ExactCount(k)
	}
	v.once.Do(v.fill)
	if k < int64(len(v.counts)) {
		return v.counts[k][0], v.counts[k][1]
	}
	return ExactCount(k)
}

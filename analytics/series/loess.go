package series

import (
	"math"
	"slices"
)

// missingWeight marks a step without a value; outliers have the weight 0.
const missingWeight = -1

// loess smooths y at every step by a local constant (degree 0) or line (1) over
// the window nearest steps, with tricube weights times those given (nil for 1).
// Where all values of a window are outliers it takes their median, so that one
// outlier among few cannot keep the rest out for good; the original takes the
// value itself. Where a window has no value the smooth goes straight from the
// last one to the next. It reports whether there was any value.
func loess(y, weights []float64, window, degree int, out []float64) bool {
	n := len(y)
	left, right := 0, min(window, n)-1
	for i := range y {
		// The window stays within the series and moves once i is past its middle.
		if i > (window+1)/2-1 && right < n-1 {
			left++
			right++
		}
		v, ok := local(y, weights, window, degree, float64(i), left, right)
		if !ok {
			if v, ok = median(y[left:right+1], weights[left:right+1]); !ok {
				v = math.NaN()
			}
		}
		out[i] = v
	}
	return bridge(out)
}

// bridge fills NaN in on the straight line between its neighbours, and evenly
// beyond the first and the last; false where all are NaN.
func bridge(y []float64) bool {
	last := -1 // with a value
	for i, v := range y {
		if math.IsNaN(v) {
			continue
		}
		for j := last + 1; j < i; j++ {
			y[j] = v
			if last >= 0 {
				y[j] = y[last] + (v-y[last])*float64(j-last)/float64(i-last)
			}
		}
		last = i
	}
	for j := last + 1; last >= 0 && j < len(y); j++ {
		y[j] = y[last]
	}
	return last >= 0
}

// median is that of the values that are there.
func median(y, weights []float64) (value float64, ok bool) {
	var known []float64
	for i, v := range y {
		if weights[i] != missingWeight {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return 0, false
	}
	slices.Sort(known)
	n := len(known)
	return (known[n/2] + known[n-n/2-1]) / 2, true
}

// local is the local fit at x over the steps left to right, both included; ok
// is false where none has weight.
func local(y, weights []float64, window, degree int, x float64, left, right int) (value float64, ok bool) {
	n := len(y)
	h := math.Max(x-float64(left), float64(right)-x)
	if window > n {
		h += float64((window - n) / 2)
	}
	weight := func(j int) float64 {
		r := math.Abs(float64(j) - x)
		w := 0.0
		switch {
		case r > .999*h:
			return 0
		case r <= .001*h:
			w = 1
		default:
			q := r / h
			q = 1 - q*q*q
			w = q * q * q
		}
		if weights != nil {
			w *= max(0, weights[j])
		}
		return w
	}
	var sum, sumJ, sumY float64
	for j := left; j <= right; j++ {
		w := weight(j)
		sum += w
		sumJ += w * float64(j)
		sumY += w * y[j]
	}
	if sum <= 0 {
		return 0, false
	}
	mean := sumY / sum
	if degree == 0 || h <= 0 {
		return mean, true
	}
	center := sumJ / sum
	var spread, slope float64
	for j := left; j <= right; j++ {
		w := weight(j)
		d := float64(j) - center
		spread += w * d * d
		slope += w * d * y[j]
	}
	// A window whose weight sits on one step has no slope.
	if math.Sqrt(spread/sum) <= .001*float64(n-1) {
		return mean, true
	}
	return mean + (x-center)*slope/spread, true
}

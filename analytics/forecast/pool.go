package forecast

import "slices"

// pool learns the weights β ≥ 0 of the kernels' rates x_k in the mean
// μ = Σ_k β_k x_k by Poisson maximum likelihood over past origins. The events
// of the non-zero targets and the sums of the rates over all series are
// enough, so that a fit costs O(events), not O(series).
type pool struct {
	kernels int
	x       []float64 // kernels per target
	y       []float64
	due     []int32 // week at whose end the target is known
	sums    []rateSum
}

// rateSum is Σ x_k over all series at one origin.
type rateSum struct {
	due   int
	rates []float64
}

const (
	// poolWindow is the number of past origins whose targets weigh in: a year,
	// so that every season is in it once.
	poolWindow = 52
	// poolSteps is the number of EM steps of a first fit, poolWarm of a later
	// one that starts from the fit of the week before.
	poolSteps, poolWarm = 60, 3
	// poolFewest is the number of non-zero targets below which the weights
	// stay as they are.
	poolFewest = 50
	// poolSampled bounds the targets of one origin that are kept: a handful of
	// weights needs no more, and all of a large county's would be most of the
	// work.
	poolSampled = 1 << 11
)

// learn adds the targets of one origin. Where there are more than poolSampled,
// every n-th stands for its neighbours too, so that all the events are there
// still.
func (q *pool) learn(f *filter, kernels []int, v *view, truth target) {
	factor := v.factor[truth.horizon]
	stride := 1 + (len(truth.busy)-1)/poolSampled
	first, all, kept := len(q.y), 0.0, 0.0
	for i, e := range truth.busy {
		g := f.panel.groups[e.series]
		if truth.skip[g] || int(f.panel.born[e.series]) > f.now {
			continue
		}
		all += float64(e.count)
		if (i+f.now)%stride != 0 {
			continue
		}
		kept += float64(e.count)
		for _, k := range kernels {
			q.x = append(q.x, factor[g]*(v.constant[k][g]+v.slope[k][g]*f.past[k].z[e.series]))
		}
		q.y = append(q.y, float64(e.count))
		q.due = append(q.due, int32(truth.due))
	}
	if kept < all {
		for i := range q.y[first:] {
			q.y[first+i] *= all / kept
		}
	}
	sum := rateSum{due: truth.due, rates: make([]float64, len(kernels))}
	for i, k := range kernels {
		for g, total := range v.total[k] {
			if !truth.skip[g] {
				sum.rates[i] += factor[g] * total
			}
		}
	}
	q.sums = append(q.sums, sum)
}

// fit improves the weights by the EM algorithm for a Poisson sum (Lucy 1974;
// Shepp & Vardi 1982): β_k ← β_k · (Σ y x_k/μ) / (Σ x_k), over the targets due
// in (now−poolWindow, now]. Each step raises the likelihood and keeps β ≥ 0.
func (q *pool) fit(weights []float64, now, steps int) (beta []float64, fitted bool) {
	q.forget(now - poolWindow)
	end, _ := slices.BinarySearch(q.due, int32(now+1))
	if end < poolFewest {
		return weights, false
	}
	bottom := make([]float64, q.kernels)
	for _, s := range q.sums {
		if s.due <= now {
			for k, r := range s.rates {
				bottom[k] += r
			}
		}
	}
	beta = slices.Clone(weights)
	top := make([]float64, q.kernels)
	for range steps {
		clear(top)
		for i := range end {
			x := q.x[i*q.kernels : (i+1)*q.kernels]
			mean := 0.0
			for k, b := range beta {
				mean += b * x[k]
			}
			if mean <= 0 {
				continue
			}
			share := q.y[i] / mean
			for k := range top {
				top[k] += share * x[k]
			}
		}
		for k := range beta {
			if bottom[k] > 0 {
				beta[k] *= top[k] / bottom[k]
			}
		}
	}
	return beta, true
}

// forget drops targets that were due at or before week.
func (q *pool) forget(week int) {
	first, _ := slices.BinarySearch(q.due, int32(week+1))
	q.due = q.due[first:]
	q.y = q.y[first:]
	q.x = q.x[first*q.kernels:]
	q.sums = slices.DeleteFunc(q.sums, func(s rateSum) bool { return s.due <= week })
}

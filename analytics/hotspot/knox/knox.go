// Package knox is the near-repeat test of Knox (1964): are there more pairs of
// incidents that are close both in space and in time than chance would bring,
// given where and when incidents happen? Ratios follow Ratcliffe (2009) "Near
// repeat calculator" and the R package NearRepeat.
//
// It is pure computation: slices in, a table out, randomness from a seed. It does
// not say which incidents are repeats of which. Callers: the analytics rooms and
// the handlers of web.
package knox

import (
	"context"
	"math"
	"slices"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/internal/montecarlo"
)

// Event is an incident: planar coordinates in one unit of length, time in one unit
// (days as a rule).
type Event struct{ X, Y, T float64 }

// Metric says how distances are taken.
type Metric uint8

// The metrics.
const (
	Euclidean Metric = iota
	Manhattan
)

// DefaultPermutations is the number of permutations when Options says 0.
const DefaultPermutations = 999

// maxPairs bounds the pairs close in space that are kept: 12 bytes each.
const maxPairs = 50_000_000

// Options steers Test. A band is [b_k, b_k+1) for consecutive breaks.
type Options struct {
	Distances    []float64 // breaks, rising, at least two, from 0 on
	Times        []float64 // breaks, rising, at least two, from 0 on
	Metric       Metric
	Permutations int // 0 means 999
	Seed         uint64
	Workers      int // goroutines; below 1 means one a processor
}

// Result holds tables [distance band][time band].
type Result struct {
	Observed [][]int
	// Expected is the exact mean over all permutations of the times,
	// (pairs in the distance band)·(pairs in the time band)/(all pairs).
	Expected [][]float64
	// Ratio is Observed/Expected, 0 where Expected is 0.
	Ratio [][]float64
	// P is (permutations with at least Observed pairs + 1)/(permutations + 1).
	P     [][]float64
	Pairs int // all pairs of events
}

// Test counts pairs by band and compares them with the same events whose times are
// dealt out anew. At least two events are needed.
func Test(ctx context.Context, events []Event, o Options) (*Result, error) {
	if o.Permutations == 0 {
		o.Permutations = DefaultPermutations
	}
	if err := check(events, o); err != nil {
		return nil, err
	}
	near, err := closePairs(ctx, events, o)
	if err != nil {
		return nil, err
	}
	times := make([]float64, len(events))
	for i, e := range events {
		times[i] = e.T
	}
	timeBands := newBander(o.Times)
	observed := count(near, times, timeBands, len(o.Distances)-1)
	r := newResult(observed, near, times, o)
	if err := r.permute(ctx, near, times, timeBands, o); err != nil {
		return nil, err
	}
	return r, nil
}

func check(events []Event, o Options) error {
	if len(events) < 2 {
		return hotspot.Refuse(hotspot.TooFew, "events", "at least two events are needed")
	}
	if len(events) > math.MaxInt32 {
		return hotspot.Refuse(hotspot.TooMany, "events", "more events than a position can number")
	}
	for i, e := range events {
		for _, v := range [...]float64{e.X, e.Y, e.T} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return hotspot.RefuseAt(hotspot.NotFinite, "events", i, "must have finite coordinates and time")
			}
		}
	}
	if err := checkBreaks("distances", o.Distances); err != nil {
		return err
	}
	if err := checkBreaks("times", o.Times); err != nil {
		return err
	}
	if o.Permutations < 1 {
		return hotspot.Refuse(hotspot.BadOption, "permutations", "must be at least 1")
	}
	return nil
}

func checkBreaks(field string, b []float64) error {
	if len(b) < 2 || len(b) > math.MaxUint8 {
		return hotspot.Refuse(hotspot.BadOption, field, "two to 255 breaks are needed")
	}
	for i, v := range b {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 || (i > 0 && v <= b[i-1]) {
			return hotspot.RefuseAt(hotspot.BadOption, field, i, "breaks must be finite, from 0 on, and rise")
		}
	}
	return nil
}

// pair is two events close in space.
type pair struct {
	a, b int32
	band uint8
}

// closePairs lists the pairs within a distance band by sweeping along X.
func closePairs(ctx context.Context, events []Event, o Options) ([]pair, error) {
	order := make([]int32, len(events))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch {
		case events[a].X < events[b].X:
			return -1
		case events[a].X > events[b].X:
			return 1
		}
		return int(a - b)
	})
	far := o.Distances[len(o.Distances)-1]
	bands := newBander(o.Distances)
	none := len(o.Distances) - 1
	var out []pair
	for i, a := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, b := range order[i+1:] {
			if events[b].X-events[a].X >= far {
				break
			}
			if k := bands.of(distance(events[a], events[b], o.Metric)); k != none {
				out = append(out, pair{a, b, uint8(k)})
			}
		}
		if len(out) > maxPairs {
			return nil, hotspot.Refuse(hotspot.TooMany, "distances", "too many close pairs: lower the last break")
		}
	}
	return out, nil
}

func distance(a, b Event, m Metric) float64 {
	if m == Manhattan {
		return math.Abs(a.X-b.X) + math.Abs(a.Y-b.Y)
	}
	return math.Hypot(a.X-b.X, a.Y-b.Y)
}

func newResult(observed []int, near []pair, times []float64, o Options) *Result {
	rows, columns := len(o.Distances)-1, len(o.Times)-1
	r := &Result{Pairs: len(times) * (len(times) - 1) / 2}
	space := make([]int, rows)
	for _, p := range near {
		space[p.band]++
	}
	time := timePairs(times, o.Times)
	for i := range rows {
		r.Observed = append(r.Observed, observed[i*columns:(i+1)*columns])
		expected, ratio := make([]float64, columns), make([]float64, columns)
		for k := range columns {
			expected[k] = float64(space[i]) * float64(time[k]) / float64(r.Pairs)
			if expected[k] > 0 {
				ratio[k] = float64(r.Observed[i][k]) / expected[k]
			}
		}
		r.Expected, r.Ratio = append(r.Expected, expected), append(r.Ratio, ratio)
	}
	return r
}

// timePairs counts all pairs of times by band with one sweep a break.
func timePairs(times, breaks []float64) []int {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	below := make([]int, len(breaks)) // pairs less than the break apart
	for k, b := range breaks {
		first := 0
		for i, t := range sorted {
			for t-sorted[first] >= b && first < i {
				first++
			}
			below[k] += i - first
		}
	}
	out := make([]int, len(breaks)-1)
	for k := range out {
		out[k] = below[k+1] - below[k]
	}
	return out
}

// permute fills P.
func (r *Result) permute(ctx context.Context, near []pair, times []float64, bands bander, o Options) error {
	rows, columns := len(o.Distances)-1, len(o.Times)-1
	tables := make([][]int, o.Permutations)
	err := montecarlo.Each(ctx, 0, o.Permutations, o.Workers, func() func(int) error {
		shuffled := make([]float64, len(times))
		return func(i int) error {
			copy(shuffled, times)
			montecarlo.Rand(o.Seed, i).Shuffle(len(shuffled), func(a, b int) {
				shuffled[a], shuffled[b] = shuffled[b], shuffled[a]
			})
			tables[i] = count(near, shuffled, bands, rows)
			return nil
		}
	})
	if err != nil {
		return err
	}
	for row := range r.Observed {
		p := make([]float64, columns)
		for k := range p {
			hits := 1
			for _, table := range tables {
				if table[row*columns+k] >= r.Observed[row][k] {
					hits++
				}
			}
			p[k] = float64(hits) / float64(o.Permutations+1)
		}
		r.P = append(r.P, p)
	}
	return nil
}

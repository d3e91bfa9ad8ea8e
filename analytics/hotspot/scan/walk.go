package scan

import "math"

// windows holds what all data sets of a study share: circles, the allowed time
// windows and running sums of the expected cases. Where windows are anchored at the
// last step, entry k of a place is the sum over its last shortest+k steps; else
// entries are the steps themselves.
type windows struct {
	anchored     bool
	steps        int
	shortest     int
	longest      int
	width        int // entries a place
	total        int
	minCases     int
	circles      circles
	expectedSums []float64 // [place*width+entry]
	expectedAll  []float64 // by place, over all steps
	pruner       *pruner   // nil where windows are anchored
}

func newWindows(s *study) *windows {
	w := &windows{
		anchored: s.anchored, steps: s.steps,
		shortest: s.options.MinSteps, longest: s.options.MaxSteps,
		width: s.steps, total: s.total, minCases: s.options.MinCases, circles: s.circles,
	}
	if w.anchored {
		w.width = w.longest - w.shortest + 1
	} else {
		w.pruner = newPruner(s.total, s.expected)
		w.expectedAll = make([]float64, len(s.points))
		for i, e := range s.expected {
			w.expectedAll[i/s.steps] += e
		}
	}
	w.expectedSums = make([]float64, len(s.points)*w.width)
	runningSums(w, s.expected, w.expectedSums)
	return w
}

// runningSums fills sums, laid out as described at windows, from values a step.
func runningSums[V, S int | int32 | float64](w *windows, values []V, sums []S) {
	if !w.anchored {
		for i, v := range values {
			sums[i] = S(v)
		}
		return
	}
	for place := range len(values) / w.steps {
		in := values[place*w.steps : (place+1)*w.steps]
		out := sums[place*w.width : (place+1)*w.width]
		var sum S
		for length := 1; length <= w.longest; length++ {
			sum += S(in[w.steps-length])
			if length >= w.shortest {
				out[length-w.shortest] = sum
			}
		}
	}
}

// spot says where a candidate was met: the circle's size and the time window.
type spot struct{ size, from, to int32 }

// walker looks at all windows of a data set. Instead of a likelihood ratio for
// every window it keeps, for every number of cases, the least expected number met:
// the ratio falls with the expected number, so no other window can be the best.
type walker struct {
	*windows
	countSums []int32 // as expectedSums
	inWindows []int32 // cases of a place in its longest window
	cases     []int32 // sums of the circle being grown
	expected  []float64
	early     []int32   // free windows: cases before each step
	earlyE    []float64 // and expected
	least     []float64 // by number of cases
	spots     []spot    // where, by number of cases; nil if not wanted
	top       int       // largest number of cases met
	best      float64   // free windows: largest ratio met
}

func newWalker(w *windows, wantSpots bool) *walker {
	k := &walker{
		windows:   w,
		countSums: make([]int32, len(w.expectedSums)),
		inWindows: make([]int32, len(w.circles)),
		cases:     make([]int32, w.width),
		expected:  make([]float64, w.width),
		early:     make([]int32, w.steps+1),
		earlyE:    make([]float64, w.steps+1),
		least:     make([]float64, w.total+1),
		top:       w.total,
	}
	if wantSpots {
		k.spots = make([]spot, w.total+1)
	}
	k.reset()
	return k
}

// load takes the counts [place*steps+step] to look at.
func (k *walker) load(counts []int) {
	runningSums(k.windows, counts, k.countSums)
	for place := range k.inWindows {
		sums := k.countSums[place*k.width : (place+1)*k.width]
		if k.anchored {
			k.inWindows[place] = sums[k.width-1]
			continue
		}
		k.inWindows[place] = 0
		for _, c := range sums {
			k.inWindows[place] += c
		}
	}
}

// reset forgets what was met.
func (k *walker) reset() {
	for c := range k.least[:k.top+1] {
		k.least[c] = math.Inf(1)
	}
	k.top, k.best = 0, 0
}

// walk looks at all windows round one centre.
func (k *walker) walk(center int) {
	switch {
	case k.width == 1:
		k.walkSpatial(center)
	case k.anchored:
		k.walkAnchored(center)
	default:
		k.walkFree(center)
	}
}

// walkSpatial is walkAnchored for a single window, kept in registers.
func (k *walker) walkSpatial(center int) {
	var cases int32
	var expected float64
	for i, place := range k.circles[center] {
		expected += k.expectedSums[place]
		cases += k.countSums[place]
		if expected < k.least[cases] {
			k.meet(cases, expected, i+1, k.steps-k.shortest, k.steps)
		}
	}
	k.top = max(k.top, int(cases))
}

// walkAnchored looks at the windows that end at the last step.
func (k *walker) walkAnchored(center int) {
	clear(k.cases)
	clear(k.expected)
	cases := k.cases
	expected, least := k.expected[:len(cases)], k.least
	for i, place := range k.circles[center] {
		at := int(place) * k.width
		more := k.expectedSums[at:][:len(cases)]
		// A place without cases only adds to the expected: nothing gets better.
		if k.inWindows[place] == 0 {
			for t, e := range more {
				expected[t] += e
			}
			continue
		}
		for t, c := range k.countSums[at:][:len(cases)] {
			c += cases[t]
			e := expected[t] + more[t]
			cases[t], expected[t] = c, e
			if e < least[c] {
				k.meet(c, e, i+1, k.steps-k.shortest-t, k.steps)
			}
		}
	}
	k.top = max(k.top, int(cases[len(cases)-1]))
}

// walkFree looks at all windows of circles in which one may beat the best so far.
// What the pruner said of a circle holds for larger ones until enough cases came in.
func (k *walker) walkFree(center int) {
	clear(k.cases)
	clear(k.expected)
	cases := k.cases
	expected := k.expected[:len(cases)]
	said, all := verdict{}, 0.0
	for i, place := range k.circles[center] {
		at := int(place) * k.width
		for t, e := range k.expectedSums[at:][:len(cases)] {
			expected[t] += e
		}
		all += k.expectedAll[place]
		if k.inWindows[place] == 0 {
			continue
		}
		for t, c := range k.countSums[at:][:len(cases)] {
			cases[t] += c
		}
		said.margin -= int64(k.inWindows[place]) * fixedPoint
		if said.margin > 0 && all < said.limit {
			continue
		}
		if said = k.pruner.judge(k.best, cases, expected); said.margin <= 0 {
			k.freeWindows(i + 1)
		}
	}
}

// freeWindows looks at all windows of the circle grown so far.
func (k *walker) freeWindows(size int) {
	for t, c := range k.cases {
		k.early[t+1] = k.early[t] + c
		k.earlyE[t+1] = k.earlyE[t] + k.expected[t]
	}
	for to := k.shortest; to <= k.steps; to++ {
		first := max(0, to-k.longest)
		c1, e1 := k.early[to], k.earlyE[to]
		earlyE := k.earlyE[first : to-k.shortest+1]
		for i, c0 := range k.early[first : to-k.shortest+1] {
			e, c := e1-earlyE[i], c1-c0
			if e < k.least[c] {
				k.meet(c, e, size, first+i, to)
				if int(c) >= k.minCases {
					k.best = max(k.best, logRatio(int(c), e, k.total))
				}
			}
		}
	}
	k.top = max(k.top, int(k.early[k.steps]))
}

// meet keeps a window that has fewer expected cases than all with as many cases.
func (k *walker) meet(cases int32, expected float64, size, from, to int) {
	k.least[cases] = expected
	if k.spots != nil {
		k.spots[cases] = spot{int32(size), int32(from), int32(to)}
	}
}

// harvest returns the largest likelihood ratio met and its number of cases, 0 and 0
// if no window had more cases than expected.
func (k *walker) harvest() (llr float64, cases int) {
	floor := math.Inf(1)
	for c := k.top; c >= k.minCases; c-- {
		// With no fewer cases for no more expected, the larger count has won already.
		if k.least[c] >= floor {
			continue
		}
		floor = k.least[c]
		if v := logRatio(c, floor, k.total); v > llr {
			llr, cases = v, c
		}
	}
	return llr, cases
}

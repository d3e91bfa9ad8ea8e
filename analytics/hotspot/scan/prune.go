package scan

import "math"

// Free windows number half the square of the steps, too many to look at for every
// circle of every replication. The pruner tells from one pass over the steps that
// no window of a circle can beat the best ratio M met so far.
//
// The ratio is C·KL(c/C ‖ E/C), and Kullback–Leibler divergence is convex, so the
// least c whose ratio exceeds M is a concave function g(E). Over each range of E a
// chord of g lies below g: a window that beats M has c − slope·E > offset, and the
// largest c − slope·E over all windows is a largest-subarray sum, found in one pass
// (the linear-time bound of Agarwal et al. 2006, "Spatial scan statistics:
// approximations and performance study"). Chords span a factor of rangeRatio in E,
// which keeps them within a fifth of the excess that g asks for.
const rangeRatio = 16

// levelStep is the grid on which M is rounded down to a table of chords.
const levelStep = 0.25

// chord is a line below g from the range's lower end on.
type chord struct{ slope, offset float64 }

// pruner holds the chords for a number of levels of M; it is immutable.
type pruner struct {
	lowest float64   // upper end of the lowest range of E
	chords [][]chord // [level][range], range 0 reaching down to 0
}

// maxLevels bounds the tables; a larger M prunes as if it were the last level.
const maxLevels = 200

func newPruner(total int, expected []float64) *pruner {
	least := math.Inf(1)
	for _, e := range expected {
		if e > 0 {
			least = min(least, e)
		}
	}
	all := float64(total)
	ends := []float64{all}
	for ends[len(ends)-1] > least && len(ends) < 24 {
		ends = append(ends, ends[len(ends)-1]/rangeRatio)
	}
	p := &pruner{lowest: ends[len(ends)-1]}
	for level := range maxLevels {
		p.chords = append(p.chords, levelChords(float64(level)*levelStep, ends, total))
	}
	return p
}

// levelChords returns the chords of one level; ends are the ranges' upper ends,
// falling.
func levelChords(m float64, ends []float64, total int) []chord {
	out := make([]chord, 0, len(ends))
	e0, g0 := 0.0, 0.0
	for k := len(ends) - 1; k >= 0; k-- {
		e1 := ends[k]
		g1 := leastCases(m, e1, total)
		slope := (g1 - g0) / (e1 - e0)
		// The slack covers rounding here and in the running sums.
		out = append(out, chord{slope, (g0 - slope*e0) - 1e-9*(1+g1)})
		e0, g0 = e1, g1
	}
	return out
}

// leastCases returns the real c > e at which the ratio reaches m, at most total.
func leastCases(m, e float64, total int) float64 {
	all := float64(total)
	ratio := func(c float64) float64 {
		v := c * math.Log(c/e)
		if c < all {
			v += (all - c) * math.Log((all-c)/(all-e))
		}
		return v
	}
	if e >= all || ratio(all) <= m {
		return all
	}
	low, high := e, all
	for range 60 {
		mid := (low + high) / 2
		if ratio(mid) < m {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// fixedPoint is the scale on which sums are formed in whole numbers: a running
// maximum of integers takes no branch. Rounding is below one unit a step, far less
// than the slack of the chords.
const fixedPoint = 1 << 24

// largestTerm bounds what fits into the whole numbers; beyond it, where expected
// numbers differ by many powers of ten, windows are looked at one by one.
const largestTerm = 1 << 36

// verdict says how far the windows of a circle are from beating M: as long as fewer
// than margin cases are added and all expected cases stay below limit, none can.
type verdict struct {
	margin int64 // in units of 1/fixedPoint cases; not positive if one may beat M
	limit  float64
}

// judge looks at a circle whose cases and expected numbers are given a step.
func (p *pruner) judge(m float64, cases []int32, expected []float64) verdict {
	chords := p.chords[min(int(m/levelStep), maxLevels-1)]
	smallest, largest, all := math.Inf(1), 0.0, 0.0
	for _, e := range expected {
		if e < smallest {
			smallest = e
		}
		if e > largest {
			largest = e
		}
		all += e
	}
	v := verdict{margin: math.MaxInt64}
	end := p.lowest
	for _, line := range chords {
		v.limit = end
		if end >= smallest {
			if line.slope*largest > largestTerm {
				return verdict{}
			}
			gap := int64(line.offset*fixedPoint) - largestRun(line.slope, cases, expected)
			if v.margin = min(v.margin, gap-int64(len(cases))-1); v.margin <= 0 {
				return v
			}
		}
		if end > all {
			return v
		}
		end *= rangeRatio
	}
	return v
}

// largestRun returns the largest sum of cases − slope·expected over a run of steps.
func largestRun(slope float64, cases []int32, expected []float64) int64 {
	best, run := int64(math.MinInt64), int64(0)
	expected = expected[:len(cases)]
	slope *= fixedPoint
	for t, c := range cases {
		run = max(run, 0) + int64(c)*fixedPoint - int64(slope*expected[t])
		best = max(best, run)
	}
	return best
}

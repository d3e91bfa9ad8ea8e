package forecast

import (
	"math"
	"slices"
)

// Gap is a run of weeks [From, To) without any event of a group that has so
// many otherwise that the silence must be a stopped source, not peace. Such
// weeks are missing, not zero: they add no exposure and are never scored.
type Gap struct {
	Group int `json:"group"`
	From  int `json:"from"`
	To    int `json:"to"`
	// Known is the week at whose end the gap could first be recognised. A
	// forecast made earlier still took the silence for zeros.
	Known int `json:"known"`
	// Open says that the silence lasts to the end of the panel.
	Open bool `json:"open"`
}

const (
	// gapWindow is the number of weeks beside a silence that say what is usual.
	gapWindow = 13
	// gapExpected is the number of events that must have been expected during
	// the silence. With Poisson counts its probability is exp(−20) = 2e-9; the
	// margin is for counts that vary more than Poisson.
	gapExpected = 20
)

// findGaps lists the gaps of every group and notes for each missing week when
// that was known.
func (p *Panel) findGaps() {
	p.missing = make([][]int, len(p.totals))
	for g, totals := range p.totals {
		p.missing[g] = slices.Repeat([]int{math.MaxInt}, p.weeks)
		for from := 0; from < p.weeks; from++ {
			to := from
			for to < p.weeks && totals[to] == 0 {
				to++
			}
			if to > from {
				p.markGap(g, from, to)
				from = to
			}
		}
	}
}

// markGap judges the silence [from, to) by the weeks before it or, where it
// opens the panel, by those after it.
func (p *Panel) markGap(g, from, to int) {
	low, high := max(0, from-gapWindow), from
	if from == 0 {
		low, high = to, to+gapWindow
	}
	if high > p.weeks || low == high {
		return
	}
	sum := 0.0
	for w := low; w < high; w++ {
		sum += p.totals[g][w]
	}
	mean := sum / float64(high-low)
	if mean*float64(to-from) < gapExpected {
		return
	}
	known := from + int(math.Ceil(gapExpected/mean)) - 1
	if from == 0 {
		known = high - 1
	}
	p.gaps = append(p.gaps, Gap{Group: g, From: from, To: to, Known: known, Open: to == p.weeks})
	for w := from; w < to; w++ {
		p.missing[g][w] = known
	}
}

// observed reports whether week w of a group counts as observed for somebody
// who knows the panel up to and including week at.
func (p *Panel) observed(g, w, at int) bool { return p.missing[g][w] > at }

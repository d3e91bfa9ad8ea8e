package forecast

import (
	"math"

	"reli/analytics/forecast/score"
)

// track is one candidate model that learns as the weeks pass: which kernels it
// uses, and for each horizon their weights, the spread and the calibration.
// It only ever learns from targets that are known at the current week.
type track struct {
	structure structure
	kernels   []int // indices into the filter's pasts
	learners  []*learner
}

// learner is the state of one horizon of a track.
type learner struct {
	horizon Horizon
	pool    pool
	weights []float64
	started bool
	tallies []*tally // by group; the last is that of all groups
	spreads []spread
	past    [RateBins]calibration
	pending []settlement
}

// settlement is what one origin teaches, kept back until its target is known.
type settlement struct {
	due     int
	tallies []*tally
	past    [RateBins]calibration
}

func newTrack(p *Panel, s structure, kernels []int, horizons []Horizon) *track {
	t := &track{structure: s, kernels: kernels}
	for _, h := range horizons {
		l := &learner{horizon: h, pool: pool{kernels: len(kernels)}}
		for range kernels {
			l.weights = append(l.weights, 1/float64(len(kernels)))
		}
		for range p.Groups() + 1 {
			l.tallies = append(l.tallies, &tally{})
			l.spreads = append(l.spreads, firstSpread)
		}
		t.learners = append(t.learners, l)
	}
	return t
}

// settle takes in all targets that are known at the end of week now.
func (l *learner) settle(now int) {
	for len(l.pending) > 0 && l.pending[0].due <= now {
		s := l.pending[0]
		l.pending = l.pending[1:]
		for g, a := range s.tallies {
			l.tallies[g].merge(a, tallyKeep)
		}
		for bin := range l.past {
			l.past[bin].merge(&s.past[bin], pitKeep)
		}
	}
	steps := poolWarm
	switch {
	case len(l.weights) == 1:
		steps = 1 // one weight is exact after one step
	case !l.started:
		steps = poolSteps
	}
	var fitted bool
	l.weights, fitted = l.pool.fit(l.weights, now, steps)
	l.started = l.started || fitted
	if now%spreadEvery == 0 {
		l.fitSpreads()
	}
}

const (
	// spreadEvery is the number of weeks between fits of the spread, which
	// drifts slowly.
	spreadEvery = 4
	// groupFewest is the number of non-zero targets from which a group has a
	// spread of its own.
	groupFewest = 400
)

// tallyKeep is what a week leaves of the old tallies: a half-life of a year.
var tallyKeep = math.Exp2(-1.0 / 52)

func (l *learner) fitSpreads() {
	all := len(l.tallies) - 1
	l.spreads[all] = l.tallies[all].fit(l.spreads[all])
	for g := range all {
		switch {
		case all == 1 || l.tallies[g].busy < groupFewest:
			l.spreads[g] = l.spreads[all]
		default:
			l.spreads[g] = l.tallies[g].fit(l.spreads[g])
		}
	}
}

// line is the mean of a series as a linear form of its weighted pasts:
// constant[g] + Σ_k slope[k][g]·z_k.
type line struct {
	constant []float64
	slope    [][]float64
}

func (t *track) line(l *learner, v *view) line {
	groups := len(v.factor[l.horizon])
	out := line{constant: make([]float64, groups), slope: make([][]float64, len(t.kernels))}
	for i, k := range t.kernels {
		out.slope[i] = make([]float64, groups)
		for g := range groups {
			scale := l.weights[i] * v.factor[l.horizon][g]
			out.constant[g] += scale * v.constant[k][g]
			out.slope[i][g] = scale * v.slope[k][g]
		}
	}
	return out
}

func (t *track) mean(out line, f *filter, series int) float64 {
	g := f.panel.groups[series]
	mean := out.constant[g]
	for i, k := range t.kernels {
		mean += out.slope[i][g] * f.past[k].z[series]
	}
	return math.Max(mean, meanFloor)
}

// meanFloor is the least mean of a forecast: nothing is impossible.
const meanFloor = 1e-9

// target is the truth of one horizon at one origin, shared by all tracks.
type target struct {
	horizon Horizon
	due     int
	counts  []int
	busy    []event
	skip    []bool // groups whose target is missing
}

func newTarget(p *Panel, h Horizon, origin int) target {
	from, to := h.Span()
	from, to = origin+1+from, origin+1+to
	t := target{horizon: h, due: to - 1, counts: p.Counts(from, to), skip: make([]bool, p.Groups())}
	for s, n := range t.counts {
		if n > 0 {
			t.busy = append(t.busy, event{series: int32(s), count: int32(n)})
		}
	}
	for g := range t.skip {
		for w := from; w < to; w++ {
			t.skip[g] = t.skip[g] || !p.observed(g, w, p.weeks)
		}
	}
	return t
}

// sampled bounds how many series of one origin teach the spread and the
// calibration; larger panels take every n-th series, another set each week.
const sampled = 1 << 13

// learn makes the forecast of the current origin, keeps back what its target
// teaches and returns the summed log score over the sampled series.
func (t *track) learn(l *learner, f *filter, v *view, truth target) (logScore float64, n int) {
	p := f.panel
	l.pool.learn(f, t.kernels, v, truth)
	all := p.Groups()
	s := settlement{due: truth.due, tallies: make([]*tally, all+1)}
	for g := range s.tallies {
		s.tallies[g] = &tally{}
	}
	out := t.line(l, v)
	stride := 1 + (p.Series()-1)/sampled
	for series := f.now % stride; series < p.Series(); series += stride {
		g := p.groups[series]
		if truth.skip[g] || int(p.born[series]) > f.now {
			continue
		}
		mean, y := t.mean(out, f, series), truth.counts[series]
		log := math.Log(mean)
		c := score.Count{Mean: mean, Size: l.spreads[g].size(log)}
		low, high, loss := score.Judge(c, y)
		s.past[RateBin(mean)].add(low, high)
		s.tallies[all].add(mean, log, y)
		if all > 1 {
			s.tallies[g].add(mean, log, y)
		}
		logScore += loss
		n++
	}
	l.pending = append(l.pending, s)
	return logScore, n
}

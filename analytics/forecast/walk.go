package forecast

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"reli/analytics/forecast/score"
)

// ShortError says that a panel has too few weeks for a forecast.
type ShortError struct{ Weeks int }

func (e *ShortError) Error() string {
	return fmt.Sprintf("forecast: %d weeks of history, need at least %d", e.Weeks, MinWeeks)
}

// runner takes one or more tracks through the weeks of a panel.
type runner struct {
	filter *filter
	tracks []*track
	scored func(origin, track, horizon int, logScore float64, n int)
}

// run advances week by week. From the origin `learn` on the tracks learn; after
// each origin visit is called, if given, with everything known up to it.
func (r *runner) run(ctx context.Context, learn, end int, visit func(views map[structure]*view) error) error {
	p := r.filter.panel
	learn = max(learn, MinWeeks-1)
	for r.filter.now < end-1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.filter.advance()
		now := r.filter.now
		if now < learn {
			continue
		}
		views := make(map[structure]*view)
		for _, t := range r.tracks {
			if views[t.structure] == nil {
				views[t.structure] = r.filter.view(t.structure)
			}
		}
		r.each(func(t *track, l *learner) { l.settle(now) })
		if visit != nil {
			if err := visit(views); err != nil {
				return err
			}
		}
		r.teach(p, views, end)
	}
	return nil
}

// teach lets every track make its forecasts of this origin and keeps back what
// they will teach once their targets are known.
func (r *runner) teach(p *Panel, views map[structure]*view, end int) {
	var truths [horizons]*target
	for _, l := range r.tracks[0].learners {
		_, reach := l.horizon.Span()
		if r.filter.now+reach < end {
			truth := newTarget(p, l.horizon, r.filter.now)
			truths[l.horizon] = &truth
		}
	}
	type result struct {
		logScore float64
		n        int
	}
	results := make([][horizons]result, len(r.tracks))
	r.eachIndexed(func(i int, t *track, l *learner) {
		if truth := truths[l.horizon]; truth != nil {
			s, n := t.learn(l, r.filter, views[t.structure], *truth)
			results[i][l.horizon] = result{s, n}
		}
	})
	if r.scored == nil {
		return
	}
	for i, t := range r.tracks {
		for j, l := range t.learners {
			r.scored(r.filter.now, i, j, results[i][l.horizon].logScore, results[i][l.horizon].n)
		}
	}
}

func (r *runner) each(do func(*track, *learner)) {
	r.eachIndexed(func(_ int, t *track, l *learner) { do(t, l) })
}

// eachIndexed runs do for every learner on all processors. Learners share
// nothing they write, so the result does not depend on the order.
func (r *runner) eachIndexed(do func(int, *track, *learner)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, t := range r.tracks {
		for _, l := range t.learners {
			slots <- struct{}{}
			wait.Go(func() {
				do(i, t, l)
				<-slots
			})
		}
	}
	wait.Wait()
}

// Origin is the model at the end of one week: all it says uses that week and
// earlier ones only. It is valid during the visit in which it is given.
type Origin struct {
	filter *filter
	track  *track
	view   *view
}

// Week is the last known week.
func (o *Origin) Week() int { return o.filter.now }

// Counts is the predictive distribution of every series for a horizon.
func (o *Origin) Counts(h Horizon) []score.Count {
	l := o.track.learners[h]
	out := o.track.line(l, o.view)
	counts := make([]score.Count, o.filter.panel.Series())
	for s := range counts {
		counts[s] = l.spreads[o.filter.panel.groups[s]].count(o.track.mean(out, o.filter, s))
	}
	return counts
}

// Band is the calibrated central interval of the probability integral
// transform for a horizon and a predicted mean.
func (o *Origin) Band(h Horizon, mean, level float64) Band {
	return o.track.learners[h].past[RateBin(mean)].band(level)
}

// Walk takes the chosen model through the panel and calls visit at the end of
// every week from `from` on, the last week included. A visit that returns an
// error ends the walk with that error.
func Walk(ctx context.Context, p *Panel, c Choice, from int, visit func(*Origin) error) error {
	if p.weeks < MinWeeks {
		return &ShortError{Weeks: p.weeks}
	}
	t := newTrack(p, c.structure(), c.uses(p), Horizons())
	r := &runner{filter: newFilter(p, p.kernels()), tracks: []*track{t}}
	return r.run(ctx, from-choiceWeeks-learnWeeks, p.weeks, func(views map[structure]*view) error {
		if r.filter.now < from {
			return nil
		}
		return visit(&Origin{filter: r.filter, track: t, view: views[t.structure]})
	})
}

// interval is the integer interval of a band: the smallest counts whose
// distribution function reaches its ends.
func interval(c score.Count, b Band) (low, high int) {
	return c.Quantile(b.Low), c.Quantile(math.Max(b.Low, b.High))
}

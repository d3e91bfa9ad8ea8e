package scan

import (
	"context"
	"math"

	"reli/analytics/hotspot"
)

// study is a checked problem: places, steps, expected cases, windows.
type study struct {
	points   []Point
	steps    int
	cases    []int     // [place*steps+step]
	expected []float64 // same layout, sums to total
	total    int
	circles  circles
	options  Options
	anchored bool // windows end at the last step
}

// Spatial scans one map for circles with high rates (discrete Poisson model).
// points, cases and baseline have one entry a place; baseline is the population or
// any number proportional to the expected cases.
func Spatial(ctx context.Context, points []Point, cases []int, baseline []float64, o Options) (*Result, error) {
	o.MinSteps, o.MaxSteps, o.Prospective = 1, 1, false
	return poisson(ctx, points, 1, cases, baseline, o)
}

// SpaceTime scans places and time steps for cylinders with high rates (discrete
// Poisson model): any run of MinSteps to MaxSteps steps, or with Prospective only
// runs that reach the last step. cases is laid out [place*steps+step]; baseline has
// the same layout, or one entry a place for a population that does not change.
func SpaceTime(
	ctx context.Context, points []Point, steps int, cases []int, baseline []float64, o Options,
) (*Result, error) {
	if steps > 1 && len(baseline) == len(points) {
		spread := make([]float64, 0, len(points)*steps)
		for _, b := range baseline {
			for range steps {
				spread = append(spread, b)
			}
		}
		baseline = spread
	}
	return poisson(ctx, points, steps, cases, baseline, o)
}

func poisson(
	ctx context.Context, points []Point, steps int, cases []int, baseline []float64, o Options,
) (*Result, error) {
	s := &study{points: points, steps: steps, cases: cases, options: o.withDefaults(steps)}
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.setExpected(baseline); err != nil {
		return nil, err
	}
	s.anchored = s.options.Prospective || steps == 1
	share := make([]float64, len(points))
	for i, e := range s.expected {
		share[i/steps] += e
	}
	table := newAliasTable(s.expected)
	return s.run(ctx, share, func() replicator { return newPoissonReplicator(table, s.total) })
}

// Permutation scans prospectively with the space-time permutation model: expected
// cases come from the places' and the steps' own totals, E = n_place·n_step/C, so
// that neither lasting differences between places nor a rise of the whole county
// make a cluster, and no population is needed. Only windows that reach the last
// step are looked at. cases is laid out [place*steps+step].
func Permutation(ctx context.Context, points []Point, steps int, cases []int, o Options) (*Result, error) {
	s := &study{points: points, steps: steps, cases: cases, options: o.withDefaults(steps), anchored: true}
	s.options.Prospective = true
	if err := s.check(); err != nil {
		return nil, err
	}
	if steps < 2 {
		return nil, hotspot.Refuse(hotspot.TooFew, "steps", "at least two time steps are needed")
	}
	places, times := s.margins()
	s.expected = make([]float64, len(cases))
	for i := range s.expected {
		s.expected[i] = places[i/steps] * times[i%steps] / float64(s.total)
	}
	return s.run(ctx, places, func() replicator { return newPermutationReplicator(s) })
}

// check refuses studies that cannot be scanned and counts the cases.
func (s *study) check() error {
	switch {
	case len(s.points) < 2:
		return hotspot.Refuse(hotspot.TooFew, "points", "at least two places are needed")
	case len(s.points) > math.MaxInt32:
		return hotspot.Refuse(hotspot.TooMany, "points", "more places than a position can number")
	case s.steps < 1:
		return hotspot.Refuse(hotspot.TooFew, "steps", "at least one time step is needed")
	case len(s.cases) != len(s.points)*s.steps:
		return hotspot.Refuse(hotspot.LengthMismatch, "cases", "must hold places times steps counts")
	}
	for i, p := range s.points {
		if !finite(p.X) || !finite(p.Y) {
			return hotspot.RefuseAt(hotspot.NotFinite, "points", i, "must have finite coordinates")
		}
	}
	for i, c := range s.cases {
		if c < 0 {
			return hotspot.RefuseAt(hotspot.Negative, "cases", i, "must not be negative")
		}
		if c > maxCases-s.total {
			return hotspot.Refuse(hotspot.TooMany, "cases", "more than ten million cases")
		}
		s.total += c
	}
	if s.total == 0 {
		return hotspot.Refuse(hotspot.NoCases, "cases", "no case at any place")
	}
	return s.options.check(s.steps)
}

// setExpected scales the baseline to the number of cases.
func (s *study) setExpected(baseline []float64) error {
	if len(baseline) != len(s.cases) {
		return hotspot.Refuse(hotspot.LengthMismatch, "baseline", "must have one entry a place (and step)")
	}
	var sum float64
	for i, b := range baseline {
		switch {
		case !finite(b):
			return hotspot.RefuseAt(hotspot.NotFinite, "baseline", i, "must be a finite number")
		case b < 0:
			return hotspot.RefuseAt(hotspot.Negative, "baseline", i, "must not be negative")
		case b == 0 && s.cases[i] > 0:
			return hotspot.RefuseAt(hotspot.NoExposure, "baseline", i, "is zero where there are cases")
		}
		sum += b
	}
	if !finite(sum) {
		return hotspot.Refuse(hotspot.NotFinite, "baseline", "has no finite sum")
	}
	s.expected = make([]float64, len(baseline))
	for i, b := range baseline {
		s.expected[i] = b * (float64(s.total) / sum)
	}
	return nil
}

// margins returns the cases of every place and of every step.
func (s *study) margins() (places, times []float64) {
	places, times = make([]float64, len(s.points)), make([]float64, s.steps)
	for i, c := range s.cases {
		places[i/s.steps] += float64(c)
		times[i%s.steps] += float64(c)
	}
	return places, times
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

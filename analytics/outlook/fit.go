package outlook

import (
	"context"
	"strings"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/geo/area"
)

// fitted is a model of the weekly counts of one set of places, together with
// what it was made from.
type fitted struct {
	name   string
	span   span
	panel  *forecast.Panel
	model  *forecast.Model
	counts counts
	series map[string]int // by area code or hexagon
}

// question is what all models of one answer have in common.
type question struct {
	snap       *cube.Snapshot
	span       span
	categories []string
}

func (q question) selection() cube.Selection {
	return cube.Selection{From: q.span.first, To: q.span.end, Categories: q.categories, Measure: cube.MeasureCount}
}

// panelOf makes the panel of counts; neighbours may be nil.
func panelOf(sp span, c counts, neighbours [][]int, byEvent bool) (*forecast.Panel, error) {
	spec := forecast.Spec{Weeks: sp.weeks(), FirstDay: sp.first.Time(), Groups: make([]int32, len(c.n)), ByEvent: byEvent}
	if neighbours != nil {
		spec.Neighbours = make([][]int32, len(c.n))
		for i, list := range neighbours {
			for _, j := range list {
				spec.Neighbours[i] = append(spec.Neighbours[i], int32(j))
			}
		}
	}
	var observations []forecast.Observation
	for i, weeks := range c.n {
		for w, n := range weeks {
			if n > 0 {
				observations = append(observations, forecast.Observation{Series: i, Week: w, Count: int(n)})
			}
		}
	}
	return forecast.NewPanel(spec, observations)
}

func (s *Service) fit(ctx context.Context, q question, name string, read func(context.Context) (counts, map[string]int, [][]int, error)) (*fitted, error) {
	return s.fits.get(ctx, key(q.snap, "fit", name, q.span, q.categories), func(ctx context.Context) (*fitted, error) {
		c, series, neighbours, err := read(ctx)
		if err != nil {
			return nil, err
		}
		f := &fitted{name: name, span: q.span, counts: c, series: series}
		if f.panel, err = panelOf(q.span, c, neighbours, strings.HasPrefix(name, LayerHex)); err != nil {
			return nil, err
		}
		f.model, err = forecast.Fit(ctx, f.panel)
		return f, err
	})
}

// fitLayer models the places of a layer.
func (s *Service) fitLayer(ctx context.Context, q question, l Layer) (*fitted, error) {
	return s.fit(ctx, q, l.String(), func(ctx context.Context) (counts, map[string]int, [][]int, error) {
		p, err := s.placesOf(q.snap, l, "")
		if err != nil {
			return counts{}, nil, nil, err
		}
		c, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
		if err != nil {
			return counts{}, nil, nil, err
		}
		series := make(map[string]int, len(p.ids))
		for i, id := range p.ids {
			series[id] = i
		}
		return c, series, p.neighbours, nil
	})
}

// fitTop models the sum of all places as one series.
func (s *Service) fitTop(ctx context.Context, q question, parts *fitted, name string) (*fitted, error) {
	return s.fit(ctx, q, "top of "+name, func(context.Context) (counts, map[string]int, [][]int, error) {
		sum := make([]int64, parts.counts.steps)
		for _, weeks := range parts.counts.n {
			for w, n := range weeks {
				sum[w] += n
			}
		}
		return counts{steps: len(sum), n: [][]int64{sum}}, map[string]int{"": 0}, nil, nil
	})
}

// rest marks the series of what lies in an area but in none of its parts:
// incidents that only a village or township places.
const rest = "/rest"

// leavesName is the name of the fit of fitLeaves.
const leavesName = "leaves"

// fitLeaves models the areas without parts, and the rest of each area that
// has some: together exactly all incidents that have an area.
func (s *Service) fitLeaves(ctx context.Context, q question) (*fitted, error) {
	return s.fit(ctx, q, leavesName, func(ctx context.Context) (counts, map[string]int, [][]int, error) {
		tree := q.snap.Catalogue.Tree
		own := map[string][]int64{}
		b := leafBuilder{counts: counts{steps: q.span.weeks()}, series: map[string]int{}}
		for _, level := range levels() {
			p, err := s.placesOf(q.snap, Layer{Name: level.String()}, "")
			if err != nil {
				return counts{}, nil, nil, err
			}
			c, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
			if err != nil {
				return counts{}, nil, nil, err
			}
			for i, id := range p.ids {
				own[id] = c.n[i]
				subtract(own[p.parents[i]], c.n[i])
				if tree.Children(id) == nil {
					b.add(id, p, i)
				}
			}
		}
		b.fill(own, tree)
		return b.counts, b.series, b.neighbours, nil
	})
}

// levels from the top down.
func levels() []area.Level {
	return []area.Level{area.County, area.Township, area.Village, area.Grid}
}

func subtract(from, part []int64) {
	if from == nil {
		return
	}
	for w, n := range part {
		from[w] -= n
	}
}

// leafBuilder numbers the leaves.
type leafBuilder struct {
	counts     counts
	series     map[string]int
	neighbours [][]int
	of         []leaf
}

type leaf struct {
	places *places
	at     int
}

func (b *leafBuilder) add(id string, p *places, at int) {
	b.series[id] = len(b.of)
	b.of = append(b.of, leaf{p, at})
}

// fill puts in the counts, the rests and the neighbours.
func (b *leafBuilder) fill(own map[string][]int64, tree *area.Tree) {
	for _, l := range b.of {
		b.counts.n = append(b.counts.n, own[l.places.ids[l.at]])
		var near []int
		for _, j := range l.places.neighbours[l.at] {
			if n, ok := b.series[l.places.ids[j]]; ok {
				near = append(near, n)
			}
		}
		b.neighbours = append(b.neighbours, near)
	}
	for _, a := range tree.All() {
		if tree.Children(a.Code) == nil || sumOf(own[a.Code]) == 0 {
			continue
		}
		b.series[a.Code+rest] = len(b.counts.n)
		b.counts.n, b.neighbours = append(b.counts.n, own[a.Code]), append(b.neighbours, nil)
	}
}

func sumOf(weeks []int64) (total int64) {
	for _, n := range weeks {
		total += n
	}
	return total
}

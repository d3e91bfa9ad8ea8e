package outlook

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
)

// tally is what a model is fitted to: weekly counts of a set of places.
type tally struct {
	counts     counts
	series     map[string]int // by area code or hexagon
	neighbours [][]int
	digest     uint64 // of all of it: equal digests mean equal models
}

func newTally(c counts, series map[string]int, neighbours [][]int) *tally {
	t := &tally{counts: c, series: series, neighbours: neighbours}
	h := fnv.New64a()
	var number [binary.MaxVarintLen64]byte
	write := func(n int64) { _, _ = h.Write(number[:binary.PutVarint(number[:], n)]) } // a hash never fails
	write(int64(c.steps))
	for _, id := range slices.Sorted(maps.Keys(series)) {
		_, _ = h.Write([]byte(id))
		write(int64(series[id]))
	}
	for _, weeks := range c.n {
		write(int64(len(weeks)))
		for _, n := range weeks {
			write(n)
		}
	}
	for _, near := range neighbours {
		write(int64(len(near)))
		for _, j := range near {
			write(int64(j))
		}
	}
	t.digest = h.Sum64()
	return t
}

// talliesOf counts the finest parts, from which shares come, and the layer
// itself, from which spread and calibration come; they are one for hexagons and
// for a layer without areas below.
func (s *Service) talliesOf(ctx context.Context, q question, l Layer) (parts, direct *tally, err error) {
	if l.Name == LayerHex {
		direct, err = s.tallyLayer(ctx, q, l)
		return direct, direct, err
	}
	if parts, err = s.tallyLeaves(ctx, q); err != nil {
		return nil, nil, err
	}
	for _, a := range q.snap.Catalogue.Tree.AtLevel(l.level()) {
		if _, isLeaf := parts.series[a.Code]; !isLeaf {
			direct, err = s.tallyLayer(ctx, q, l)
			return parts, direct, err
		}
	}
	return parts, parts, nil
}

// tallyLayer counts the places of a layer.
func (s *Service) tallyLayer(ctx context.Context, q question, l Layer) (*tally, error) {
	return s.tallies.get(ctx, key(q.snap, l, q.span, q.categories, q.scope.Canonical()), func(ctx context.Context) (*tally, error) {
		p, err := s.placesOf(q.snap, l, "", q.scope)
		if err != nil {
			return nil, err
		}
		c, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
		if err != nil {
			return nil, err
		}
		series := make(map[string]int, len(p.ids))
		for i, id := range p.ids {
			series[id] = i
		}
		return newTally(c, series, p.neighbours), nil
	})
}

// rest marks the series of what lies in an area but in none of its parts:
// incidents that only a village or township places.
const rest = "/rest"

// leavesName is the name of the fit of leaves.
const leavesName = "leaves"

// tallyLeaves counts the areas without parts, and the rest of each area that
// has some: together exactly all incidents that have an area.
func (s *Service) tallyLeaves(ctx context.Context, q question) (*tally, error) {
	return s.tallies.get(ctx, key(q.snap, leavesName, q.span, q.categories, q.scope.Canonical()), func(ctx context.Context) (*tally, error) {
		tree := q.snap.Catalogue.Tree
		own := map[string][]int64{}
		b := leafBuilder{counts: counts{steps: q.span.weeks()}, series: map[string]int{}}
		for _, level := range levels() {
			p, err := s.placesOf(q.snap, Layer{Name: level.String()}, "", cube.Scope{}) // the rest of an area needs all its parts
			if err != nil {
				return nil, err
			}
			c, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
			if err != nil {
				return nil, fmt.Errorf("count the leaves: %w", err)
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
		return newTally(b.counts, b.series, b.neighbours), nil
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

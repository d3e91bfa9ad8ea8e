package disclose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"reli/analytics/cube"
	"reli/geo/area"
)

// table is the protected base table of one period: what is known of each
// node, or of each part of each divided node.
type table struct {
	known []Known           // by node
	parts map[int32][]Known // by divided node, in the order of codes
	order map[int32][]int   // of the parts, see ProtectParts
	codes []string
}

// places gives the table of places of a period.
func (g *Guard) places(ctx context.Context, snap *cube.Snapshot, gr *ground, begin cube.Day) (*table, error) {
	return g.tables.get(ctx, tableKey{snap.Version, begin, ""}, func() (*table, error) {
		counts, err := g.count(ctx, snap, gr, g.period(begin))
		if err != nil {
			return nil, err
		}
		known, err := Protect(gr.parents, counts, g.policy.K)
		return &table{known: known}, err
	})
}

// divided gives the table of a period divided by a dimension. The order of
// the parts is that of the estimates published of the period before: public,
// and settled before this period's counts are looked at.
func (g *Guard) divided(ctx context.Context, snap *cube.Snapshot, gr *ground, begin cube.Day, by cube.Dimension) (*table, error) {
	return g.tables.get(ctx, tableKey{snap.Version, begin, by}, func() (*table, error) {
		places, err := g.places(ctx, snap, gr, begin)
		if err != nil {
			return nil, err
		}
		before, err := g.dividedBefore(ctx, snap, gr, begin, by)
		if err != nil {
			return nil, err
		}
		t := &table{parts: map[int32][]Known{}, order: map[int32][]int{}, codes: catalogueCodes(snap.Catalogue, by)}
		for _, node := range gr.dividedNodes(g.policy.Divide) {
			counts, err := g.countParts(ctx, snap, g.period(begin), gr.codes[node], by, t.codes)
			if err != nil {
				return nil, err
			}
			t.order[node] = before.rank(node, len(t.codes))
			if t.parts[node], err = ProtectParts(places.known[node], counts, t.order[node], g.policy.K); err != nil {
				return nil, err
			}
		}
		return t, nil
	})
}

// yearsOfOrder is how often, in years, the order of parts begins anew, so
// that a table never hangs on more than maxPeriods others.
const yearsOfOrder = 10

// dividedBefore gives the table of the period before, an empty one where the
// order of parts begins.
func (g *Guard) dividedBefore(ctx context.Context, snap *cube.Snapshot, gr *ground, begin cube.Day, by cube.Dimension) (*table, error) {
	before := g.policy.Period.next(begin, -1)
	first := begin.Time()
	if first.Year()%yearsOfOrder == 0 && first.YearDay() == 1 || !holds(snap, g.period(before)) {
		return &table{}, nil
	}
	return g.divided(ctx, snap, gr, before, by)
}

// rank orders n parts of a node by their estimates, the greatest first; equal
// ones stay as they were.
func (t *table) rank(node int32, n int) []int {
	parts := t.parts[node]
	if parts == nil {
		parts = make([]Known, n)
	}
	order := slices.Clone(t.order[node])
	for i := len(order); i < n; i++ {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(parts[b].Estimate, parts[a].Estimate) })
	return order
}

func (gr *ground) dividedNodes(level area.Level) []int32 {
	if level == area.Unknown {
		return []int32{0}
	}
	return gr.levels[level]
}

func catalogueCodes(cat *cube.Catalogue, by cube.Dimension) []string {
	entries := cat.Categories
	switch by {
	case cube.DimensionSource:
		entries = cat.Sources
	case cube.DimensionChannel:
		entries = cat.Channels
	}
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Code
	}
	return out
}

func (g *Guard) period(begin cube.Day) cube.Selection {
	return cube.Selection{From: begin, To: g.policy.Period.next(begin, 1), Measure: cube.MeasureCount}
}

// holds reports whether a period can hold an incident at all.
func holds(snap *cube.Snapshot, s cube.Selection) bool {
	cat := snap.Catalogue
	return cat.Incidents > 0 && s.From <= cat.Last && cat.First < s.To
}

// count gives the raw counts of all nodes in a period.
func (g *Guard) count(ctx context.Context, snap *cube.Snapshot, gr *ground, period cube.Selection) ([]int64, error) {
	counts := make([]int64, len(gr.parents))
	if !holds(snap, period) {
		return counts, nil
	}
	groups, _, err := g.store.Tallies(ctx, snap, cube.Query{Selection: period, By: cube.DimensionTotal})
	if err != nil {
		return nil, err
	}
	for _, t := range groups {
		counts[0] = t.Count
	}
	if gr.cells != nil {
		return counts, g.countCells(ctx, snap, gr, period, counts)
	}
	for level, nodes := range gr.levels {
		field, err := g.store.AreaField(ctx, snap, period, level)
		if err != nil {
			return nil, err
		}
		if field.Len != len(nodes) {
			return nil, fmt.Errorf("disclose: %d areas of level %s, the field has %d", len(nodes), level, field.Len)
		}
		for i, n := range nodes {
			counts[n] = field.Tally(i).Count
		}
	}
	return counts, nil
}

func (g *Guard) countCells(ctx context.Context, snap *cube.Snapshot, gr *ground, period cube.Selection, counts []int64) error {
	field, err := g.store.CellField(ctx, snap, period, g.policy.Resolution)
	if err != nil {
		return err
	}
	finest := gr.hexes[g.policy.Resolution]
	if field.Len != len(finest.cells) {
		return fmt.Errorf("disclose: %d cells, the field has %d", len(finest.cells), field.Len)
	}
	for i, members := range finest.members {
		counts[members[0]] = field.Tally(i).Count
	}
	for n := len(counts) - 1; n > 0; n-- {
		if p := gr.parents[n]; p > 0 { // node 0 has its own, with what lies in no cell
			counts[p] += counts[n]
		}
	}
	return nil
}

// countParts gives the raw counts of one area in a period by a dimension.
func (g *Guard) countParts(ctx context.Context, snap *cube.Snapshot, period cube.Selection, code string, by cube.Dimension, codes []string) ([]int64, error) {
	counts := make([]int64, len(codes))
	if !holds(snap, period) {
		return counts, nil
	}
	period.Area = code
	groups, _, err := g.store.Tallies(ctx, snap, cube.Query{Selection: period, By: by})
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(codes))
	for i, c := range codes {
		at[c] = i
	}
	for _, t := range groups {
		i, ok := at[t.Key]
		if !ok {
			return nil, fmt.Errorf("disclose: %s %s is not in the catalogue", by, strconv.Quote(t.Key))
		}
		counts[i] = t.Count
	}
	return counts, nil
}

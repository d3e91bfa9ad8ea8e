package disclose

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/geo/hex"
)

// ExecutorProtected says that a protected table answered.
const ExecutorProtected cube.Executor = "protected"

// Guard answers as a cube.Store does, with what a Policy lets be seen. With an
// open Policy it is the store. It is safe for concurrent use.
type Guard struct {
	store  *cube.Store
	policy Policy
	tables memo[*table]

	mu      sync.Mutex
	ground  *ground // of the newest snapshot that asked
	tree    *area.Tree
	version uint64
}

// New puts a guard before a store.
func New(store *cube.Store, p Policy) (*Guard, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return &Guard{store: store, policy: p}, nil
}

// Policy gives what the guard keeps.
func (g *Guard) Policy() Policy { return g.policy }

// Snap gives the Selection that is answered in place of another one, see
// Policy.Snap.
func (g *Guard) Snap(sel cube.Selection) (cube.Selection, error) {
	return g.policy.Snap(sel, g.store.Today())
}

// Field is a cube.Field of what may be seen. The Tally of a suppressed key is
// empty; only Count and Base are filled.
type Field struct {
	cube.Field
	// Cells are the keys of a CellField and their resolution; nil for areas.
	Cells      []hex.Cell
	Resolution int
	// Cell says what the Tally of key i means.
	Cell func(i int) Cell
}

// Group is a cube.Group of what may be seen.
type Group struct {
	cube.Group
	Cell Cell
}

// Point is one step of a series, from its first day.
type Point struct {
	From cube.Day
	Cell Cell
}

func (g *Guard) groundOf(snap *cube.Snapshot) *ground {
	g.mu.Lock()
	defer g.mu.Unlock()
	tree := snap.Catalogue.Tree
	hexagonal := g.policy.Family == Hexagons
	if g.ground != nil && (hexagonal && g.version == snap.Version || !hexagonal && g.tree == tree) {
		return g.ground
	}
	g.tree, g.version = tree, snap.Version
	if hexagonal {
		g.ground = groundOfHexagons(snap, g.policy.Resolution)
	} else {
		g.ground = groundOfAreas(tree, g.policy.finest())
	}
	return g.ground
}

// exact shows a raw tally, for an open Policy.
func exact(t cube.Tally) Cell {
	return exactly(t.Count).show(0, 0)
}

func openField(f cube.Field, err error) (Field, error) {
	return Field{Field: f, Cell: func(i int) Cell { return exact(f.Tally(i)) }}, err
}

// AreaField answers for the areas of a level, in the order of the tree's
// AtLevel.
func (g *Guard) AreaField(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, level area.Level) (Field, error) {
	if g.policy.Open() {
		return openField(g.store.AreaField(ctx, snap, sel, level))
	}
	r, err := g.request(snap, sel, cube.Dimension(level.String()))
	if err != nil {
		return Field{}, err
	}
	nodes := r.ground.levels[level]
	keys := make([][]int32, len(nodes))
	for i, n := range nodes {
		if s := r.ground.seen(n, r.scope); s >= 0 {
			keys[i] = []int32{s}
		}
	}
	if r.filter != "" && len(nodes) > 0 && (level != g.policy.Divide || r.ground.depth(r.scope) > r.ground.depth(nodes[0])) {
		return Field{}, g.refuseDivision(r.filter)
	}
	return r.field(ctx, keys)
}

// CellField answers for hexagons of a resolution, or of the Policy's where
// that is coarser. Its keys are the Field's Cells, not the snapshot's.
func (g *Guard) CellField(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, res int) (Field, error) {
	if g.policy.Open() {
		f, err := openField(g.store.CellField(ctx, snap, sel, res))
		f.Cells, f.Resolution = snap.Cells(res), res
		return f, err
	}
	r, err := g.request(snap, sel, cube.DimensionCell)
	if err != nil {
		return Field{}, err
	}
	if r.filter != "" {
		return Field{}, g.refuseDivision(r.filter)
	}
	res = min(max(res, 0), g.policy.Resolution)
	h, err := r.ground.hexagons(res)
	if err != nil {
		return Field{}, err
	}
	keys := make([][]int32, len(h.members))
	for i, members := range h.members {
		for _, n := range members {
			if r.ground.within(n, r.scope) {
				keys[i] = append(keys[i], n)
			}
		}
	}
	f, err := r.field(ctx, keys)
	f.Cells, f.Resolution = h.cells, res
	return f.withoutZeros(), err
}

// withoutZeros drops the cells without an incident: which cells a snapshot
// has would tell where there ever was one.
func (f Field) withoutZeros() Field {
	var keep []int
	var cells []hex.Cell
	for i, c := range f.Cells {
		if f.Cell(i).State != Zero {
			keep, cells = append(keep, i), append(cells, c)
		}
	}
	tally, cell := f.Tally, f.Cell
	f.Cells, f.Len = cells, len(cells)
	f.Tally = func(i int) cube.Tally { return tally(keep[i]) }
	f.Cell = func(i int) Cell { return cell(keep[i]) }
	return f
}

// Tallies answers a query by total, area, category, source or channel. Groups
// are in the order of their keys' text; keys that have certainly no incident
// are absent.
func (g *Guard) Tallies(ctx context.Context, snap *cube.Snapshot, q cube.Query) ([]Group, cube.Executor, error) {
	if g.policy.Open() {
		groups, executor, err := g.store.Tallies(ctx, snap, q)
		out := make([]Group, len(groups))
		for i, t := range groups {
			out[i] = Group{t, exact(t.Tally)}
		}
		return out, executor, err
	}
	if q.Within != 0 {
		return nil, "", refuse("cell", "a restricted viewer cannot look into a single hexagon")
	}
	if q.By == cube.DimensionCell {
		return nil, "", refuse("by", "cells come as tiles")
	}
	r, err := g.request(snap, q.Selection, q.By)
	if err != nil {
		return nil, "", err
	}
	keys, field, err := r.groups(ctx, q.By)
	if err != nil {
		return nil, "", err
	}
	var out []Group
	for i, key := range keys {
		if t, c := field.Tally(i), field.Cell(i); c.State != Zero || t.Base != 0 {
			out = append(out, Group{cube.Group{Key: key, Tally: t}, c})
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return out, ExecutorProtected, nil
}

// Series answers by the periods of the Policy, which the step must name; with
// an open Policy by any step. Every step of the window is there.
func (g *Guard) Series(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, step cube.Step) ([]Point, error) {
	if g.policy.Open() {
		return g.openSeries(ctx, snap, sel, step)
	}
	if string(step) != string(g.policy.Period) {
		return nil, refuse("step", "a restricted viewer sees a series by %s", g.policy.Period)
	}
	sel.Measure = cube.MeasureCount
	r, err := g.request(snap, sel, cube.DimensionTotal)
	if err != nil {
		return nil, err
	}
	pick, err := r.total()
	if err != nil {
		return nil, err
	}
	var out []Point
	for _, begin := range g.policy.Begins(r.sel.From, r.sel.To) {
		known, err := pick(ctx, begin)
		if err != nil {
			return nil, err
		}
		out = append(out, Point{begin, known[0].show(g.policy.K, g.policy.Rounding)})
	}
	return out, nil
}

package disclose

import (
	"context"
	"slices"
	"strconv"

	"reli/analytics/cube"
	"reli/geo/area"
)

// request is a Selection that may be answered, on one snapshot.
type request struct {
	guard  *Guard
	snap   *cube.Snapshot
	ground *ground
	sel    cube.Selection // snapped
	scope  int32          // node of the Selection's area
	filter cube.Dimension // the division that it filters by, "" for none
}

// request checks a Selection against the Policy.
func (g *Guard) request(snap *cube.Snapshot, sel cube.Selection, by cube.Dimension) (*request, error) {
	if err := g.policy.CheckSelection(sel, by); err != nil {
		return nil, err
	}
	sel, err := g.Snap(sel)
	if err != nil {
		return nil, err
	}
	r := &request{guard: g, snap: snap, ground: g.groundOf(snap), sel: sel}
	if r.filter, err = filter(sel); err != nil {
		return nil, err
	}
	scope, ok := r.ground.nodes[sel.Area]
	if !ok {
		return nil, refuse("area", "not an area that a restricted viewer sees")
	}
	r.scope = scope
	return r, nil
}

// pick gives what is known of the keys of an answer in one period.
type pick func(ctx context.Context, begin cube.Day) ([]Known, error)

// nodes picks sums of nodes; a key without nodes is nothing.
func (r *request) nodes(keys [][]int32) pick {
	return func(ctx context.Context, begin cube.Day) ([]Known, error) {
		t, err := r.guard.places(ctx, r.snap, r.ground, begin)
		if err != nil {
			return nil, err
		}
		out := make([]Known, len(keys))
		for i, nodes := range keys {
			for _, n := range nodes {
				out[i] = out[i].plus(t.known[n])
			}
		}
		return out, nil
	}
}

// parts picks the parts of a node by the codes of a division, as the codes of
// wanted; all where wanted is empty.
func (r *request) parts(by cube.Dimension, node int32, wanted []string) pick {
	return func(ctx context.Context, begin cube.Day) ([]Known, error) {
		t, err := r.guard.divided(ctx, r.snap, r.ground, begin, by)
		if err != nil {
			return nil, err
		}
		out := slices.Clone(t.parts[node])
		for i, code := range t.codes {
			if len(wanted) > 0 && !slices.Contains(wanted, code) {
				out[i] = Known{}
			}
		}
		return out, nil
	}
}

// together adds up what a pick gives.
func together(p pick) pick {
	return func(ctx context.Context, begin cube.Day) ([]Known, error) {
		parts, err := p(ctx, begin)
		var all Known
		for _, b := range parts {
			all = all.plus(b)
		}
		return []Known{all}, err
	}
}

// total picks the whole of the Selection.
func (r *request) total() (pick, error) {
	if r.filter == "" {
		return r.nodes([][]int32{{r.scope}}), nil
	}
	if !r.dividable(r.scope) {
		return nil, r.guard.refuseDivision(r.filter)
	}
	return together(r.parts(r.filter, r.scope, codesOf(r.sel, r.filter))), nil
}

func (r *request) dividable(node int32) bool {
	return slices.Contains(r.ground.dividedNodes(r.guard.policy.Divide), node)
}

func (g *Guard) refuseDivision(by cube.Dimension) error {
	level := "everything together"
	if g.policy.Divide != area.Unknown {
		level = "a whole " + g.policy.Divide.String()
	}
	return refuse(string(by), "a restricted viewer sees this for %s only", level)
}

// field answers for keys that are sums of nodes.
func (r *request) field(ctx context.Context, keys [][]int32) (Field, error) {
	if r.filter == "" {
		return r.answer(ctx, len(keys), r.nodes(keys))
	}
	codes := codesOf(r.sel, r.filter)
	return r.answer(ctx, len(keys), func(ctx context.Context, begin cube.Day) ([]Known, error) {
		out := make([]Known, len(keys))
		for i, nodes := range keys {
			for _, n := range nodes {
				one, err := together(r.parts(r.filter, n, codes))(ctx, begin)
				if err != nil {
					return nil, err
				}
				out[i] = out[i].plus(one[0])
			}
		}
		return out, nil
	})
}

// groups answers by a dimension, with the keys in the order of the field.
func (r *request) groups(ctx context.Context, by cube.Dimension) ([]string, Field, error) {
	if slices.Contains(divisions, by) {
		if !r.dividable(r.scope) {
			return nil, Field{}, r.guard.refuseDivision(by)
		}
		codes := catalogueCodes(r.snap.Catalogue, by)
		field, err := r.answer(ctx, len(codes), r.parts(by, r.scope, codesOf(r.sel, by)))
		return codes, field, err
	}
	if by == cube.DimensionTotal {
		p, err := r.total()
		if err != nil {
			return nil, Field{}, err
		}
		field, err := r.answer(ctx, 1, p)
		return []string{""}, field, err
	}
	level, err := area.ParseLevel(string(by))
	if err != nil {
		return nil, Field{}, err
	}
	nodes := r.ground.levels[level]
	keys := make([]string, len(nodes))
	for i, n := range nodes {
		keys[i] = r.ground.codes[n]
	}
	field, err := r.guard.AreaField(ctx, r.snap, r.sel, level)
	return keys, field, err
}

// window adds up the periods of a window.
func (r *request) window(ctx context.Context, from, to cube.Day, n int, p pick) ([]Known, error) {
	out := make([]Known, n)
	for _, begin := range r.guard.policy.Begins(from, to) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		known, err := p(ctx, begin)
		if err != nil {
			return nil, err
		}
		for i, b := range known {
			out[i] = out[i].plus(b)
		}
	}
	return out, nil
}

// answer shows the window, and the one before where a change is measured. A
// change with a suppressed side is suppressed.
func (r *request) answer(ctx context.Context, n int, p pick) (Field, error) {
	policy := r.guard.policy
	known, err := r.window(ctx, r.sel.From, r.sel.To, n, p)
	if err != nil {
		return Field{}, err
	}
	cells, bases := make([]Cell, n), make([]Cell, n)
	for i, b := range known {
		cells[i] = b.show(policy.K, policy.Rounding)
	}
	if r.sel.Measure == cube.MeasureChange || r.sel.Measure == cube.MeasureYear {
		from := policy.base(r.sel)
		to := from
		for range policy.Begins(r.sel.From, r.sel.To) {
			to = policy.Period.next(to, 1)
		}
		before, err := r.window(ctx, from, to, n, p)
		if err != nil {
			return Field{}, err
		}
		for i, b := range before {
			bases[i] = b.show(policy.K, policy.Rounding)
			if bases[i].State == Suppressed {
				cells[i] = Cell{State: Suppressed, Low: cells[i].Low, High: cells[i].High}
			}
			if cells[i].State == Suppressed {
				bases[i] = Cell{}
			}
		}
	}
	return Field{
		Field: cube.Field{Executor: ExecutorProtected, Len: n, Tally: func(i int) cube.Tally {
			return cube.Tally{Count: cells[i].Count, Base: bases[i].Count}
		}},
		Cell: func(i int) Cell { return cells[i] },
	}, nil
}

// openSeries counts by any step, for an open Policy.
func (g *Guard) openSeries(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, step cube.Step) ([]Point, error) {
	if !step.Valid() {
		return nil, refuse("step", "want day, week or month")
	}
	sel.Measure = cube.MeasureCount
	groups, _, err := g.store.Tallies(ctx, snap, cube.Query{Selection: sel, By: cube.DimensionDay})
	if err != nil {
		return nil, err
	}
	counts := map[cube.Day]int64{}
	for _, t := range groups {
		day, err := strconv.Atoi(t.Key)
		if err != nil {
			return nil, err
		}
		counts[max(step.Begin(cube.Day(day)), sel.From)] += t.Count
	}
	var out []Point
	for d := sel.From; d < sel.To; d++ {
		if begin := max(step.Begin(d), sel.From); begin == d {
			out = append(out, Point{d, exactly(counts[d]).show(0, 0)})
		}
	}
	return out, nil
}

package disclose_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/test/county"
)

// spot is a place of an answer: an area by its code ("" for everything), or
// a hexagon of the grids of an area.
type spot struct {
	code  string
	cell  hex.Cell
	scope string
}

// piece is one cell of an answer: some incidents, and what is told of them.
type piece struct {
	place       spot
	by          cube.Dimension // the division that code is of, "" for all
	code        string         // may be "": unknown
	first, last int            // months [first, last)
	low, high   int64
}

// atom is a place or a division of the county in one month.
type atom struct {
	place spot
	by    cube.Dimension
	code  string
	month int
}

var divisions = []cube.Dimension{cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel}

// viewer asks as the public role may, through one function, so that the same
// attack runs against the guard and against plain suppression.
type viewer struct {
	t     testing.TB
	snap  *cube.Snapshot
	guard *disclose.Guard
	store *cube.Store // with guard nil: raw counts, those below k left out
	k     int64
	kept  map[question][]piece
}

func month(n int) cube.Day {
	return cube.DayOf(cube.Day(20089).Time().AddDate(0, n, 0)) // 20089 is 2025-01-01
}

func (v *viewer) selection(first, last int) cube.Selection {
	return cube.Selection{From: month(first), To: month(last), Measure: cube.MeasureCount}
}

// question is one query.
type question struct {
	layer       string // level of area, "hex", "total", or a division
	resolution  int
	area        string
	by          cube.Dimension // division that filters
	code        string
	first, last int
}

func (v *viewer) ask(q question) []piece {
	if kept, ok := v.kept[q]; ok {
		return kept
	}
	sel := v.selection(q.first, q.last)
	sel.Area = q.area
	switch q.by {
	case cube.DimensionCategory:
		sel.Categories = []string{q.code}
	case cube.DimensionSource:
		sel.Sources = []string{q.code}
	}
	var out []piece
	switch level, err := area.ParseLevel(q.layer); {
	case err == nil:
		out = v.areas(q, sel, level)
	case q.layer == "hex":
		out = v.hexes(q, sel)
	default:
		out = v.tallies(q, sel)
	}
	v.kept[q] = out
	return out
}

func (v *viewer) piece(q question, place spot, code string, c disclose.Cell) piece {
	by := q.by
	if slices.Contains(divisions, cube.Dimension(q.layer)) {
		by = cube.Dimension(q.layer)
	}
	return piece{place: place, by: by, code: code, first: q.first, last: q.last, low: c.Low, high: c.High}
}

// suppressed is what is often done: counts below k are left out.
func (v *viewer) suppressed(n int64) disclose.Cell {
	if n > 0 && n < v.k {
		return disclose.Cell{State: disclose.Suppressed, Low: 1, High: v.k - 1}
	}
	return disclose.Cell{State: disclose.Exact, Count: n, Low: n, High: n}
}

func (v *viewer) areas(q question, sel cube.Selection, level area.Level) []piece {
	var cell func(int) disclose.Cell
	if v.guard == nil {
		f, err := v.store.AreaField(v.t.Context(), v.snap, sel, level)
		require.NoError(v.t, err)
		cell = func(i int) disclose.Cell { return v.suppressed(f.Tally(i).Count) }
	} else {
		f, err := v.guard.AreaField(v.t.Context(), v.snap, sel, level)
		require.NoError(v.t, err)
		cell = f.Cell
	}
	tree := v.snap.Catalogue.Tree
	var out []piece
	for i, a := range tree.AtLevel(level) {
		if q.area == "" || tree.Ancestor(a.Code, levelOf(tree, q.area)) == q.area {
			out = append(out, v.piece(q, spot{code: a.Code}, q.code, cell(i)))
		}
	}
	return out
}

func levelOf(tree *area.Tree, code string) area.Level {
	a, _ := tree.Get(code)
	return a.Level
}

func (v *viewer) hexes(q question, sel cube.Selection) []piece {
	if v.guard == nil {
		return nil // the raw hexagons are of another division of the ground
	}
	f, err := v.guard.CellField(v.t.Context(), v.snap, sel, q.resolution)
	require.NoError(v.t, err)
	var out []piece
	for i, c := range f.Cells {
		out = append(out, v.piece(q, spot{cell: c, scope: q.area}, "", f.Cell(i)))
	}
	return out
}

func (v *viewer) tallies(q question, sel cube.Selection) []piece {
	query := cube.Query{Selection: sel, By: cube.Dimension(q.layer)}
	var out []piece
	if v.guard == nil {
		groups, _, err := v.store.Tallies(v.t.Context(), v.snap, query)
		require.NoError(v.t, err)
		for _, g := range groups {
			out = append(out, v.piece(q, spot{code: q.area}, q.code+g.Key, v.suppressed(g.Count)))
		}
		return out
	}
	groups, _, err := v.guard.Tallies(v.t.Context(), v.snap, query)
	require.NoError(v.t, err)
	for _, g := range groups {
		out = append(out, v.piece(q, spot{code: q.area}, q.code+g.Key, g.Cell))
	}
	return out
}

// places tells which place lies in which, as any viewer of the map knows.
type places struct {
	tree  *area.Tree
	above map[string][]string                         // code → codes of the areas that hold it, itself and "" among them
	cells [cube.StorageResolution]map[string]hex.Cell // by resolution: grid → cell of its middle
	grids map[spot][]string                           // hexagon → its grids
}

func newPlaces(t *testing.T, tree *area.Tree) *places {
	p := &places{tree: tree, above: map[string][]string{"": {""}}, grids: map[spot][]string{}}
	for res := range p.cells {
		p.cells[res] = map[string]hex.Cell{}
	}
	for _, a := range tree.All() {
		p.above[a.Code] = append(tree.Path(a.Code), "")
		if a.Level != area.Grid {
			continue
		}
		for res := range p.cells {
			c, err := hex.FromLngLat(tree.Bounds(a.Code).Center(), res)
			require.NoError(t, err)
			p.cells[res][a.Code] = c
			for _, scope := range p.above[a.Code] {
				s := spot{cell: c, scope: scope}
				p.grids[s] = append(p.grids[s], a.Code)
			}
		}
	}
	return p
}

// holders gives the places, of the kind of like, that hold a place.
func (p *places) holders(place, like spot) []spot {
	var out []spot
	switch {
	case like.cell == 0 && place.cell == 0:
		for _, code := range p.above[place.code] {
			out = append(out, spot{code: code})
		}
	case like.cell != 0 && place.cell != 0:
		if like.scope == place.scope && like.cell.Resolution() == place.cell.Resolution() {
			out = append(out, place)
		}
	case like.cell != 0:
		if c, ok := p.cells[like.cell.Resolution()][place.code]; ok && slices.Contains(p.above[place.code], like.scope) {
			out = append(out, spot{cell: c, scope: like.scope})
		}
	default:
		for _, code := range p.above[place.scope] {
			out = append(out, spot{code: code})
		}
	}
	return out
}

// within says that every incident of b is one of a, where the places are so.
func within(b, a *piece) bool {
	return b.first >= a.first && b.last <= a.last && (a.by == "" || a.by == b.by && a.code == b.code)
}

// attackPair subtracts from every cell of an answer the cells of another that
// lie in it, all together and each alone, and counts what is recovered.
func (p *places) attackPair(a, b []piece, k int64) (compared, recovered int) {
	if len(a) == 0 {
		return 0, 0
	}
	at := map[spot][]int{}
	rest := make([][2]int64, len(a))
	touched := make([]bool, len(a))
	for i := range a {
		at[a[i].place] = append(at[a[i].place], i)
		rest[i] = [2]int64{a[i].low, a[i].high}
	}
	note := func(low, high int64) {
		compared++
		if low == high && low > 0 && low < k {
			recovered++
		}
	}
	for j := range b {
		for _, holder := range p.holders(b[j].place, a[0].place) {
			for _, i := range at[holder] {
				if !within(&b[j], &a[i]) {
					continue
				}
				note(a[i].low-b[j].high, a[i].high-b[j].low)
				rest[i][0] -= b[j].high
				rest[i][1] -= b[j].low
				touched[i] = true
			}
		}
	}
	for i := range a {
		if touched[i] {
			note(rest[i][0], rest[i][1])
		}
	}
	return compared, recovered
}

// script draws a question and one that differs from it in one way: the
// window, the level, the hexagon, the area, or the division.
func script(r *rand.Rand, tree *area.Tree, codes map[cube.Dimension][]string) (a, b question) {
	pickLevel := func() string { return []string{"total", "county", "township", "village", "grid"}[r.IntN(5)] }
	pickArea := func() string {
		if r.IntN(2) == 0 {
			return ""
		}
		all := tree.AtLevel([]area.Level{area.County, area.Township, area.Village}[r.IntN(3)])
		return all[r.IntN(len(all))].Code
	}
	a = question{layer: pickLevel(), first: r.IntN(12)}
	a.last = a.first + 1 + r.IntN(12-a.first)
	b = a
	switch r.IntN(6) {
	case 0: // window − window
		b.first = a.first + r.IntN(a.last-a.first)
		b.last = b.first + 1 + r.IntN(a.last-b.first)
		a.area = pickArea()
		b.area = a.area
	case 1: // parent − children
		a.layer, b.layer = pickLevel(), pickLevel()
		a.area = pickArea()
		b.area = a.area
	case 2: // hexagon − grids, hexagon − hexagons
		a = question{layer: "hex", resolution: 3 + r.IntN(6), first: a.first, last: a.last, area: pickArea()}
		b = a
		b.layer, b.resolution = []string{"hex", "grid"}[r.IntN(2)], a.resolution+r.IntN(2)
	case 3: // all − category
		d := divisions[r.IntN(3)]
		a.layer, b.layer = "total", string(d)
		if r.IntN(2) == 0 && d != cube.DimensionChannel {
			b.layer, b.by, b.code = "total", d, codes[d][r.IntN(len(codes[d]))]
		}
	case 4: // division − the same, in less time
		a.layer = []string{"category", "source", "channel"}[r.IntN(3)]
		b.layer = a.layer
		b.first = a.first + r.IntN(a.last-a.first)
	default: // anything − anything
		b = question{layer: pickLevel(), first: r.IntN(12), area: pickArea()}
		b.last = b.first + 1 + r.IntN(12-b.first)
	}
	return a, b
}

func attackScript(t *testing.T, c *county.County, v *viewer, pairs int) (compared, recovered int) {
	snap := c.Store.Current()
	v.t, v.snap, v.k, v.kept = t, snap, 5, map[question][]piece{}
	p := newPlaces(t, snap.Catalogue.Tree)
	codes := map[cube.Dimension][]string{}
	for _, e := range snap.Catalogue.Categories {
		codes[cube.DimensionCategory] = append(codes[cube.DimensionCategory], e.Code)
	}
	for _, e := range snap.Catalogue.Sources {
		codes[cube.DimensionSource] = append(codes[cube.DimensionSource], e.Code)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range pairs {
		a, b := script(r, p.tree, codes)
		for _, pair := range [][2][]piece{{v.ask(a), v.ask(b)}, {v.ask(b), v.ask(a)}} {
			n, found := p.attackPair(pair[0], pair[1], v.k)
			compared, recovered = compared+n, recovered+found
		}
	}
	return compared, recovered
}

func TestTenThousandScriptedPairsRecoverNothing(t *testing.T) {
	c := county.Shared(t)
	v := &viewer{guard: guard(t, c, nil)}
	compared, recovered := attackScript(t, c, v, 10_000)
	t.Logf("%d differences of 10,000 pairs, %d recovered", compared, recovered)
	require.Greater(t, compared, 1_000_000)
	require.Zero(t, recovered)
	requireAllAnswersTogetherTellNothing(t, c, v)
}

// The same attack on plain suppression of small counts succeeds, so it is one.
func TestScriptedPairsBreakPlainSuppression(t *testing.T) {
	c := county.Shared(t)
	_, recovered := attackScript(t, c, &viewer{store: c.Store}, 300)
	t.Logf("%d recovered", recovered)
	require.Greater(t, recovered, 100)
}

// requireAllAnswersTogetherTellNothing gives one attacker every answer of the
// script at once, with the sums that a division tree, a calendar and a
// dictionary imply, and lets it draw all conclusions.
func requireAllAnswersTogetherTellNothing(t *testing.T, c *county.County, v *viewer) {
	t.Helper()
	a := newAttacker(0)
	snap := c.Store.Current()
	tree := snap.Catalogue.Tree
	atoms := map[atom]int{} // cells of the attacker
	at := func(key atom) int {
		i, ok := atoms[key]
		if !ok {
			i = a.cell(0, unknown)
			atoms[key] = i
		}
		return i
	}
	place := func(code string, m int) int { return at(atom{place: spot{code: code}, month: m}) }
	for m := range 12 {
		whole := []int{a.cell(0, unknown)} // what has no place
		for _, root := range tree.Children("") {
			whole = append(whole, place(root, m))
		}
		a.equations = append(a.equations, equation{whole: place("", m), parts: whole})
		for _, one := range tree.All() {
			parts := []int{a.cell(0, unknown)} // what has no place below
			for _, child := range tree.Children(one.Code) {
				parts = append(parts, place(child, m))
			}
			if len(parts) > 1 {
				a.equations = append(a.equations, equation{whole: place(one.Code, m), parts: parts})
			}
		}
		for _, by := range divisions {
			var parts []int
			for _, code := range codesOfCatalogue(snap.Catalogue, by) {
				parts = append(parts, at(atom{by: by, code: code, month: m}))
			}
			a.equations = append(a.equations, equation{whole: place("", m), parts: parts})
		}
	}
	p := newPlaces(t, tree)
	for _, answer := range v.kept {
		for _, one := range answer {
			var parts []int
			for m := one.first; m < one.last; m++ {
				if one.place.cell == 0 {
					parts = append(parts, at(atom{one.place, one.by, one.code, m}))
				}
				for _, grid := range p.grids[one.place] {
					parts = append(parts, place(grid, m))
				}
			}
			a.equations = append(a.equations, equation{whole: -1, parts: parts, low: one.low, high: one.high})
		}
	}
	t.Logf("%d rounds", a.conclude())
	small, wrong := 0, 0
	for m := range 12 {
		for key, n := range rawAtoms(t, c, m) {
			i, known := atoms[key]
			require.True(t, known, key)
			require.LessOrEqual(t, a.low[i], n, key)
			require.GreaterOrEqual(t, a.high[i], n, key)
			if n > 0 && n < v.k {
				small++
				if a.low[i] > 1 || a.high[i] < v.k-1 {
					wrong++
				}
			}
		}
	}
	t.Logf("%d equations, %d small cells, %d bounded more closely than 1 to k-1", len(a.equations), small, wrong)
	require.Greater(t, small, 2000)
	require.Zero(t, wrong)
}

func codesOfCatalogue(cat *cube.Catalogue, by cube.Dimension) []string {
	entries := cat.Categories
	switch by {
	case cube.DimensionSource:
		entries = cat.Sources
	case cube.DimensionChannel:
		entries = cat.Channels
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Code)
	}
	return out
}

// rawAtoms counts all places and divisions of a month.
func rawAtoms(t *testing.T, c *county.County, m int) map[atom]int64 {
	out := map[atom]int64{}
	sel := cube.Selection{From: month(m), To: month(m + 1), Measure: cube.MeasureCount}
	for _, by := range []cube.Dimension{cube.DimensionTotal, cube.DimensionCounty, cube.DimensionTownship, cube.DimensionVillage,
		cube.DimensionGrid, cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel} {
		groups, _, err := c.Store.Tallies(t.Context(), c.Store.Current(), cube.Query{Selection: sel, By: by})
		require.NoError(t, err)
		for _, g := range groups {
			switch by {
			case cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel:
				out[atom{by: by, code: g.Key, month: m}] = g.Count
			default:
				out[atom{place: spot{code: g.Key}, month: m}] = g.Count
			}
		}
	}
	return out
}

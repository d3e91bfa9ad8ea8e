package cube

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo/area"
)

// Fields and frames of both executors are those of the facts that a scope
// allows, and an area that it hides is not there at all.
func TestAScopeCutsFieldsAndFrames(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 11)
	w.loadAreas(t, db)
	incidents, transitions := w.records(800)
	z := zone(t, shanghai)
	write(t, db, incidents, transitions, monthsOf(z, incidents...)...)
	stores := []*Store{openStore(t, db, shanghai, inMemory), openStore(t, db, shanghai, notInMemory)}
	tree := treeOf(t, w.areas)
	facts := factsOf(z, tree, incidents, transitions)
	for range 40 {
		q := w.query()
		q.Within, q.Selection.Scope = 0, w.scope()
		for _, s := range stores {
			requireScopedAreas(t, s, tree, facts, q.Selection)
			requireScopedCells(t, s, facts, q)
			requireScopedFrames(t, s, facts, q.Selection)
		}
	}
}

func requireScopedAreas(t *testing.T, s *Store, tree *area.Tree, facts []fact, sel Selection) {
	t.Helper()
	for _, level := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
		field, err := s.AreaField(t.Context(), s.Current(), sel, level)
		require.NoError(t, err)
		want := map[string]Tally{}
		for _, g := range answer(facts, Query{Selection: sel, By: Dimension(level.String())}) {
			want[g.Key] = g.Tally
		}
		for i, a := range tree.AtLevel(level) {
			require.Equal(t, want[a.Code], field.Tally(i), "%s: %s %s", field.Executor, a.Code, sel.Canonical())
			require.Equal(t, len(sel.Scope.Areas) == 0 || related(tree, a.Code, sel.Scope.Areas), field.Shown(i), "%s %s", a.Code, sel.Canonical())
			if !field.Shown(i) {
				require.Zero(t, field.Tally(i), "what is hidden has no count either")
			}
		}
	}
}

// related says whether an area is one of some, below one or above one.
func related(tree *area.Tree, code string, some []string) bool {
	return slices.ContainsFunc(some, func(own string) bool {
		return slices.Contains(tree.Path(code), own) || slices.Contains(tree.Path(own), code)
	})
}

func requireScopedCells(t *testing.T, s *Store, facts []fact, q Query) {
	t.Helper()
	q.By = DimensionCell
	field, err := s.CellField(t.Context(), s.Current(), q.Selection, q.Resolution)
	require.NoError(t, err)
	want := map[string]Tally{}
	for _, g := range answer(facts, q) {
		want[g.Key] = g.Tally
	}
	for i, c := range s.Current().Cells(q.Resolution) {
		require.Equal(t, want[strconv.FormatUint(uint64(c), 10)], field.Tally(i), "%s: %s", field.Executor, q.Selection.Canonical())
	}
}

func requireScopedFrames(t *testing.T, s *Store, facts []fact, sel Selection) {
	t.Helper()
	frames, err := s.Frames(t.Context(), s.Current(), sel, DimensionVillage, 0, StepMonth)
	require.NoError(t, err)
	sel.Measure = MeasureCount
	got := map[string]int64{}
	for i, key := range frames.Keys {
		for _, n := range frames.Counts[i] {
			got[key] += n
		}
	}
	want := map[string]int64{}
	for _, g := range answer(facts, Query{Selection: sel, By: DimensionVillage}) {
		want[g.Key] = g.Count
	}
	require.Equal(t, want, got, "%s: %s", frames.Executor, sel.Canonical())
}

// Two scopes that differ in what they allow never share a text, nor does one
// share the text of a Selection without a scope.
func TestDifferentScopesHaveDifferentTexts(t *testing.T) {
	codes := []string{"", "a", "b", "a,b", "a&scope_area=b", "矛盾", "%2C"}
	draw := func(t *rapid.T, name string) Scope {
		some := func(kind string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(codes), 0, 3, rapid.ID).Draw(t, name+kind)
		}
		return Scope{Areas: some("areas"), Categories: some("categories"), Sources: some("sources")}
	}
	sorted := func(s Scope) string {
		for _, list := range []*[]string{&s.Areas, &s.Categories, &s.Sources} {
			*list = slices.Sorted(slices.Values(*list))
		}
		return fmt.Sprintf("%q %q %q", s.Areas, s.Categories, s.Sources)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		require.Equal(t, sorted(a) == sorted(b), a.Canonical() == b.Canonical())
		sel := Selection{From: 1, To: 2}
		require.Equal(t, a.Empty(), sel.Canonical() == Selection{From: 1, To: 2, Scope: a}.Canonical())
		sel.Scope = a
		require.Equal(t, Selection{From: 1, To: 2}.Query(), sel.Query(), "links name no scope")
	})
}

func TestTheHighestAreasOfAScope(t *testing.T) {
	tree := treeOf(t, smallCounty(t))
	scope := Scope{Areas: []string{"t0v1", "t1", "t0v1g0", "gone", "t1v0"}}
	for code, want := range map[string][]string{"": {"t0v1", "t1"}, "c": {"t0v1", "t1"}, "t0": {"t0v1"}, "t1": {"t1"}, "t1v1": {"t1v1"}, "t0v1g0": {"t0v1g0"}, "t2": nil, "t0v0": nil} {
		require.Equal(t, want, scope.Within(tree, code), code)
	}
	require.Equal(t, []string{"t2"}, Scope{Categories: []string{"wage"}}.Within(tree, "t2"))
	require.True(t, scope.Shows(tree, "c"))
	require.False(t, scope.Holds(tree, "c"))
	require.True(t, scope.Holds(tree, "t1v0"))
	require.False(t, scope.Shows(tree, "t2"))
	require.False(t, scope.Shows(tree, "gone"), "no area has this code")
	require.True(t, scope.WithoutAreas().Shows(nil, "x"), "a scope without areas hides none")
	require.False(t, scope.Shows(nil, "t1"))
}

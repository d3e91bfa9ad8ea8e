package areaset_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/analytics/areaset"
	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
	"reli/test/county"
)

// strips cuts the ground of the county into upright strips, which cross its
// townships and grids.
func strips(t testing.TB, c *county.County, n int) []schemas.Area {
	t.Helper()
	tree := c.Store.Current().Catalogue.Tree
	b := tree.Bounds(tree.AtLevel(area.County)[0].Code)
	var out []schemas.Area
	for i := range n {
		west, east := b.West+(b.East-b.West)*float64(i)/float64(n), b.West+(b.East-b.West)*float64(i+1)/float64(n)
		shape, err := area.EncodeGeometry(orb.MultiPolygon{{{{west, b.South}, {east, b.South}, {east, b.North}, {west, b.North}, {west, b.South}}}})
		require.NoError(t, err)
		out = append(out, schemas.Area{Set: "police", Code: fmt.Sprint("p", i), Name: fmt.Sprint("警务区", i), Geometry: shape})
	}
	return out
}

// F57: totals by 片区 and by grid agree, for every measure that is a sum, and
// each 片区 is the sum over its grids.
func TestTotalsBySetAndByGridAgree(t *testing.T) {
	c := county.Shared(t)
	s := areaset.New(c.DB, c.Store)
	report, err := s.Replace(t.Context(), "police", strips(t, c, 7), 1)
	require.NoError(t, err)
	require.Equal(t, 609, report.Grids)
	require.Zero(t, report.Unassigned)
	require.Greater(t, report.Divided, 20, "some grids lie in two strips")
	t.Logf("%+v", report)

	snap := c.Store.Current()
	rows, err := s.Crosswalk(t.Context(), "police", cube.Scope{})
	require.NoError(t, err)
	shares, of := map[string]float64{}, map[string]string{}
	for _, r := range rows {
		shares[r.Grid] += r.Share
		if r.Chosen {
			require.Empty(t, of[r.Grid], "a grid belongs once")
			of[r.Grid] = r.Code
		}
	}
	require.Len(t, of, 609)
	for grid, all := range shares {
		require.InDelta(t, 1, all, 2e-3, grid)
	}
	townships := map[string]map[string]bool{}
	for grid, code := range of {
		if townships[code] == nil {
			townships[code] = map[string]bool{}
		}
		townships[code][snap.Catalogue.Tree.Ancestor(grid, area.Township)] = true
	}
	require.Greater(t, len(townships["p3"]), 1, "they cross townships")

	sel := cube.Selection{From: snap.Catalogue.First, To: snap.Catalogue.Last + 1}
	for _, measure := range []cube.Measure{cube.MeasureCount, cube.MeasureOpen, cube.MeasureOverdue, cube.MeasureClosed, cube.MeasureWeighted, cube.MeasureChange} {
		sel.Measure = measure
		grids, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionGrid})
		require.NoError(t, err)
		want := map[string]cube.Tally{}
		for _, g := range grids {
			w, n := want[of[g.Key]], g.Tally
			want[of[g.Key]] = cube.Tally{Count: w.Count + n.Count, Open: w.Open + n.Open, Overdue: w.Overdue + n.Overdue, Closed: w.Closed + n.Closed, Weight: w.Weight + n.Weight, Base: w.Base + n.Base}
		}
		have, err := s.Tallies(t.Context(), snap, sel, "police")
		require.NoError(t, err)
		all, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
		require.NoError(t, err)
		var total, outside cube.Tally
		for _, g := range have {
			total.Count, total.Open, total.Closed = total.Count+g.Count, total.Open+g.Open, total.Closed+g.Closed
			if g.Key == areaset.Outside {
				outside = g.Tally
				continue
			}
			require.Equal(t, want[g.Key], g.Tally, "%s %s", measure, g.Key)
		}
		require.Len(t, want, 7)
		require.Equal(t, []int64{all[0].Count, all[0].Open, all[0].Closed}, []int64{total.Count, total.Open, total.Closed}, measure)
		require.Positive(t, outside.Count, "some reports have no grid")
	}
	sel.Measure = cube.MeasureDays
	_, err = s.Tallies(t.Context(), snap, sel, "police")
	require.Error(t, err, "a median is no sum")

	// Who sees one township sees of a 片区 what is his.
	own := cube.Scope{Areas: []string{snap.Catalogue.Tree.AtLevel(area.Township)[0].Code}}
	sel.Measure, sel.Scope = cube.MeasureCount, own
	mine, err := s.Tallies(t.Context(), snap, sel, "police")
	require.NoError(t, err)
	part, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
	require.NoError(t, err)
	var sum int64
	for _, g := range mine {
		sum += g.Count
	}
	require.Equal(t, part[0].Count, sum)
	visible, err := s.Areas(t.Context(), "police", own)
	require.NoError(t, err)
	require.Less(t, len(visible), 7)

	// A new map of the set replaces the old one, with its crosswalk.
	_, err = s.Replace(t.Context(), "police", strips(t, c, 2), 2)
	require.NoError(t, err)
	rows, err = s.Crosswalk(t.Context(), "police", cube.Scope{})
	require.NoError(t, err)
	codes := map[string]bool{}
	for _, r := range rows {
		codes[r.Code] = true
	}
	require.Equal(t, []string{"p0", "p1"}, slices.Sorted(maps.Keys(codes)))
	sets, err := s.Sets(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"police"}, sets)
}

func TestSetsThatAreNoneAreRefused(t *testing.T) {
	for _, set := range []string{"", "division", "Polizei", "片区", "a b"} {
		require.Error(t, areaset.CheckName(set), set)
	}
	c := county.Shared(t)
	s := areaset.New(c.DB, c.Store)
	twice := strips(t, c, 2)
	twice[1].Code = twice[0].Code
	_, err := s.Replace(t.Context(), "court", twice, 1)
	require.ErrorContains(t, err, "twice")
	_, err = s.Areas(t.Context(), "court", cube.Scope{})
	require.Error(t, err)
}

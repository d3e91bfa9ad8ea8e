package area

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

// fictionalCounty is 1 county, 9 townships, 157 villages and 609 grids with
// codes as the statistics office would write them; prefix 99 belongs to no
// province.
func fictionalCounty() []Area {
	county := Area{Code: "990101000000", Level: County, Name: "县"}
	out := []Area{county}
	villages := [9]int{24, 25, 16, 17, 18, 17, 21, 14, 5}
	grids, village := 609, 0
	for i, n := range villages {
		township := Area{Code: fmt.Sprintf("990101%03d000", 100+i), Parent: county.Code, Level: Township}
		out = append(out, township)
		for j := range n {
			v := Area{Code: fmt.Sprintf("990101%03d%03d", 100+i, 200+j), Parent: township.Code, Level: Village}
			out = append(out, v)
			share := grids / (157 - village)
			for k := range share {
				out = append(out, Area{Code: fmt.Sprintf("%s%03d", v.Code, k+1), Parent: v.Code, Level: Grid, Population: 400})
			}
			grids -= share
			village++
		}
	}
	return out
}

func TestTheFictionalCountyLoadsWhole(t *testing.T) {
	tree, err := BuildTree(fictionalCounty())
	require.NoError(t, err)
	for level, n := range map[Level]int{County: 1, Township: 9, Village: 157, Grid: 609} {
		require.Len(t, tree.AtLevel(level), n)
	}
	require.Equal(t, 776, tree.Len())
	require.Len(t, tree.All(), 776)
	require.Equal(t, []string{"990101000000"}, tree.Children(""))
	require.Len(t, tree.Children("990101000000"), 9)
	require.Len(t, tree.Children("990101108000"), 5)
	grid := "990101101203002"
	require.Equal(t, []string{"990101000000", "990101101000", "990101101203", grid}, tree.Path(grid))
	require.Equal(t, "990101101000", tree.Ancestor(grid, Township))
	require.Equal(t, grid, tree.Ancestor(grid, Grid))
	require.Equal(t, "", tree.Ancestor("990101101000", Grid))
	require.Nil(t, tree.Path("no such code"))
	require.Equal(t, "", tree.Ancestor("no such code", County))
	a, ok := tree.Get(grid)
	require.True(t, ok)
	require.Equal(t, uint32(400), a.Population)
	_, ok = tree.Get("")
	require.False(t, ok)
}

func treeCodes(err error) map[string]string {
	out := map[string]string{}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			var te *TreeError
			if errors.As(e, &te) {
				out[te.AreaCode] = te.Code
			}
		}
	}
	return out
}

func TestEveryFaultOfATreeIsNamedWithItsArea(t *testing.T) {
	refused := func(want map[string]string, change func([]Area) []Area) {
		t.Helper()
		tree, err := BuildTree(change(fictionalCounty()))
		require.Nil(t, tree)
		require.Equal(t, want, treeCodes(err))
		var te *TreeError
		require.ErrorAs(t, err, &te)
		require.Contains(t, te.Error(), te.Code)
	}
	add := func(a ...Area) func([]Area) []Area {
		return func(all []Area) []Area { return append(all, a...) }
	}
	const village, township, county = "990101101203", "990101101000", "990101000000"
	refused(map[string]string{"990101101204009": CodePrefixMismatch},
		add(Area{Code: "990101101204009", Parent: village, Level: Grid}))
	refused(map[string]string{"990102101204": CodePrefixMismatch},
		add(Area{Code: "990102101204", Parent: township, Level: Village}))
	refused(map[string]string{"990101": CodePrefixMismatch},
		add(Area{Code: "990101", Parent: county, Level: Township}))
	refused(map[string]string{"990101101203002": CodeDuplicate},
		add(Area{Code: "990101101203002", Parent: village, Level: Grid}))
	refused(map[string]string{"x": CodeUnknownParent}, add(Area{Code: "x", Parent: "y", Level: Grid}))
	refused(map[string]string{"x": CodeUnknownParent}, add(Area{Code: "x", Level: Village}))
	refused(map[string]string{"": CodeEmpty}, add(Area{Parent: village, Level: Grid}))
	refused(map[string]string{"g": CodeLevelOrder}, add(Area{Code: "g", Parent: township, Level: Grid}))
	refused(map[string]string{"g": CodeLevelOrder}, add(Area{Code: "g", Parent: county, Level: County}))
	refused(map[string]string{"g": CodeLevelOrder}, add(Area{Code: "g", Parent: village, Level: Grid + 1}))
	refused(map[string]string{"g": CodeLevelOrder}, add(Area{Code: "g"}))
	refused(map[string]string{"a": CodeCycle, "b": CodeCycle, "c": CodeCycle, "d": CodeCycle}, add(
		Area{Code: "a", Parent: "b", Level: Village}, Area{Code: "b", Parent: "c", Level: Township},
		Area{Code: "c", Parent: "a", Level: County}, Area{Code: "d", Parent: "d", Level: Grid}))
	for _, ring := range []orb.Ring{{}, {{131, 46}, {132, 46}}, {{131, 46}, {132, 46}, {math.NaN(), 47}}, {{131, 46}, {132, 46}, {46, 131}}} {
		refused(map[string]string{"g": CodeBadGeometry},
			add(Area{Code: "g", Parent: village, Level: Grid, Geometry: orb.MultiPolygon{{ring}}}))
	}
}

func TestLocalCodesAreOpaque(t *testing.T) {
	areas := append(fictionalCounty(),
		Area{Code: "WJ010Z01", Parent: "990101101203", Level: Grid},
		Area{Code: "99010199010199010101", Parent: "990101101203", Level: Grid}) // CJ/T 349: 20 digits
	_, err := BuildTree(areas)
	require.NoError(t, err)
}

func TestALongListOfFaultsIsCut(t *testing.T) {
	var areas []Area
	for i := range 1000 {
		areas = append(areas, Area{Code: fmt.Sprintf("%04d", i), Parent: "gone", Level: Grid})
	}
	_, err := BuildTree(areas)
	require.Len(t, treeCodes(err), maxTreeErrors)
}

func TestBoundsOfAnAreaWithoutGeometryAreThoseOfItsDescendants(t *testing.T) {
	areas := fictionalCounty()
	q := newQuilt(21, 29, 1, 0.03, 5)
	whole := geo.EmptyBounds()
	grid := 0
	for i := range areas {
		if areas[i].Level == Grid {
			areas[i].Geometry = q.patch(grid%21, grid/21).Geometry
			whole = whole.Union(geo.BoundsOf(areas[i].Geometry))
			grid++
		}
	}
	tree, err := BuildTree(areas)
	require.NoError(t, err)
	require.Equal(t, whole, tree.Bounds("990101000000"))
	require.True(t, tree.Bounds("no such code").IsEmpty())
	require.Equal(t, geo.BoundsOf(q.patch(0, 0).Geometry), tree.Bounds("990101100200001"))
}

func TestTreesDoNotDependOnTheOrderOfAreas(t *testing.T) {
	want, err := BuildTree(fictionalCounty())
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		tree, err := BuildTree(rapid.Permutation(fictionalCounty()).Draw(t, "areas"))
		require.NoError(t, err)
		require.Equal(t, want.All(), tree.All())
		for _, a := range want.All() {
			require.Equal(t, want.Children(a.Code), tree.Children(a.Code))
		}
	})
}

func TestLevelsHaveNames(t *testing.T) {
	for level, name := range map[Level]string{County: "county", Township: "township", Village: "village", Grid: "grid"} {
		require.Equal(t, name, level.String())
		got, err := ParseLevel(name)
		require.NoError(t, err)
		require.Equal(t, level, got)
	}
	for _, bad := range []string{"", "unknown", "Grid", "网格"} {
		_, err := ParseLevel(bad)
		require.Error(t, err)
	}
	require.Equal(t, "unknown", Level(200).String())
}

func TestSquareMetresTakesHolesOffAndIgnoresDirection(t *testing.T) {
	square := orb.Ring{{131, 46}, {131.1, 46}, {131.1, 46.1}, {131, 46.1}, {131, 46}}
	mx, my := geo.MetresPerDegree(46.05)
	whole := SquareMetres(orb.MultiPolygon{{square}})
	require.InEpsilon(t, 0.01*mx*my, whole, 1e-5)
	hole := orb.Ring{{131.02, 46.02}, {131.02, 46.04}, {131.04, 46.04}, {131.04, 46.02}}
	holed := SquareMetres(orb.MultiPolygon{{square, hole}})
	require.InEpsilon(t, whole*0.96, holed, 1e-3)
	hole.Reverse()
	square.Reverse()
	require.InEpsilon(t, holed, SquareMetres(orb.MultiPolygon{{square, hole}}), 1e-12)
	require.Zero(t, SquareMetres(nil))
}

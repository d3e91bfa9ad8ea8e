package tiles_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/geo/tile"
	"reli/test/county"
	"reli/tiles"
)

// TestLevelsAreDrawnOfAreasAndFollowTheirRevision draws the levels of two
// moments.
func TestLevelsAreDrawnOfAreasAndFollowTheirRevision(t *testing.T) {
	c := county.Shared(t)
	tree := c.Store.Current().Catalogue.Tree
	townships := tree.AtLevel(area.Township)
	now := tiles.Levels{Revision: 1, Of: func(code string) int {
		return map[string]int{townships[0].Code: 4, townships[1].Code: 1}[code]
	}, Classes: []tiles.LevelClass{{Level: 1, Numeral: "Ⅳ", Color: "#2F80ED"}, {Level: 2, Numeral: "Ⅲ", Color: "#F2C94C"},
		{Level: 3, Numeral: "Ⅱ", Color: "#F2803A"}, {Level: 4, Numeral: "Ⅰ", Color: "#D7263D"}}}
	s := tiles.NewServer(tiles.Options{Store: c.Store, CacheBytes: 1 << 20, Levels: func() tiles.Levels { return now }})
	today := c.Store.Today()
	sel := cube.Selection{From: today - 30, To: today, Measure: cube.MeasureLevel}
	id := tile.At(tree.Bounds(townships[0].Code).Center(), 0)
	drawn := func(sel cube.Selection) map[string]float64 {
		a, _, err := s.Tile(t.Context(), tiles.Request{Layers: []tiles.Layer{tiles.LayerTownship}, Tile: id, Selection: sel})
		require.NoError(t, err)
		out := map[string]float64{}
		for code, p := range decode(t, id, a.Body, true)[tiles.LayerTownship] {
			require.Equal(t, p.props["level"], p.props["value"])
			require.NotContains(t, p.props, "count")
			out[code] = p.value
		}
		return out
	}
	first := drawn(sel)
	require.Len(t, first, len(townships))
	for _, a := range townships {
		require.EqualValues(t, now.Of(a.Code), first[a.Code])
	}
	before := now.Of
	now = tiles.Levels{Revision: 2, Classes: now.Classes, Of: func(code string) int { return 4 - before(code) }}
	require.EqualValues(t, 0, drawn(sel)[townships[0].Code], "not the tile that was kept")
	require.EqualValues(t, 3, drawn(sel)[townships[1].Code])

	sel.Scope = cube.Scope{Areas: []string{townships[1].Code}}
	require.Equal(t, map[string]float64{townships[1].Code: 3}, drawn(sel))
	county := tiles.Request{Layers: []tiles.Layer{tiles.LayerCounty}, Tile: id, Selection: sel}
	a, _, err := s.Tile(t.Context(), county)
	require.NoError(t, err)
	whole := decode(t, id, a.Body, true)[tiles.LayerCounty]
	require.Len(t, whole, 1)
	require.Zero(t, whole[tree.AtLevel(area.County)[0].Code].value, "the county's level is made of more than the scope")

	_, _, err = s.Tile(t.Context(), tiles.Request{Layers: []tiles.Layer{tiles.LayerHex}, Tile: id, Selection: sel})
	require.Error(t, err)
}

func TestTheLegendOfLevelsHasTheFourClasses(t *testing.T) {
	c := county.Shared(t)
	s := tiles.NewServer(tiles.Options{Store: c.Store, CacheBytes: 1 << 20, Levels: func() tiles.Levels {
		return tiles.Levels{Of: func(string) int { return 2 }, Classes: []tiles.LevelClass{{Level: 1, Numeral: "Ⅳ", Color: "#2F80ED"},
			{Level: 2, Numeral: "Ⅲ", Color: "#F2C94C"}, {Level: 3, Numeral: "Ⅱ", Color: "#F2803A"}, {Level: 4, Numeral: "Ⅰ", Color: "#D7263D"}}}
	}})
	today := c.Store.Today()
	sel := cube.Selection{From: today - 30, To: today, Measure: cube.MeasureLevel}
	l, err := s.Legend(t.Context(), sel, tiles.LayerVillage, 9, tiles.SchemeQuantile)
	require.NoError(t, err)
	require.Equal(t, tiles.SchemeLevels, l.Scheme)
	require.Equal(t, []float64{1, 2, 3, 4}, l.Breaks)
	require.Len(t, l.Classes, 4)
	for _, theme := range []string{"dark", "light"} {
		require.Equal(t, []string{"#2F80ED", "#F2C94C", "#F2803A", "#D7263D"}, l.Colors[theme][1:])
	}
	style, err := s.Style(t.Context(), sel, tiles.LayerVillage, "dark", "http://localhost")
	require.NoError(t, err)
	layers, ok := style["layers"].([]any)
	require.True(t, ok)
	last, ok := layers[len(layers)-1].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "numerals", last["id"])
	require.NotContains(t, style, "glyphs", "nothing is asked of elsewhere")
}

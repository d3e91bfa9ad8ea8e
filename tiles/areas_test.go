package tiles_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/ingest"
	"reli/test/county"
	"reli/tiles"
)

// squares is a county of two grids side by side.
func squares(names [3]string) string {
	square := func(west, east float64) string {
		return fmt.Sprintf(`[[[%v,30],[%v,30],[%[2]v,30.1],[%[1]v,30.1],[%[1]v,30]]]`, west, east)
	}
	feature := func(code, parent, level, name, shape string) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q,"parent":%q,"level":%q,"name":%q,"population":0},
"geometry":{"type":"Polygon","coordinates":%s}}`, code, parent, level, name, shape)
	}
	return `{"type":"FeatureCollection","features":[` + strings.Join([]string{
		feature("c", "", "county", names[0], square(120, 120.2)), feature("t", "c", "township", "town", square(120, 120.2)),
		feature("v", "t", "village", "village", square(120, 120.2)),
		feature("g1", "v", "grid", names[1], square(120, 120.1)), feature("g2", "v", "grid", names[2], square(120.1, 120.2))}, ",") + `]}`
}

func TestANameThatIsACodeKeepsTheTileValid(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	areas, err := ingest.ReadAreas(strings.NewReader(squares([3]string{"c", "g2", "g1"})))
	require.NoError(t, err)
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	s := newServer(c.Store)
	body := ask(t, s, always(), tileIn(c, 8), allLayers()[1:]...).Body
	shown := decode(t, tileIn(c, 8), body, true)
	require.Equal(t, "g2", shown[tiles.LayerGrid]["g1"].props["name"])
	require.Equal(t, "g1", shown[tiles.LayerGrid]["g2"].props["name"])
}

func TestARateWithoutPopulationIsUndefined(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	areas, err := ingest.ReadAreas(strings.NewReader(squares([3]string{"a", "b", "c"})))
	require.NoError(t, err)
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	c.Take(t, "source,source_id,occurred_at,grid,category\ns,1,2025-05-05,g1,land\n")
	sel := always()
	sel.Measure = "rate"
	shown := decode(t, tileIn(c, 8), ask(t, newServer(c.Store), sel, tileIn(c, 8), tiles.LayerGrid).Body, true)[tiles.LayerGrid]
	require.Len(t, shown, 2)
	require.EqualValues(t, 1, shown["g1"].count)
	for _, p := range shown {
		require.False(t, p.hasValue)
	}
}

// TestNewAreasAreDrawn changes the tree under a running server.
func TestNewAreasAreDrawn(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := newServer(c.Store)
	require.NoError(t, s.Warm(t.Context()))
	for _, names := range [][3]string{{"old", "left", "right"}, {"new", "west", "east"}} {
		areas, err := ingest.ReadAreas(strings.NewReader(squares(names)))
		require.NoError(t, err)
		require.NoError(t, c.LoadAreas(t.Context(), areas))
		require.NoError(t, s.Warm(t.Context()))
		shown := decode(t, tileIn(c, 8), ask(t, s, always(), tileIn(c, 8), tiles.LayerGrid, tiles.LayerCounty).Body, true)
		require.Equal(t, names[0], shown[tiles.LayerCounty]["c"].props["name"])
		require.Equal(t, names[2], shown[tiles.LayerGrid]["g2"].props["name"])
	}
}

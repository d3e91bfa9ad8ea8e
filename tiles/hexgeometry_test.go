package tiles

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo"
	"reli/geo/hex"
	"reli/tiles/mvt"
)

func cellsAt(t testing.TB, res int, places ...geo.LngLat) []hex.Cell {
	t.Helper()
	var out []hex.Cell
	for _, p := range places {
		c, err := hex.FromLngLat(p, res)
		require.NoError(t, err)
		out = append(out, c)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestAHexagonAtTheEdgeOfTheWorldIsNoBandRoundIt(t *testing.T) {
	for zoom := uint32(2); zoom <= MaxZoom; zoom++ {
		l := projectHexagons(zoom, cellsAt(t, Resolution(zoom),
			geo.LngLat{Lng: 179.99999, Lat: 10}, geo.LngLat{Lng: -179.99999, Lat: -10}, geo.LngLat{Lng: 100, Lat: 85.2}), nil)
		for i, span := range l.spans {
			require.LessOrEqual(t, span.east-span.west, uint16(1), "zoom %d, %s", zoom, l.cells[i])
			b := mvt.NewBuilder()
			b.Reset(uint32(span.west), uint32(span.north))
			layer := b.Layer("hex")
			layer.UniqueString(layer.Key("id"), l.cells[i].String())
			layer.Add(l.geometry[i])
			decoded, err := mvt.Decode(b.AppendTile(nil))
			require.NoError(t, err)
			require.NoError(t, decoded.Check())
		}
	}
}

// TestANewVersionKeepsWhatStays goes from cells to other cells: the layer is
// the one that is made from nothing.
func TestANewVersionKeepsWhatStays(t *testing.T) {
	const zoom = 12
	var early, late []geo.LngLat
	for i := range 400 {
		p := geo.LngLat{Lng: 116 + float64(i%20)/90, Lat: 34 + float64(i/20)/90}
		if i%3 != 0 {
			early = append(early, p)
		}
		if i%4 != 0 {
			late = append(late, p)
		}
	}
	var layers hexLayers
	before := layers.at(zoom, cellsAt(t, Resolution(zoom), early...))
	require.Same(t, before, layers.at(zoom, before.cells))
	cells := cellsAt(t, Resolution(zoom), late...)
	next, alone := layers.at(zoom, cells), projectHexagons(zoom, cells, nil)
	require.Equal(t, alone.cells, next.cells)
	require.Equal(t, alone.geometry, next.geometry)
	require.Equal(t, alone.touching, next.touching)

	again := layers.at(zoom, slices.Clone(cells))
	require.Equal(t, next.touching, again.touching)
	require.Same(t, again, layers.at(zoom, again.cells), "found without comparing")
}

func BenchmarkPrepareHexagons(b *testing.B) {
	var places []geo.LngLat
	for i := range 100_000 {
		places = append(places, geo.LngLat{Lng: 116 + float64(i%400)/600, Lat: 34 + float64(i/400)/600})
	}
	for _, zoom := range []uint32{9, 12, 14} {
		cells := cellsAt(b, Resolution(zoom), places...)
		b.Run(fmt.Sprintf("zoom=%d/cells=%d/first", zoom, len(cells)), func(b *testing.B) {
			for b.Loop() {
				projectHexagons(zoom, cells, nil)
			}
		})
		before := projectHexagons(zoom, cells[1:], nil)
		b.Run(fmt.Sprintf("zoom=%d/cells=%d/next", zoom, len(cells)), func(b *testing.B) {
			for b.Loop() {
				projectHexagons(zoom, cells, before)
			}
		})
	}
}

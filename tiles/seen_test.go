package tiles_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/geo/tile"
	"reli/tiles"
	"reli/tiles/mvt"
)

// cacheBytes is enough for the tiles of a test.
const cacheBytes = 64 << 20

func newServer(store *cube.Store) *tiles.Server {
	return tiles.NewServer(tiles.Options{Store: store, CacheBytes: cacheBytes})
}

// always is the selection of everything.
func always() cube.Selection {
	return cube.Selection{From: 1, To: 65535, Measure: cube.MeasureCount}
}

func day(t testing.TB, text string) cube.Day {
	t.Helper()
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

// window is a closed part of the demo county's year.
func window(t testing.TB) cube.Selection {
	return cube.Selection{From: day(t, "2025-03-10"), To: day(t, "2025-08-20"), Measure: cube.MeasureCount}
}

// allLayers are drawn into one tile.
func allLayers() []tiles.Layer {
	return []tiles.Layer{tiles.LayerHex, tiles.LayerGrid, tiles.LayerVillage, tiles.LayerTownship, tiles.LayerCounty}
}

// areaLayers are the layers of areas with their number in the demo county.
func areaLayers() map[tiles.Layer]int {
	return map[tiles.Layer]int{tiles.LayerGrid: 609, tiles.LayerVillage: 157, tiles.LayerTownship: 9, tiles.LayerCounty: 1}
}

// place is one feature as a tile shows it.
type place struct {
	count    int64
	value    float64
	hasValue bool
	props    map[string]any
	polygons []mvt.Polygon // in world pixels of the zoom
}

// same reports whether two tiles say the same about a place.
func (p place) same(o place) bool {
	return p.count == o.count && p.value == o.value && p.hasValue == o.hasValue && maps.Equal(p.props, o.props)
}

func (p place) sameShape(o place) bool {
	return slices.EqualFunc(p.polygons, o.polygons, func(a, b mvt.Polygon) bool {
		return slices.EqualFunc(a, b, func(x, y mvt.Ring) bool { return slices.Equal(x, y) })
	})
}

func (p place) span() (width, height int32) {
	low, high := p.box()
	return high.X - low.X, high.Y - low.Y
}

func (p place) box() (low, high mvt.Point) {
	low, high = p.polygons[0][0][0], p.polygons[0][0][0]
	for _, polygon := range p.polygons {
		for _, at := range polygon[0] {
			low.X, low.Y = min(low.X, at.X), min(low.Y, at.Y)
			high.X, high.Y = max(high.X, at.X), max(high.Y, at.Y)
		}
	}
	return low, high
}

// picture is a decoded tile: layer → id → place. Every id is there once.
type picture map[tiles.Layer]map[string]place

func decode(t testing.TB, id tile.ID, body []byte, strict bool) picture {
	t.Helper()
	decoded, err := mvt.Decode(body)
	require.NoError(t, err, "tile %s", id)
	if strict {
		require.NoError(t, decoded.Check(), "tile %s", id)
	}
	out := picture{}
	for n := range decoded.Layers {
		layer := &decoded.Layers[n]
		places := make(map[string]place, len(layer.Features))
		for i := range layer.Features {
			props := layer.Properties(&layer.Features[i])
			name := props["id"].(string)
			if _, twice := places[name]; twice {
				require.Fail(t, "a place is twice in a tile", "%s in tile %s", name, id)
			}
			p := place{count: number[int64](props["count"]), props: props}
			if v, ok := props["value"]; ok {
				p.value, p.hasValue = number[float64](v), true
			}
			for _, polygon := range layer.Features[i].Polygons {
				p.polygons = append(p.polygons, inWorld(id, polygon))
			}
			if len(p.polygons) == 0 {
				require.Fail(t, "a place without a shape", "%s in tile %s", name, id)
			}
			places[name] = p
		}
		out[tiles.Layer(layer.Name)] = places
	}
	return out
}

func number[T int64 | float64](v any) T {
	switch n := v.(type) {
	case uint64:
		return T(n)
	case int64:
		return T(n)
	case float64:
		return T(n)
	case float32:
		return T(n)
	}
	return T(-1 << 40) // no count or value is that
}

func inWorld(id tile.ID, polygon mvt.Polygon) mvt.Polygon {
	var out mvt.Polygon
	for _, ring := range polygon {
		moved := make(mvt.Ring, len(ring))
		for i, p := range ring {
			moved[i] = mvt.Point{X: p.X + int32(id.X)*mvt.Extent, Y: p.Y + int32(id.Y)*mvt.Extent}
		}
		out = append(out, moved)
	}
	return out
}

// ask gives the uncompressed bytes of a tile.
func ask(t testing.TB, s *tiles.Server, sel cube.Selection, id tile.ID, layers ...tiles.Layer) tiles.Answer {
	t.Helper()
	answer, _, err := s.Tile(t.Context(), tiles.Request{Layers: layers, Tile: id, Selection: sel})
	require.NoError(t, err)
	require.Equal(t, tiles.ETag(answer.Body), answer.ETag)
	return answer
}

// tilesOf gives every tile of a zoom that can show anything of a snapshot.
func tilesOf(snap *cube.Snapshot, zoom uint32) []tile.ID {
	const pad = 64.0 / tile.Extent
	size := float64(uint32(1) << zoom)
	seen := map[tile.ID]bool{}
	var out []tile.ID
	add := func(west, north, east, south float64) {
		for x := max(0, int(west-pad)); x <= min(int(size)-1, int(east+pad)); x++ {
			for y := max(0, int(north-pad)); y <= min(int(size)-1, int(south+pad)); y++ {
				id := tile.ID{Z: zoom, X: uint32(x), Y: uint32(y)}
				if !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
	}
	for _, cell := range snap.Cells(tiles.Resolution(zoom)) {
		west, north, east, south := size, size, 0.0, 0.0
		for _, p := range cell.Boundary() {
			x, y := tile.World(p)
			west, east = min(west, x*size), max(east, x*size)
			north, south = min(north, y*size), max(south, y*size)
		}
		add(west, north, east, south)
	}
	if snap.Catalogue.Tree != nil {
		for _, id := range tile.Covering(snap.Catalogue.Bounds, int(zoom)) {
			add(float64(id.X), float64(id.Y), float64(id.X)+1, float64(id.Y)+1)
		}
	}
	return out
}

func zipped(t testing.TB, body []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Len()
}

// stackHas reports whether a goroutine is in a function.
func stackHas(name string) bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), name)
}

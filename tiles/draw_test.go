package tiles_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/geo/tile"
	"reli/test/county"
	"reli/tiles"
	"reli/tiles/mvt"
)

const (
	buffer    = 64             // tile units that a tile carries beyond its edge
	clipAbove = mvt.Extent / 4 // areas larger than this are clipped to the buffer
	mostBytes = 500_000        // of a gzipped tile at the lowest zooms
)

// atlas is all tiles of a zoom put together.
type atlas struct {
	zoom   uint32
	places map[tiles.Layer]map[string]place
	shown  map[tile.ID]picture
}

// drawAll draws every tile of a zoom and puts the parts together; a place has
// the same properties wherever it is shown.
func drawAll(t *testing.T, s *tiles.Server, snap *cube.Snapshot, sel cube.Selection, zoom uint32, strict bool, layers ...tiles.Layer) atlas {
	t.Helper()
	a := atlas{zoom: zoom, places: map[tiles.Layer]map[string]place{}, shown: map[tile.ID]picture{}}
	for _, id := range tilesOf(snap, zoom) {
		answer := ask(t, s, sel, id, layers...)
		if len(answer.Body) >= mostBytes {
			require.Less(t, zipped(t, answer.Body), mostBytes, "tile %s", id)
		}
		shown := decode(t, id, answer.Body, strict)
		a.shown[id] = shown
		for layer, places := range shown {
			if a.places[layer] == nil {
				a.places[layer] = map[string]place{}
			}
			for name, p := range places {
				if before, ok := a.places[layer][name]; ok && !before.same(p) {
					require.Equal(t, before.props, p.props, "%s %s in tile %s", layer, name, id)
				}
				a.places[layer][name] = p
			}
		}
	}
	return a
}

func (a atlas) total(layer tiles.Layer) int64 {
	var sum int64
	for _, p := range a.places[layer] {
		sum += p.count
	}
	return sum
}

// checkBounds holds what a tile may carry beyond its edge: clipped areas stay
// inside the buffer; areas and hexagons that are written whole touch the
// buffer, so that they reach beyond it by less than their own size.
func (a atlas) checkBounds(t *testing.T) {
	t.Helper()
	for id, shown := range a.shown {
		low := mvt.Point{X: int32(id.X)*mvt.Extent - buffer, Y: int32(id.Y)*mvt.Extent - buffer}
		high := mvt.Point{X: low.X + mvt.Extent + 2*buffer, Y: low.Y + mvt.Extent + 2*buffer}
		for layer, places := range shown {
			for name, p := range places {
				from, to := p.box()
				width, height := p.span()
				if layer != tiles.LayerHex {
					inside := from.X >= low.X && from.Y >= low.Y && to.X <= high.X && to.Y <= high.Y
					if !inside && max(width, height) > clipAbove {
						require.Fail(t, "a large area reaches beyond the buffer", "%s %s in %s", layer, name, id)
					}
				}
				// One unit for rounding.
				touches := to.X >= low.X-1 && to.Y >= low.Y-1 && from.X <= high.X+1 && from.Y <= high.Y+1
				if !touches {
					require.Fail(t, "a place that does not touch the tile", "%s %s in %s", layer, name, id)
				}
			}
		}
	}
}

// checkSeams holds that a hexagon is in every tile that its box meets, with
// one and the same geometry.
func (a atlas) checkSeams(t *testing.T) (across int) {
	t.Helper()
	for name, p := range a.places[tiles.LayerHex] {
		low, high := p.box()
		first, last := tileAt(a.zoom, low), tileAt(a.zoom, high)
		for x := first.X; x <= last.X; x++ {
			for y := first.Y; y <= last.Y; y++ {
				id := tile.ID{Z: a.zoom, X: x, Y: y}
				shown, ok := a.shown[id][tiles.LayerHex][name]
				if !ok || !p.sameShape(shown) {
					require.Fail(t, "a hexagon is missing or has another shape", "%s in %s", name, id)
				}
				across++
			}
		}
	}
	return across - len(a.places[tiles.LayerHex])
}

func tileAt(zoom uint32, p mvt.Point) tile.ID {
	last := int32(1)<<zoom - 1
	at := func(v int32) uint32 { return uint32(min(max(v/mvt.Extent, 0), last)) }
	return tile.ID{Z: zoom, X: at(p.X), Y: at(p.Y)}
}

// sqlTotal counts on the records themselves, not on the cube.
func sqlTotal(t *testing.T, c *county.County, sel cube.Selection, condition string) int64 {
	t.Helper()
	var n int64
	require.NoError(t, c.DB.Row(t.Context(), fmt.Sprintf(`SELECT toInt64(count()) FROM incidents AS i FINAL
LEFT JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = i.area
WHERE toDate(occurred_at, '%s') >= '%s' AND toDate(occurred_at, '%s') < '%s' AND %s`,
		c.Zone, sel.From, c.Zone, sel.To, condition), []any{&n}))
	return n
}

func TestEveryZoomShowsEveryPlaceOnceWithItsFullCount(t *testing.T) {
	c := county.Shared(t)
	s, snap, sel := newServer(c.Store), c.Store.Current(), window(t)
	located := sqlTotal(t, c, sel, "i.cell != 0")
	require.Positive(t, located)
	inArea := map[tiles.Layer]int64{}
	for layer := range areaLayers() {
		inArea[layer] = sqlTotal(t, c, sel, fmt.Sprintf("p.%s != ''", layer))
	}
	across := 0
	for zoom := uint32(tiles.MinZoom); zoom <= tiles.MaxZoom; zoom++ {
		a := drawAll(t, s, snap, sel, zoom, true, allLayers()...)
		require.Equal(t, located, a.total(tiles.LayerHex), "zoom %d", zoom)
		for layer, n := range areaLayers() {
			require.Len(t, a.places[layer], n, "%s at zoom %d", layer, zoom)
			require.Equal(t, inArea[layer], a.total(layer), "%s at zoom %d", layer, zoom)
		}
		a.checkBounds(t)
		across += a.checkSeams(t)
	}
	require.Greater(t, across, 1000, "hardly any hexagon lay across a tile's edge: nothing was tested")
}

func TestCitiesAreCountedExactlyAtEveryZoom(t *testing.T) {
	for _, city := range []struct{ profile, file, zone string }{
		{"stuttgart", "stuttgart-2021-2025.csv.gz", "Europe/Berlin"},
		{"chicago", "chicago-2016-2017.csv.gz", "America/Chicago"},
	} {
		t.Run(city.profile, func(t *testing.T) {
			c := county.City(t, "..", city.profile, city.file, city.zone)
			s, snap := newServer(c.Store), c.Store.Current()
			for zoom := uint32(tiles.MinZoom); zoom <= tiles.MaxZoom; zoom++ {
				a := drawAll(t, s, snap, always(), zoom, zoom%4 == 1, tiles.LayerHex)
				require.Equal(t, snap.Catalogue.Located, a.total(tiles.LayerHex), "zoom %d", zoom)
				require.Equal(t, sqlTotal(t, c, always(), "i.cell != 0"), a.total(tiles.LayerHex))
				a.checkBounds(t)
				a.checkSeams(t)
			}
		})
	}
}

func TestEqualDataGiveEqualBytes(t *testing.T) {
	c := county.Shared(t)
	servers := []*tiles.Server{newServer(c.Store), newServer(c.Store), newServer(c.Twin(t, 1<<30)), newServer(c.Twin(t, 0))}
	for _, id := range []tile.ID{{Z: 0}, tileIn(c, 5), tileIn(c, 8), tileIn(c, 11), tileIn(c, 14)} {
		for _, encoding := range []tiles.Encoding{tiles.EncodingNone, tiles.EncodingGzip, tiles.EncodingBrotli, tiles.EncodingZstd} {
			r := tiles.Request{Layers: allLayers(), Tile: id, Selection: window(t), Encoding: encoding}
			var first tiles.Answer
			for n, s := range servers {
				answer, _, err := s.Tile(t.Context(), r)
				require.NoError(t, err)
				if n == 0 {
					first = answer
					require.NotEmpty(t, first.Body)
				}
				require.True(t, bytes.Equal(first.Body, answer.Body), "tile %s %q of server %d differs", id, encoding, n)
				require.Equal(t, first.ETag, answer.ETag)
			}
		}
	}
}

func TestConcurrentReadersSeeWhatOneReaderSees(t *testing.T) {
	c := county.Shared(t)
	alone, together := newServer(c.Store), newServer(c.Store)
	ids := tilesOf(c.Store.Current(), 11)
	bodies := make([][8][]byte, len(ids))
	var readers sync.WaitGroup
	for n := range 8 {
		readers.Go(func() {
			for i := range ids {
				at := (i*5 + n*3) % len(ids)
				answer, _, err := together.Tile(t.Context(), tiles.Request{Layers: allLayers(), Tile: ids[at], Selection: window(t)})
				if err == nil {
					bodies[at][n] = answer.Body
				}
			}
		})
	}
	readers.Wait()
	for i, id := range ids {
		want := ask(t, alone, window(t), id, allLayers()...).Body
		for n := range 8 {
			require.True(t, bytes.Equal(want, bodies[i][n]), "tile %s for reader %d", id, n)
		}
	}
}

// tileIn gives the tile in the middle of a county.
func tileIn(c *county.County, zoom int) tile.ID {
	return tile.At(c.Store.Current().Catalogue.Bounds.Center(), zoom)
}

func TestSeveralLayersInOneTileAreThoseOfSingleTiles(t *testing.T) {
	c := county.Shared(t)
	s := newServer(c.Store)
	layers := []tiles.Layer{tiles.LayerTownship, tiles.LayerHex, tiles.LayerGrid}
	for zoom := 7; zoom <= 13; zoom += 3 {
		id := tileIn(c, zoom)
		body := ask(t, s, window(t), id, layers...).Body
		together, err := mvt.Decode(body)
		require.NoError(t, err)
		require.Len(t, together.Layers, len(layers))
		shown := decode(t, id, body, true)
		for n, layer := range layers {
			require.EqualValues(t, layer, together.Layers[n].Name)
			require.Equal(t, decode(t, id, ask(t, s, window(t), id, layer).Body, true)[layer], shown[layer])
		}
	}
}

func TestNeighboursShareTheirBorders(t *testing.T) {
	c := county.Shared(t)
	s, snap := newServer(c.Store), c.Store.Current()
	for layer, zooms := range map[tiles.Layer][]uint32{tiles.LayerTownship: {6, 7}, tiles.LayerGrid: {8, 9}} {
		for _, zoom := range zooms {
			a := drawAll(t, s, snap, window(t), zoom, true, layer)
			edges := map[[2]mvt.Point]string{}
			for name, p := range a.places[layer] {
				width, height := p.span()
				require.LessOrEqual(t, max(width, height), int32(clipAbove), "%s %s at zoom %d is clipped: choose another zoom", layer, name, zoom)
				for _, polygon := range p.polygons {
					for _, ring := range polygon {
						for i, from := range ring {
							edge := [2]mvt.Point{from, ring[(i+1)%len(ring)]}
							if other, taken := edges[edge]; taken {
								require.Fail(t, "neighbours overlap", "%s and %s at zoom %d", name, other, zoom)
							}
							edges[edge] = name
						}
					}
				}
			}
			outline := map[mvt.Point][]mvt.Point{}
			lone := 0
			for edge := range edges {
				if _, shared := edges[[2]mvt.Point{edge[1], edge[0]}]; !shared {
					outline[edge[0]] = append(outline[edge[0]], edge[1])
					lone++
				}
			}
			require.Equal(t, 1, loops(outline), "%s at zoom %d: a gap between neighbours beside the outline of the county", layer, zoom)
			require.Less(t, 2*lone, len(edges), "%s at zoom %d: most borders are shared", layer, zoom)
		}
	}
}

// loops counts the connected parts of a set of edges.
func loops(next map[mvt.Point][]mvt.Point) int {
	parts := 0
	seen := map[mvt.Point]bool{}
	for start := range next {
		if seen[start] {
			continue
		}
		parts++
		for todo := []mvt.Point{start}; len(todo) > 0; {
			at := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !seen[at] {
				seen[at] = true
				todo = append(todo, next[at]...)
			}
		}
	}
	return parts
}

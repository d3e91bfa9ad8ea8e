package shape

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
	"reli/tiles/mvt"
)

// keepAll makes every area keep its polygons, whatever its size.
func keepAll() Options {
	options := Defaults()
	options.ClipAbove = -1
	return options
}

// requirePartition holds areas to covering the outline exactly once: every area
// valid, every border between two used once either way, the sum of the areas the
// outline's, to the unit.
func requirePartition(t require.TestingT, areas [][]mvt.Polygon, outline []mvt.Polygon) {
	var sum int64
	ways := map[[2]mvt.Point]int{}
	for _, polygons := range areas {
		require.NotEmpty(t, polygons)
		requireValid(t, polygons)
		sum += area2(polygons)
		for _, polygon := range polygons {
			for _, ring := range polygon {
				for i, a := range ring {
					ways[[2]mvt.Point{a, ring[(i+1)%len(ring)]}]++
				}
			}
		}
	}
	require.Equal(t, area2(outline), sum)
	border := map[[2]mvt.Point]bool{}
	for _, polygon := range outline {
		for _, ring := range polygon {
			for i, a := range ring {
				border[[2]mvt.Point{a, ring[(i+1)%len(ring)]}] = true
			}
		}
	}
	for way, n := range ways {
		require.Equal(t, 1, n, "border %v is used by two areas", way)
		if ways[[2]mvt.Point{way[1], way[0]}] == 0 {
			require.True(t, border[way], "border %v has nothing beyond", way)
		}
	}
}

func TestNeighboursShareTheirBordersAtEveryZoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 2 * rapid.IntRange(1, 8).Draw(t, "half a side")
		c := newCounty(rapid.Uint64().Draw(t, "seed"), n, rapid.IntRange(1, 20).Draw(t, "steps"), rapid.Bool().Draw(t, "straight"))
		layers, err := Build(keepAll(), c.grids, c.villages, []Area{c.outline})
		require.NoError(t, err)
		z := rapid.SampledFrom([]int{8, 9, 11, 14, MaxZoom}).Draw(t, "zoom") // the county is 1,750 units wide at 8
		outline := layers[2].Zoom(z).all()[0]
		requireValid(t, outline)
		requirePartition(t, layers[0].Zoom(z).all(), outline)
		requirePartition(t, layers[1].Zoom(z).all(), outline)
	})
}

func TestNoAreaVanishesAtAnyZoom(t *testing.T) {
	c := newCounty(7, 40, 6, false)
	grids, villages, outline := c.build(t, keepAll())
	for z := range MaxZoom + 1 {
		for _, l := range []*Layer{grids, villages, outline} {
			zoom := l.Zoom(z)
			for i, polygons := range zoom.all() {
				require.Positive(t, area2(polygons), "%s at zoom %d", l.Code(i), z)
				requireValid(t, polygons)
				require.False(t, zoom.features[i].whole.Empty())
			}
		}
	}
}

func TestSmallAreaNextToLargeOnesIsKept(t *testing.T) {
	// A grid of 30 m in a row of grids of 20 km, at the zoom that shows a county.
	ring := func(w, e float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{w, 30}, {e, 30}, {e, 30.0003}, {w, 30.0003}}}}
	}
	big := func(w, e, s, n float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{w, s}, {e, s}, {e, n}, {w, n}}}}
	}
	layers, err := Build(keepAll(), []Area{
		{Code: "small", Geometry: ring(104.2, 104.2003)},
		{Code: "west", Geometry: big(104, 104.2, 30, 30.0003)},
		{Code: "above", Geometry: big(104, 104.4, 30.0003, 30.2)},
	})
	require.NoError(t, err)
	for z := range MaxZoom + 1 {
		for i, polygons := range layers[0].Zoom(z).all() {
			require.Positive(t, area2(polygons), "%s at zoom %d", layers[0].Code(i), z)
		}
	}
}

func TestSimplifiedBorderStaysWithinTheTolerance(t *testing.T) {
	c := newCounty(11, 10, 40, false)
	grids, _, _ := c.build(t, keepAll())
	options := Defaults()
	points := map[int]int{}
	for _, z := range []int{8, 9, 10, 12, 14} {
		for i, polygons := range grids.Zoom(z).all() {
			for _, p := range c.grids[i].Geometry[0][0] {
				at := world(geo.LngLat{Lng: p[0], Lat: p[1]}, z)
				nearest := math.Inf(1)
				for _, polygon := range polygons {
					for _, ring := range polygon {
						points[z]++
						for k, a := range ring {
							nearest = min(nearest, distanceToSegment(at, a, ring[(k+1)%len(ring)]))
						}
					}
				}
				// Rounding moves each of the vertices compared by up to 0.71 units.
				require.LessOrEqual(t, nearest, options.Tolerance+2*math.Sqrt2/2, "zoom %d, %v", z, at)
			}
		}
	}
}

func TestSimplificationLeavesFewerPointsTheFartherOut(t *testing.T) {
	c := newCounty(11, 10, 40, false)
	grids, _, _ := c.build(t, keepAll())
	count := func(z int) (n int) {
		for _, polygons := range grids.Zoom(z).all() {
			for _, polygon := range polygons {
				for _, ring := range polygon {
					n += len(ring)
				}
			}
		}
		return n
	}
	require.Less(t, count(8), count(10)*3/4)
	require.Less(t, count(10), count(14))
	require.Equal(t, count(14), count(MaxZoom))
	require.Equal(t, 100*4*40, count(14))
}

func TestIslandAndHoleOfNeighbourAreOneBorder(t *testing.T) {
	lake := orb.Ring{{104.1, 30.1}, {104.12, 30.1}, {104.13, 30.12}, {104.11, 30.13}, {104.1, 30.1}}
	around := orb.MultiPolygon{{{{104, 30}, {104.3, 30}, {104.3, 30.3}, {104, 30.3}}, lake}}
	layers, err := Build(keepAll(), []Area{
		{Code: "around", Geometry: around}, {Code: "lake", Geometry: orb.MultiPolygon{{lake}}},
	}, []Area{{Code: "both", Geometry: orb.MultiPolygon{{around[0][0]}}}})
	require.NoError(t, err)
	for _, z := range []int{8, 10, 14} {
		requirePartition(t, layers[0].Zoom(z).all(), layers[1].Zoom(z).all()[0])
	}
}

func TestAreaWithoutShapeIsRefused(t *testing.T) {
	f := func(g orb.MultiPolygon) {
		t.Helper()
		_, err := Build(Defaults(), []Area{{Code: "5101", Geometry: g}})
		require.ErrorIs(t, err, ErrNoShape)
		require.ErrorContains(t, err, "5101")
	}
	f(nil)
	f(orb.MultiPolygon{{}})
	f(orb.MultiPolygon{{{}}})
	f(orb.MultiPolygon{{{{104, 30}, {105, 31}, {104, 30}}}})
}

func TestTouchingFindsWhatIsInTheTile(t *testing.T) {
	c := newCounty(5, 20, 8, false)
	grids, _, _ := c.build(t, keepAll())
	var clipper Clipper
	for _, z := range []int{8, 10, 13} {
		zoom := grids.Zoom(z)
		at := middleTile(z)
		to := frame(at.X, at.Y)
		touching := zoom.Touching(nil, at.X, at.Y)
		require.NotEmpty(t, touching)
		require.IsIncreasing(t, touching)
		found := map[int]bool{}
		for _, i := range touching {
			found[i] = true
		}
		for i, polygons := range zoom.all() {
			within := areaWithin(polygons, to)
			if within > 0 {
				require.True(t, found[i], "%s reaches into %v", grids.Code(i), at)
				if within > 100 {
					require.False(t, zoom.Geometry(&clipper, i, at.X, at.Y).Empty())
				}
			}
		}
	}
}

func TestClippedTilesOfOneAreaAddUp(t *testing.T) {
	c := newCounty(9, 6, 30, false)
	_, _, outline := c.build(t, Defaults())
	var clipper Clipper
	const z = 11
	zoom := outline.Zoom(z)
	b := mvt.NewBuilder()
	middle := middleTile(z)
	seen := 0
	for x := middle.X - 4; x <= middle.X+4; x++ {
		for y := middle.Y - 4; y <= middle.Y+4; y++ {
			for _, i := range zoom.Touching(nil, x, y) {
				b.Reset(x, y)
				b.Layer("county").Add(zoom.Geometry(&clipper, i, x, y))
				tile, err := mvt.Decode(b.AppendTile(nil))
				require.NoError(t, err)
				require.NoError(t, tile.Check())
				if len(tile.Layers) == 0 {
					continue
				}
				polygons := tile.Layers[0].Features[0].Polygons
				limits := box{min: mvt.Point{X: -Buffer, Y: -Buffer}, max: mvt.Point{X: mvt.Extent + Buffer, Y: mvt.Extent + Buffer}}
				requireInside(t, polygons, limits)
				want := areaWithin(zoom.features[i].polygons, frame(x, y))
				require.InDelta(t, want, float64(area2(polygons))/2, roundingArea(polygons, limits))
				seen++
			}
		}
	}
	require.Greater(t, seen, 16)
}

func TestOutlineIsValidAndNeverEmpty(t *testing.T) {
	var arena mvt.Arena
	b := mvt.NewBuilder()
	rapid.Check(t, func(t *rapid.T) {
		center := geo.LngLat{Lng: rapid.Float64Range(73, 135).Draw(t, "lng"), Lat: rapid.Float64Range(18, 53).Draw(t, "lat")}
		radius := rapid.Float64Range(1e-5, 0.1).Draw(t, "radius")
		turn := rapid.Float64Range(0, 1).Draw(t, "turn")
		z := rapid.IntRange(0, MaxZoom).Draw(t, "zoom")
		var ring []geo.LngLat
		for i := range 6 {
			sin, cos := math.Sincos((turn + float64(i)) * math.Pi / 3)
			ring = append(ring, geo.LngLat{Lng: center.Lng + radius*cos, Lat: center.Lat + radius*sin})
		}
		g := Outline(&arena, z, ring)
		require.False(t, g.Empty())
		at := world(center, z)
		b.Reset(uint32(at.X/mvt.Extent), uint32(at.Y/mvt.Extent))
		b.Layer("hex").Add(g)
		tile, err := mvt.Decode(b.AppendTile(nil))
		require.NoError(t, err)
		require.NoError(t, tile.Check())
	})
	require.True(t, Outline(&arena, 3, nil).Empty())
}

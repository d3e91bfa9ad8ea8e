package hex

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"
	"github.com/stretchr/testify/require"
	h3 "github.com/uber/h3-go/v4"
	"pgregory.net/rapid"

	"reli/geo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// reaches says whether a hexagon and a rectangle share ground, by another
// library's arithmetic.
func reaches(c Cell, b geo.Bounds) bool {
	ring := orb.Ring{}
	for _, p := range c.Boundary() {
		ring = append(ring, p.Point())
	}
	ring = append(ring, ring[0])
	return len(clip.LineString(b.Bound(), orb.LineString(ring))) > 0 ||
		planar.RingContains(ring, orb.Point(b.Center().Point()))
}

func drawBox(t *rapid.T, p geo.LngLat, maxSide float64) geo.Bounds {
	side := rapid.Float64Range(0, maxSide)
	return geo.Bounds{West: p.Lng, South: p.Lat, East: p.Lng, North: p.Lat}.Pad(side.Draw(t, "width"), side.Draw(t, "height"))
}

func TestNoHexagonThatTouchesTheBoundsIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		res := rapid.IntRange(0, 10).Draw(t, "res")
		edge, err := edgeRadians(res)
		require.NoError(t, err)
		b := drawBox(t, drawPlace(t), 4*edge*180/math.Pi) // from nothing to several cells
		cells, err := CoverBounds(b, res)
		require.NoError(t, err)
		require.True(t, slices.IsSorted(cells))
		got := map[Cell]bool{}
		for _, c := range cells {
			require.False(t, got[c])
			require.Equal(t, res, c.Resolution())
			got[c] = true
		}
		fraction := rapid.Float64Range(0, 1)
		for range 20 {
			p := geo.LngLat{
				Lng: b.West + (b.East-b.West)*fraction.Draw(t, "x"),
				Lat: b.South + (b.North-b.South)*fraction.Draw(t, "y"),
			}
			if p == (geo.LngLat{}) {
				continue
			}
			c, err := FromLngLat(p, res)
			require.NoError(t, err)
			require.True(t, got[c], "%v of %v misses %v", p, b, c)
		}
		if math.Abs(b.Center().Lat) > 70 {
			return
		}
		for _, c := range cells {
			for _, near := range c.Disk(1) {
				require.False(t, !got[near] && reaches(near, b), "%v touches %v", near, b)
			}
		}
	})
}

func TestCoverIsNotMuchLargerThanTheBounds(t *testing.T) {
	b := geo.Bounds{West: 131, South: 46.5, East: 131.5, North: 47}
	for res := 5; res <= 10; res++ {
		cells, err := CoverBounds(b, res)
		require.NoError(t, err)
		lng, lat := CircumradiusDegrees(cells[0])
		wide := b.Pad(1.5*lng, 1.5*lat)
		for _, c := range cells {
			require.True(t, wide.Contains(c.Center()))
		}
	}
}

func TestWorldwideBoundsGiveEveryCell(t *testing.T) {
	for res := range 4 {
		cells, err := CoverBounds(geo.Bounds{West: -180, South: -90, East: 180, North: 90}, res)
		require.NoError(t, err)
		require.Len(t, cells, h3.NumCells(res))
	}
	_, err := CoverBounds(geo.Bounds{West: -180, South: -90, East: 180, North: 90}, 7)
	require.ErrorIs(t, err, ErrTooMany)
}

func TestCoverRefusesWhatIsNotBounds(t *testing.T) {
	cells, err := CoverBounds(geo.EmptyBounds(), 5)
	require.NoError(t, err)
	require.Empty(t, cells)
	var ce *geo.CoordinateError
	for _, b := range []geo.Bounds{{West: math.NaN()}, {West: 2, East: 1}, {East: 181}, {North: math.Inf(1)}} {
		_, err := CoverBounds(b, 5)
		require.ErrorAs(t, err, &ce)
	}
	for _, p := range []orb.Point{{math.NaN(), 1}, {1, 91}, {math.Inf(-1), 1}} {
		_, err := Cover(orb.MultiPolygon{{{{1, 1}, {2, 1}, p}}}, 5)
		require.ErrorAs(t, err, &ce)
	}
	_, err = Cover(orb.MultiPolygon{{{{1, 1}, {60, 1}, {60, 60}}}}, 12)
	require.ErrorIs(t, err, ErrTooMany)
	cells, err = Cover(orb.MultiPolygon{{}, {{}}, {{{1, 1}}}}, 5)
	require.NoError(t, err)
	require.Len(t, cells, 7, "a lone corner is still a place")
}

// The bounds that CoverBounds relies on, sampled over the sphere.
func TestCellsReachNoFurtherThanAssumed(t *testing.T) {
	distance := func(a, b geo.LngLat) float64 {
		return h3.GreatCircleDistanceRads(h3.LatLng{Lat: a.Lat, Lng: a.Lng}, h3.LatLng{Lat: b.Lat, Lng: b.Lng})
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlace(t)
		if p == (geo.LngLat{}) {
			return
		}
		finest, err := FromLngLat(p, MaxResolution)
		require.NoError(t, err)
		for res := range MaxResolution + 1 {
			edge, err := edgeRadians(res)
			require.NoError(t, err)
			require.LessOrEqual(t, distance(finest.Parent(res).Center(), p), edge*familyEdges)
			c, err := FromLngLat(p, res)
			require.NoError(t, err)
			for _, corner := range c.Boundary() {
				require.LessOrEqual(t, distance(c.Center(), corner), edge*circumradiusEdges)
			}
		}
	})
}

// county is a rectangle of the size of a real county, 2,446 km².
func county() orb.MultiPolygon {
	const halfHeight = 0.2
	x, y0 := geo.EqualArea(geo.LngLat{Lng: 1, Lat: 46.7 - halfHeight})
	_, y1 := geo.EqualArea(geo.LngLat{Lng: 1, Lat: 46.7 + halfHeight})
	width := 2446e6 / (y1 - y0) / x
	return orb.MultiPolygon{{{
		{131.1, 46.7 - halfHeight}, {131.1 + width, 46.7 - halfHeight},
		{131.1 + width, 46.7 + halfHeight}, {131.1, 46.7 + halfHeight}, {131.1, 46.7 - halfHeight},
	}}}
}

func TestACountyHasAsManyCellsAsExpected(t *testing.T) {
	for res, want := range map[int]float64{6: 82, 7: 584, 8: 4079, 9: 28561} {
		cells, err := Fill(county(), res)
		require.NoError(t, err)
		require.InEpsilon(t, want, float64(len(cells)), 0.06, "resolution %d", res)
	}
}

func TestFillSplitsAMapWithoutRemainder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Float64Range(131.01, 131.29).Draw(t, "x"), rapid.Float64Range(46.01, 46.29).Draw(t, "y")
		box := func(w, s, e, n float64) orb.Polygon {
			return orb.Polygon{{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}}}
		}
		whole, err := Fill(orb.MultiPolygon{box(131, 46, 131.3, 46.3)}, 8)
		require.NoError(t, err)
		var parts []Cell
		for _, q := range []orb.Polygon{
			box(131, 46, x, y), box(x, 46, 131.3, y), box(131, y, x, 46.3), box(x, y, 131.3, 46.3),
		} {
			cells, err := Fill(orb.MultiPolygon{q}, 8)
			require.NoError(t, err)
			parts = append(parts, cells...)
		}
		slices.Sort(parts)
		require.Equal(t, whole, parts)
		holed := orb.MultiPolygon{append(box(131, 46, 131.3, 46.3), box(131.0, 46.0, x, y)[0])}
		rest, err := Fill(holed, 8)
		require.NoError(t, err)
		inHole, err := Fill(orb.MultiPolygon{box(131, 46, x, y)}, 8)
		require.NoError(t, err)
		require.Equal(t, len(whole), len(rest)+len(inHole))
	})
}

func TestCoverHoldsEveryPointOfTheShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Float64Range(0, 0.2)
		triangle := orb.Ring{}
		for range 3 {
			triangle = append(triangle, orb.Point{131 + coordinate.Draw(t, "x"), 46 + coordinate.Draw(t, "y")})
		}
		res := rapid.IntRange(4, 8).Draw(t, "res")
		cells, err := Cover(orb.MultiPolygon{{append(triangle, triangle[0])}}, res)
		require.NoError(t, err)
		require.True(t, slices.IsSorted(cells))
		for range 30 {
			u, v := rapid.Float64Range(0, 1).Draw(t, "u"), rapid.Float64Range(0, 1).Draw(t, "v")
			if u+v > 1 {
				u, v = 1-u, 1-v
			}
			a, b, c := triangle[0], triangle[1], triangle[2]
			p := geo.LngLat{
				Lng: a[0] + u*(b[0]-a[0]) + v*(c[0]-a[0]),
				Lat: a[1] + u*(b[1]-a[1]) + v*(c[1]-a[1]),
			}
			cell, err := FromLngLat(p, res)
			require.NoError(t, err)
			_, found := slices.BinarySearch(cells, cell)
			require.True(t, found)
		}
	})
}

func TestCoverOfTheCountyIsUnchanged(t *testing.T) {
	var text strings.Builder
	for _, list := range []func(orb.MultiPolygon, int) ([]Cell, error){Fill, Cover} {
		cells, err := list(county(), 5)
		require.NoError(t, err)
		for _, c := range cells {
			text.WriteString(c.String() + "\n")
		}
		text.WriteString("\n")
	}
	path := filepath.Join("testdata", "county.golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
}

func BenchmarkCoverBoundsOfATile(b *testing.B) {
	box := geo.Bounds{West: 131.132, South: 46.558, East: 131.484, North: 46.8} // the size of a tile at zoom 10
	n := 0
	for b.Loop() {
		cells, err := CoverBounds(box, 8)
		if err != nil {
			b.Fatal(err)
		}
		n = len(cells)
	}
	b.ReportMetric(float64(n), "cells")
}

func BenchmarkFromLngLat(b *testing.B) {
	p := geo.Must(131.141311, 46.728412)
	for b.Loop() {
		if _, err := FromLngLat(p, 10); err != nil {
			b.Fatal(err)
		}
	}
}

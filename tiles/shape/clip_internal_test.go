package shape

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/tiles/mvt"
)

func area2(polygons []mvt.Polygon) int64 {
	var sum int64
	for _, polygon := range polygons {
		for _, ring := range polygon {
			sum += ring.Area2()
		}
	}
	return sum
}

// requireValid encodes polygons and holds the tile to the strict check, which
// shares no code with this package.
func requireValid(t require.TestingT, polygons []mvt.Polygon) {
	if len(polygons) == 0 {
		return
	}
	var arena mvt.Arena
	b := mvt.NewBuilder()
	b.Layer("a").Add(arena.Polygons(polygons...))
	tile, err := mvt.Decode(b.AppendTile(nil))
	require.NoError(t, err)
	require.NoError(t, tile.Check(), "%v", polygons)
}

func requireInside(t require.TestingT, polygons []mvt.Polygon, to box) {
	if len(polygons) > 0 {
		require.True(t, to.contains(boxOf(polygons)), "%v in %v", boxOf(polygons), to)
	}
}

// cells is a region of unit squares, each size units wide: its area inside any
// rectangle is a sum over the squares.
type cells struct {
	size  int32
	taken [10][10]bool
}

func drawCells(t *rapid.T) cells {
	c := cells{size: rapid.Int32Range(3, 40).Draw(t, "size")}
	share := rapid.Float64Range(0.2, 0.95).Draw(t, "share")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	for y := range c.taken {
		for x := range c.taken[y] {
			c.taken[y][x] = random.Float64() < share
		}
	}
	return c
}

func (c cells) polygons() []mvt.Polygon {
	var rings []mvt.Ring
	for y := range c.taken {
		for x, taken := range c.taken[y] {
			if taken {
				left, top := int32(x)*c.size, int32(y)*c.size
				rings = append(rings, mvt.Ring{{X: left, Y: top}, {X: left + c.size, Y: top}, {X: left + c.size, Y: top + c.size}, {X: left, Y: top + c.size}})
			}
		}
	}
	return tidy(rings)
}

// within returns the area inside the rectangle.
func (c cells) within(b box) int64 {
	var sum int64
	for y := range c.taken {
		for x, taken := range c.taken[y] {
			if taken {
				left, top := int32(x)*c.size, int32(y)*c.size
				w := min(left+c.size, b.max.X) - max(left, b.min.X)
				h := min(top+c.size, b.max.Y) - max(top, b.min.Y)
				sum += int64(max(w, 0)) * int64(max(h, 0))
			}
		}
	}
	return sum
}

func drawBox(t *rapid.T, low, high int32) box {
	x, y := rapid.Int32Range(low, high).Draw(t, "left"), rapid.Int32Range(low, high).Draw(t, "top")
	return box{min: mvt.Point{X: x, Y: y}, max: mvt.Point{
		X: x + rapid.Int32Range(1, high-low).Draw(t, "width"),
		Y: y + rapid.Int32Range(1, high-low).Draw(t, "height"),
	}}
}

func TestUnionOfSquaresIsValidAndExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCells(t)
		polygons := c.polygons()
		requireValid(t, polygons)
		everything := box{min: mvt.Point{X: -1, Y: -1}, max: mvt.Point{X: 10000, Y: 10000}}
		require.Equal(t, 2*c.within(everything), area2(polygons))
	})
}

func TestClippedRegionOfSquaresIsValidAndExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCells(t)
		to := drawBox(t, -5, 10*c.size+5)
		clipped := clip(c.polygons(), to)
		requireValid(t, clipped)
		requireInside(t, clipped, to)
		require.Equal(t, 2*c.within(to), area2(clipped))
	})
}

// star is a simple ring with deep bays, exterior way round.
func star(t *rapid.T, reach int32) mvt.Ring {
	n := rapid.IntRange(3, 60).Draw(t, "corners")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
	var ring mvt.Ring
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		r := float64(reach) * (0.05 + 0.95*random.Float64())
		ring = append(ring, mvt.Point{X: reach + int32(r*cos), Y: reach + int32(r*sin)})
	}
	return ring
}

// areaWithin integrates the width of a region along scan lines, exactly but for
// float rounding: between the rows where the width bends it changes linearly.
func areaWithin(polygons []mvt.Polygon, b box) float64 {
	rows := []float64{float64(b.min.Y), float64(b.max.Y)}
	each := func(visit func(ax, ay, bx, by float64)) {
		for _, polygon := range polygons {
			for _, ring := range polygon {
				for i, p := range ring {
					q := ring[(i+1)%len(ring)]
					visit(float64(p.X), float64(p.Y), float64(q.X), float64(q.Y))
				}
			}
		}
	}
	each(func(ax, ay, bx, by float64) {
		rows = append(rows, ay)
		for _, x := range []float64{float64(b.min.X), float64(b.max.X)} {
			if (ax < x) != (bx < x) {
				rows = append(rows, ay+(x-ax)/(bx-ax)*(by-ay))
			}
		}
	})
	slices.Sort(rows)
	width := func(y float64) float64 {
		var crossings []float64
		each(func(ax, ay, bx, by float64) {
			if (ay <= y) != (by <= y) {
				crossings = append(crossings, ax+(y-ay)/(by-ay)*(bx-ax))
			}
		})
		slices.Sort(crossings)
		sum := 0.0
		for i := 0; i+1 < len(crossings); i += 2 {
			sum += max(0, min(crossings[i+1], float64(b.max.X))-max(crossings[i], float64(b.min.X)))
		}
		return sum
	}
	area := 0.0
	for i := 0; i+1 < len(rows); i++ {
		low, high := max(rows[i], float64(b.min.Y)), min(rows[i+1], float64(b.max.Y))
		if high > low {
			area += width((low+high)/2) * (high - low) // linear in between: the middle is the mean
		}
	}
	return area
}

// roundingArea bounds what moving the cuts of a clipped region to whole units
// does to its area: an edge that ends on the rectangle turns by at most a unit
// at that end (both its cuts may round), and next to a cut a corner of a unit or
// so may go.
func roundingArea(clipped []mvt.Polygon, to box) float64 {
	border := func(p mvt.Point) bool {
		return p.X == to.min.X || p.X == to.max.X || p.Y == to.min.Y || p.Y == to.max.Y
	}
	sum := 4.0
	for _, polygon := range clipped {
		for _, ring := range polygon {
			for i, p := range ring {
				q := ring[(i+1)%len(ring)]
				if border(p) || border(q) {
					sum += 0.5*math.Hypot(float64(p.X-q.X), float64(p.Y-q.Y)) + 1
				}
			}
		}
	}
	return sum
}

func TestClippedStarIsValidAndKeepsItsArea(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reach := rapid.Int32Range(20, 20000).Draw(t, "reach")
		polygons := tidy([]mvt.Ring{star(t, reach)})
		requireValid(t, polygons)
		to := drawBox(t, 0, 2*reach)
		clipped := clip(polygons, to)
		requireValid(t, clipped)
		requireInside(t, clipped, to)
		want := areaWithin(polygons, to)
		require.InDelta(t, want, float64(area2(clipped))/2, roundingArea(clipped, to))
	})
}

func TestClipOfCombLeavesTeethApart(t *testing.T) {
	comb := mvt.Ring{{X: 0, Y: 0}, {X: 90, Y: 0}, {X: 90, Y: 50}, {X: 80, Y: 50}, {X: 80, Y: 10}, {X: 50, Y: 10}, {X: 50, Y: 50}, {X: 40, Y: 50}, {X: 40, Y: 10}, {X: 10, Y: 10}, {X: 10, Y: 50}, {X: 0, Y: 50}}
	clipped := clip([]mvt.Polygon{{comb}}, box{min: mvt.Point{X: -5, Y: 20}, max: mvt.Point{X: 95, Y: 40}})
	requireValid(t, clipped)
	require.Len(t, clipped, 3)
	require.Equal(t, int64(2*3*10*20), area2(clipped))
}

func TestClipByRectangleInsideGivesTheRectangle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := star(t, 3000)
		to := box{min: mvt.Point{X: 2960, Y: 2960}, max: mvt.Point{X: 3040, Y: 3040}}
		if areaWithin([]mvt.Polygon{{ring}}, to) < 6400 {
			t.Skip("the star does not cover it")
		}
		clipped := clip([]mvt.Polygon{{ring}}, to)
		requireValid(t, clipped)
		require.Equal(t, int64(2*6400), area2(clipped))
	})
}

// TestTidyOfAnyRings throws rings at tidy that cross themselves and each other.
func TestTidyOfAnyRingsIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int32{3, 8, 40, 1000}).Draw(t, "size")
		coordinate := rapid.Int32Range(0, size)
		var rings []mvt.Ring
		for range rapid.IntRange(1, 4).Draw(t, "rings") {
			ring := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mvt.Point {
				return mvt.Point{X: coordinate.Draw(t, "x"), Y: coordinate.Draw(t, "y")}
			}), 3, 20).Draw(t, "ring")
			if ring = distinct(nil, ring); len(ring) >= 3 {
				rings = append(rings, ring)
			}
		}
		requireValid(t, tidy(rings))
	})
}

func TestNodedLinesMeetAtVerticesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int32{5, 60, 5000}).Draw(t, "size")
		coordinate := rapid.Int32Range(0, size)
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mvt.Ring {
			return mvt.Ring{{X: coordinate.Draw(t, "ax"), Y: coordinate.Draw(t, "ay")}, {X: coordinate.Draw(t, "bx"), Y: coordinate.Draw(t, "by")}}
		}), 1, 80).Draw(t, "lines")
		ends := make([][2]mvt.Point, len(lines))
		for i, l := range lines {
			ends[i] = [2]mvt.Point{l[0], l[1]}
		}
		require.True(t, node(lines))
		var segments []segment
		for l, line := range lines {
			require.Equal(t, ends[l], [2]mvt.Point{line[0], line[len(line)-1]})
			for i := 1; i < len(line); i++ {
				segments = append(segments, segment{a: line[i-1], b: line[i]})
			}
		}
		for i := range segments { // all pairs, without the grid
			for j := range i {
				require.Empty(t, appendSplits(nil, &segments[i], &segments[j], false))
			}
		}
	})
}

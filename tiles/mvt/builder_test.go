package mvt_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/tiles/mvt"
)

// square is a clockwise (on the screen) square in world pixels.
func square(x, y, size int32) mvt.Ring {
	return mvt.Ring{{X: x, Y: y}, {X: x + size, Y: y}, {X: x + size, Y: y + size}, {X: x, Y: y + size}}
}

func reversed(r mvt.Ring) mvt.Ring {
	out := make(mvt.Ring, 0, len(r))
	for i := len(r) - 1; i >= 0; i-- {
		out = append(out, r[i])
	}
	return out
}

// moved shifts a ring by a number of whole tiles.
func moved(r mvt.Ring, tilesX, tilesY int32) mvt.Ring {
	out := make(mvt.Ring, 0, len(r))
	for _, p := range r {
		out = append(out, mvt.Point{X: p.X + tilesX*mvt.Extent, Y: p.Y + tilesY*mvt.Extent})
	}
	return out
}

// one returns the tile's only feature and its properties, having checked both.
func one(t require.TestingT, data []byte) (mvt.Feature, map[string]any) {
	tile, err := mvt.Decode(data)
	require.NoError(t, err)
	require.NoError(t, tile.Check())
	require.Len(t, tile.Layers, 1)
	require.Len(t, tile.Layers[0].Features, 1)
	f := tile.Layers[0].Features[0]
	return f, tile.Layers[0].Properties(&f)
}

func TestGeometryPreparedOnceIsRightInEveryTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Int32Range(-1<<13, 1<<13)
		x, y := coordinate.Draw(t, "x"), coordinate.Draw(t, "y")
		size := rapid.Int32Range(10, 5000).Draw(t, "size")
		outer, hole, island := square(x, y, size), square(x+2, y+2, 5), square(x+size+1, y, 3)
		if rapid.Bool().Draw(t, "wrong way round") {
			outer, hole = reversed(outer), reversed(hole)
		}
		column := rapid.Uint32Range(0, 1<<mvt.MaxZoom-3).Draw(t, "column")
		row := rapid.Uint32Range(0, 1<<mvt.MaxZoom-3).Draw(t, "row")
		at := func(r mvt.Ring) mvt.Ring { return moved(r, int32(column), int32(row)) }

		var arena mvt.Arena
		g := arena.Polygons(mvt.Polygon{at(outer), at(hole)}, mvt.Polygon{at(island)})
		b := mvt.NewBuilder()
		for dx := range uint32(3) {
			b.Reset(column+dx, row+dx)
			b.Layer("areas").Add(g)
			f, _ := one(t, b.AppendTile(nil))
			require.Len(t, f.Polygons, 2)
			shift := -int32(dx)
			require.ElementsMatch(t, moved(outer, shift, shift), f.Polygons[0][0])
			require.ElementsMatch(t, moved(hole, shift, shift), f.Polygons[0][1])
			require.Equal(t, moved(island, shift, shift), f.Polygons[1][0])
			require.Positive(t, f.Polygons[0][0].Area2())
			require.Negative(t, f.Polygons[0][1].Area2())
		}
	})
}

func TestDegenerateRingsAreDropped(t *testing.T) {
	var arena mvt.Arena
	line := mvt.Ring{{X: 0, Y: 0}, {X: 5, Y: 5}, {X: 9, Y: 9}}
	dot := mvt.Ring{{X: 3, Y: 3}, {X: 3, Y: 3}, {X: 3, Y: 3}}
	require.True(t, arena.Polygons().Empty())
	require.True(t, arena.Polygons(mvt.Polygon{}).Empty())
	require.True(t, arena.Polygons(mvt.Polygon{line}).Empty())
	require.True(t, arena.Polygons(mvt.Polygon{dot}).Empty())
	require.True(t, arena.Polygons(mvt.Polygon{line, reversed(square(1, 1, 2))}).Empty(), "a hole goes with its exterior")
	require.True(t, arena.Points().Empty())

	b := mvt.NewBuilder()
	repeated := mvt.Ring{{X: 0, Y: 0}, {X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}, {X: 9, Y: 9}, {X: 0, Y: 0}}
	b.Layer("areas").Add(arena.Polygons(mvt.Polygon{repeated, dot, line}))
	f, _ := one(t, b.AppendTile(nil))
	require.Equal(t, []mvt.Polygon{{{{X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}}}}, f.Polygons)
}

func TestPointsKeepTheirOrder(t *testing.T) {
	var arena mvt.Arena
	points := []mvt.Point{{X: 4096, Y: 8192}, {X: 4100, Y: 8190}, {X: 4100, Y: 8190}}
	b := mvt.NewBuilder()
	b.Reset(1, 2)
	b.Layer("labels").Add(arena.Points(points...))
	f, _ := one(t, b.AppendTile(nil))
	require.Equal(t, mvt.MultiPoint, f.Type)
	require.Equal(t, []mvt.Point{{X: 0, Y: 0}, {X: 4, Y: -2}, {X: 4, Y: -2}}, f.Points)
}

func TestPropertiesComeBackAsTheyWent(t *testing.T) {
	var arena mvt.Arena
	g := arena.Points(mvt.Point{X: 1, Y: 1})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		u := rapid.Uint64().Draw(t, "uint")
		i := rapid.Int64().Draw(t, "int")
		v := rapid.Float64().Draw(t, "number")
		yes := rapid.Bool().Draw(t, "bool")
		b := mvt.NewBuilder()
		l := b.Layer("all")
		for range 2 { // the second feature finds every value in the table
			l.String(l.Key("text"), text)
			l.Uint(l.Key("uint"), u)
			l.Int(l.Key("int"), i)
			l.Number(l.Key("number"), v)
			l.Bool(l.Key("bool"), yes)
			l.Add(g)
		}
		tile, err := mvt.Decode(b.AppendTile(nil))
		require.NoError(t, err)
		require.NoError(t, tile.Check())
		for n := range tile.Layers[0].Features {
			got := tile.Layers[0].Properties(&tile.Layers[0].Features[n])
			require.Equal(t, text, got["text"])
			require.Equal(t, yes, got["bool"])
			require.EqualValues(t, u, got["uint"])
			if i < 0 {
				require.Equal(t, i, got["int"])
			} else {
				require.Equal(t, uint64(i), got["int"])
			}
			require.Equal(t, v, number(t, got["number"]))
		}
	})
}

// number turns any of the format's number types into a float64.
func number(t require.TestingT, v any) float64 {
	switch v := v.(type) {
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case float32:
		return float64(v)
	case float64:
		return v
	}
	require.Failf(t, "not a number", "%T", v)
	return 0
}

func TestNumberTakesTheShortestExactType(t *testing.T) {
	var arena mvt.Arena
	f := func(v float64, want any) {
		t.Helper()
		b := mvt.NewBuilder()
		l := b.Layer("n")
		l.Number(l.Key("v"), v)
		l.Add(arena.Points(mvt.Point{}))
		_, properties := one(t, b.AppendTile(nil))
		require.Equal(t, want, properties["v"])
	}
	f(0, uint64(0))
	f(math.Copysign(0, -1), uint64(0))
	f(12, uint64(12))
	f(-12, int64(-12))
	f(1<<53, uint64(1<<53))
	f(0.5, float32(0.5))
	f(0.1, 0.1)
	f(1e300, 1e300)
	f(math.NaN(), nil)
	f(math.Inf(-1), nil)
}

func TestUnusedNamesAndEmptyLayersAreNotWritten(t *testing.T) {
	var arena mvt.Arena
	b := mvt.NewBuilder()
	b.Layer("empty").Key("nothing")
	l := b.Layer("full")
	l.Key("unused")
	l.Uint(l.Key("used"), 1)
	l.Add(arena.Points(mvt.Point{X: 1, Y: 2}))
	require.Same(t, l, b.Layer("full"))
	require.Equal(t, 1, b.Features())
	_, properties := one(t, b.AppendTile(nil))
	require.Equal(t, map[string]any{"used": uint64(1)}, properties)

	b.Reset(0, 0)
	require.Empty(t, b.AppendTile(nil))
}

func TestEmptyGeometryAddsNoFeatureAndKeepsNoProperties(t *testing.T) {
	var arena mvt.Arena
	b := mvt.NewBuilder()
	l := b.Layer("areas")
	k, other := l.Key("k"), l.Key("other")
	l.Uint(k, 1)
	l.Add(mvt.Geometry{})
	l.Uint(other, 1)
	l.AddID(9, arena.Points(mvt.Point{}))
	tile, err := mvt.Decode(b.AppendTile(nil))
	require.NoError(t, err)
	f := &tile.Layers[0].Features[0]
	require.Equal(t, uint64(9), f.ID)
	require.Equal(t, map[string]any{"other": uint64(1)}, tile.Layers[0].Properties(f))
}

// fill writes the same layer of n hexagons into any builder.
func fill(b *mvt.Builder, geometries []mvt.Geometry, ids []string) {
	b.Reset(1, 1)
	l := b.Layer("hex")
	id, count, value := l.Key("id"), l.Key("count"), l.Key("value")
	for i, g := range geometries {
		l.UniqueString(id, ids[i])
		l.Uint(count, uint64(i*i%977))
		l.Number(value, float64(i%311)/8)
		l.Add(g)
	}
}

func hexagons(n int) (geometries []mvt.Geometry, ids []string) {
	arena := &mvt.Arena{}
	side := int32(math.Ceil(math.Sqrt(float64(n))))
	size := mvt.Extent / (side + 1)
	for i := range int32(n) {
		cx, cy := mvt.Extent+(i%side)*size, mvt.Extent+(i/side)*size
		ring := make(mvt.Ring, 0, 6)
		for corner := range 6 {
			sin, cos := math.Sincos(float64(corner) * math.Pi / 3)
			ring = append(ring, mvt.Point{X: cx + int32(cos*float64(size)), Y: cy + int32(sin*float64(size))})
		}
		geometries = append(geometries, arena.Polygons(mvt.Polygon{ring}))
		ids = append(ids, fmt.Sprintf("8a%011xff", 0x2a1072b59+uint64(i)*7919))
	}
	return geometries, ids
}

func TestEqualDataGiveEqualBytesFromAUsedBuilderToo(t *testing.T) {
	geometries, ids := hexagons(500)
	fresh, used := mvt.NewBuilder(), mvt.NewBuilder()
	fill(fresh, geometries, ids)
	want := fresh.AppendTile(nil)
	fill(used, geometries[100:], ids[100:])
	used.Layer("other").Add(geometries[0])
	fill(used, geometries, ids)
	require.Equal(t, want, used.AppendTile(nil))
	tile, err := mvt.Decode(want)
	require.NoError(t, err)
	require.NoError(t, tile.Check())
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	geometries, ids := hexagons(2000)
	b := mvt.NewBuilder()
	fill(b, geometries, ids)
	dst := b.AppendTile(nil)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		fill(b, geometries, ids)
		dst = b.AppendTile(dst[:0])
	}))
}

func TestResetArenaLeavesNoTrace(t *testing.T) {
	var arena mvt.Arena
	for i := range int32(20000) {
		require.False(t, arena.Polygons(mvt.Polygon{square(i, i, 9)}).Empty())
		arena.Reset()
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		arena.Reset()
		arena.Points(mvt.Point{X: 1}, mvt.Point{X: 2})
	}))
}

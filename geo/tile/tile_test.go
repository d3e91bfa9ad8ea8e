package tile

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

func TestAddressesOutOfRangeNameTheirField(t *testing.T) {
	for _, bad := range []struct {
		z, x, y int
		field   string
	}{
		{-1, 0, 0, "z"}, {MaxZoom + 1, 0, 0, "z"}, {math.MaxInt, 0, 0, "z"},
		{0, 1, 0, "x"}, {3, 8, 0, "x"}, {3, -1, 0, "x"}, {3, math.MinInt, 0, "x"},
		{3, 0, 8, "y"}, {3, 0, -1, "y"}, {22, 0, 1 << 22, "y"},
	} {
		id, err := New(bad.z, bad.x, bad.y)
		var ae *AddressError
		require.ErrorAs(t, err, &ae)
		require.Equal(t, bad.field, ae.Field)
		require.Equal(t, [3]int{bad.z, bad.x, bad.y}, [3]int{ae.Z, ae.X, ae.Y})
		require.Contains(t, err.Error(), bad.field)
		require.Zero(t, id)
	}
	id, err := New(22, 1<<22-1, 1<<22-1)
	require.NoError(t, err)
	require.Equal(t, "22/4194303/4194303", id.String())
}

func drawID(t *rapid.T) ID {
	z := rapid.IntRange(0, MaxZoom).Draw(t, "z")
	side := rapid.IntRange(0, 1<<z-1)
	id, err := New(z, side.Draw(t, "x"), side.Draw(t, "y"))
	require.NoError(t, err)
	return id
}

// orb's tile arithmetic is another hand's work on the same definition.
func TestBoundsAgreeWithAnotherImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		want := maptile.New(id.X, id.Y, maptile.Zoom(id.Z)).Bound()
		got := id.Bounds()
		require.InDelta(t, want.Min[0], got.West, 1e-9)
		require.InDelta(t, want.Min[1], got.South, 1e-9)
		require.InDelta(t, want.Max[0], got.East, 1e-9)
		require.InDelta(t, want.Max[1], got.North, 1e-9)
	})
}

func TestPositionsFallIntoTheTileThatBoundsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.LngLat{
			Lng: rapid.Float64Range(-180, 180).Draw(t, "lng"),
			Lat: rapid.Float64Range(-85, 85).Draw(t, "lat"),
		}
		z := rapid.IntRange(0, MaxZoom).Draw(t, "z")
		id := At(p, z)
		require.True(t, id.Bounds().Pad(1e-9, 1e-9).Contains(p))
		x, y := id.Local(p)
		require.True(t, x >= -1e-3 && x <= Extent+1e-3 && y >= -1e-3 && y <= Extent+1e-3)
		want := maptile.At(orb.Point(p.Point()), maptile.Zoom(z))
		require.LessOrEqual(t, absDiff(want.X, id.X)+absDiff(want.Y, id.Y), uint32(1), "borders may round either way")
	})
}

func absDiff(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func TestCornersOfATileHaveItsRoundCoordinates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		b := id.Bounds()
		x, y := id.Local(geo.LngLat{Lng: b.West, Lat: b.North})
		require.InDelta(t, 0, x, 1e-3)
		require.InDelta(t, 0, y, 1e-3)
		x, y = id.Local(geo.LngLat{Lng: b.East, Lat: b.South})
		require.InDelta(t, Extent, x, 1e-3)
		require.InDelta(t, Extent, y, 1e-3)
	})
}

func TestPaddingAddsTileUnitsAndStopsAtTheEdge(t *testing.T) {
	id := ID{10, 887, 358}
	b := id.PaddedBounds(64)
	x, y := id.Local(geo.LngLat{Lng: b.West, Lat: b.North})
	require.InDelta(t, -64, x, 1e-6)
	require.InDelta(t, -64, y, 1e-6)
	x, y = id.Local(geo.LngLat{Lng: b.East, Lat: b.South})
	require.InDelta(t, Extent+64, x, 1e-6)
	require.InDelta(t, Extent+64, y, 1e-6)
	require.Equal(t, ID{}.Bounds(), ID{}.PaddedBounds(64))
}

func TestParentsAndChildrenAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		for _, child := range id.Children() {
			parent, ok := child.Parent()
			require.True(t, ok)
			require.Equal(t, id, parent)
			require.True(t, id.Bounds().Pad(1e-9, 1e-9).Contains(child.Bounds().Center()))
		}
		if id.Z < MaxZoom {
			require.Len(t, id.Children(), 4)
		} else {
			require.Nil(t, id.Children())
		}
	})
	_, ok := ID{}.Parent()
	require.False(t, ok)
}

func TestCoveringListsExactlyTheTilesThatMeetTheRectangle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lng, lat := rapid.Float64Range(-180, 180), rapid.Float64Range(-90, 90)
		b := geo.EmptyBounds()
		for range 2 {
			b = b.Extend(geo.LngLat{Lng: lng.Draw(t, "lng"), Lat: lat.Draw(t, "lat")})
		}
		z := rapid.IntRange(0, 5).Draw(t, "z")
		got := map[ID]bool{}
		for _, id := range Covering(b, z) {
			got[id] = true
		}
		require.Equal(t, len(got), Span(b, z))
		for x := range 1 << z {
			for y := range 1 << z {
				id := ID{uint32(z), uint32(x), uint32(y)}
				tb := id.Bounds()
				if inner := shrink(tb, 1e-9); inner.Intersects(b) {
					require.True(t, got[id], "%v misses %v", b, id)
				}
				if got[id] && math.Abs(b.South) < 85 && math.Abs(b.North) < 85 {
					require.True(t, tb.Pad(1e-9, 1e-9).Intersects(b))
				}
			}
		}
	})
	require.Nil(t, Covering(geo.EmptyBounds(), 3))
	require.Nil(t, Covering(geo.Bounds{East: 1, North: 1}, MaxZoom+1))
	require.Zero(t, Span(geo.EmptyBounds(), 3))
}

func shrink(b geo.Bounds, by float64) geo.Bounds {
	return geo.Bounds{West: b.West + by, South: b.South + by, East: b.East - by, North: b.North - by}
}

func TestWorldIsTheHalfOpenUnitSquare(t *testing.T) {
	for _, p := range []geo.LngLat{{Lng: 180, Lat: 90}, {Lng: -180, Lat: -90}, {Lng: 180, Lat: -90}, {Lng: math.NaN(), Lat: math.NaN()}} {
		x, y := World(p)
		require.True(t, x >= 0 && x < 1 && y >= 0 && y < 1, fmt.Sprint(p, x, y))
		for z := range MaxZoom + 1 {
			id := At(p, z)
			_, err := New(int(id.Z), int(id.X), int(id.Y))
			require.NoError(t, err)
		}
	}
	x, y := World(geo.LngLat{Lng: 131.141311, Lat: 46.728412})
	p := FromWorld(x, y)
	require.InDelta(t, 131.141311, p.Lng, 1e-12)
	require.InDelta(t, 46.728412, p.Lat, 1e-12)
	// The same position in EPSG:3857 metres, from the reference table.
	const half = 20037508.342789244
	require.InDelta(t, 14598583.962482328, (x-0.5)*2*half, 1e-6)
	require.InDelta(t, 5897856.120965527, (0.5-y)*2*half, 1e-6)
}

func FuzzNew(f *testing.F) {
	f.Add(0, 0, 0)
	f.Add(22, 1<<22-1, 1<<22)
	f.Add(-1, -1, -1)
	f.Add(63, 1, 1)
	f.Fuzz(func(t *testing.T, z, x, y int) {
		id, err := New(z, x, y)
		if err != nil {
			var ae *AddressError
			require.True(t, errors.As(err, &ae))
			return
		}
		b := id.Bounds()
		_, err = geo.NewBounds(b.West, b.South, b.East, b.North)
		require.NoError(t, err)
		require.Equal(t, id, At(b.Center(), z))
	})
}

func BenchmarkLocal(b *testing.B) {
	id, p := ID{10, 887, 358}, geo.LngLat{Lng: 131.9, Lat: 46.7}
	var sum float64
	for b.Loop() {
		x, y := id.Local(p)
		sum += x + y
	}
	if math.IsNaN(sum) {
		b.Fatal(sum)
	}
}

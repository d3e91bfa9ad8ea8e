package geo

import (
	"errors"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPositionsThatCannotBeAreRefusedWithTheirCode(t *testing.T) {
	refused := func(lng, lat float64, code string) {
		t.Helper()
		p, err := New(lng, lat)
		var ce *CoordinateError
		require.ErrorAs(t, err, &ce)
		require.Equal(t, code, ce.Code)
		require.Contains(t, ce.Error(), code)
		require.Zero(t, p)
		require.Panics(t, func() { Must(lng, lat) })
	}
	refused(math.NaN(), 1, CodeNotFinite)
	refused(1, math.NaN(), CodeNotFinite)
	refused(math.Inf(1), 0, CodeNotFinite)
	refused(0, math.Inf(-1), CodeNotFinite)
	refused(180.0000001, 0, CodeOutOfRange)
	refused(-181, 0, CodeOutOfRange)
	refused(0, 90.0000001, CodeOutOfRange)
	refused(46.7, 131.1, CodeOutOfRange) // latitude first, the common slip
	refused(0, 0, CodeNullIsland)
	refused(math.Copysign(0, -1), 0, CodeNullIsland)
}

func TestEveryOtherPositionIsKeptAsItIs(t *testing.T) {
	for _, p := range []LngLat{{180, 90}, {-180, -90}, {0, 1}, {1, 0}, {131.141311, 46.728412}} {
		require.Equal(t, p, Must(p.Lng, p.Lat))
		require.NoError(t, p.Check())
		require.Equal(t, p, FromPoint(p.Point()))
	}
	require.Error(t, LngLat{}.Check())
}

func TestBoundsRefuseNonsense(t *testing.T) {
	code := func(w, s, e, n float64) string {
		_, err := NewBounds(w, s, e, n)
		var ce *CoordinateError
		if !errors.As(err, &ce) {
			return ""
		}
		return ce.Code
	}
	require.Equal(t, "", code(0, 0, 1, 1))
	require.Equal(t, "", code(-180, -90, 180, 90))
	require.Equal(t, CodeInverted, code(2, 0, 1, 1))
	require.Equal(t, CodeInverted, code(0, 2, 1, 1))
	require.Equal(t, CodeNotFinite, code(math.NaN(), 0, 1, 1))
	require.Equal(t, CodeOutOfRange, code(0, 0, 181, 1))
}

func TestEmptyBoundsHoldNothingAndGrow(t *testing.T) {
	b := EmptyBounds()
	require.True(t, b.IsEmpty())
	require.False(t, b.Contains(LngLat{}))
	require.True(t, b.Pad(1, 1).IsEmpty())
	require.False(t, b.Intersects(Bounds{-180, -90, 180, 90}))
	require.True(t, math.IsNaN(b.Center().Lng))
	b = b.Extend(LngLat{3, 4})
	require.Equal(t, Bounds{3, 4, 3, 4}, b)
	require.Equal(t, Bounds{1, 2, 3, 4}, b.Extend(LngLat{1, 2}))
	require.True(t, BoundsOf(nil).IsEmpty())
	require.True(t, BoundsOf(orb.MultiPolygon{}).IsEmpty())
	require.Equal(t, Bounds{1, 2, 3, 5}, BoundsOf(orb.MultiPoint{{1, 5}, {3, 2}}))
	require.Equal(t, orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}, Bounds{1, 2, 3, 4}.Bound())
}

func TestPaddingStopsAtTheEdgeOfTheWorld(t *testing.T) {
	require.Equal(t, Bounds{-180, 84, -178, 90}, Bounds{-179.5, 86, -179, 89}.Pad(1, 2))
	require.Equal(t, Bounds{0, 1, 5, 6}, Bounds{1, 2, 4, 5}.Pad(1, 1))
}

func drawBounds(t *rapid.T, name string) Bounds {
	lng, lat := rapid.Float64Range(-180, 180), rapid.Float64Range(-90, 90)
	b := EmptyBounds()
	for range 2 {
		b = b.Extend(LngLat{lng.Draw(t, name), lat.Draw(t, name)})
	}
	return b
}

func TestBoundsKeepTheLawsOfRectangles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawBounds(t, "a"), drawBounds(t, "b")
		u := a.Union(b)
		require.Equal(t, u, b.Union(a))
		require.True(t, u.Contains(a.Center()) && u.Contains(b.Center()))
		require.Equal(t, a.Intersects(b), b.Intersects(a))
		require.Equal(t, a.Intersects(b), !Bounds{
			math.Max(a.West, b.West), math.Max(a.South, b.South),
			math.Min(a.East, b.East), math.Min(a.North, b.North),
		}.IsEmpty())
	})
}

// Values of the WGS-84 ellipsoid at 45°, e.g. in Snyder's table 11.
func TestLengthOfADegree(t *testing.T) {
	lng, lat := MetresPerDegree(0)
	require.InDelta(t, 111319.49, lng, 0.01)
	require.InDelta(t, 110574.28, lat, 0.01)
	lng, lat = MetresPerDegree(45)
	require.InDelta(t, 78846.8, lng, 0.1)
	require.InDelta(t, 111131.8, lat, 0.1)
	lng, _ = MetresPerDegree(90)
	require.InDelta(t, 0, lng, 1e-6)
}

func TestEqualAreaKeepsAreas(t *testing.T) {
	// The whole ellipsoid: 510,065,622 km².
	x, y := EqualArea(LngLat{180, 90})
	require.InEpsilon(t, 510065621.7e6, 4*x*y, 1e-8)
	rapid.Check(t, func(t *rapid.T) {
		lat := rapid.Float64Range(-89, 89).Draw(t, "lat")
		const d = 1e-3
		_, y0 := EqualArea(LngLat{0, lat - d/2})
		x, y1 := EqualArea(LngLat{d, lat + d/2})
		mx, my := MetresPerDegree(lat)
		require.InEpsilon(t, mx*d*my*d, x*(y1-y0), 1e-6)
	})
}

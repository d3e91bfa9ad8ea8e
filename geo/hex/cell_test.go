package hex

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	h3 "github.com/uber/h3-go/v4"
	"pgregory.net/rapid"

	"reli/geo"
)

// drawPlace is anywhere on the sphere, poles and antimeridian included.
func drawPlace(t *rapid.T) geo.LngLat {
	return geo.LngLat{
		Lng: rapid.OneOf(rapid.Float64Range(-180, 180), rapid.SampledFrom([]float64{-180, 179.9999999, 180})).Draw(t, "lng"),
		Lat: rapid.OneOf(rapid.Float64Range(-90, 90), rapid.SampledFrom([]float64{-90, 89.99999, 90})).Draw(t, "lat"),
	}
}

func drawCell(t *rapid.T) Cell {
	res := rapid.IntRange(0, MaxResolution).Draw(t, "res")
	if rapid.IntRange(0, 3).Draw(t, "pentagon") == 0 {
		cells, err := h3.Pentagons(res)
		require.NoError(t, err)
		return Cell(rapid.SampledFrom(cells).Draw(t, "cell"))
	}
	p := drawPlace(t)
	if p == (geo.LngLat{}) {
		p.Lng = 1
	}
	c, err := FromLngLat(p, res)
	require.NoError(t, err)
	return c
}

func TestTheTextFormIsUnique(t *testing.T) {
	c, err := Parse("8928308280fffff")
	require.NoError(t, err)
	require.Equal(t, Cell(0x8928308280fffff), c)
	require.Equal(t, "8928308280fffff", c.String())
	for _, bad := range []string{
		"", "0", "8928308280FFFFF", "0x8928308280fffff", "08928308280fffff", " 8928308280fffff", "8928308280fffff ",
		"8928308280ffffe", "ffffffffffffffff", "fffffffffffffff", "1928308280fffff", "8_28308280fffff", "+928308280fffff", "六角形", "nan",
	} {
		got, err := Parse(bad)
		require.ErrorIs(t, err, ErrInvalid, bad)
		require.Zero(t, got)
	}
}

func TestPositionsAndResolutionsAreChecked(t *testing.T) {
	var ce *geo.CoordinateError
	for _, p := range []geo.LngLat{{}, {Lng: math.NaN(), Lat: 1}, {Lng: 1, Lat: math.Inf(1)}, {Lng: 181, Lat: 1}, {Lng: 1, Lat: -91}} {
		_, err := FromLngLat(p, 8)
		require.ErrorAs(t, err, &ce)
	}
	for _, res := range []int{-1, 16, math.MaxInt, math.MinInt} {
		_, err := FromLngLat(geo.Must(131, 46), res)
		require.ErrorIs(t, err, ErrResolution)
		_, err = CoverBounds(geo.Bounds{West: 1, East: 2, North: 1}, res)
		require.ErrorIs(t, err, ErrResolution)
		_, err = Fill(nil, res)
		require.ErrorIs(t, err, ErrResolution)
	}
}

func TestFamilyByBitsAgreesWithTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCell(t)
		own := c.Resolution()
		require.Equal(t, h3.Cell(c).Resolution(), own)
		parsed, err := Parse(c.String())
		require.NoError(t, err)
		require.Equal(t, c, parsed)
		for res := range own + 1 {
			want, err := h3.Cell(c).Parent(res)
			require.NoError(t, err)
			require.Equal(t, Cell(want), c.Parent(res))
			lo, hi := c.Parent(res).ChildRange(own)
			require.True(t, lo <= c && c <= hi)
		}
		require.Zero(t, c.Parent(own+1))
		require.Zero(t, c.Parent(-1))
		for res := own; res <= min(own+3, MaxResolution); res++ {
			want, err := h3.Cell(c).Children(res)
			require.NoError(t, err)
			children := c.Children(res)
			require.Equal(t, sorted(want), children)
			lo, hi := c.ChildRange(res)
			require.Equal(t, lo, children[0])
			require.Equal(t, hi, children[len(children)-1])
			require.Equal(t, h3.Cell(c).IsPentagon(), c.isPentagon())
		}
		require.Nil(t, c.Children(own-1))
		require.Nil(t, c.Children(MaxResolution+1))
	})
}

func TestRangesOfNeighboursDoNotMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCell(t)
		for _, other := range c.Ring(1) {
			lo, hi := c.ChildRange(MaxResolution)
			otherLo, otherHi := other.ChildRange(MaxResolution)
			require.True(t, hi < otherLo || otherHi < lo)
		}
	})
	require.Nil(t, Cell(0x8029fffffffffff).Children(15), "more than MaxCells")
}

func TestBoundaryIsAnOpenCounterClockwiseRingAroundTheCentre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCell(t)
		center := c.Center()
		ring := c.Boundary()
		require.True(t, len(ring) >= 5 && len(ring) <= 10)
		require.NotEqual(t, ring[0], ring[len(ring)-1])
		if math.Abs(center.Lat) > 80 {
			return // where a pole is inside, degrees make no ring
		}
		var twice float64
		lng, lat := CircumradiusDegrees(c)
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			twice += (p.Lng-center.Lng)*(q.Lat-center.Lat) - (q.Lng-center.Lng)*(p.Lat-center.Lat)
			require.LessOrEqual(t, math.Abs(p.Lng-center.Lng), lng*(1+1e-9)+1e-9)
			require.LessOrEqual(t, math.Abs(p.Lat-center.Lat), lat*(1+1e-9)+1e-9)
		}
		require.Positive(t, twice)
	})
}

func TestNoCellHasNoShape(t *testing.T) {
	for _, c := range []Cell{0, math.MaxUint64, 1 << 63} {
		require.False(t, c.Valid())
		require.Zero(t, c.Center())
		require.Nil(t, c.Boundary())
		require.Nil(t, c.Disk(1))
		require.Nil(t, c.Ring(1))
		lng, lat := CircumradiusDegrees(c)
		require.Zero(t, lng+lat)
	}
}

func TestDisksAreNestedRings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCell(t)
		var union []Cell
		for k := range 4 {
			ring := c.Ring(k)
			require.True(t, slices.IsSorted(ring))
			union = append(union, ring...)
			slices.Sort(union)
			require.Equal(t, union, c.Disk(k))
		}
		require.Equal(t, len(union), len(slices.Compact(union)))
		require.Nil(t, c.Disk(-1))
		require.Nil(t, c.Ring(MaxRings+1))
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"8928308280fffff", "", "0", "8009fffffffffff", "fffffffffffffff", "8f283082801a2b3", "0x8928308280fffff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		require.Equal(t, s, c.String())
		require.True(t, c.Valid())
		require.Equal(t, c, c.Parent(c.Resolution()))
		require.NoError(t, c.Center().Check())
		back, err := FromLngLat(c.Center(), c.Resolution())
		require.NoError(t, err)
		require.Equal(t, c, back)
	})
}

package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Bounds is a rectangle of longitudes and latitudes in degrees, edges
// included. It never crosses the antimeridian: West ≤ East. Start from
// EmptyBounds to collect positions; the zero value is the single point 0, 0.
type Bounds struct {
	West, South, East, North float64
}

// NewBounds checks a rectangle. It refuses with a *CoordinateError what New
// refuses (0, 0 is a fair corner, though) and code inverted when west > east
// or south > north; the error carries the offending pair.
func NewBounds(west, south, east, north float64) (Bounds, error) {
	for _, c := range [2][2]float64{{west, south}, {east, north}} {
		if code := fault(c[0], c[1]); code != "" && code != CodeNullIsland {
			return Bounds{}, &CoordinateError{Code: code, Lng: c[0], Lat: c[1]}
		}
	}
	if west > east {
		return Bounds{}, &CoordinateError{Code: CodeInverted, Lng: west, Lat: east}
	}
	if south > north {
		return Bounds{}, &CoordinateError{Code: CodeInverted, Lng: south, Lat: north}
	}
	return Bounds{West: west, South: south, East: east, North: north}, nil
}

// EmptyBounds contains nothing and grows with Extend and Union.
func EmptyBounds() Bounds {
	return Bounds{West: math.Inf(1), South: math.Inf(1), East: math.Inf(-1), North: math.Inf(-1)}
}

// BoundsOf is the rectangle around a geometry, empty for an empty geometry.
func BoundsOf(g orb.Geometry) Bounds {
	if g == nil {
		return EmptyBounds()
	}
	b := g.Bound()
	if b.IsEmpty() {
		return EmptyBounds()
	}
	return Bounds{West: b.Min[0], South: b.Min[1], East: b.Max[0], North: b.Max[1]}
}

// IsEmpty says whether no position lies in b.
func (b Bounds) IsEmpty() bool { return !(b.West <= b.East && b.South <= b.North) }

// Contains says whether p lies in b or on its edge.
func (b Bounds) Contains(p LngLat) bool {
	return b.West <= p.Lng && p.Lng <= b.East && b.South <= p.Lat && p.Lat <= b.North
}

// Intersects says whether b and o share at least one position.
func (b Bounds) Intersects(o Bounds) bool {
	return b.West <= o.East && o.West <= b.East && b.South <= o.North && o.South <= b.North
}

// Extend is the smallest rectangle around b and p.
func (b Bounds) Extend(p LngLat) Bounds {
	return b.Union(Bounds{West: p.Lng, South: p.Lat, East: p.Lng, North: p.Lat})
}

// Union is the smallest rectangle around b and o.
func (b Bounds) Union(o Bounds) Bounds {
	return Bounds{
		West: math.Min(b.West, o.West), South: math.Min(b.South, o.South),
		East: math.Max(b.East, o.East), North: math.Max(b.North, o.North),
	}
}

// Pad widens b by lng and lat degrees on every side, cut at ±180° and ±90°:
// what would lie beyond the antimeridian is left out, not wrapped. Padding an
// empty rectangle leaves it empty.
func (b Bounds) Pad(lng, lat float64) Bounds {
	if b.IsEmpty() {
		return b
	}
	return Bounds{
		West: math.Max(b.West-lng, -MaxLng), South: math.Max(b.South-lat, -MaxLat),
		East: math.Min(b.East+lng, MaxLng), North: math.Min(b.North+lat, MaxLat),
	}
}

// Center is the middle of b in degrees; of an empty rectangle it is NaN, NaN.
func (b Bounds) Center() LngLat {
	return LngLat{Lng: (b.West + b.East) / 2, Lat: (b.South + b.North) / 2}
}

// Bound is b as an orb bound.
func (b Bounds) Bound() orb.Bound {
	return orb.Bound{Min: orb.Point{b.West, b.South}, Max: orb.Point{b.East, b.North}}
}

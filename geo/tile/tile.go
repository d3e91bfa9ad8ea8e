// Package tile is the arithmetic of the Web Mercator tile pyramid: from tile
// address to degrees, from degrees to tile coordinates, and which tiles cover
// a rectangle.
//
// It is not an encoder and knows no layers. tiles uses it to cut fields, web
// to read addresses from URLs. Rows count from the north (the XYZ scheme).
// Latitudes beyond ±85.0511° do not exist in this projection and are moved to
// the edge, as every web map does.
package tile

import (
	"fmt"
	"math"

	"reli/geo"
)

const (
	// MaxZoom limits addresses: at zoom 22 one tile unit is 2 mm, finer than
	// any data; it also keeps every coordinate in 32 bits.
	MaxZoom = 22
	// Extent is the side of a tile in tile units (MVT 2.1, layer extent).
	Extent = 4096
)

// AddressError says which part of a tile address is out of range.
type AddressError struct {
	Field   string // "z", "x" or "y"
	Z, X, Y int
}

// Error names the field and the address.
func (e *AddressError) Error() string {
	return fmt.Sprintf("tile %d/%d/%d: %s out of range", e.Z, e.X, e.Y, e.Field)
}

// ID is the address of a tile: zoom, column from the west, row from the north.
type ID struct{ Z, X, Y uint32 }

// New checks an address: 0 ≤ z ≤ MaxZoom and 0 ≤ x, y < 2^z, else an
// *AddressError.
func New(z, x, y int) (ID, error) {
	refuse := func(field string) (ID, error) {
		return ID{}, &AddressError{Field: field, Z: z, X: x, Y: y}
	}
	if z < 0 || z > MaxZoom {
		return refuse("z")
	}
	if x < 0 || x >= 1<<z {
		return refuse("x")
	}
	if y < 0 || y >= 1<<z {
		return refuse("y")
	}
	return ID{Z: uint32(z), X: uint32(x), Y: uint32(y)}, nil
}

// At is the tile at zoom z that holds p. Zooms beyond 0..MaxZoom are moved to
// the nearer end.
func At(p geo.LngLat, z int) ID {
	z = max(0, min(MaxZoom, z))
	x, y := World(p)
	n := float64(uint32(1) << z)
	return ID{Z: uint32(z), X: uint32(x * n), Y: uint32(y * n)}
}

// String is "z/x/y".
func (t ID) String() string { return fmt.Sprintf("%d/%d/%d", t.Z, t.X, t.Y) }

// Bounds is the tile's rectangle in degrees.
func (t ID) Bounds() geo.Bounds { return t.PaddedBounds(0) }

// PaddedBounds is the rectangle in degrees of the tile widened by a number of
// tile units (1/Extent of the side) on every side, cut at the edge of the
// pyramid: it does not wrap around the antimeridian.
func (t ID) PaddedBounds(units float64) geo.Bounds {
	n := float64(uint32(1) << t.Z)
	pad := units / Extent
	west, north := inverse((float64(t.X)-pad)/n, (float64(t.Y)-pad)/n)
	east, south := inverse((float64(t.X)+1+pad)/n, (float64(t.Y)+1+pad)/n)
	return geo.Bounds{West: west, South: south, East: east, North: north}
}

// Parent is the tile one zoom up, and false for the root.
func (t ID) Parent() (ID, bool) {
	if t.Z == 0 {
		return ID{}, false
	}
	return ID{Z: t.Z - 1, X: t.X / 2, Y: t.Y / 2}, true
}

// Children are the four tiles one zoom down, row by row from the north-west;
// nil at MaxZoom.
func (t ID) Children() []ID {
	if t.Z >= MaxZoom {
		return nil
	}
	z, x, y := t.Z+1, t.X*2, t.Y*2
	return []ID{{z, x, y}, {z, x + 1, y}, {z, x, y + 1}, {z, x + 1, y + 1}}
}

// Local gives p in the tile's own units, 0..Extent inside the tile, y down.
// Positions elsewhere give numbers outside that range.
func (t ID) Local(p geo.LngLat) (x, y float64) {
	wx, wy := project(p)
	n := float64(uint32(1) << t.Z)
	return (wx*n - float64(t.X)) * Extent, (wy*n - float64(t.Y)) * Extent
}

// World is p on the unit square of the pyramid, x eastwards and y southwards,
// both in [0, 1). Longitude 180° and latitudes beyond ±85.0511° are moved just
// inside.
func World(p geo.LngLat) (x, y float64) {
	x, y = project(p)
	return clampUnit(x), clampUnit(y)
}

// FromWorld is the inverse of World, for x, y in [0, 1].
func FromWorld(x, y float64) geo.LngLat {
	lng, lat := inverse(x, y)
	return geo.LngLat{Lng: lng, Lat: lat}
}

// Covering lists the tiles at zoom z that share a position with b, row by row
// from the north-west; nil for an empty rectangle or a zoom outside
// 0..MaxZoom. The number of tiles is Span; ask it first for large rectangles.
func Covering(b geo.Bounds, z int) []ID {
	lo, hi, ok := corners(b, z)
	if !ok {
		return nil
	}
	out := make([]ID, 0, Span(b, z))
	for y := lo.Y; y <= hi.Y; y++ {
		for x := lo.X; x <= hi.X; x++ {
			out = append(out, ID{Z: lo.Z, X: x, Y: y})
		}
	}
	return out
}

// Span is the number of tiles that Covering would list.
func Span(b geo.Bounds, z int) int {
	lo, hi, ok := corners(b, z)
	if !ok {
		return 0
	}
	return int(hi.X-lo.X+1) * int(hi.Y-lo.Y+1)
}

func corners(b geo.Bounds, z int) (lo, hi ID, ok bool) {
	if b.IsEmpty() || z < 0 || z > MaxZoom {
		return ID{}, ID{}, false
	}
	lo = At(geo.LngLat{Lng: b.West, Lat: b.North}, z)
	hi = At(geo.LngLat{Lng: b.East, Lat: b.South}, z)
	return lo, hi, true
}

// project is the spherical Mercator of EPSG:3857 scaled to the unit square;
// x is not clamped, so that shapes may reach over the antimeridian.
func project(p geo.LngLat) (x, y float64) {
	lat := math.Max(-geo.MaxMercatorLat, math.Min(geo.MaxMercatorLat, p.Lat))
	return p.Lng/360 + 0.5, 0.5 - math.Atanh(math.Sin(lat*math.Pi/180))/(2*math.Pi)
}

func inverse(x, y float64) (lng, lat float64) {
	x, y = math.Max(0, math.Min(1, x)), math.Max(0, math.Min(1, y))
	lat = math.Atan(math.Sinh((0.5-y)*2*math.Pi)) * 180 / math.Pi
	return (x - 0.5) * 360, math.Max(-geo.MaxMercatorLat, math.Min(geo.MaxMercatorLat, lat))
}

// clampUnit moves v into [0, 1); NaN goes to 0 so that no address can be
// garbage.
func clampUnit(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return math.Min(v, math.Nextafter(1, 0))
}

// Package geo holds the coordinates every room speaks: positions and
// rectangles in degrees on CGCS2000/WGS-84, longitude first.
//
// It is not a geometry library (shapes are paulmach/orb values) and it does no
// I/O. Every room may call it; its own sub-packages add reference systems
// (geo/crs), hexagons (geo/hex), tiles (geo/tile) and areas (geo/area).
//
// WGS-84 and CGCS2000 differ by less than a millimetre at the same epoch and
// are treated as one.
package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// The codes of a CoordinateError. They are part of the contract: reports of
// refused rows carry them.
const (
	CodeNotFinite  = "not_finite"   // NaN or an infinity
	CodeOutOfRange = "out_of_range" // beyond ±180° or ±90°, or beyond what a projection can show
	CodeNullIsland = "null_island"  // 0, 0: a missing position written as numbers
	CodeInverted   = "inverted"     // bounds whose west is east of its east, or south north of north
)

// MaxLng and MaxLat limit a position, in degrees, inclusive.
const (
	MaxLng = 180.0
	MaxLat = 90.0
)

// MaxMercatorLat is the latitude in degrees of the upper edge of the square
// Web Mercator world, gd(π) (EPSG method 1024, tile pyramids).
const MaxMercatorLat = 85.0511287798066

// CoordinateError says why a position was refused. Lng and Lat are the numbers
// as they came, in the unit of the system they came in.
type CoordinateError struct {
	Code     string
	Lng, Lat float64
}

// Error gives the code and the two numbers.
func (e *CoordinateError) Error() string {
	return fmt.Sprintf("coordinate %v, %v: %s", e.Lng, e.Lat, e.Code)
}

// LngLat is a position in degrees on WGS-84/CGCS2000, longitude first. The
// zero value is null island and stands for "no position".
type LngLat struct {
	Lng, Lat float64
}

// New checks a position. It refuses NaN and infinities, longitudes beyond
// ±180°, latitudes beyond ±90° and exactly 0, 0 with a *CoordinateError.
func New(lng, lat float64) (LngLat, error) {
	if code := fault(lng, lat); code != "" {
		return LngLat{}, &CoordinateError{Code: code, Lng: lng, Lat: lat}
	}
	return LngLat{Lng: lng, Lat: lat}, nil
}

// Must is New for positions written in the program; it panics on a bad one.
func Must(lng, lat float64) LngLat {
	p, err := New(lng, lat)
	if err != nil {
		panic(err)
	}
	return p
}

// Check refuses what New refuses, for positions built without it.
func (p LngLat) Check() error {
	_, err := New(p.Lng, p.Lat)
	return err
}

// Point is the position as an orb point [lng, lat].
func (p LngLat) Point() orb.Point { return orb.Point{p.Lng, p.Lat} }

// FromPoint is the inverse of Point; it checks nothing.
func FromPoint(p orb.Point) LngLat { return LngLat{Lng: p[0], Lat: p[1]} }

func fault(lng, lat float64) string {
	switch {
	case !finite(lng) || !finite(lat):
		return CodeNotFinite
	case math.Abs(lng) > MaxLng || math.Abs(lat) > MaxLat:
		return CodeOutOfRange
	case lng == 0 && lat == 0:
		return CodeNullIsland
	}
	return ""
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

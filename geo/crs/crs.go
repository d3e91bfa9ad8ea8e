// Package crs converts positions between the reference systems records arrive
// in and the one the store keeps, CGCS2000/WGS-84.
//
// It is not a general projection library: it knows the systems that Chinese
// government sources use (and that of one public test data set) and refuses
// every other name. A batch must declare
// its system; there is no default. ingest calls it on the way in; nothing
// downstream of the store needs it.
//
// Coordinates are always given as x, y = longitude, latitude (or easting,
// northing), whatever axis order the EPSG entry has.
package crs

import (
	"errors"
	"strings"

	"reli/geo"
)

// System names a reference system.
type System string

// The systems known here.
const (
	WGS84       System = "WGS84"     // EPSG:4326, degrees
	CGCS2000    System = "CGCS2000"  // EPSG:4490, degrees; equal to WGS84 here
	GCJ02       System = "GCJ02"     // AMap, Tencent and telephones in China, degrees
	BD09        System = "BD09"      // Baidu, degrees
	WebMercator System = "EPSG:3857" // metres
	// Besides: EPSG:4491 to EPSG:4554, the CGCS2000 Gauss–Krüger zones in
	// metres, and OregonNorth.
)

// ErrUndeclared is returned for an empty name: a source has to say which
// system its coordinates are in, because a wrong guess moves every point by
// hundreds of metres and nothing shows it.
var ErrUndeclared = errors.New("crs: coordinate reference system is not declared")

// ErrUnknown is wrapped by the error for a name this package does not know.
var ErrUnknown = errors.New("crs: unknown coordinate reference system")

// ErrNoConvergence is returned when an inverse does not settle. It cannot
// happen for a position on Earth; it is here so that it can never be silent.
var ErrNoConvergence = errors.New("crs: inverse transformation did not converge")

// Systems lists the canonical names, in the order they should be offered; the
// plane systems, which have numbers for names, are not among them.
func Systems() []System { return []System{CGCS2000, WGS84, GCJ02, BD09, WebMercator} }

// Parse finds a system by name or alias, ignoring case, spaces, and the
// hyphen or underscore in names such as "GCJ-02". An empty name gives
// ErrUndeclared, any other unknown one an error that wraps ErrUnknown.
func Parse(name string) (System, error) {
	key := strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, name))
	switch key {
	case "":
		return "", ErrUndeclared
	case "WGS84", "EPSG:4326":
		return WGS84, nil
	case "CGCS2000", "EPSG:4490":
		return CGCS2000, nil
	case "GCJ02":
		return GCJ02, nil
	case "BD09", "BD09LL":
		return BD09, nil
	case "EPSG:3857", "WEBMERCATOR":
		return WebMercator, nil
	}
	if _, ok := planeOf(System(key)); ok {
		return System(key), nil
	}
	return "", unknown(name)
}

// ToWGS84 converts x, y in system s to a checked position. Numbers that no
// position can have (NaN, out of range, 0, 0) give a *geo.CoordinateError that
// carries x and y as they came; an empty s gives ErrUndeclared.
func ToWGS84(s System, x, y float64) (geo.LngLat, error) {
	if s == WebMercator {
		return fromMercator(x, y)
	}
	if p, ok := planeOf(s); ok {
		return fromPlane(p, x, y)
	}
	p, err := geo.New(x, y)
	if err != nil {
		return geo.LngLat{}, err
	}
	switch s {
	case WGS84, CGCS2000:
		return p, nil
	case GCJ02:
		p, err = gcjToWGS(p)
	case BD09:
		p, err = bdToWGS(p)
	case "":
		return geo.LngLat{}, ErrUndeclared
	default:
		return geo.LngLat{}, unknown(string(s))
	}
	if err != nil {
		return geo.LngLat{}, err
	}
	return geo.New(p.Lng, p.Lat)
}

// FromWGS84 converts a position to x, y in system s, in the unit of s. The
// errors are those of ToWGS84; for Web Mercator a latitude beyond ±85.0511° is
// out of range.
func FromWGS84(s System, p geo.LngLat) (x, y float64, err error) {
	if err := p.Check(); err != nil {
		return 0, 0, err
	}
	switch s {
	case WGS84, CGCS2000:
		return p.Lng, p.Lat, nil
	case GCJ02:
		q := wgsToGCJ(p)
		return q.Lng, q.Lat, q.Check()
	case BD09:
		q := gcjToBD(wgsToGCJ(p))
		return q.Lng, q.Lat, q.Check()
	case WebMercator:
		return toMercator(p)
	case "":
		return 0, 0, ErrUndeclared
	}
	if plane, ok := planeOf(s); ok {
		return plane.forward(p)
	}
	return 0, 0, unknown(string(s))
}

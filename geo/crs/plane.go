package crs

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"reli/geo"
)

// OregonNorth is NAD83(HARN) / Oregon North in international feet; its
// difference from WGS-84 is below a metre and left out.
const OregonNorth System = "EPSG:2913"

// The four series of CGCS2000 Gauss–Krüger zones in EPSG's register: 6° and 3°
// wide, with the zone's number before the easting and without.
const (
	firstSixWithNumber   = 4491 // zones 13–23, central meridians 75°–135°
	firstSix             = 4502
	firstThreeWithNumber = 4513 // zones 25–45, central meridians 75°–135°
	firstThree           = 4534
	lastGauss            = 4554
)

const (
	firstMeridian = 75 // of every series, degrees
	usualEasting  = 500_000
	zoneEasting   = 1_000_000 // metres a zone number stands for
)

// plane is a system in metres or feet; x is the easting, y the northing.
type plane interface {
	forward(p geo.LngLat) (x, y float64, err error)
	inverse(x, y float64) (geo.LngLat, error)
}

// planeOf finds the projection of a system.
func planeOf(s System) (plane, bool) {
	if s == OregonNorth {
		const foot = 0.3048
		return newLambert(lambert{latitude: 43 + 2.0/3, meridian: -120.5, south: 44 + 1.0/3, north: 46,
			falseEasting: 2_500_000.0001424 / foot, unit: foot, farthest: widest}), true
	}
	number, ok := strings.CutPrefix(string(s), "EPSG:")
	code, err := strconv.Atoi(number)
	if !ok || err != nil || strconv.Itoa(code) != number {
		return nil, false
	}
	return gaussZone(code)
}

func gaussZone(code int) (plane, bool) {
	zone := func(first, step, firstZone int) (plane, bool) {
		i := code - first
		east := float64(usualEasting)
		if firstZone > 0 {
			east += float64(firstZone+i) * zoneEasting
		}
		return gauss{meridian: float64(firstMeridian + step*i), falseEasting: east}, true
	}
	switch {
	case code < firstSixWithNumber || code > lastGauss:
		return nil, false
	case code < firstSix:
		return zone(firstSixWithNumber, 6, 13)
	case code < firstThreeWithNumber:
		return zone(firstSix, 6, 0)
	case code < firstThree:
		return zone(firstThreeWithNumber, 3, 25)
	}
	return zone(firstThree, 3, 0)
}

// fromPlane refuses numbers that no position can have before it converts.
func fromPlane(p plane, x, y float64) (geo.LngLat, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		return geo.LngLat{}, &geo.CoordinateError{Code: geo.CodeNotFinite, Lng: x, Lat: y}
	}
	if x == 0 && y == 0 {
		return geo.LngLat{}, &geo.CoordinateError{Code: geo.CodeNullIsland, Lng: x, Lat: y}
	}
	return p.inverse(x, y)
}

func unknown(name string) error { return fmt.Errorf("%w: %q", ErrUnknown, name) }

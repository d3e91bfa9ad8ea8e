package geo

import "math"

// The CGCS2000 ellipsoid (EPSG:4490). WGS-84 differs in the ninth digit of the
// flattening, less than 0.11 mm on the semi-minor axis.
const (
	SemiMajorAxis     = 6378137.0 // metres
	inverseFlattening = 298.257222101
	eccentricity2     = (2 - 1/inverseFlattening) / inverseFlattening
)

// MetresPerDegree is the length in metres of one degree of longitude and of
// one degree of latitude at a latitude in degrees: the radii of curvature in
// the prime vertical (times cos φ) and in the meridian (Snyder, Map
// Projections, eqs. 4-18 to 4-20).
func MetresPerDegree(lat float64) (lng, latitude float64) {
	sin, cos := math.Sincos(lat * math.Pi / 180)
	w := 1 - eccentricity2*sin*sin
	root := math.Sqrt(w)
	lng = SemiMajorAxis / root * cos * math.Pi / 180
	latitude = SemiMajorAxis * (1 - eccentricity2) / (w * root) * math.Pi / 180
	return lng, latitude
}

// EqualArea projects a position to metres on the cylindrical equal-area
// projection of the ellipsoid (Snyder, eqs. 10-14, 10-15 and 3-12 with the
// equator as standard parallel): areas are true everywhere, shapes are not.
func EqualArea(p LngLat) (x, y float64) {
	e := math.Sqrt(eccentricity2)
	sin := math.Sin(p.Lat * math.Pi / 180)
	es := e * sin
	q := (1 - eccentricity2) * (sin/(1-es*es) + math.Atanh(es)/e)
	return SemiMajorAxis * p.Lng * math.Pi / 180, SemiMajorAxis * q / 2
}

package crs

import (
	"math"

	"reli/geo"
)

// lambert is the conformal conic projection with two standard parallels (J.
// Snyder, Map Projections: A Working Manual, USGS 1987, p. 107–109). Angles
// are in degrees, lengths in the unit of the system.
type lambert struct {
	latitude, meridian  float64 // of the origin
	south, north        float64 // standard parallels
	falseEasting        float64
	unit                float64 // metres in one unit
	farthest            float64 // degrees of longitude from the origin
	exponent, scale, r0 float64 // Snyder's n, F and ρ₀
}

func newLambert(l lambert) lambert {
	m := func(lat float64) float64 {
		sin, cos := math.Sincos(lat * math.Pi / 180)
		return cos / math.Sqrt(1-eccentricity*eccentricity*sin*sin)
	}
	l.exponent = math.Log(m(l.south)/m(l.north)) / math.Log(conic(l.south)/conic(l.north))
	l.scale = m(l.south) / (l.exponent * math.Pow(conic(l.south), l.exponent))
	l.r0 = l.radius(l.latitude)
	return l
}

// conic is Snyder's t: the tangent of half the conformal colatitude.
func conic(lat float64) float64 {
	return math.Exp(-math.Asinh(conformal(math.Tan(lat * math.Pi / 180))))
}

func (l lambert) radius(lat float64) float64 {
	return geo.SemiMajorAxis / l.unit * l.scale * math.Pow(conic(lat), l.exponent)
}

func (l lambert) forward(p geo.LngLat) (x, y float64, err error) {
	if math.Abs(p.Lng-l.meridian) > l.farthest {
		return 0, 0, &geo.CoordinateError{Code: geo.CodeOutOfRange, Lng: p.Lng, Lat: p.Lat}
	}
	sin, cos := math.Sincos(l.exponent * (p.Lng - l.meridian) * math.Pi / 180)
	r := l.radius(p.Lat)
	return l.falseEasting + r*sin, l.r0 - r*cos, nil
}

func (l lambert) inverse(x, y float64) (geo.LngLat, error) {
	east, south := x-l.falseEasting, l.r0-y
	r := math.Hypot(east, south)
	t := math.Pow(r*l.unit/(geo.SemiMajorAxis*l.scale), 1/l.exponent)
	lng := l.meridian + math.Atan2(east, south)/l.exponent*180/math.Pi
	if !(math.Abs(lng-l.meridian) <= l.farthest) || r == 0 {
		return geo.LngLat{}, &geo.CoordinateError{Code: geo.CodeOutOfRange, Lng: x, Lat: y}
	}
	tau, err := geodetic(math.Sinh(-math.Log(t)))
	if err != nil {
		return geo.LngLat{}, err
	}
	return geo.New(lng, math.Atan(tau)*180/math.Pi)
}

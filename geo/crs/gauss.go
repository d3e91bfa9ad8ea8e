package crs

import (
	"math"

	"reli/geo"
)

// Gauss–Krüger: the transverse Mercator projection of the ellipsoid by
// Krüger's series in the third flattening n, to n⁶ (C. Karney, Transverse
// Mercator with an accuracy of a few nanometers, J. Geodesy 85, 2011, eqs.
// 7–21, 35, 36). Within the distance allowed here its error is far below a
// micrometre.

const (
	// Third flattening and eccentricity of CGCS2000 (1/f = 298.257222101),
	// which GRS80 shares.
	flattening = 1 / 298.257222101
	third      = flattening / (2 - flattening)
	// widest is how far from the central meridian a position may lie, in
	// degrees. A zone ends after 3°; what lies beyond twice that has the wrong
	// zone, or easting and northing exchanged.
	widest = 6.0
)

var eccentricity = math.Sqrt(flattening * (2 - flattening))

// rectifying is the radius of the sphere on which meridians keep their length,
// in metres.
func rectifying() float64 {
	n2 := third * third
	return geo.SemiMajorAxis / (1 + third) * (1 + n2*(1.0/4+n2*(1.0/64+n2/256)))
}

// gaussForward and gaussInverse give the coefficients α and β of the series.
func gaussForward() [6]float64 {
	return series([6][]float64{
		{1.0 / 2, -2.0 / 3, 5.0 / 16, 41.0 / 180, -127.0 / 288, 7891.0 / 37800},
		{13.0 / 48, -3.0 / 5, 557.0 / 1440, 281.0 / 630, -1983433.0 / 1935360},
		{61.0 / 240, -103.0 / 140, 15061.0 / 26880, 167603.0 / 181440},
		{49561.0 / 161280, -179.0 / 168, 6601661.0 / 7257600},
		{34729.0 / 80640, -3418889.0 / 1995840},
		{212378941.0 / 319334400},
	})
}

func gaussInverse() [6]float64 {
	return series([6][]float64{
		{1.0 / 2, -2.0 / 3, 37.0 / 96, -1.0 / 360, -81.0 / 512, 96199.0 / 604800},
		{1.0 / 48, 1.0 / 15, -437.0 / 1440, 46.0 / 105, -1118711.0 / 3870720},
		{17.0 / 480, -37.0 / 840, -209.0 / 4480, 5569.0 / 90720},
		{4397.0 / 161280, -11.0 / 504, -830251.0 / 7257600},
		{4583.0 / 161280, -108847.0 / 3991680},
		{20648693.0 / 638668800},
	})
}

// series evaluates the polynomials in n; that of row j begins with nʲ⁺¹.
func series(rows [6][]float64) [6]float64 {
	var out [6]float64
	for j, row := range rows {
		for i := len(row) - 1; i >= 0; i-- {
			out[j] = out[j]*third + row[i]
		}
		out[j] *= math.Pow(third, float64(j+1))
	}
	return out
}

// gauss is one zone: x is the easting, y the northing, in metres.
type gauss struct {
	meridian     float64 // central, degrees
	falseEasting float64 // metres, with the zone's number before it where it has one
}

func (g gauss) forward(p geo.LngLat) (x, y float64, err error) {
	if math.Abs(p.Lng-g.meridian) > widest {
		return 0, 0, &geo.CoordinateError{Code: geo.CodeOutOfRange, Lng: p.Lng, Lat: p.Lat}
	}
	lambda := (p.Lng - g.meridian) * math.Pi / 180
	tau := conformal(math.Tan(p.Lat * math.Pi / 180))
	sin, cos := math.Sincos(lambda)
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	north, east := xi, eta
	for j, a := range gaussForward() {
		k := 2 * float64(j+1)
		north += a * math.Sin(k*xi) * math.Cosh(k*eta)
		east += a * math.Cos(k*xi) * math.Sinh(k*eta)
	}
	return g.falseEasting + rectifying()*east, rectifying() * north, nil
}

func (g gauss) inverse(x, y float64) (geo.LngLat, error) {
	refused := &geo.CoordinateError{Code: geo.CodeOutOfRange, Lng: x, Lat: y}
	xi, eta := y/rectifying(), (x-g.falseEasting)/rectifying()
	if math.Abs(eta) > widest*math.Pi/180*1.1 || math.Abs(xi) > math.Pi/2 {
		return geo.LngLat{}, refused // where the series would not hold
	}
	north, east := xi, eta
	for j, b := range gaussInverse() {
		k := 2 * float64(j+1)
		north -= b * math.Sin(k*xi) * math.Cosh(k*eta)
		east -= b * math.Cos(k*xi) * math.Sinh(k*eta)
	}
	sin, cos := math.Sincos(north)
	tau, err := geodetic(sin / math.Hypot(math.Sinh(east), cos))
	if err != nil {
		return geo.LngLat{}, err
	}
	lambda := math.Atan2(math.Sinh(east), cos) * 180 / math.Pi
	if math.Abs(lambda) > widest {
		return geo.LngLat{}, refused
	}
	return geo.New(g.meridian+lambda, math.Atan(tau)*180/math.Pi)
}

// conformal gives the tangent of the conformal latitude for that of the
// geodetic one, geodetic the other way round (by Newton's method).
func conformal(tau float64) float64 {
	sigma := math.Sinh(eccentricity * math.Atanh(eccentricity*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

func geodetic(conf float64) (float64, error) {
	const (
		rounds = 10
		enough = 1e-14
	)
	e2 := eccentricity * eccentricity
	tau := conf / (1 - e2)
	for range rounds {
		at := conformal(tau)
		step := (conf - at) / math.Hypot(1, at) * (1 + (1-e2)*tau*tau) / ((1 - e2) * math.Hypot(1, tau))
		tau += step
		if math.Abs(step) <= enough*math.Max(1, math.Abs(tau)) {
			return tau, nil
		}
	}
	return 0, ErrNoConvergence
}

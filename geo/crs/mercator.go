package crs

import (
	"math"

	"reli/geo"
)

const (
	// Half the side of the Web Mercator square, in metres.
	mercatorHalf = math.Pi * geo.SemiMajorAxis
	// Edges written with four decimals must not be refused.
	mercatorSlack = 1e-4 // metres
)

func toMercator(p geo.LngLat) (x, y float64, err error) {
	if math.Abs(p.Lat) > geo.MaxMercatorLat {
		return 0, 0, &geo.CoordinateError{Code: geo.CodeOutOfRange, Lng: p.Lng, Lat: p.Lat}
	}
	x = geo.SemiMajorAxis * p.Lng * math.Pi / 180
	y = geo.SemiMajorAxis * math.Atanh(math.Sin(p.Lat*math.Pi/180))
	return x, y, nil
}

func fromMercator(x, y float64) (geo.LngLat, error) {
	refuse := func(code string) (geo.LngLat, error) {
		return geo.LngLat{}, &geo.CoordinateError{Code: code, Lng: x, Lat: y}
	}
	if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		return refuse(geo.CodeNotFinite)
	}
	if math.Abs(x) > mercatorHalf+mercatorSlack || math.Abs(y) > mercatorHalf+mercatorSlack {
		return refuse(geo.CodeOutOfRange)
	}
	if x == 0 && y == 0 {
		return refuse(geo.CodeNullIsland)
	}
	lng := x / geo.SemiMajorAxis * 180 / math.Pi
	lat := math.Atan(math.Sinh(y/geo.SemiMajorAxis)) * 180 / math.Pi
	lng = math.Max(-geo.MaxLng, math.Min(geo.MaxLng, lng))
	return geo.New(lng, math.Max(-geo.MaxMercatorLat, math.Min(geo.MaxMercatorLat, lat)))
}

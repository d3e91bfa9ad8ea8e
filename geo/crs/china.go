package crs

import (
	"math"

	"reli/geo"
)

// The rectangle inside which GCJ-02 differs from WGS-84, in degrees, edges
// included: the one of gcoord and eviltransform. coordtransform draws a
// smaller one (73.66–135.05, 3.86–53.55). Any rectangle is wrong abroad: Seoul
// lies in both.
var chinaBox = geo.Bounds{West: 72.004, South: 0.8293, East: 137.8347, North: 55.8271}

const (
	krasovskyAxis = 6378245.0           // metres
	krasovskyE2   = 0.00669342162296594 // 1/298.3

	bdLng   = 0.0065
	bdLat   = 0.006
	bdKappa = math.Pi * 3000 / 180

	// The inverses iterate until a step is below this, in degrees (10 µm).
	inverseTolerance = 1e-10
	// The offsets change by less than 0.4 % of a step (GCJ) and 6 % (BD), so
	// ten rounds are already more than enough.
	inverseRounds = 30
)

// gcjOffset is what GCJ-02 adds to a WGS-84 position, in degrees, without
// regard to the China rectangle. Publicly known reverse engineering, the same
// in coordtransform 2.1.2 and gcoord 1.0.7.
func gcjOffset(p geo.LngLat) (dLng, dLat float64) {
	x, y := p.Lng-105, p.Lat-35
	root := math.Sqrt(math.Abs(x))
	wave := 20*math.Sin(6*math.Pi*x) + 20*math.Sin(2*math.Pi*x)
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + 2.0/3*(wave+
		20*math.Sin(math.Pi*y)+40*math.Sin(math.Pi*y/3)+
		160*math.Sin(math.Pi*y/12)+320*math.Sin(math.Pi*y/30))
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + 2.0/3*(wave+
		20*math.Sin(math.Pi*x)+40*math.Sin(math.Pi*x/3)+
		150*math.Sin(math.Pi*x/12)+300*math.Sin(math.Pi*x/30))
	sin, cos := math.Sincos(p.Lat * math.Pi / 180)
	m := 1 - krasovskyE2*sin*sin
	meridian := krasovskyAxis * (1 - krasovskyE2) / (m * math.Sqrt(m))
	parallel := krasovskyAxis / math.Sqrt(m) * cos
	return east * 180 / (parallel * math.Pi), north * 180 / (meridian * math.Pi)
}

// wgsToGCJ shifts positions inside the China rectangle and leaves the others.
func wgsToGCJ(p geo.LngLat) geo.LngLat {
	if !chinaBox.Contains(p) {
		return p
	}
	dLng, dLat := gcjOffset(p)
	return geo.LngLat{Lng: p.Lng + dLng, Lat: p.Lat + dLat}
}

// gcjToWGS finds the position whose shift gives g. Within 700 m of the
// rectangle's edge a GCJ-02 position can have two origins, one inside and
// shifted, one outside and not; the inner one is returned.
func gcjToWGS(g geo.LngLat) (geo.LngLat, error) {
	const (
		reach = 0.02 // degrees; more than the largest shift
		slack = 1e-9 // degrees; a position on the rectangle's edge comes back a hair beside it
	)
	if !chinaBox.Pad(reach, reach).Contains(g) {
		return g, nil
	}
	p, err := invert(g, g, func(p geo.LngLat) geo.LngLat {
		dLng, dLat := gcjOffset(p)
		return geo.LngLat{Lng: p.Lng + dLng, Lat: p.Lat + dLat}
	})
	if err != nil || !chinaBox.Pad(slack, slack).Contains(p) {
		return g, err
	}
	return p, nil
}

// gcjToBD is Baidu's second shift. It has no rectangle: it applies everywhere.
func gcjToBD(p geo.LngLat) geo.LngLat {
	z := math.Hypot(p.Lng, p.Lat) + 0.00002*math.Sin(p.Lat*bdKappa)
	theta := math.Atan2(p.Lat, p.Lng) + 0.000003*math.Cos(p.Lng*bdKappa)
	sin, cos := math.Sincos(theta)
	return geo.LngLat{Lng: z*cos + bdLng, Lat: z*sin + bdLat}
}

// bdToGCJTextbook is the published one-step inverse, wrong by up to 0.22 m;
// it is where the iteration starts.
func bdToGCJTextbook(b geo.LngLat) geo.LngLat {
	x, y := b.Lng-bdLng, b.Lat-bdLat
	z := math.Hypot(x, y) - 0.00002*math.Sin(y*bdKappa)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*bdKappa)
	sin, cos := math.Sincos(theta)
	return geo.LngLat{Lng: z * cos, Lat: z * sin}
}

func bdToWGS(b geo.LngLat) (geo.LngLat, error) {
	g, err := invert(b, bdToGCJTextbook(b), gcjToBD)
	if err != nil {
		return geo.LngLat{}, err
	}
	return gcjToWGS(g)
}

// invert solves forward(p) = target by fixed-point iteration from start.
func invert(target, start geo.LngLat, forward func(geo.LngLat) geo.LngLat) (geo.LngLat, error) {
	p := start
	for range inverseRounds {
		q := forward(p)
		dLng, dLat := target.Lng-q.Lng, target.Lat-q.Lat
		p.Lng += dLng
		p.Lat += dLat
		if math.Abs(dLng) < inverseTolerance && math.Abs(dLat) < inverseTolerance {
			return p, nil
		}
	}
	return geo.LngLat{}, ErrNoConvergence
}

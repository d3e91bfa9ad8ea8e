package demo

import (
	"math"
	"math/rand/v2"
)

const (
	clearance    = 1.5   // metres a point keeps from its grid's border, so that rounding cannot move it across
	nearMetres   = 120.0 // spread of a near repeat around the place of the first
	nearAttempts = 8
)

// spot is a place in degrees.
type spot struct{ lng, lat float64 }

// frame is the upright box around a ring, in degrees.
type frame struct{ west, south, width, height float64 }

func newFrame(ring []vertex) frame {
	west, south, east, north := ring[0].lng, ring[0].lat, ring[0].lng, ring[0].lat
	for _, v := range ring {
		west, east = min(west, v.lng), max(east, v.lng)
		south, north = min(south, v.lat), max(north, v.lat)
	}
	return frame{float64(west) / microDegrees, float64(south) / microDegrees,
		float64(east-west) / microDegrees, float64(north-south) / microDegrees}
}

// anywhere draws a place inside a ring, evenly.
func anywhere(ring []vertex, rng *rand.Rand) spot {
	f := newFrame(ring)
	for {
		p := spot{f.west + rng.Float64()*f.width, f.south + rng.Float64()*f.height}
		if wellInside(ring, p) {
			return p
		}
	}
}

// nearby draws a place inside a ring near another one, or anywhere in the
// ring when the other lies in a corner with no room.
func nearby(ring []vertex, other spot, rng *rand.Rand) spot {
	for range nearAttempts {
		p := spot{
			other.lng + nearMetres*rng.NormFloat64()/(metresPerDegree*math.Cos(other.lat*math.Pi/180)),
			other.lat + nearMetres*rng.NormFloat64()/metresPerDegree,
		}
		if wellInside(ring, p) {
			return p
		}
	}
	return anywhere(ring, rng)
}

// wellInside says whether p lies in the ring and not too near its border.
func wellInside(ring []vertex, p spot) bool {
	perLng := math.Cos(p.lat*math.Pi/180) * metresPerDegree
	inside := false
	ax := (float64(ring[0].lng)/microDegrees - p.lng) * perLng
	ay := (float64(ring[0].lat)/microDegrees - p.lat) * metresPerDegree
	for _, v := range ring[1:] {
		bx := (float64(v.lng)/microDegrees - p.lng) * perLng
		by := (float64(v.lat)/microDegrees - p.lat) * metresPerDegree
		if (ay > 0) != (by > 0) && ax-ay*(bx-ax)/(by-ay) > 0 {
			inside = !inside
		}
		if nearOrigin(ax, ay, bx, by) {
			return false
		}
		ax, ay = bx, by
	}
	return inside
}

// nearOrigin says whether the segment comes within the clearance of 0,0.
func nearOrigin(ax, ay, bx, by float64) bool {
	if math.Min(ax, bx) > clearance || math.Max(ax, bx) < -clearance ||
		math.Min(ay, by) > clearance || math.Max(ay, by) < -clearance {
		return false
	}
	dx, dy := bx-ax, by-ay
	t := math.Min(1, math.Max(0, -(ax*dx+ay*dy)/(dx*dx+dy*dy)))
	return math.Hypot(ax+t*dx, ay+t*dy) < clearance
}

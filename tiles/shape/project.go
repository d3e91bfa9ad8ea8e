package shape

import (
	"slices"

	"github.com/paulmach/orb"

	"reli/geo"
	"reli/geo/tile"
	"reli/tiles/mvt"
)

// world returns a position in world pixels of a zoom.
func world(p geo.LngLat, z int) mvt.Point {
	x, y := tile.World(p)
	scale := float64(int64(mvt.Extent) << z)
	return mvt.Point{X: int32(x*scale + 0.5), Y: int32(y*scale + 0.5)}
}

// atZoom returns the place, in world pixels of zoom z, of one in MaxZoom's.
func atZoom(p mvt.Point, z int) mvt.Point {
	if z == MaxZoom {
		return p
	}
	half := int32(1) << (MaxZoom - z - 1)
	return mvt.Point{X: (p.X + half) >> (MaxZoom - z), Y: (p.Y + half) >> (MaxZoom - z)}
}

// project returns an area's rings in world pixels of MaxZoom, exteriors running
// the positive way and holes the negative. Rings without an area are left out,
// holes with their exterior.
func project(g orb.MultiPolygon) []mvt.Ring {
	var rings []mvt.Ring
	for _, polygon := range g {
		for i, ring := range polygon {
			r := make(mvt.Ring, 0, len(ring))
			for _, p := range ring {
				r = append(r, world(geo.LngLat{Lng: p[0], Lat: p[1]}, MaxZoom))
			}
			r = withoutSpikes(r)
			area := r.Area2()
			if area == 0 && i == 0 {
				break
			}
			if area == 0 {
				continue
			}
			if (area > 0) != (i == 0) {
				slices.Reverse(r)
			}
			rings = append(rings, r)
		}
	}
	return rings
}

// withoutSpikes drops repeated points, and points where a ring turns back the
// way it came.
func withoutSpikes(r mvt.Ring) mvt.Ring {
	out := make(mvt.Ring, 0, len(r))
	for _, p := range r {
		if n := len(out); n >= 1 && out[n-1] == p {
			continue
		} else if n >= 2 && out[n-2] == p {
			out = out[:n-1]
			continue
		}
		out = append(out, p)
	}
	for n := len(out); n >= 2; n = len(out) {
		switch {
		case out[0] == out[n-1]:
			out = out[:n-1]
		case n >= 3 && out[0] == out[n-2]:
			out = out[:n-2]
		case n >= 3 && out[1] == out[n-1]:
			out = out[2:]
		default:
			return out
		}
	}
	return out
}

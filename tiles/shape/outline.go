package shape

import (
	"slices"

	"reli/geo"
	"reli/tiles/mvt"
)

// Outline prepares one ring in degrees, such as a hexagon's boundary, for the
// tiles of zoom z, 0 to MaxZoom. The ring may run either way and is not
// simplified. It is valid, and never empty: what rounds to nothing becomes the
// smallest triangle. The caller keeps the result, as it serves every tile of the
// zoom.
func Outline(arena *mvt.Arena, z int, ring []geo.LngLat) mvt.Geometry {
	r := make(mvt.Ring, 0, 8)
	for _, p := range ring {
		if w := world(p, z); len(r) == 0 || r[len(r)-1] != w {
			r = append(r, w)
		}
	}
	if len(r) == 0 {
		return mvt.Geometry{}
	}
	if r.Area2() < 0 {
		slices.Reverse(r)
	}
	r = distinct(r[:0], r)
	if convex(r) {
		return arena.Polygons(mvt.Polygon{r})
	}
	at := r[0]
	if polygons := tidy([]mvt.Ring{r}); len(polygons) > 0 {
		return arena.Polygons(polygons...)
	}
	return arena.Polygons(triangle(at))
}

// convex reports whether a ring turns the positive way at every corner, and once
// around in all: then it is valid.
func convex(r mvt.Ring) bool {
	if len(r) < 3 {
		return false
	}
	turns := 0
	a, b := r[len(r)-2], r[len(r)-1]
	for _, c := range r {
		if cross(a, b, c) <= 0 {
			return false
		}
		if (b.Y > a.Y) != (c.Y > b.Y) {
			turns++
		}
		a, b = b, c
	}
	return turns == 2
}

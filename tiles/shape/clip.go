package shape

import (
	"math"
	"slices"

	"reli/tiles/mvt"
)

// clip returns the part of valid polygons inside a rectangle, as valid polygons.
//
// Each ring is cut by the four edges in turn (Sutherland and Hodgman 1974). That
// keeps the winding number of every position inside the rectangle, and leaves
// bridges to and fro along the edges where a ring went out and came back in;
// noding makes both ways of a bridge the same edges, which then cancel out.
// Crossings of the edges move to whole units.
func clip(polygons []mvt.Polygon, to box) []mvt.Polygon {
	var rings []mvt.Ring
	for _, polygon := range polygons {
		for _, ring := range polygon {
			if r := clipRing(ring, to); len(r) >= 3 {
				rings = append(rings, r)
			}
		}
	}
	return tidy(rings) // all together: rounding may make two polygons touch
}

// tidy nodes rings and returns the area they run around as valid polygons.
func tidy(rings []mvt.Ring) []mvt.Polygon {
	lines := make([]mvt.Ring, 0, len(rings))
	for _, r := range rings {
		closed := append(make(mvt.Ring, 0, len(r)+1), r...)
		lines = append(lines, append(closed, r[0]))
	}
	node(lines)
	for i, line := range lines {
		lines[i] = line[:len(line)-1]
	}
	polygons, _ := enclosed(lines)
	return polygons
}

// enclosed is boundary, quick for the usual single ring.
func enclosed(rings []mvt.Ring) (polygons []mvt.Polygon, proper bool) {
	if len(rings) == 1 && simple(rings[0]) && rings[0].Area2() > 0 {
		return []mvt.Polygon{{rings[0]}}, true
	}
	return boundary(rings)
}

// half is the half of the plane on one side of a line along an axis.
type half struct {
	vertical bool // the line is x = at, not y = at
	above    bool // the half holds positions from the line upwards
	at       int32
}

func (h half) of(p mvt.Point) int32 {
	if h.vertical {
		return p.X
	}
	return p.Y
}

func (h half) holds(p mvt.Point) bool {
	if h.above {
		return h.of(p) >= h.at
	}
	return h.of(p) <= h.at
}

// cut returns where the edge crosses the line, the same from either end.
func (h half) cut(a, b mvt.Point) mvt.Point {
	if comparePoints(a, b) > 0 {
		a, b = b, a
	}
	t := float64(h.at-h.of(a)) / float64(h.of(b)-h.of(a))
	if h.vertical {
		return mvt.Point{X: h.at, Y: a.Y + int32(math.Round(t*float64(b.Y-a.Y)))}
	}
	return mvt.Point{X: a.X + int32(math.Round(t*float64(b.X-a.X))), Y: h.at}
}

func clipRing(ring mvt.Ring, to box) mvt.Ring {
	for _, h := range [4]half{
		{vertical: true, above: true, at: to.min.X},
		{vertical: true, at: to.max.X},
		{above: true, at: to.min.Y},
		{at: to.max.Y},
	} {
		ring = clipHalf(ring, h)
	}
	return distinct(nil, ring)
}

// clipHalf cuts one ring by one line. It returns the ring itself if all of it
// is inside.
func clipHalf(ring mvt.Ring, h half) mvt.Ring {
	outside := 0
	for _, p := range ring {
		if !h.holds(p) {
			outside++
		}
	}
	if outside == 0 {
		return ring
	}
	if outside == len(ring) {
		return nil
	}
	out := make(mvt.Ring, 0, len(ring)+4)
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		in := h.holds(a)
		if in {
			out = append(out, a)
		}
		if in != h.holds(b) {
			out = append(out, h.cut(a, b))
		}
	}
	return out
}

// simple reports whether a noded ring is valid: no vertex twice.
func simple(r mvt.Ring) bool {
	if len(r) < 3 {
		return false
	}
	sorted := slices.Clone(r)
	slices.SortFunc(sorted, comparePoints)
	for i := 1; i < len(sorted); i++ {
		if sorted[i-1] == sorted[i] {
			return false
		}
	}
	return true
}

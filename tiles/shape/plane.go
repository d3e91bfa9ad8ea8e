package shape

import (
	"cmp"
	"math"

	"reli/tiles/mvt"
)

// cross is twice the area of the triangle a, b, p: positive when p is on the
// interior side of an edge of an exterior ring running from a to b. It is exact
// for shapes that span less than 2^30 units.
func cross(a, b, p mvt.Point) int64 {
	return (int64(b.X)-int64(a.X))*(int64(p.Y)-int64(a.Y)) - (int64(b.Y)-int64(a.Y))*(int64(p.X)-int64(a.X))
}

// crossDoubled is the side of p2, given in half units, of the line from a to b.
func crossDoubled(a, b, p2 mvt.Point) int64 {
	return (int64(b.X)-int64(a.X))*(int64(p2.Y)-2*int64(a.Y)) - (int64(b.Y)-int64(a.Y))*(int64(p2.X)-2*int64(a.X))
}

// comparePoints orders points by row, then by column.
func comparePoints(a, b mvt.Point) int {
	if a.Y != b.Y {
		return cmp.Compare(a.Y, b.Y)
	}
	return cmp.Compare(a.X, b.X)
}

// compareEdges orders edges by their first end, then by their second.
func compareEdges(a, b, c, d mvt.Point) int {
	if a != c {
		return comparePoints(a, c)
	}
	return comparePoints(b, d)
}

// box is a rectangle in world pixels, its edges included.
type box struct{ min, max mvt.Point }

func noBox() box {
	return box{
		min: mvt.Point{X: math.MaxInt32, Y: math.MaxInt32},
		max: mvt.Point{X: math.MinInt32, Y: math.MinInt32},
	}
}

func (b *box) add(p mvt.Point) {
	b.min.X, b.min.Y = min(b.min.X, p.X), min(b.min.Y, p.Y)
	b.max.X, b.max.Y = max(b.max.X, p.X), max(b.max.Y, p.Y)
}

func (b box) contains(o box) bool {
	return b.min.X <= o.min.X && b.min.Y <= o.min.Y && o.max.X <= b.max.X && o.max.Y <= b.max.Y
}

// span is the longer side.
func (b box) span() int32 { return max(b.max.X-b.min.X, b.max.Y-b.min.Y) }

func (b box) middle() mvt.Point {
	return mvt.Point{X: b.min.X + (b.max.X-b.min.X)/2, Y: b.min.Y + (b.max.Y-b.min.Y)/2}
}

func boxOf(polygons []mvt.Polygon) box {
	b := noBox()
	for _, polygon := range polygons {
		for _, ring := range polygon {
			for _, p := range ring {
				b.add(p)
			}
		}
	}
	return b
}

// distinct appends r to dst without points that repeat the one before them, the
// last and first included.
func distinct(dst, r mvt.Ring) mvt.Ring {
	for _, p := range r {
		if len(dst) == 0 || dst[len(dst)-1] != p {
			dst = append(dst, p)
		}
	}
	for len(dst) > 1 && dst[len(dst)-1] == dst[0] {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// triangle is the smallest polygon, at p.
func triangle(p mvt.Point) mvt.Polygon {
	return mvt.Polygon{{p, {X: p.X + 1, Y: p.Y}, {X: p.X, Y: p.Y + 1}}}
}

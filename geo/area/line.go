package area

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A line is an edge the sweep has to know, from west to east (south to north if
// vertical). Crossing it from below to above, or eastward if vertical, the
// number of areas changes by cover and the number of outlines by frame; of a
// vertical line with the opposite sign.
type line struct {
	a, b         orb.Point
	cover, frame int
	owners       []int // the areas it belongs to, as numbers of the index
}

func (l *line) vertical() bool { return l.a[0] == l.b[0] }

// atLat is the longitude where a line that is not level passes a latitude
// within its span.
func (l *line) atLat(y float64) float64 {
	x := l.a[0] + (y-l.a[1])/(l.b[1]-l.a[1])*(l.b[0]-l.a[0])
	return math.Max(l.a[0], math.Min(l.b[0], x))
}

// openLines adds up the edges of all areas and of the outline and keeps those
// that still change something or that keep asks for, ascending by west end.
func openLines(x *Index, areas []Area, outline orb.MultiPolygon, keep func(*edge) bool) []line {
	type change struct{ cover, frame int }
	sums := map[[2]orb.Point]change{}
	add := func(mp orb.MultiPolygon, cover, frame int) {
		eachLine(mp, func(ends [2]orb.Point, sign int) {
			was := sums[ends]
			sums[ends] = change{was.cover + sign*cover, was.frame + sign*frame}
		})
	}
	for _, a := range areas {
		add(a.Geometry, 1, 0)
	}
	add(outline, 0, 1)
	var out []line
	for ends, c := range sums {
		e := upward(ends[0], ends[1])
		if c != (change{}) || keep(&e) {
			out = append(out, line{a: ends[0], b: ends[1], cover: c.cover, frame: c.frame})
		}
	}
	slices.SortFunc(out, func(l, m line) int {
		return cmp.Or(
			cmp.Compare(l.a[0], m.a[0]), cmp.Compare(l.a[1], m.a[1]),
			cmp.Compare(l.b[0], m.b[0]), cmp.Compare(l.b[1], m.b[1]),
		)
	})
	nameOwners(out, x, areas)
	return out
}

func nameOwners(lines []line, x *Index, areas []Area) {
	byEnds := make(map[[2]orb.Point]*line, len(lines))
	for i := range lines {
		byEnds[[2]orb.Point{lines[i].a, lines[i].b}] = &lines[i]
	}
	for _, a := range areas {
		number, _ := slices.BinarySearch(x.codes, a.Code)
		eachLine(a.Geometry, func(ends [2]orb.Point, _ int) {
			if l := byEnds[ends]; l != nil {
				l.owners = append(l.owners, number)
			}
		})
	}
}

// eachLine gives every edge from west to east, with +1 if the inside of the
// polygon is above it and -1 if it is below, whichever way the rings run.
func eachLine(mp orb.MultiPolygon, yield func(ends [2]orb.Point, sign int)) {
	for _, polygon := range mp {
		for i, ring := range polygon {
			turn := 1
			if (planarArea(ring) < 0) != (i > 0) {
				turn = -1
			}
			eachEdge(ring, func(a, b orb.Point) {
				if a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]) {
					yield([2]orb.Point{b, a}, -turn)
				} else {
					yield([2]orb.Point{a, b}, turn)
				}
			})
		}
	}
}

// planarArea is the signed area of a ring in square degrees, positive
// counter-clockwise.
func planarArea(r orb.Ring) float64 {
	if len(r) == 0 {
		return 0
	}
	var sum float64
	o := r[0]
	for i, a := range r {
		b := r[(i+1)%len(r)]
		sum += (a[0]-o[0])*(b[1]-o[1]) - (b[0]-o[0])*(a[1]-o[1])
	}
	return sum / 2
}

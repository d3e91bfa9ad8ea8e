package shape

import (
	"slices"

	"reli/tiles/mvt"
)

// winding is an edge of noded rings: a before b in the order of comparePoints,
// n the times rings run from a to b less the times they run from b to a.
type winding struct {
	a, b mvt.Point
	n    int
}

// boundary returns the area that noded rings run around, as valid polygons:
// what has a positive winding number is inside. Rings that run the wrong way
// take away. Nothing may be left, then it returns nil. It also reports whether
// the rings ran around nothing twice and nothing the wrong way.
func boundary(rings []mvt.Ring) (polygons []mvt.Polygon, proper bool) {
	edges := windings(rings)
	directed := directed{}
	proper = true
	for i := range edges {
		left, right := sides(edges, i)
		if left > 0 && right <= 0 {
			directed.add(edges[i].a, edges[i].b)
		} else if right > 0 && left <= 0 {
			directed.add(edges[i].b, edges[i].a)
		}
		proper = proper && min(left, right) == 0 && max(left, right) == 1
	}
	return assemble(directed.trace()), proper
}

// windings collects the edges of rings and drops those that cancel out.
func windings(rings []mvt.Ring) []winding {
	var all []winding
	for _, r := range rings {
		for i, a := range r {
			b := r[(i+1)%len(r)]
			switch comparePoints(a, b) {
			case -1:
				all = append(all, winding{a: a, b: b, n: 1})
			case 1:
				all = append(all, winding{a: b, b: a, n: -1})
			}
		}
	}
	slices.SortFunc(all, func(e, o winding) int {
		return compareEdges(e.a, e.b, o.a, o.b)
	})
	kept := all[:0]
	for i := 0; i < len(all); {
		sum := all[i]
		for i++; i < len(all) && all[i].a == sum.a && all[i].b == sum.b; i++ {
			sum.n += all[i].n
		}
		if sum.n != 0 {
			kept = append(kept, sum)
		}
	}
	return kept
}

// sides returns the winding numbers just left and just right of an edge, left
// being where the interior of an exterior ring is. It counts the edges that a
// ray from the edge's middle crosses; positions are in half units, so exact.
func sides(edges []winding, at int) (left, right int) {
	e := edges[at]
	middle := mvt.Point{X: e.a.X + e.b.X, Y: e.a.Y + e.b.Y}
	sum := 0
	if e.a.Y != e.b.Y {
		for i, o := range edges { // towards larger x
			if i != at && 2*o.a.Y <= middle.Y && middle.Y < 2*o.b.Y && crossDoubled(o.a, o.b, middle) > 0 {
				sum += o.n
			}
		}
		return sum + e.n, sum
	}
	for i, o := range edges { // towards larger y
		switch {
		case i == at:
		case 2*o.a.X <= middle.X && middle.X < 2*o.b.X && crossDoubled(o.a, o.b, middle) < 0:
			sum -= o.n
		case 2*o.b.X <= middle.X && middle.X < 2*o.a.X && crossDoubled(o.b, o.a, middle) < 0:
			sum += o.n
		}
	}
	return sum, sum - e.n
}

// directed is a set of edges that run with the interior on one side, by origin.
type directed struct{ edges []directedEdge }

type directedEdge struct {
	from, to mvt.Point
	used     bool
}

func (d *directed) add(from, to mvt.Point) {
	d.edges = append(d.edges, directedEdge{from: from, to: to})
}

// trace joins the edges to simple rings. Where several leave a vertex it takes
// the one that closes the same wedge of the interior, so rings never cross; a
// ring that comes back to a vertex is cut in two there.
func (d *directed) trace() []mvt.Ring {
	slices.SortFunc(d.edges, func(a, b directedEdge) int {
		return compareEdges(a.from, a.to, b.from, b.to)
	})
	var rings []mvt.Ring
	for i := range d.edges {
		if d.edges[i].used {
			continue
		}
		var walk mvt.Ring
		for e := i; e >= 0; e = d.next(e) {
			d.edges[e].used = true
			walk = append(walk, d.edges[e].from)
		}
		rings = appendSimple(rings, walk)
	}
	return rings
}

// next returns the unused edge to take after edge e, or -1.
func (d *directed) next(e int) int {
	in := d.edges[e]
	first, _ := slices.BinarySearchFunc(d.edges, in.to, func(o directedEdge, p mvt.Point) int {
		return comparePoints(o.from, p)
	})
	best := -1
	for i := first; i < len(d.edges) && d.edges[i].from == in.to; i++ {
		if !d.edges[i].used && (best < 0 || tighter(in.to, in.from, d.edges[i].to, d.edges[best].to)) {
			best = i
		}
	}
	return best
}

// tighter reports whether, turning around v from the direction of back towards
// the interior, p comes before q.
func tighter(v, back, p, q mvt.Point) bool {
	hp, hq := cross(v, back, p) > 0, cross(v, back, q) > 0
	if hp != hq {
		return !hp // less than half a turn away
	}
	return cross(v, p, q) < 0
}

// appendSimple cuts a closed walk at the vertices it visits more than once.
func appendSimple(rings []mvt.Ring, walk mvt.Ring) []mvt.Ring {
	place := make(map[mvt.Point]int, len(walk))
	open := make(mvt.Ring, 0, len(walk))
	for _, p := range walk {
		if from, seen := place[p]; seen {
			for _, q := range open[from:] {
				delete(place, q)
			}
			rings = append(rings, slices.Clone(open[from:]))
			open = open[:from]
		}
		place[p] = len(open)
		open = append(open, p)
	}
	return append(rings, open)
}

// assemble makes polygons of simple rings that do not cross: every hole goes to
// the smallest exterior ring around it.
func assemble(rings []mvt.Ring) []mvt.Polygon {
	var polygons []mvt.Polygon
	var holes []mvt.Ring
	for _, r := range rings {
		switch area := r.Area2(); {
		case area > 0:
			polygons = append(polygons, mvt.Polygon{r})
		case area < 0:
			holes = append(holes, r)
		}
	}
	for _, hole := range holes {
		middle := mvt.Point{X: hole[0].X + hole[1].X, Y: hole[0].Y + hole[1].Y}
		best := -1
		for i := range polygons {
			if surrounds(polygons[i][0], middle) && (best < 0 || polygons[i][0].Area2() < polygons[best][0].Area2()) {
				best = i
			}
		}
		if best >= 0 {
			polygons[best] = append(polygons[best], hole)
		}
	}
	return polygons
}

// surrounds reports whether a position in half units, not on the ring, is inside.
func surrounds(r mvt.Ring, p2 mvt.Point) bool {
	in := false
	for i, a := range r {
		b := r[(i+1)%len(r)]
		if (2*a.Y <= p2.Y) != (2*b.Y <= p2.Y) && (crossDoubled(a, b, p2) > 0) == (b.Y > a.Y) {
			in = !in
		}
	}
	return in
}

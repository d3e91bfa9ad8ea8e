package mvt

import "sort"

// edge is one side of a ring; ring and place say which.
type edge struct {
	a, b        Point
	ring, place int
	ringSize    int
}

func (e edge) minX() int32 { return min(e.a.X, e.b.X) }

// checkRings holds a feature's rings to the rules for valid polygons: no ring
// meets itself; different rings meet in single points at most and do not cross;
// holes lie inside their exterior ring and not inside each other.
func checkRings(polygons []Polygon) error {
	var edges []edge
	ring := 0
	for _, polygon := range polygons {
		for _, r := range polygon {
			for i, a := range r {
				edges = append(edges, edge{a: a, b: r[(i+1)%len(r)], ring: ring, place: i, ringSize: len(r)})
			}
			ring++
		}
		if err := checkHoles(polygon); err != nil {
			return err
		}
	}
	sort.Slice(edges, func(i, j int) bool { return edges[i].minX() < edges[j].minX() })
	for i, e := range edges {
		right := max(e.a.X, e.b.X)
		for _, o := range edges[i+1:] {
			if o.minX() > right {
				break
			}
			if max(e.a.Y, e.b.Y) < min(o.a.Y, o.b.Y) || max(o.a.Y, o.b.Y) < min(e.a.Y, e.b.Y) {
				continue
			}
			if err := checkPair(e, o); err != nil {
				return err
			}
		}
	}
	return checkApart(polygons)
}

// checkPair refuses two edges that meet where they must not.
func checkPair(e, o edge) error {
	switch meet(e, o) {
	case apart:
		return nil
	case crossing:
		return fault("edges cross at %v %v and %v %v", e.a, e.b, o.a, o.b)
	case overlapping:
		return fault("edges overlap at %v %v and %v %v", e.a, e.b, o.a, o.b)
	}
	if e.ring != o.ring {
		return nil // rings may touch in a point
	}
	step := o.place - e.place
	if step == 1 || step == -1 || step == e.ringSize-1 || step == 1-e.ringSize {
		return nil // neighbours share their corner
	}
	return fault("ring touches itself at %v %v and %v %v", e.a, e.b, o.a, o.b)
}

// How two edges meet.
const (
	apart = iota
	touching
	crossing
	overlapping
)

func meet(e, o edge) int {
	oa, ob := side(e.a, e.b, o.a), side(e.a, e.b, o.b)
	ea, eb := side(o.a, o.b, e.a), side(o.a, o.b, e.b)
	switch {
	case oa == 0 && ob == 0:
		// On one line: overlapping when they share more than one position.
		axis := func(p Point) int64 { return int64(p.X) }
		if e.a.X == e.b.X {
			axis = func(p Point) int64 { return int64(p.Y) }
		}
		low := max(min(axis(e.a), axis(e.b)), min(axis(o.a), axis(o.b)))
		high := min(max(axis(e.a), axis(e.b)), max(axis(o.a), axis(o.b)))
		switch {
		case low < high:
			return overlapping
		case low == high:
			return touching
		}
		return apart
	case oa*ob < 0 && ea*eb < 0:
		return crossing
	case oa*ob <= 0 && ea*eb <= 0:
		return touching
	}
	return apart
}

// side tells on which side of the line from a to b the position p is: -1, 0, 1.
func side(a, b, p Point) int {
	c := int64(b.X-a.X)*int64(p.Y-a.Y) - int64(b.Y-a.Y)*int64(p.X-a.X)
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

// checkHoles refuses holes with a corner outside their exterior ring.
func checkHoles(polygon Polygon) error {
	for _, hole := range polygon[1:] {
		for _, p := range hole {
			if locate(polygon[0], p) < 0 {
				return fault("hole reaches outside of its exterior ring at %v", p)
			}
		}
	}
	return nil
}

// checkApart refuses a ring with all corners inside another of its kind: a hole
// in a hole of the same polygon, an exterior ring inside another polygon.
func checkApart(polygons []Polygon) error {
	inside := func(outer, inner Ring) bool {
		deep := false
		for _, p := range inner {
			switch locate(outer, p) {
			case -1:
				return false
			case 1:
				deep = true
			}
		}
		return deep
	}
	for i, polygon := range polygons {
		for j, hole := range polygon[1:] {
			for k, other := range polygon[1:] {
				if j != k && inside(other, hole) {
					return fault("hole inside a hole at %v", hole[0])
				}
			}
		}
		for j, other := range polygons {
			if i == j || !inside(other[0], polygon[0]) {
				continue
			}
			covered := false
			for _, hole := range other[1:] {
				covered = covered || inside(hole, polygon[0]) || sameCorners(hole, polygon[0])
			}
			if !covered {
				return fault("polygon inside a polygon at %v", polygon[0][0])
			}
		}
	}
	return nil
}

// sameCorners reports whether every corner of inner is on outer's border.
func sameCorners(outer, inner Ring) bool {
	for _, p := range inner {
		if locate(outer, p) != 0 {
			return false
		}
	}
	return true
}

// locate returns 1 for a position inside the ring, 0 on its border, -1 outside.
func locate(r Ring, p Point) int {
	in := false
	for i, a := range r {
		b := r[(i+1)%len(r)]
		s := side(a, b, p)
		if s == 0 && min(a.X, b.X) <= p.X && p.X <= max(a.X, b.X) && min(a.Y, b.Y) <= p.Y && p.Y <= max(a.Y, b.Y) {
			return 0
		}
		if (a.Y <= p.Y) != (b.Y <= p.Y) && (s > 0) == (b.Y > a.Y) {
			in = !in
		}
	}
	if in {
		return 1
	}
	return -1
}

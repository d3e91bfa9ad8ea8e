package area

import (
	"math"

	"github.com/paulmach/orb"

	"reli/geo"
)

// EdgeTolerance is the distance in degrees within which a position counts as
// lying on an edge: 0.1 mm, finer than any survey and far coarser than the
// rounding of a double. It makes "on the edge" a property of places, not of
// the last bit, and closes the hairlines where a corner of one polygon meets
// the middle of its neighbour's edge.
const EdgeTolerance = 1e-9

// An edge runs upwards: ay ≤ by, and ax ≤ bx when level. Two polygons that
// share it hold the same numbers whichever way their rings run, so they cannot
// disagree about a position.
type edge struct {
	ax, ay, bx, by float64
}

func upward(a, b orb.Point) edge {
	if a[1] > b[1] || (a[1] == b[1] && a[0] > b[0]) {
		a, b = b, a
	}
	return edge{ax: a[0], ay: a[1], bx: b[0], by: b[1]}
}

// near says whether the distance from the edge to x, y is within tolerance.
func (e *edge) near(x, y float64) bool {
	dx, dy := e.bx-e.ax, e.by-e.ay
	px, py := x-e.ax, y-e.ay
	t := (px*dx + py*dy) / (dx*dx + dy*dy)
	t = math.Max(0, math.Min(1, t))
	px, py = px-t*dx, py-t*dy
	return px*px+py*py <= EdgeTolerance*EdgeTolerance
}

// shape is a polygon prepared for point tests: its edges sorted into
// horizontal slabs, so that a test reads a few edges however long the outline.
type shape struct {
	bounds geo.Bounds
	edges  []edge   // slab by slab; an edge is repeated in each slab it meets
	starts []uint32 // slab i is edges[starts[i]:starts[i+1]]
	scale  float64  // slabs per degree of latitude
}

const (
	edgesPerSlab = 4
	maxSlabs     = 1 << 12
)

func newShape(mp orb.MultiPolygon) shape {
	edges := shapeEdges(mp)
	s := shape{bounds: geo.EmptyBounds()}
	for _, e := range edges {
		s.bounds = s.bounds.Extend(geo.LngLat{Lng: e.ax, Lat: e.ay}).Extend(geo.LngLat{Lng: e.bx, Lat: e.by})
	}
	if len(edges) == 0 {
		return s
	}
	slabs := max(1, min(maxSlabs, len(edges)/edgesPerSlab))
	if height := s.bounds.North - s.bounds.South; height > 0 {
		s.scale = float64(slabs) / height
	}
	s.starts = make([]uint32, slabs+1)
	for _, e := range edges {
		lo, hi := s.slab(e.ay-2*EdgeTolerance), s.slab(e.by+2*EdgeTolerance)
		for i := lo; i <= hi; i++ {
			s.starts[i+1]++
		}
	}
	for i := range slabs {
		s.starts[i+1] += s.starts[i]
	}
	s.edges = make([]edge, s.starts[slabs])
	next := append([]uint32(nil), s.starts[:slabs]...)
	for _, e := range edges {
		lo, hi := s.slab(e.ay-2*EdgeTolerance), s.slab(e.by+2*EdgeTolerance)
		for i := lo; i <= hi; i++ {
			s.edges[next[i]] = e
			next[i]++
		}
	}
	return s
}

func (s *shape) slab(y float64) int {
	i := int((y - s.bounds.South) * s.scale)
	return max(0, min(len(s.starts)-2, i))
}

// test says whether x, y is inside by the even-odd rule and whether it is
// within tolerance of an edge.
func (s *shape) test(x, y float64) (inside, on bool) {
	if len(s.edges) == 0 {
		return false, false
	}
	i := s.slab(y)
	for k := s.starts[i]; k < s.starts[i+1]; k++ {
		e := &s.edges[k]
		if y < e.ay-EdgeTolerance || y > e.by+EdgeTolerance {
			continue
		}
		dx, dy := e.bx-e.ax, e.by-e.ay
		// Twice the area of the triangle; positive to the left of the edge.
		// Where its sign could be rounding the position is within tolerance.
		side := dx*(y-e.ay) - dy*(x-e.ax)
		if math.Abs(side) <= EdgeTolerance*(math.Abs(dx)+dy) && e.near(x, y) {
			on = true
		}
		if side > 0 && e.ay <= y && y < e.by {
			inside = !inside
		}
	}
	return inside, on
}

// shapeEdges lists the edges of all rings, closing open ones and leaving out
// edges of no length. A ring with a corner that is not finite has no edges.
func shapeEdges(mp orb.MultiPolygon) []edge {
	var out []edge
	for _, polygon := range mp {
		for _, ring := range polygon {
			eachEdge(ring, func(a, b orb.Point) { out = append(out, upward(a, b)) })
		}
	}
	return out
}

func eachEdge(ring orb.Ring, yield func(a, b orb.Point)) {
	for _, p := range ring {
		if sum := p[0] + p[1]; math.IsNaN(sum) || math.IsInf(sum, 0) {
			return
		}
	}
	for i, a := range ring {
		if b := ring[(i+1)%len(ring)]; a != b {
			yield(a, b)
		}
	}
}

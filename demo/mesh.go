package demo

import (
	"fmt"
	"math"
	"sort"
)

const (
	weldDistance = 0.05 // metres; corners nearer than this are one (rounding leaves less than 1e-4)
	none         = int32(-1)
)

// mesh is the one shared edge set of the county: corners, and cells as rings
// of corner numbers. Every corner lies in all cells that touch it.
type mesh struct {
	corners []point
	cells   [][]int32
}

// newMesh joins cells that touch each other: equal corners become one, and a
// corner that lies on another cell's edge becomes a corner of that cell too.
func newMesh(cells []polygon) *mesh {
	m := &mesh{}
	index := newCornerIndex(cells)
	for _, c := range cells {
		ring := make([]int32, 0, len(c))
		for _, p := range c {
			if id := index.weld(m, p); len(ring) == 0 || ring[len(ring)-1] != id && ring[0] != id {
				ring = append(ring, id)
			}
		}
		m.cells = append(m.cells, ring)
	}
	edges := m.directed()
	for i, ring := range m.cells {
		m.cells[i] = m.withCornersOnEdges(ring, edges, index)
	}
	return m
}

// edge is a directed edge between two corners.
type edge struct{ from, to int32 }

func (e edge) turned() edge { return edge{e.to, e.from} }

// directed lists the directed edges of all cells with their cell.
func (m *mesh) directed() map[edge]int32 {
	edges := make(map[edge]int32, 6*len(m.cells))
	for c, ring := range m.cells {
		for k, a := range ring {
			edges[edge{a, ring[(k+1)%len(ring)]}] = int32(c)
		}
	}
	return edges
}

// withCornersOnEdges adds to a ring the corners of neighbours on its edges.
// Only an edge that no neighbour shares can have any.
func (m *mesh) withCornersOnEdges(ring []int32, edges map[edge]int32, index *cornerIndex) []int32 {
	out := make([]int32, 0, len(ring)+2)
	for k, a := range ring {
		b := ring[(k+1)%len(ring)]
		out = append(out, a)
		if _, shared := edges[edge{b, a}]; !shared {
			out = append(out, index.between(m, a, b)...)
		}
	}
	return out
}

// cornerIndex finds corners by place: square buckets.
type cornerIndex struct {
	side    float64
	buckets map[[2]int32][]int32
}

func newCornerIndex(cells []polygon) *cornerIndex {
	total := 0.0
	for _, c := range cells {
		total += c.area()
	}
	return &cornerIndex{side: math.Sqrt(total / float64(len(cells))), buckets: make(map[[2]int32][]int32, 2*len(cells))}
}

func (x *cornerIndex) key(p point) [2]int32 {
	return [2]int32{int32(math.Floor(p.x / x.side)), int32(math.Floor(p.y / x.side))}
}

// weld finds the corner at p, or makes it.
func (x *cornerIndex) weld(m *mesh, p point) int32 {
	found := none
	x.near(p, p, weldDistance, func(id int32) {
		if found == none && m.corners[id].dist(p) < weldDistance {
			found = id
		}
	})
	if found == none {
		found = int32(len(m.corners))
		m.corners = append(m.corners, p)
		key := x.key(p)
		x.buckets[key] = append(x.buckets[key], found)
	}
	return found
}

// between lists the corners on the edge from a to b, in order.
func (x *cornerIndex) between(m *mesh, a, b int32) []int32 {
	p, q := m.corners[a], m.corners[b]
	d := q.sub(p)
	length := math.Hypot(d.x, d.y)
	along := func(id int32) float64 { return m.corners[id].sub(p).dot(d) / length }
	var on []int32
	x.near(p, q, weldDistance, func(id int32) {
		v := m.corners[id].sub(p)
		t, off := v.dot(d)/length, math.Abs(v.x*d.y-v.y*d.x)/length
		if off < weldDistance && t > weldDistance && t < length-weldDistance {
			on = append(on, id)
		}
	})
	sort.Slice(on, func(i, j int) bool { return along(on[i]) < along(on[j]) })
	return on
}

// near visits the corners in the buckets of the box around p and q.
func (x *cornerIndex) near(p, q point, pad float64, visit func(int32)) {
	lo := x.key(point{math.Min(p.x, q.x) - pad, math.Min(p.y, q.y) - pad})
	hi := x.key(point{math.Max(p.x, q.x) + pad, math.Max(p.y, q.y) + pad})
	for i := lo[0]; i <= hi[0]; i++ {
		for j := lo[1]; j <= hi[1]; j++ {
			for _, id := range x.buckets[[2]int32{i, j}] {
				visit(id)
			}
		}
	}
}

// polygon gives the corners of a ring.
func (m *mesh) polygon(ring []int32) polygon {
	g := make(polygon, len(ring))
	for i, id := range ring {
		g[i] = m.corners[id]
	}
	return g
}

// check refuses a mesh in which an edge has two cells on one side or a cell
// is turned or crosses itself.
func (m *mesh) check() error {
	seen := make(map[edge]bool, 6*len(m.cells))
	for c, ring := range m.cells {
		if g := m.polygon(ring); len(ring) < 3 || g.area() <= 0 || !g.simple() {
			return fmt.Errorf("demo: cell %d is not a simple ring", c)
		}
		for k, a := range ring {
			e := edge{a, ring[(k+1)%len(ring)]}
			if seen[e] {
				return fmt.Errorf("demo: two cells on one side of an edge, one of them %d", c)
			}
			seen[e] = true
		}
	}
	return nil
}

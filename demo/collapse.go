package demo

import (
	"math"
	"slices"
	"sort"
)

const (
	shortEdge      = 0.16 // of the square root of the smaller cell's area: such edges are closed up
	leastKept      = 0.7  // share of its area a cell must keep
	leastAngle     = 28.0 // degrees, of a cell after an edge of it was closed up
	collapsePasses = 2
)

// collapseShortEdges closes up edges that are short for the cells beside
// them, where corners of two regions meet a border at nearly the same place.
// Cells stay simple, and no two cells become neighbours twice.
func (m *mesh) collapseShortEdges() {
	for range collapsePasses {
		c := newCollapser(m)
		for _, e := range c.candidates() {
			c.try(e)
		}
	}
}

type collapser struct {
	m     *mesh
	touch [][]int32 // cells around each corner
	rim   []bool    // corner lies on the outline
}

func newCollapser(m *mesh) *collapser {
	c := &collapser{m: m, touch: make([][]int32, len(m.corners)), rim: make([]bool, len(m.corners))}
	edges := m.directed()
	for i, ring := range m.cells {
		for k, a := range ring {
			c.touch[a] = append(c.touch[a], int32(i))
			b := ring[(k+1)%len(ring)]
			if _, ok := edges[edge{b, a}]; !ok {
				c.rim[a], c.rim[b] = true, true
			}
		}
	}
	return c
}

// candidates are the short edges, shortest first.
func (c *collapser) candidates() []edge {
	m := c.m
	var short []edge
	length := func(e edge) float64 { return m.corners[e.from].dist(m.corners[e.to]) }
	for _, ring := range m.cells {
		for k, a := range ring {
			e := edge{a, ring[(k+1)%len(ring)]}
			if e.from < e.to && c.isShort(e) || e.from > e.to && c.rim[e.from] && c.rim[e.to] && c.isShort(e) {
				short = append(short, e)
			}
		}
	}
	sort.Slice(short, func(i, j int) bool {
		a, b := short[i], short[j]
		if la, lb := length(a), length(b); la != lb {
			return la < lb
		}
		return a.from < b.from || a.from == b.from && a.to < b.to
	})
	return short
}

func (c *collapser) isShort(e edge) bool {
	area := math.Inf(1)
	for _, cell := range c.beside(e) {
		area = math.Min(area, c.m.polygon(c.m.cells[cell]).area())
	}
	return c.m.corners[e.from].dist(c.m.corners[e.to]) < shortEdge*math.Sqrt(area)
}

// beside lists the cells that have both ends of the edge as neighbours.
func (c *collapser) beside(e edge) []int32 {
	var cells []int32
	for _, cell := range c.touch[e.from] {
		ring := c.m.cells[cell]
		k := slices.Index(ring, e.from)
		if k < 0 {
			continue
		}
		if ring[(k+1)%len(ring)] == e.to || ring[(k+len(ring)-1)%len(ring)] == e.to {
			cells = append(cells, cell)
		}
	}
	return cells
}

// try closes up one edge at its middle, unless that would harm a cell.
func (c *collapser) try(e edge) {
	beside := c.beside(e)
	if len(beside) == 0 || !c.isShort(e) || !c.safe(e, beside) {
		return
	}
	m := c.m
	middle := m.corners[e.from].lerp(m.corners[e.to], 0.5)
	around := append(slices.Clone(c.touch[e.from]), c.touch[e.to]...)
	slices.Sort(around)
	around = slices.Compact(around)
	changed := make([][]int32, len(around))
	for i, cell := range around {
		before := m.polygon(m.cells[cell])
		ring, after := c.merged(m.cells[cell], e, middle)
		if after.area() < leastKept*before.area() || !after.simple() ||
			after.sharpest() < math.Min(leastAngle, before.sharpest()) {
			return
		}
		changed[i] = ring
	}
	m.corners[e.from] = middle
	for i, cell := range around {
		m.cells[cell] = changed[i]
	}
	c.touch[e.from], c.touch[e.to] = around, nil
	c.rim[e.from] = c.rim[e.from] || c.rim[e.to]
}

// merged is a ring with the edge's end replaced by its start at the middle.
func (c *collapser) merged(ring []int32, e edge, middle point) ([]int32, polygon) {
	var out []int32
	var shape polygon
	for _, id := range ring {
		p := c.m.corners[id]
		if id == e.to || id == e.from {
			id, p = e.from, middle
		}
		if n := len(out); n > 0 && (out[n-1] == id || out[0] == id) {
			continue
		}
		out, shape = append(out, id), append(shape, p)
	}
	return out, shape
}

// safe says whether closing up the edge keeps the mesh a mesh: no triangle
// vanishes, no cell touches itself, no third corner joins the two ends.
func (c *collapser) safe(e edge, beside []int32) bool {
	if c.rim[e.from] && c.rim[e.to] && len(beside) > 1 {
		return false
	}
	for _, cell := range beside {
		if len(c.m.cells[cell]) < 4 {
			return false
		}
	}
	for _, cell := range c.touch[e.from] {
		if slices.Contains(c.m.cells[cell], e.to) && !slices.Contains(beside, cell) {
			return false
		}
	}
	next := c.neighbours(e.from)
	for _, id := range c.neighbours(e.to) {
		if slices.Contains(next, id) {
			return false
		}
	}
	return true
}

func (c *collapser) neighbours(id int32) []int32 {
	var out []int32
	for _, cell := range c.touch[id] {
		ring := c.m.cells[cell]
		if k := slices.Index(ring, id); k >= 0 {
			out = append(out, ring[(k+1)%len(ring)], ring[(k+len(ring)-1)%len(ring)])
		}
	}
	return out
}

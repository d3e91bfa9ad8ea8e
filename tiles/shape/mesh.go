package shape

import (
	"slices"
	"sync"

	"reli/tiles/mvt"
)

// mesh is the borders of all layers, cut into arcs that the areas share. After
// build it changes only by the zooms it keeps, each made once.
type mesh struct {
	options Options
	shapes  [][][]mvt.Ring // layer, area, ring; given up by build
	areas   [][]areaArcs   // layer, area
	arcs    []arc
	extents [][]extent // layer, area
	widths  []float64  // of each layer's usual area, in world pixels of MaxZoom
	zooms   [MaxZoom + 1]struct {
		once   sync.Once
		layers []*Zoom
	}
}

// arc is a line between two vertices where borders part, or a closed line that
// meets no other border. Its weights say how far, in world pixels of MaxZoom,
// leaving a vertex out moves the line.
type arc struct {
	line    mvt.Ring
	weights []float32
}

// areaArcs is an area's rings, each a chain of arcs: i for arc i, ^i for arc i
// run backwards.
type areaArcs [][]int32

// build nodes the borders of all areas and cuts them into arcs.
func (m *mesh) build() {
	nodedEdges := m.nodeEdges()
	degree := map[mvt.Point]int{}
	m.eachRing(func(r *mvt.Ring) {
		*r = withoutSpikes(nodedEdges.through(*r))
	})
	edges := m.uniqueEdges()
	for _, e := range edges {
		degree[e[0]]++
		degree[e[1]]++
	}
	cut := &cutter{degree: degree, known: make(map[[2]mvt.Point]int32, 2*len(edges))}
	for _, layer := range m.shapes {
		areas := make([]areaArcs, len(layer))
		for i, rings := range layer {
			for _, r := range rings {
				if len(r) >= 3 {
					areas[i] = append(areas[i], cut.ring(r))
				}
			}
		}
		m.areas = append(m.areas, areas)
	}
	m.arcs, m.shapes = cut.arcs, nil
	for i := range m.arcs {
		m.arcs[i].weights = weigh(m.arcs[i].line)
	}
	m.measure()
}

func (m *mesh) eachRing(visit func(*mvt.Ring)) {
	for _, layer := range m.shapes {
		for _, rings := range layer {
			for i := range rings {
				visit(&rings[i])
			}
		}
	}
}

// uniqueEdges returns every edge of every ring once, its ends in order.
func (m *mesh) uniqueEdges() [][2]mvt.Point {
	var edges [][2]mvt.Point
	m.eachRing(func(r *mvt.Ring) {
		for i, a := range *r {
			b := (*r)[(i+1)%len(*r)]
			if comparePoints(a, b) > 0 {
				a, b = b, a
			}
			edges = append(edges, [2]mvt.Point{a, b})
		}
	})
	slices.SortFunc(edges, func(e, o [2]mvt.Point) int {
		return compareEdges(e[0], e[1], o[0], o[1])
	})
	return slices.Compact(edges)
}

// detours tells, for edges that other borders meet between their ends, the
// whole line from the one end to the other.
type detours map[[2]mvt.Point]mvt.Ring

// nodeEdges finds where borders meet other than at their vertices: an area may
// lack the vertex that its neighbours have on their common border.
func (m *mesh) nodeEdges() detours {
	edges := m.uniqueEdges()
	lines := make([]mvt.Ring, len(edges))
	for i := range edges {
		lines[i] = edges[i][:]
	}
	node(lines)
	d := detours{}
	for i, line := range lines {
		if len(line) > 2 {
			d[edges[i]] = line
		}
	}
	return d
}

// through returns the ring with the vertices that its edges gained.
func (d detours) through(r mvt.Ring) mvt.Ring {
	if len(d) == 0 {
		return r
	}
	out := make(mvt.Ring, 0, len(r))
	for i, a := range r {
		b := r[(i+1)%len(r)]
		out = append(out, a)
		if line := d[[2]mvt.Point{a, b}]; line != nil {
			out = append(out, line[1:len(line)-1]...)
		} else if line := d[[2]mvt.Point{b, a}]; line != nil {
			for i := len(line) - 2; i > 0; i-- {
				out = append(out, line[i])
			}
		}
	}
	return out
}

// cutter cuts rings into arcs. Between vertices with exactly two edges all rings
// run together, so an arc is known by its first edge.
type cutter struct {
	degree map[mvt.Point]int
	known  map[[2]mvt.Point]int32
	arcs   []arc
}

func (c *cutter) ring(r mvt.Ring) []int32 {
	start := slices.IndexFunc(r, func(p mvt.Point) bool { return c.degree[p] != 2 })
	if start < 0 { // a closed line by itself: every ring along it starts alike
		start = slices.Index(r, slices.MinFunc(r, comparePoints))
	}
	line := make(mvt.Ring, 0, len(r)+1)
	line = append(line, r[start:]...)
	line = append(line, r[:start]...)
	line = append(line, r[start])
	var refs []int32
	from := 0
	for i := 1; i < len(line); i++ {
		if i == len(line)-1 || c.degree[line[i]] != 2 {
			refs = append(refs, c.arc(line[from:i+1]))
			from = i
		}
	}
	return refs
}

func (c *cutter) arc(line mvt.Ring) int32 {
	n := len(line)
	if ref, ok := c.known[[2]mvt.Point{line[0], line[1]}]; ok {
		return ref
	}
	id := int32(len(c.arcs))
	c.arcs = append(c.arcs, arc{line: line})
	c.known[[2]mvt.Point{line[0], line[1]}] = id
	c.known[[2]mvt.Point{line[n-1], line[n-2]}] = ^id
	return id
}

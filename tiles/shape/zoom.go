package shape

import (
	"slices"

	"github.com/tidwall/rtree"

	"reli/tiles/mvt"
)

// Zoom is a layer's geometry at one zoom, for every tile of it. It is immutable.
type Zoom struct {
	features []feature
	index    rtree.RTreeGN[int32, int]
	crowding Crowding
}

// Crowding says how small the usual area of a layer is at a zoom, of a layer
// that is a crowd.
type Crowding uint8

// Crowdings.
const (
	Roomy  Crowding = iota // no crowd, or 8 pixels and more
	Coarse                 // less than 8 pixels: borders run along whole pixels
	Tiny                   // less than 4 pixels: nobody can point at one area
)

// Crowding tells how crowded the layer is at this zoom.
func (z *Zoom) Crowding() Crowding { return z.crowding }

// feature is one area at one zoom. Polygons are kept of those that are clipped.
type feature struct {
	whole    mvt.Geometry
	box      box
	polygons []mvt.Polygon
}

// Zoom returns the layer's geometry at zoom z, 0 to MaxZoom. It is computed for
// all layers of the mesh when first asked for, which takes some tenths of a
// second for a county of 14,000 areas, and then kept.
func (l *Layer) Zoom(z int) *Zoom {
	slot := &l.mesh.zooms[z]
	slot.once.Do(func() { slot.layers = l.mesh.zoom(z) })
	return slot.layers[l.place]
}

// Touching appends to dst the areas whose rectangle meets the tile in column x,
// row y or its buffer, in the order given to [Build].
func (z *Zoom) Touching(dst []int, x, y uint32) []int {
	from := len(dst)
	frame := frame(x, y)
	z.index.Search([2]int32{frame.min.X, frame.min.Y}, [2]int32{frame.max.X, frame.max.Y}, func(_, _ [2]int32, i int) bool {
		dst = append(dst, i)
		return true
	})
	slices.Sort(dst[from:])
	return dst
}

// frame is a tile with its buffer.
func frame(x, y uint32) box {
	left, top := int32(x)*mvt.Extent, int32(y)*mvt.Extent
	return box{
		min: mvt.Point{X: left - Buffer, Y: top - Buffer},
		max: mvt.Point{X: left + mvt.Extent + Buffer, Y: top + mvt.Extent + Buffer},
	}
}

// Clipper holds the buffers for clipped geometry. The zero value is ready; it is
// for one goroutine.
type Clipper struct{ arena mvt.Arena }

// Geometry returns area i for the tile in column x, row y: whole if it is small
// or inside the tile's buffer, else clipped to it, which may leave nothing. The
// result is good until the clipper's next use.
func (z *Zoom) Geometry(c *Clipper, i int, x, y uint32) mvt.Geometry {
	f := &z.features[i]
	if f.polygons == nil {
		return f.whole
	}
	to := frame(x, y)
	if to.contains(f.box) {
		return f.whole
	}
	c.arena.Reset()
	return c.arena.Polygons(clip(f.polygons, to)...)
}

// detailRounds is how often a zoom is drawn at most: areas that simplifying made
// vanish, or whose borders it made cross, are drawn with their full borders, and
// so are the next ones that come to harm by that.
const detailRounds = 4

// zoom computes the layers' geometry at one zoom. A coarse zoom is drawn as
// the one that has its coarse units, and then enlarged.
func (m *mesh) zoom(z int) []*Zoom {
	shift := m.coarseness(z)
	tolerance := float32(0)
	if z < m.options.FullDetail {
		tolerance = float32(max(m.options.Tolerance, float64(int(1)<<shift))) * float32(int32(1)<<(MaxZoom-z))
	}
	shapes := m.whole(z-shift, tolerance)
	layers := make([]*Zoom, len(shapes))
	for l, areas := range shapes {
		plain := m.crowded(l, z, plainBelow)
		for a := range areas {
			if plain {
				areas[a] = []mvt.Polygon{m.extents[l][a].rectangle(z)}
			} else {
				areas[a] = enlarged(areas[a], shift)
			}
		}
		layers[l] = m.finish(areas)
		switch {
		case m.crowded(l, z, tinyBelow):
			layers[l].crowding = Tiny
		case m.crowded(l, z, coarseBelow):
			layers[l].crowding = Coarse
		}
	}
	return layers
}

// whole draws every area at a zoom, none of them empty.
func (m *mesh) whole(z int, tolerance float32) [][][]mvt.Polygon {
	whole := make([]bool, len(m.arcs))
	shapes, faulty := m.drawn(z, tolerance, whole)
	for round := 1; round < detailRounds && tolerance > 0 && len(faulty) > 0; round++ {
		more := false
		for _, at := range faulty {
			more = m.mark(at, whole) || more
		}
		if !more {
			break
		}
		shapes, faulty = m.drawn(z, tolerance, whole)
	}
	for _, at := range faulty {
		if len(shapes[at.layer][at.area]) > 0 {
			continue
		}
		shapes[at.layer][at.area] = []mvt.Polygon{triangle(atZoom(m.extents[at.layer][at.area].box.middle(), z))}
	}
	return shapes
}

// finish prepares the areas of one layer for tiles.
func (m *mesh) finish(areas [][]mvt.Polygon) *Zoom {
	zoom := &Zoom{features: make([]feature, len(areas))}
	var arena mvt.Arena
	for i, polygons := range areas {
		f := feature{whole: arena.Polygons(polygons...), box: boxOf(polygons)}
		if f.box.span() > m.options.ClipAbove {
			f.polygons = polygons
		}
		zoom.features[i] = f
		zoom.index.Insert([2]int32{f.box.min.X, f.box.min.Y}, [2]int32{f.box.max.X, f.box.max.Y}, i)
	}
	return zoom
}

// areaPlace is an area's place among the layers.
type areaPlace struct{ layer, area int }

// mark sets the arcs of an area and reports whether any was not set.
func (m *mesh) mark(at areaPlace, arcs []bool) (more bool) {
	for _, ring := range m.areas[at.layer][at.area] {
		for _, ref := range ring {
			more = more || !arcs[index(ref)]
			arcs[index(ref)] = true
		}
	}
	return more
}

// drawn returns every area's polygons at one zoom, and those areas of which
// nothing is left or whose borders crossed. Arcs in whole are not simplified.
func (m *mesh) drawn(z int, tolerance float32, whole []bool) (shapes [][][]mvt.Polygon, faulty []areaPlace) {
	lines := make([]mvt.Ring, len(m.arcs))
	for i := range m.arcs {
		limit := tolerance
		if whole[i] {
			limit = -1
		}
		lines[i] = m.arcs[i].drawn(z, limit)
	}
	node(lines) // lines that still crossed would show as a ring that is not proper
	shapes = make([][][]mvt.Polygon, len(m.areas))
	for l, areas := range m.areas {
		shapes[l] = make([][]mvt.Polygon, len(areas))
		for a, rings := range areas {
			polygons, proper := joined(rings, lines)
			shapes[l][a] = polygons
			if !proper || len(polygons) == 0 {
				faulty = append(faulty, areaPlace{layer: l, area: a})
			}
		}
	}
	return shapes, faulty
}

// index returns the arc that a reference means, whichever way.
func index(ref int32) int32 {
	if ref < 0 {
		return ^ref
	}
	return ref
}

// drawn returns the arc at a zoom: its vertices of more weight than the limit,
// rounded, without repeats.
func (a *arc) drawn(z int, limit float32) mvt.Ring {
	line := make(mvt.Ring, 0, 8)
	for i, p := range a.line {
		if a.weights[i] > limit {
			if p = atZoom(p, z); len(line) == 0 || line[len(line)-1] != p {
				line = append(line, p)
			}
		}
	}
	return line
}

// joined puts an area's rings together from its arcs.
func joined(rings areaArcs, lines []mvt.Ring) (polygons []mvt.Polygon, proper bool) {
	out := make([]mvt.Ring, 0, len(rings))
	for _, refs := range rings {
		var ring mvt.Ring
		for _, ref := range refs {
			if ref >= 0 {
				ring = append(ring, lines[ref]...)
				continue
			}
			line := lines[^ref]
			for i := len(line) - 1; i >= 0; i-- {
				ring = append(ring, line[i])
			}
		}
		if ring = distinct(nil, ring); len(ring) >= 3 {
			out = append(out, ring)
		}
	}
	return enclosed(out)
}

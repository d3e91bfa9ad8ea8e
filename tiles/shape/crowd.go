package shape

import (
	"math"
	"slices"

	"reli/tiles/mvt"
)

// A crowd is drawn by what can be seen of it: see docs/decisions/0003-crowds.md.
const (
	// pixelShift makes a pixel of a 512-pixel tile of units: 2^3 of them.
	pixelShift = 3
	// coarseBelow is the width of a crowd's usual area, in units, below which
	// borders run along whole pixels: 8 pixels.
	coarseBelow = 8 << pixelShift
	// tinyBelow is the width below which nobody can point at one area: 4 pixels.
	tinyBelow = 4 << pixelShift
	// plainBelow is the width below which areas are rectangles: 2 pixels.
	plainBelow = 2 << pixelShift
)

// extent is an area's rectangle and what it covers, in world pixels of
// MaxZoom.
type extent struct {
	box  box
	area float64
}

// measure gives the extents of all areas and each layer's usual width.
func (m *mesh) measure() {
	m.extents, m.widths = make([][]extent, len(m.areas)), make([]float64, len(m.areas))
	for l, areas := range m.areas {
		m.extents[l] = make([]extent, len(areas))
		sizes := make([]float64, len(areas))
		for a, rings := range areas {
			e := extent{box: noBox()}
			for _, ring := range rings {
				e.area += m.cover(ring, &e.box)
			}
			m.extents[l][a], sizes[a] = e, math.Sqrt(max(e.area, 0))
		}
		if len(sizes) > 0 {
			slices.Sort(sizes)
			m.widths[l] = sizes[len(sizes)/2]
		}
	}
}

// cover gives the signed area of a ring of arcs and adds it to the box.
func (m *mesh) cover(ring []int32, b *box) float64 {
	var twice float64
	for _, ref := range ring {
		line := m.arcs[index(ref)].line
		var sum float64
		for i, p := range line {
			b.add(p)
			if i > 0 {
				sum += float64(line[i-1].X)*float64(p.Y) - float64(p.X)*float64(line[i-1].Y)
			}
		}
		if ref < 0 {
			sum = -sum
		}
		twice += sum
	}
	return twice / 2
}

// crowded reports whether the usual area of a layer is narrower than so many
// units of a zoom, and the layer a crowd.
func (m *mesh) crowded(layer, z int, width float64) bool {
	return m.options.Crowd > 0 && len(m.areas[layer]) >= m.options.Crowd && m.widths[layer] < width*float64(int64(1)<<(MaxZoom-z))
}

// coarseness is the power of two of units that borders are rounded to at a
// zoom: one for all layers, so that their borders stay together.
func (m *mesh) coarseness(z int) int {
	for l := range m.areas {
		if m.crowded(l, z, coarseBelow) {
			return min(pixelShift, z)
		}
	}
	return 0
}

// enlarged multiplies the positions of polygons by a power of two.
func enlarged(polygons []mvt.Polygon, shift int) []mvt.Polygon {
	if shift == 0 {
		return polygons
	}
	for _, polygon := range polygons {
		for _, ring := range polygon {
			for i := range ring {
				ring[i].X, ring[i].Y = ring[i].X<<shift, ring[i].Y<<shift
			}
		}
	}
	return polygons
}

// rectangle is an upright rectangle along pixels in the middle of an area, of
// its proportions and about its size, at least a pixel.
func (e extent) rectangle(z int) mvt.Polygon {
	pixel := math.Ldexp(1, MaxZoom-z+pixelShift)
	width, height := float64(e.box.max.X-e.box.min.X), float64(e.box.max.Y-e.box.min.Y)
	part := math.Sqrt(e.area/(width*height)) / pixel
	wide, high := max(1, math.Round(part*width)), max(1, math.Round(part*height))
	left := math.Round((float64(e.box.min.X)+width/2)/pixel - wide/2)
	top := math.Round((float64(e.box.min.Y)+height/2)/pixel - high/2)
	x0, y0 := int32(left)<<pixelShift, int32(top)<<pixelShift
	x1, y1 := int32(left+wide)<<pixelShift, int32(top+high)<<pixelShift
	return mvt.Polygon{{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}}
}

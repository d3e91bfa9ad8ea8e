package tiles

import (
	"slices"
	"sync"

	"reli/geo"
	"reli/geo/hex"
	"reli/geo/tile"
	"reli/tiles/mvt"
	"reli/tiles/shape"
)

// bufferUnits is how far beyond its edge a tile carries geometry, in tile
// units: wide enough for a border line, too narrow to bloat.
const bufferUnits = 64

// hexLayer is the hexagons of one zoom, projected once: geometry and, for
// each tile, which of them touch it. Immutable.
type hexLayer struct {
	cells    []hex.Cell
	geometry []mvt.Geometry
	spans    []tileSpan
	touching map[uint64][]uint32 // by tile x<<32|y, ascending
}

// tileSpan is the tiles that show a hexagon, the last ones included. Columns
// and rows up to MaxZoom fit 16 bits.
type tileSpan struct{ west, north, east, south uint16 }

// hexLayers keeps the newest hexLayer of each zoom. A data version with other
// cells reuses the geometry of those that stay.
type hexLayers struct {
	zooms [MaxZoom + 1]struct {
		mu    sync.Mutex // of one zoom: preparing one does not hold up another
		layer *hexLayer
	}
}

func (h *hexLayers) at(zoom uint32, cells []hex.Cell) *hexLayer {
	slot := &h.zooms[zoom]
	slot.mu.Lock()
	defer slot.mu.Unlock()
	before := slot.layer
	if before != nil && sameSlice(before.cells, cells) {
		return before
	}
	if before != nil && slices.Equal(before.cells, cells) {
		next := *before
		next.cells = cells // found at once from now on
		slot.layer = &next
		return slot.layer
	}
	slot.layer = projectHexagons(zoom, cells, before)
	return slot.layer
}

// sameSlice reports whether two slices are one and the same.
func sameSlice(a, b []hex.Cell) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func projectHexagons(zoom uint32, cells []hex.Cell, before *hexLayer) *hexLayer {
	l := &hexLayer{
		cells: cells, geometry: make([]mvt.Geometry, len(cells)),
		spans: make([]tileSpan, len(cells)),
	}
	var arena mvt.Arena
	old := 0
	for i, c := range cells {
		for before != nil && old < len(before.cells) && before.cells[old] < c {
			old++
		}
		if before != nil && old < len(before.cells) && before.cells[old] == c {
			l.geometry[i], l.spans[i] = before.geometry[old], before.spans[old]
			continue
		}
		ring := c.Boundary()
		l.geometry[i], l.spans[i] = shape.Outline(&arena, int(zoom), ring), spanOf(ring, zoom)
	}
	l.index()
	return l
}

// spanOf gives the tiles whose box, widened by the buffer, meets the box of a
// ring.
func spanOf(ring []geo.LngLat, zoom uint32) tileSpan {
	size := float64(uint64(1) << zoom)
	pad := float64(bufferUnits) / tile.Extent
	west, north, east, south := size, size, 0.0, 0.0
	for _, p := range ring {
		x, y := tile.World(p)
		west, east = min(west, x*size), max(east, x*size)
		north, south = min(north, y*size), max(south, y*size)
	}
	clamp := func(v float64) uint16 { return uint16(max(0, min(v, size-1))) }
	return tileSpan{clamp(west - pad), clamp(north - pad), clamp(east + pad), clamp(south + pad)}
}

// each calls do for the key of every tile of the span.
func (s tileSpan) each(do func(key uint64)) {
	for x := uint64(s.west); x <= uint64(s.east); x++ {
		for y := uint64(s.north); y <= uint64(s.south); y++ {
			do(x<<32 | y)
		}
	}
}

// index lists the hexagons of each tile. All lists lie in one piece of memory:
// a deep zoom has as many tiles as hexagons.
func (l *hexLayer) index() {
	count := map[uint64]int{}
	total := 0
	for _, span := range l.spans {
		span.each(func(key uint64) { count[key]++; total++ })
	}
	room := make([]uint32, total)
	l.touching = make(map[uint64][]uint32, len(count))
	for key, n := range count {
		l.touching[key], room = room[:0:n], room[n:]
	}
	for i, span := range l.spans {
		span.each(func(key uint64) { l.touching[key] = append(l.touching[key], uint32(i)) })
	}
}

func (l *hexLayer) in(id tile.ID) []uint32 { return l.touching[uint64(id.X)<<32|uint64(id.Y)] }

package tiles

import (
	"slices"
	"sync"

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
	ids      []string
	geometry []mvt.Geometry
	touching map[uint64][]uint32 // by tile x<<32|y, ascending
}

// hexLayers keeps the newest hexLayer of each zoom. A data version with other
// cells reuses the geometry of those that stay.
type hexLayers struct {
	mu    sync.Mutex
	zooms [MaxZoom + 1]*hexLayer
}

func (h *hexLayers) at(zoom uint32, cells []hex.Cell) *hexLayer {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.zooms[zoom]
	if before != nil && slices.Equal(before.cells, cells) {
		return before
	}
	next := projectHexagons(zoom, cells, before)
	h.zooms[zoom] = next
	return next
}

func projectHexagons(zoom uint32, cells []hex.Cell, before *hexLayer) *hexLayer {
	l := &hexLayer{
		cells: cells, ids: make([]string, len(cells)), geometry: make([]mvt.Geometry, len(cells)),
		touching: make(map[uint64][]uint32),
	}
	var arena mvt.Arena
	old := 0
	for i, c := range cells {
		for before != nil && old < len(before.cells) && before.cells[old] < c {
			old++
		}
		if before != nil && old < len(before.cells) && before.cells[old] == c {
			l.ids[i], l.geometry[i] = before.ids[old], before.geometry[old]
		} else {
			l.ids[i], l.geometry[i] = c.String(), shape.Outline(&arena, int(zoom), c.Boundary())
		}
		l.index(uint32(i), c, zoom)
	}
	return l
}

// index notes the tiles whose box, widened by the buffer, meets the cell's.
func (l *hexLayer) index(i uint32, c hex.Cell, zoom uint32) {
	size := float64(uint64(1) << zoom)
	pad := float64(bufferUnits) / tile.Extent
	west, north, east, south := size, size, 0.0, 0.0
	for _, p := range c.Boundary() {
		x, y := tile.World(p)
		west, east = min(west, x*size), max(east, x*size)
		north, south = min(north, y*size), max(south, y*size)
	}
	clamp := func(v float64) uint64 { return uint64(max(0, min(v, size-1))) }
	for x := clamp(west - pad); x <= clamp(east+pad); x++ {
		for y := clamp(north - pad); y <= clamp(south+pad); y++ {
			key := x<<32 | y
			l.touching[key] = append(l.touching[key], i)
		}
	}
}

func (l *hexLayer) in(id tile.ID) []uint32 { return l.touching[uint64(id.X)<<32|uint64(id.Y)] }

package pmtiles

import (
	"cmp"
	"slices"

	"reli/geo/tile"
)

// TileID returns the place of a tile in an archive: zoom by zoom, and along a
// Hilbert curve within one.
func TileID(t tile.ID) uint64 {
	id := (uint64(1)<<(2*t.Z) - 1) / 3 // tiles of all zooms before
	x, y := uint64(t.X), uint64(t.Y)
	for s := uint64(1) << t.Z >> 1; s > 0; s >>= 1 {
		right, low := x&s != 0, y&s != 0
		quadrant := uint64(0)
		switch {
		case right && low:
			quadrant = 2
		case right:
			quadrant = 3
		case low:
			quadrant = 1
		}
		id += quadrant * s * s
		x, y = x&(s-1), y&(s-1)
		if !low {
			if right {
				x, y = s-1-x, s-1-y
			}
			x, y = y, x
		}
	}
	return id
}

// Sort puts tiles in the order in which [Write] takes them.
func Sort(tiles []tile.ID) {
	slices.SortFunc(tiles, func(a, b tile.ID) int { return cmp.Compare(TileID(a), TileID(b)) })
}

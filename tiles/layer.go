package tiles

import (
	"strings"

	"reli/geo/area"
	"reli/schemas"
)

// Layer is what a tile shows: hexagons or the areas of one level.
type Layer string

// Layers.
const (
	LayerHex      Layer = "hex"
	LayerGrid     Layer = "grid"
	LayerVillage  Layer = "village"
	LayerTownship Layer = "township"
	LayerCounty   Layer = "county"
)

// Zooms at which tiles are made; beyond MaxZoom the client overzooms.
const (
	MinZoom = 0
	MaxZoom = 14
)

// maxLayers bounds the layers of one tile: there are five.
const maxLayers = 5

// Level gives the level of an area layer, area.Unknown for hexagons.
func (l Layer) Level() area.Level {
	if l == LayerHex {
		return area.Unknown
	}
	level, err := area.ParseLevel(string(l))
	if err != nil {
		return area.Unknown
	}
	return level
}

// ParseLayers reads one layer or several joined by commas.
func ParseLayers(text string) ([]Layer, error) {
	parts := strings.Split(text, ",")
	if len(parts) > maxLayers {
		return nil, unknownLayer()
	}
	seen := map[Layer]bool{}
	var out []Layer
	for _, p := range parts {
		l := Layer(p)
		if seen[l] || (l != LayerHex && l.Level() == area.Unknown) {
			return nil, unknownLayer()
		}
		seen[l] = true
		out = append(out, l)
	}
	return out, nil
}

func unknownLayer() error {
	return &schemas.Problem{Code: schemas.CodeUnknownLayer, Status: 404, Field: "layer",
		Detail: "want hex, grid, village, township or county, or several of them joined by commas"}
}

// Resolution gives the H3 resolution that the hex layer shows at a zoom. It
// is the one place where zoom and resolution meet. A hexagon is then between
// 17 and 70 pixels wide on a map of 512-pixel tiles at 31–49° N, the wider
// the nearer the map is to the next zoom.
func Resolution(zoom uint32) int {
	table := [MaxZoom + 1]int{1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 10}
	return table[min(zoom, MaxZoom)]
}

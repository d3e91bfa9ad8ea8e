package tiles

import (
	"strings"

	"reli/analytics/cube"
	"reli/geo"
)

// TileJSON is the TileJSON 3.0.0 description of a tile set.
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Description  string        `json:"description"`
	Version      string        `json:"version"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       []float64     `json:"bounds"`
	Center       []float64     `json:"center"`
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// VectorLayer is one layer of a TileJSON.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// TileJSON describes the tiles of some layers for a Selection. base is the
// address of the server as the client sees it, without a slash at the end.
func (s *Server) TileJSON(sel cube.Selection, layers []Layer, base string) TileJSON {
	snap := s.store.Current()
	names := make([]string, len(layers))
	described := make([]VectorLayer, len(layers))
	for i, l := range layers {
		names[i], described[i] = string(l), describe(l)
	}
	b, c := whole(snap.Catalogue, sel.Scope), frame(snap.Catalogue, sel.Scope).Center()
	return TileJSON{
		TileJSON: "3.0.0", Name: "Reli " + strings.Join(names, ", "),
		Description: "Incidents by place", Version: "1.0.0", Scheme: "xyz",
		Tiles:   []string{TileURL(base, layers, sel, snap.Version)},
		MinZoom: MinZoom, MaxZoom: MaxZoom,
		Bounds: []float64{b.West, b.South, b.East, b.North}, Center: []float64{c.Lng, c.Lat, 9},
		VectorLayers: described,
	}
}

// TileURL is the template of a tile's address. It names the data version, so
// that a new version is a new address and the old tiles stay valid.
func TileURL(base string, layers []Layer, sel cube.Selection, version uint64) string {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = string(l)
	}
	return base + "/v1/tiles/" + strings.Join(names, ",") + "/{z}/{x}/{y}.mvt?" + sel.Query() + "&v=" + formatVersion(version)
}

func describe(l Layer) VectorLayer {
	v := VectorLayer{ID: string(l), MinZoom: MinZoom, MaxZoom: MaxZoom, Description: "Areas of level " + string(l),
		Fields: map[string]string{
			"id": "String. Code of the area", "name": "String. Name of the area; absent where thousands of areas are smaller than 4 pixels",
			"value": "Number. The measure; absent where it is undefined", "count": "Number. Incidents in the window",
			"suppressed": "Boolean. There may be incidents, fewer than are told; value and count are absent", "population": "Number. People; absent where unknown and where thousands of areas are smaller than 8 pixels",
			"level": "Number. Response level with measure=level, 0 for none, 1 (blue) to 4 (red); count is absent then",
		}}
	if l == LayerHex {
		v.Description = "H3 hexagons; the resolution grows with the zoom"
		v.Fields = map[string]string{
			"id": "String. H3 index", "value": "Number. The measure; absent where it is undefined",
			"count":      "Number. Incidents in the window",
			"suppressed": "Boolean. There may be incidents, fewer than are told; value and count are absent",
		}
	}
	return v
}

// whole is everything that a tile may show. A hexagon of a low zoom reaches
// far beyond the incidents in it, so the box is generous. Where a scope hides
// areas it is that of the division tree, which tells nothing of incidents.
func whole(cat *cube.Catalogue, scope cube.Scope) geo.Bounds {
	switch {
	case !cat.HasBounds:
		return frame(cat, scope)
	case len(scope.Areas) > 0 || scope.Protected:
		return cat.Bounds.Pad(extentPad, extentPad)
	}
	return cat.Extent.Pad(extentPad, extentPad)
}

// extentPad is in degrees; below the zoom where a hexagon is larger than this
// the tiles around are the same few.
const extentPad = 0.25

// frame is what a map should show first.
func frame(cat *cube.Catalogue, scope cube.Scope) geo.Bounds {
	b, ok := cat.Frame(scope)
	if !ok {
		return geo.Bounds{West: -180, South: -85, East: 180, North: 85}
	}
	return b
}

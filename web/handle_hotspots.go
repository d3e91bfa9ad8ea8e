package web

import (
	"net/http"

	"reli/analytics/outlook"
	"reli/schemas"
	"reli/tiles"
)

// Resolutions of hexagons in which hot spots are looked for. Finer ones than
// the map shows at a zoom would be a list of single incidents.
const (
	coarsestHot = 5
	finestHot   = 9
)

// hotspots lists the places that stand out in a window.
func (s *Server) hotspots(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "layer", "z", "method", "v")
	if err != nil {
		return err
	}
	name := q.Get("layer")
	if name == "" {
		name = outlook.LayerHex
	}
	if layers, err := tiles.ParseLayers(name); err != nil || len(layers) != 1 {
		return schemas.BadParameter("layer", "want one of hex, grid, village, township, county")
	}
	zoom, err := zoomOf(q.Get("z"))
	if err != nil {
		return err
	}
	res := min(max(tiles.Resolution(zoom), coarsestHot), finestHot)
	layer, err := outlook.ParseLayer(name, res)
	if err != nil {
		return err
	}
	method := q.Get("method")
	if method == "" {
		method = outlook.MethodGiStar
	}
	answer, err := s.opt.Outlook.Hotspots(r.Context(), outlook.HotspotsRequest{Layer: layer, Selection: sel, Method: method})
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, answer)
}

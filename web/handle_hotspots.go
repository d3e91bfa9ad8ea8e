package web

import (
	"net/http"
	"net/url"

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

// hotspots lists the places that stand out in a window; without one, in the
// last whole weeks, which are made ahead.
func (s *Server) hotspots(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "layer", "z", "res", "method", "basis", "geometry", "v")
	if err != nil {
		return err
	}
	if q.Get("from") == "" && q.Get("to") == "" {
		sel.From, sel.To = s.opt.Outlook.StandardWindow()
	}
	layer, err := hotLayer(q)
	if err != nil {
		return err
	}
	geometry, err := flag(q, "geometry")
	if err != nil {
		return err
	}
	method := q.Get("method")
	if method == "" {
		method = outlook.MethodGiStar
	}
	answer, err := s.opt.Outlook.Hotspots(r.Context(), outlook.HotspotsRequest{Layer: layer, Selection: sel, Method: method,
		Basis: q.Get("basis"), Geometry: geometry})
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, answer)
}

// hotLayer reads the places: hexagons of a resolution or of a zoom, or areas.
func hotLayer(q url.Values) (outlook.Layer, error) {
	name := q.Get("layer")
	if name == "" {
		name = outlook.LayerHex
	}
	if layers, err := tiles.ParseLayers(name); err != nil || len(layers) != 1 {
		return outlook.Layer{}, schemas.BadParameter("layer", "want one of hex, grid, village, township, county")
	}
	res, err := number(q, "res", 0, coarsestHot, finestHot)
	if err != nil {
		return outlook.Layer{}, err
	}
	if q.Get("z") != "" && res == 0 {
		zoom, err := zoomOf(q.Get("z"))
		if err != nil {
			return outlook.Layer{}, err
		}
		res = min(max(tiles.Resolution(zoom), coarsestHot), finestHot)
	}
	return outlook.ParseLayer(name, res)
}

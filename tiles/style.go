package tiles

import (
	"context"
	"strconv"

	"reli/analytics/cube"
	"reli/schemas"
)

func formatVersion(v uint64) string { return strconv.FormatUint(v, 10) }

// Style is a MapLibre style (version 8) as JSON-ready values.
type Style map[string]any

// styleZoom is the zoom whose breaks a style without a map position uses.
const styleZoom = 9

// Style gives a complete style of one layer: source, fill by class, border.
// It asks for no glyphs, sprites or anything else from elsewhere.
func (s *Server) Style(ctx context.Context, sel cube.Selection, layer Layer, theme, base string) (Style, error) {
	if theme != "dark" && theme != "light" {
		return nil, schemas.BadParameter("theme", "want dark or light")
	}
	legend, err := s.Legend(ctx, sel, layer, styleZoom, SchemeQuantile)
	if err != nil {
		return nil, err
	}
	background, line := "#0B1220", "#22304A"
	if theme == "light" {
		background, line = "#F7F7FA", "#9FB0CC"
	}
	spec := s.TileJSON(sel, []Layer{layer}, base)
	layers := []any{
		map[string]any{"id": "background", "type": "background", "paint": map[string]any{"background-color": background}},
		map[string]any{"id": "density", "type": "fill", "source": "reli", "source-layer": string(layer),
			"paint": map[string]any{"fill-color": stepColour(legend, theme), "fill-opacity": fillOpacity()}},
		map[string]any{"id": "border", "type": "line", "source": "reli", "source-layer": string(layer),
			"paint": map[string]any{"line-color": line, "line-width": 0.5}},
	}
	if legend.Classes != nil {
		layers = append(layers, numerals(legend, layer))
	}
	return Style{
		"version": 8, "name": spec.Name,
		"metadata": map[string]any{"reli:data_version": legend.DataVersion},
		"center":   spec.Center[:2], "zoom": spec.Center[2],
		"sources": map[string]any{"reli": map[string]any{
			"type": "vector", "tiles": spec.Tiles, "bounds": spec.Bounds,
			"minzoom": spec.MinZoom, "maxzoom": spec.MaxZoom, "promoteId": "id",
		}},
		"layers": layers,
	}, nil
}

// stepColour gives each class its colour.
func stepColour(l Legend, theme string) any {
	colours := l.Colors[theme]
	if len(l.Breaks) == 0 {
		return colours[0]
	}
	step := []any{"step", []any{"coalesce", []any{"get", "value"}, 0}, colours[0]}
	for i, b := range l.Breaks {
		step = append(step, b, colours[i+1])
	}
	return step
}

// fillOpacity leaves a place without an incident, or without a value, empty.
func fillOpacity() any {
	return []any{"case", []any{"all", []any{"has", "value"}, []any{"!=", []any{"get", "value"}, 0}}, 0.85, 0}
}

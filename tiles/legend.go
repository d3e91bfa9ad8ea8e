package tiles

import (
	"context"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/disclose"
)

// Legend describes a field: what its classes and colours mean, and what it
// adds up to. It is the same for every tile of the field.
type Legend struct {
	Layer       Layer               `json:"layer"`
	Zoom        uint32              `json:"z"`
	Resolution  int                 `json:"resolution,omitempty"` // of hexagons
	Measure     cube.MeasureInfo    `json:"measure"`
	Scheme      Scheme              `json:"scheme"`
	Breaks      []float64           `json:"breaks"` // lower bounds of classes 2 … n
	Colors      map[string][]string `json:"colors"` // theme → class → colour
	Min         float64             `json:"min"`
	Max         float64             `json:"max"`
	Total       int64               `json:"total"`    // incidents in the field
	Features    int                 `json:"features"` // places with an incident
	DataVersion uint64              `json:"data_version"`
	DataDate    *cube.Day           `json:"data_date"` // last day with an incident; null without any
	Executor    cube.Executor       `json:"executor"`
	Classes     []LevelClass        `json:"classes,omitempty"` // of levels
	// Of protected counts only: the least count that is told, how many places
	// have one that is not, and the window that is answered in place of the one
	// asked for.
	Least      int64     `json:"least,omitempty"`
	Suppressed int       `json:"suppressed,omitempty"`
	From       *cube.Day `json:"from,omitempty"`
	To         *cube.Day `json:"to,omitempty"`
}

// Legend computes the legend of a field.
func (s *Server) Legend(ctx context.Context, sel cube.Selection, layer Layer, zoom uint32, scheme Scheme) (Legend, error) {
	snap := s.store.Current()
	r := s.withLevels(Request{Selection: sel})
	field, err := s.fieldOf(ctx, snap, r, layer, zoom)
	if err != nil {
		return Legend{}, err
	}
	info, _ := cube.LookupMeasure(sel.Measure)
	l := Legend{Layer: layer, Zoom: zoom, Measure: info, Scheme: scheme, DataVersion: snap.Version,
		Executor: field.Executor, Colors: map[string][]string{}}
	if last := snap.Catalogue.Last; last != 0 {
		l.DataDate = &last
	}
	if layer == LayerHex {
		l.Resolution = Resolution(zoom)
	}
	if field.told != nil {
		if err := l.protect(s.guard, sel, field); err != nil {
			return Legend{}, err
		}
	}
	values, err := l.collect(ctx, field)
	if err != nil {
		return Legend{}, err
	}
	if len(values) > 0 {
		l.Min, l.Max = slices.Min(values), slices.Max(values)
	}
	if r.levels != nil {
		l.tellLevels(*r.levels)
		return l, nil
	}
	if info.Signed {
		l.Breaks = signedBreaks(values)
	} else {
		l.Breaks = Breaks(values, scheme)
	}
	if l.Breaks == nil {
		l.Breaks = []float64{}
	}
	for theme, light := range map[string]bool{"dark": false, "light": true} {
		l.Colors[theme] = Ramp(len(l.Breaks)+1, light, info.Signed)
	}
	return l, nil
}

func (l *Legend) protect(guard *disclose.Guard, sel cube.Selection, field layerField) error {
	snapped, err := guard.Snap(sel)
	if err != nil {
		return err
	}
	l.Least, l.From, l.To = guard.Policy().K, &snapped.From, &snapped.To
	if l.Layer == LayerHex && len(field.cells) > 0 {
		l.Resolution = field.cells[0].Resolution()
	}
	return nil
}

// collect gathers the values that are drawn: those that are defined and not
// zero, or all of a signed measure with an incident on either side.
func (l *Legend) collect(ctx context.Context, field layerField) ([]float64, error) {
	var values []float64
	for i := range field.Len {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if field.suppressed(i) {
			l.Suppressed++
			continue
		}
		t := field.Tally(i)
		l.Total += t.Count
		if t.Count > 0 {
			l.Features++
		}
		if v, ok := field.value(i, t); ok && (v != 0 || l.Measure.Signed && t.Count+t.Base > 0) {
			values = append(values, v)
		}
	}
	return values, nil
}

package tiles

import (
	"context"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/schemas"
)

// layerField is the field of one layer with the values that are shown.
type layerField struct {
	cube.Field
	value func(i int, t cube.Tally) (value float64, ok bool)
	cells []hex.Cell                // keys of a hexagon layer
	told  func(i int) disclose.Cell // what may be told of key i; nil where everything may
	// levelled says which areas of a field of levels are drawn; nil for others.
	levelled []bool
}

// suppressed says that nothing is told of a key but that it may have a few.
func (f *layerField) suppressed(i int) bool {
	return f.told != nil && f.told(i).State == disclose.Suppressed
}

// field answers a Selection for one layer. For hexagons the zoom chooses the
// resolution.
func (s *Server) field(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, layer Layer, zoom uint32) (layerField, error) {
	measure := sel.Measure
	if sel.Scope.Protected {
		return s.protectedField(ctx, snap, sel, layer, zoom)
	}
	plain := func(_ int, t cube.Tally) (float64, bool) { return measure.Value(t) }
	if layer == LayerHex {
		if measure == cube.MeasureRate {
			return layerField{}, schemas.BadParameter("measure", "a rate needs a population, which hexagons have not: choose an area layer")
		}
		f, err := s.store.CellField(ctx, snap, sel, Resolution(zoom))
		return layerField{Field: f, value: plain, cells: snap.Cells(Resolution(zoom))}, err
	}
	f, err := s.store.AreaField(ctx, snap, sel, layer.Level())
	if err != nil || measure != cube.MeasureRate || snap.Catalogue.Tree == nil {
		return layerField{Field: f, value: plain}, err
	}
	rates := s.rates(snap, sel, layer, f)
	return layerField{Field: f, value: func(i int, _ cube.Tally) (float64, bool) { return rates[i], !math.IsNaN(rates[i]) }}, nil
}

// peopled gives the areas of a layer, without a population where the
// Selection's area or scope does not hold them: nobody there can be counted.
func peopled(tree *area.Tree, sel cube.Selection, layer Layer) []area.Area {
	areas := tree.AtLevel(layer.Level())
	if sel.Area == "" && len(sel.Scope.Areas) == 0 {
		return areas
	}
	areas = slices.Clone(areas)
	for i := range areas {
		inside := sel.Area == "" || slices.Contains(tree.Path(areas[i].Code), sel.Area)
		if !inside || !sel.Scope.Holds(tree, areas[i].Code) {
			areas[i].Population = 0
		}
	}
	return areas
}

// perPeople is the unit of a rate: incidents per 10,000 people.
const perPeople = 10_000

// rates gives the empirical-Bayes rate of every area of a layer per 10,000
// people, NaN where no population is known or the Selection leaves it out: each raw rate is drawn towards
// the layer's mean, the more the fewer people it is made from (Marshall 1991,
// Mapping disease and mortality rates using empirical Bayes estimators, the
// global method of moments).
func (s *Server) rates(snap *cube.Snapshot, sel cube.Selection, layer Layer, f cube.Field) []float64 {
	areas := peopled(snap.Catalogue.Tree, sel, layer)
	counts := make([]float64, len(areas))
	var cases, people float64
	populated := 0
	for i, a := range areas {
		counts[i] = float64(f.Tally(i).Count)
		if a.Population > 0 {
			cases, people, populated = cases+counts[i], people+float64(a.Population), populated+1
		}
	}
	mean := cases / people
	var spread float64
	for i, a := range areas {
		if a.Population > 0 {
			d := counts[i]/float64(a.Population) - mean
			spread += float64(a.Population) * d * d
		}
	}
	between := max(spread/people-mean/(people/float64(populated)), 0)
	out := make([]float64, len(areas))
	for i, a := range areas {
		if a.Population == 0 {
			out[i] = math.NaN()
			continue
		}
		n := float64(a.Population)
		weight := 0.0
		if between > 0 {
			weight = between / (between + mean/n)
		}
		out[i] = perPeople * (mean + weight*(counts[i]/n-mean))
	}
	return out
}

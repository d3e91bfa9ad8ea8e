package tiles

import (
	"context"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
)

// Levels is what is drawn with cube.MeasureLevel: the levels of the areas at
// one moment. Whoever decides them hands them in; tiles only colours them.
type Levels struct {
	Revision uint64 // grows with every change
	Of       func(code string) int
	Classes  []LevelClass // without none, the lowest first
}

// LevelClass says how a level is told.
type LevelClass struct {
	Level   int    `json:"level"`
	Numeral string `json:"numeral"`
	Zh      string `json:"zh"`
	En      string `json:"en"`
	Color   string `json:"color"`
	Ink     string `json:"ink"`
}

// SchemeLevels is the scheme of a legend of levels: its classes are given.
const SchemeLevels Scheme = "levels"

// withLevels gives a request the levels of now, if it is about them and has
// none yet.
func (s *Server) withLevels(r Request) Request {
	if r.Selection.Measure == cube.MeasureLevel && r.levels == nil {
		levels := s.levels()
		r.levels = &levels
	}
	return r
}

// fieldOf answers a request for one layer.
func (s *Server) fieldOf(ctx context.Context, snap *cube.Snapshot, r Request, layer Layer, zoom uint32) (layerField, error) {
	if r.levels == nil {
		return s.field(ctx, snap, r.Selection, layer, zoom)
	}
	return levelField(snap, r.Selection, layer, *r.levels)
}

// levelField draws the levels of the areas that the Selection's area and scope
// hold, and no counts. What lies above a scope has a level that is made of more
// than the scope, so it shows none; nor do villages and grids where counts are
// protected.
func levelField(snap *cube.Snapshot, sel cube.Selection, layer Layer, levels Levels) (layerField, error) {
	if layer == LayerHex {
		return layerField{}, schemas.BadParameter("measure", "hexagons have no level: choose an area layer")
	}
	f := layerField{Field: cube.Field{Executor: cube.ExecutorResident, Tally: func(int) cube.Tally { return cube.Tally{} }}}
	tree := snap.Catalogue.Tree
	if tree == nil {
		return f, nil
	}
	areas := tree.AtLevel(layer.Level())
	of := make([]int, len(areas))
	f.Len, f.levelled = len(areas), make([]bool, len(areas))
	for i, a := range areas {
		f.levelled[i] = sel.Scope.Shows(tree, a.Code)
		if sel.Scope.Holds(tree, a.Code) && (sel.Area == "" || slices.Contains(tree.Path(a.Code), sel.Area)) &&
			(!sel.Scope.Protected || a.Level <= area.Township) {
			of[i] = levels.Of(a.Code)
		}
	}
	f.value = func(i int, _ cube.Tally) (float64, bool) { return float64(of[i]), true }
	return f, nil
}

// Shown reports whether a place may be drawn.
func (f *layerField) Shown(i int) bool {
	if f.levelled != nil {
		return f.levelled[i]
	}
	return f.Field.Shown(i)
}

// tellLevels makes a legend one of levels: a class for none and one for each.
func (l *Legend) tellLevels(levels Levels) {
	l.Scheme, l.Classes, l.Breaks = SchemeLevels, levels.Classes, []float64{}
	for theme, none := range map[string]string{"dark": "#121B2E", "light": "#F7F7FA"} {
		l.Colors[theme] = []string{none}
		for _, c := range levels.Classes {
			l.Colors[theme] = append(l.Colors[theme], c.Color)
		}
	}
	for _, c := range levels.Classes {
		l.Breaks = append(l.Breaks, float64(c.Level))
	}
}

// numerals is the layer of a style that writes the level into each area: it is
// told without colour too. It needs no glyphs from elsewhere.
func numerals(l Legend, layer Layer) map[string]any {
	text := []any{"match", []any{"coalesce", []any{"get", "level"}, 0}}
	ink := slices.Clone(text)
	for _, c := range l.Classes {
		text, ink = append(text, c.Level, c.Numeral), append(ink, c.Level, c.Ink)
	}
	return map[string]any{"id": "numerals", "type": "symbol", "source": "reli", "source-layer": string(layer),
		"layout": map[string]any{"text-field": append(text, ""), "text-size": 16, "text-font": []string{"Noto Sans SC", "sans-serif"}},
		"paint":  map[string]any{"text-color": append(ink, "#000000")}}
}

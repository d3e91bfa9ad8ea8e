package tiles

import (
	"context"
	"math"
	"net/http"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/schemas"
)

// protectedField answers who may see protected counts only. Its hexagons are
// those of the answer, not of the snapshot, and as coarse as the policy asks.
func (s *Server) protectedField(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, layer Layer, zoom uint32) (layerField, error) {
	if s.guard == nil {
		return layerField{}, &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "no counts are shown to you here"}
	}
	var f disclose.Field
	var err error
	if layer == LayerHex {
		if sel.Measure == cube.MeasureRate {
			return layerField{}, schemas.BadParameter("measure", "a rate needs a population, which hexagons have not: choose an area layer")
		}
		f, err = s.guard.CellField(ctx, snap, sel, Resolution(zoom))
	} else {
		f, err = s.guard.AreaField(ctx, snap, sel, layer.Level())
	}
	if err != nil {
		return layerField{}, err
	}
	out := layerField{Field: f.Field, cells: f.Cells, told: f.Cell}
	value := func(_ int, t cube.Tally) (float64, bool) { return sel.Measure.Value(t) }
	if sel.Measure == cube.MeasureRate && snap.Catalogue.Tree != nil {
		rates := s.rates(snap, sel, layer, f.Field)
		value = func(i int, _ cube.Tally) (float64, bool) { return rates[i], !math.IsNaN(rates[i]) }
	}
	out.value = func(i int, t cube.Tally) (float64, bool) {
		if out.suppressed(i) {
			return 0, false
		}
		return value(i, t)
	}
	return out, nil
}

// protectedPlayback counts a layer period by period.
func (s *Server) protectedPlayback(ctx context.Context, sel cube.Selection, layer Layer, zoom uint32, step cube.Step) (Playback, error) {
	if s.guard == nil || string(step) != string(s.guard.Policy().Period) {
		return Playback{}, schemas.BadParameter("step", "you see the steps of protected counts only: month or quarter, as the server is set")
	}
	sel, err := s.guard.Snap(sel)
	if err != nil {
		return Playback{}, err
	}
	snap := s.store.Current()
	sel.Measure = cube.MeasureCount
	p := Playback{Layer: layer, Step: step, DataVersion: snap.Version, Executor: disclose.ExecutorProtected, IDs: []string{}, Counts: [][]int64{}}
	begins := s.guard.Policy().Begins(sel.From, sel.To)
	rows := map[string]int{}
	for n, begin := range begins {
		one := sel
		one.From, one.To = begin, sel.To
		if n+1 < len(begins) {
			one.To = begins[n+1]
		}
		f, err := s.protectedField(ctx, snap, one, layer, zoom)
		if err != nil {
			return Playback{}, err
		}
		p.add(snap, f, n, len(begins), rows)
	}
	p.Steps = begins
	p.paint()
	return p, nil
}

// add puts the counts of one step in; places that nothing is told of get
// SuppressedCount.
func (p *Playback) add(snap *cube.Snapshot, f layerField, step, steps int, rows map[string]int) {
	for i := range f.Len {
		count := f.Tally(i).Count
		if f.suppressed(i) {
			count = SuppressedCount
		}
		if count == 0 {
			continue
		}
		id := ""
		if p.Layer == LayerHex {
			id, p.Resolution = f.cells[i].String(), f.cells[i].Resolution()
		} else {
			id = snap.Catalogue.Tree.AtLevel(p.Layer.Level())[i].Code
		}
		row, ok := rows[id]
		if !ok {
			row = len(p.IDs)
			rows[id] = row
			p.IDs, p.Counts = append(p.IDs, id), append(p.Counts, make([]int64, steps))
		}
		p.Counts[row][step] = count
	}
}

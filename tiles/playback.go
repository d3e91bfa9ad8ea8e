package tiles

import (
	"context"
	"strconv"

	"reli/analytics/cube"
	"reli/geo/hex"
	"reli/schemas"
)

// Playback is all steps of a window in one answer, so that a slider moves
// without a request a step. The ids are those of the layer's tiles.
type Playback struct {
	Layer       Layer               `json:"layer"`
	Resolution  int                 `json:"resolution,omitempty"`
	Step        cube.Step           `json:"step"`
	Steps       []cube.Day          `json:"steps"`  // first day of each
	IDs         []string            `json:"ids"`    // hex index or area code
	Counts      [][]int64           `json:"counts"` // by id, then by step; SuppressedCount where it is not told
	Breaks      []float64           `json:"breaks"` // of all counts of all steps
	Colors      map[string][]string `json:"colors"`
	DataVersion uint64              `json:"data_version"`
	Executor    cube.Executor       `json:"executor"`
}

// Playback counts a layer step by step.
func (s *Server) Playback(ctx context.Context, sel cube.Selection, layer Layer, zoom uint32, step cube.Step) (Playback, error) {
	if sel.Scope.Protected {
		return s.protectedPlayback(ctx, sel, layer, zoom, step)
	}
	if cube.TooManyFrames(sel, step) {
		return Playback{}, schemas.BadParameter("step", "the window has too many days: choose week or month")
	}
	snap := s.store.Current()
	by, res := cube.Dimension(layer), 0
	p := Playback{Layer: layer, Step: step, DataVersion: snap.Version, IDs: []string{}, Counts: [][]int64{}}
	if layer == LayerHex {
		by, res = cube.DimensionCell, Resolution(zoom)
		p.Resolution = res
	}
	frames, err := s.store.Frames(ctx, snap, sel, by, res, step)
	if err != nil {
		return Playback{}, err
	}
	p.Steps, p.Executor = frames.Begins, frames.Executor
	for i, key := range frames.Keys {
		id := key
		if layer == LayerHex {
			n, err := strconv.ParseUint(key, 10, 64)
			if err != nil {
				return Playback{}, err
			}
			id = hex.Cell(n).String()
		}
		p.IDs, p.Counts = append(p.IDs, id), append(p.Counts, frames.Counts[i])
	}
	p.paint()
	return p, nil
}

// SuppressedCount stands for a count that is not told.
const SuppressedCount = -1

// paint chooses the classes of all counts of all steps.
func (p *Playback) paint() {
	var values []float64
	for _, row := range p.Counts {
		for _, n := range row {
			if n > 0 {
				values = append(values, float64(n))
			}
		}
	}
	if p.Breaks = Breaks(values, SchemeQuantile); p.Breaks == nil {
		p.Breaks = []float64{}
	}
	p.Colors = map[string][]string{}
	for theme, light := range map[string]bool{"dark": false, "light": true} {
		p.Colors[theme] = Ramp(len(p.Breaks)+1, light, false)
	}
}

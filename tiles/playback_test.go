package tiles_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/tiles"
)

func TestPlaybackAddsUpToTheField(t *testing.T) {
	c := county.Shared(t)
	sel := cube.Selection{From: day(t, "2025-03-05"), To: day(t, "2025-09-17"), Measure: cube.MeasureCount,
		Categories: []string{"land", "neighbour"}, Weekdays: 0b0111_1110}
	resident := tiles.NewServer(tiles.Options{Store: c.Store})
	bySQL := tiles.NewServer(tiles.Options{Store: c.Twin(t, 0)})
	for _, layer := range []tiles.Layer{tiles.LayerHex, tiles.LayerGrid, tiles.LayerVillage, tiles.LayerTownship} {
		legend, err := resident.Legend(t.Context(), sel, layer, 9, tiles.SchemeQuantile)
		require.NoError(t, err)
		for _, step := range []cube.Step{cube.StepDay, cube.StepWeek, cube.StepMonth} {
			p, err := resident.Playback(t.Context(), sel, layer, 9, step)
			require.NoError(t, err)
			require.Equal(t, cube.ExecutorResident, p.Executor)
			require.Equal(t, sel.From, p.Steps[0], "%s %s: the first step begins with the window", layer, step)
			require.True(t, slices.IsSorted(p.Steps))
			require.Len(t, p.Counts, len(p.IDs))
			require.Len(t, p.IDs, legend.Features)
			var total int64
			for _, counts := range p.Counts {
				require.Len(t, counts, len(p.Steps))
				for _, n := range counts {
					total += n
				}
			}
			require.Equal(t, legend.Total, total, "%s %s", layer, step)
			require.True(t, slices.IsSorted(p.Breaks))

			q, err := bySQL.Playback(t.Context(), sel, layer, 9, step)
			require.NoError(t, err)
			require.Equal(t, cube.ExecutorSQL, q.Executor)
			require.Equal(t, framesOf(p), framesOf(q), "%s %s: both executors", layer, step)
		}
	}
}

func framesOf(p tiles.Playback) map[string][]int64 {
	out := map[string][]int64{}
	for i, id := range p.IDs {
		out[id] = p.Counts[i]
	}
	return out
}

func TestPlaybackOfTooManyDaysIsRefused(t *testing.T) {
	c := county.Shared(t)
	s := tiles.NewServer(tiles.Options{Store: c.Store})
	sel := cube.Selection{From: day(t, "1980-01-01"), To: day(t, "2030-01-01"), Measure: cube.MeasureCount}
	_, err := s.Playback(t.Context(), sel, tiles.LayerHex, 9, cube.StepDay)
	require.ErrorContains(t, err, "too many days")
	_, err = s.Playback(t.Context(), sel, tiles.LayerHex, 9, cube.StepMonth)
	require.NoError(t, err)
}

func TestExportThatIsCancelledLeavesNoFile(t *testing.T) {
	c := county.Shared(t)
	s := tiles.NewServer(tiles.Options{Store: c.Store})
	ctx, cancel := context.WithCancel(t.Context())
	path := t.TempDir() + "/x.pmtiles"
	_, err := s.Export(ctx, tiles.Export{Layers: []tiles.Layer{tiles.LayerHex}, MaxZoom: 10,
		Selection: cube.Selection{From: day(t, "2025-01-01"), To: day(t, "2026-01-01"), Measure: cube.MeasureCount},
		Progress:  func(done, _ int) { cancel() }}, path)
	require.ErrorIs(t, err, context.Canceled)
	require.NoFileExists(t, path)
}

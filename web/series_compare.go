package web

import (
	"context"

	"reli/analytics/cube"
	"reli/analytics/series"
	"reli/geo/hex"
)

// averageWidth is the number of steps of the moving average: a week of days, a
// month of weeks, a quarter of months.
func averageWidth(step cube.Step) int {
	return map[cube.Step]int{cube.StepDay: 7, cube.StepWeek: 4, cube.StepMonth: 3}[step]
}

// comparison is the window's total against that of another window.
type comparison struct {
	From cube.Day `json:"from"`
	To   cube.Day `json:"to"`
	// Complete is false where the other window begins before the data do: its
	// count is then too low to compare with.
	Complete bool `json:"complete"`
	series.Change
}

// compare sets the total against the window before (环比) and the same days a
// year before (同比).
func (s *Server) compare(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, cell hex.Cell, total int64) (map[string]comparison, error) {
	out := map[string]comparison{}
	for name, measure := range map[string]cube.Measure{"previous": cube.MeasureChange, "year_before": cube.MeasureYear} {
		sel.Measure = measure
		base := sel
		base.From, base.To = sel.Base()
		base.Measure = cube.MeasureCount
		groups, _, err := s.opt.Store.Tallies(ctx, snap, cube.Query{Selection: base, By: cube.DimensionTotal, Within: cell})
		if err != nil {
			return nil, err
		}
		before := int64(0)
		for _, g := range groups {
			before += g.Count
		}
		c := comparison{From: base.From, To: base.To, Complete: snap.Catalogue.Incidents > 0 && base.From >= snap.Catalogue.First,
			Change: series.OfCounts(float64(total), float64(before))}
		out[name] = c
	}
	return out, nil
}

// withAverage adds the moving average to the points.
func withAverage(points []seriesPoint, step cube.Step) []seriesPoint {
	counts := make([]int64, len(points))
	for i, p := range points {
		counts[i] = p.Count
	}
	for i, mean := range series.MovingAverage(counts, averageWidth(step)) {
		points[i].Average = mean
	}
	return points
}

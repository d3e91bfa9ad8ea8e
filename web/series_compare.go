package web

import (
	"context"

	"reli/analytics/cube"
	"reli/analytics/series"
	"reli/geo/hex"
)

// comparison is the window's total against that of another window.
type comparison struct {
	From cube.Day `json:"from"`
	To   cube.Day `json:"to"`
	// Complete is false where the other window begins before the data do: its
	// count is then too low to compare with.
	Complete bool `json:"complete"`
	series.Change
	// ClosedShare is what was closed before each window's end, in 百分点.
	ClosedShare series.ShareChange `json:"closed_share"`
}

// compare sets the total against the window before (环比) and the same days a
// year before (同比).
func (s *Server) compare(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, cell hex.Cell, total int64) (map[string]comparison, error) {
	now, err := s.closing(ctx, snap, sel, cell)
	if err != nil {
		return nil, err
	}
	out := map[string]comparison{}
	for name, measure := range map[string]cube.Measure{"previous": cube.MeasureChange, "year_before": cube.MeasureYear} {
		sel.Measure = measure
		base := sel
		base.From, base.To = sel.Base()
		before, err := s.closing(ctx, snap, base, cell)
		if err != nil {
			return nil, err
		}
		out[name] = comparison{From: base.From, To: base.To, Complete: snap.Catalogue.Incidents > 0 && base.From >= snap.Catalogue.First,
			Change:      series.OfCounts(float64(total), float64(before.Count)),
			ClosedShare: series.OfShares(float64(now.Closed), float64(now.Count), float64(before.Closed), float64(before.Count))}
	}
	return out, nil
}

// closing counts a window's incidents and those closed before its end.
func (s *Server) closing(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, cell hex.Cell) (cube.Tally, error) {
	sel.Measure = cube.MeasureClosed
	groups, _, err := s.opt.Store.Tallies(ctx, snap, cube.Query{Selection: sel, By: cube.DimensionTotal, Within: cell})
	if err != nil || len(groups) == 0 {
		return cube.Tally{}, err
	}
	return groups[0].Tally, nil
}

package web

import (
	"context"
	"strconv"

	"reli/analytics/cube"
)

// cutFreshness replaces what is said of all incidents by what a scope may know.
// When a source last delivered, how many rows were refused and what the cache
// holds are of the whole county, so they are left out.
func (s *Server) cutFreshness(ctx context.Context, snap *cube.Snapshot, scope cube.Scope, answer map[string]any) error {
	cat := snap.Catalogue
	sel := cube.Selection{From: cat.First, To: cat.Last + 1, Measure: cube.MeasureCount, Scope: scope}
	groups := map[cube.Dimension][]cube.Group{}
	for _, by := range []cube.Dimension{cube.DimensionSource, cube.DimensionDay, cube.DimensionCell} {
		found, _, err := s.opt.Store.Tallies(ctx, snap, cube.Query{Selection: sel, By: by})
		if err != nil {
			return err
		}
		groups[by] = found
	}
	incidents, located := int64(0), int64(0)
	sources := []map[string]any{}
	for _, g := range groups[cube.DimensionSource] {
		incidents += g.Count
		sources = append(sources, map[string]any{"source": g.Key, "incidents": g.Count, "last_reported_at": nil, "ingested_at": nil})
	}
	for _, g := range groups[cube.DimensionCell] {
		located += g.Count
	}
	for name, value := range map[string]any{"incidents": incidents, "located": located, "unlocated": incidents - located,
		"quarantined": nil, "sources": sources, "tiles": nil, "first_day": nil, "last_day": nil} {
		answer[name] = value
	}
	first, last := cube.Day(0), cube.Day(0)
	for _, g := range groups[cube.DimensionDay] {
		n, err := strconv.Atoi(g.Key)
		if err != nil {
			return err
		}
		day := cube.Day(n)
		if first == 0 || day < first {
			first = day
		}
		last = max(last, day)
	}
	if first != 0 {
		answer["first_day"], answer["last_day"] = first, last
	}
	if b, ok := cat.Frame(scope); ok {
		answer["bbox"] = [4]float64{b.West, b.South, b.East, b.North}
	}
	return nil
}

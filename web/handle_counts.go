package web

import (
	"net/http"
	"net/url"
	"slices"

	"reli/analytics/cube"
	"reli/geo/hex"
	"reli/schemas"
	"reli/tiles"
)

// withinCell reads the parameter cell, an H3 index.
func withinCell(q url.Values) (hex.Cell, error) {
	text := q.Get("cell")
	if text == "" {
		return 0, nil
	}
	c, err := hex.Parse(text)
	if err != nil || c.Resolution() > cube.StorageResolution {
		return 0, schemas.BadParameter("cell", "want an H3 index of resolution 0 to %d", cube.StorageResolution)
	}
	return c, nil
}

// series counts by day, week (from Monday) or month. Every step of the window
// is there, those without an incident too; each says what its count is worth.
func (s *Server) series(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "step", "cell", "decompose", "robust", "v")
	if err != nil {
		return err
	}
	step := cube.Step(q.Get("step"))
	if step == "" {
		step = cube.StepDay
	}
	if !step.Valid() {
		return schemas.BadParameter("step", "want day, week or month")
	}
	split, err := readSplit(q)
	if err != nil {
		return err
	}
	cell, err := withinCell(q)
	if err != nil {
		return err
	}
	sel.Measure = cube.MeasureCount
	if sel.Scope.Protected {
		return s.protectedSeries(w, r, sel, step, cell)
	}
	snap := s.opt.Store.Current()
	groups, executor, err := s.opt.Store.Tallies(r.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionDay, Within: cell})
	if err != nil {
		return err
	}
	line, total := newLine(snap.Catalogue, s.opt.Store.Today(), sel, step, groups)
	delays, err := s.reporting.Delays(r.Context(), snap)
	if err != nil {
		return err
	}
	delays = delays.Of(sel.Sources, sel.Scope.Sources)
	line.describe(s.opt.Calendar, delays)
	compared, err := s.compare(r.Context(), snap, sel, cell, total)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]any{"step": step, "points": line.points, "total": total,
		"average_steps": averageWidth(step), "compare": compared, "decomposition": line.decompose(split), "jump": line.jump(),
		"periods": periodsOf(s.opt.Calendar, sel), "reporting": delays.Sources, "data_version": snap.Version, "executor": executor})
}

type group struct {
	Key   string  `json:"key"`
	Zh    string  `json:"zh"`
	En    string  `json:"en"`
	Count int64   `json:"count"`
	Value float64 `json:"value"`
}

// breakdown counts by a dimension, the largest first.
func (s *Server) breakdown(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "by", "set", "cell", "alike", "v")
	if err != nil {
		return err
	}
	by := cube.Dimension(q.Get("by"))
	switch set := q.Get("set"); {
	case set != "" && (by != "" || q.Has("cell")):
		return schemas.BadParameter("set", "goes without by and cell")
	case set != "" && sel.Scope.Protected:
		return noSets()
	case set != "":
		return s.setBreakdown(w, r, sel, set)
	}
	switch like := q.Get("alike"); {
	case like != "" && (by != "" || q.Has("cell")):
		return schemas.BadParameter("alike", "goes without by and cell")
	case like != "" && sel.Scope.Protected:
		return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "places are not compared where counts are protected"}
	case like != "":
		return s.alikeBreakdown(w, r, sel, like)
	}
	if by == cube.DimensionCell || by == cube.DimensionDay {
		return schemas.BadParameter("by", "cells come as tiles and days as a series")
	}
	cell, err := withinCell(q)
	if err != nil {
		return err
	}
	if sel.Scope.Protected {
		return s.protectedBreakdown(w, r, sel, by, cell)
	}
	snap := s.opt.Store.Current()
	tallies, executor, err := s.opt.Store.Tallies(r.Context(), snap, cube.Query{Selection: sel, By: by, Within: cell})
	if err != nil {
		return err
	}
	names := nameTable(snap.Catalogue, by)
	groups := make([]group, 0, len(tallies))
	var total int64
	for _, t := range tallies {
		value, _ := sel.Measure.Value(t.Tally)
		g := group{Key: t.Key, Zh: t.Key, En: t.Key, Count: t.Count, Value: value}
		if e, ok := names(t.Key); ok {
			g.Zh, g.En = e.Zh, e.En
		}
		groups = append(groups, g)
		total += t.Count
	}
	slices.SortStableFunc(groups, func(a, b group) int { return int(b.Count - a.Count) })
	return s.writeJSON(w, r, map[string]any{"by": by, "groups": groups, "total": total,
		"data_version": snap.Version, "executor": executor})
}

// nameTable gives the names of a dimension's codes.
func nameTable(cat *cube.Catalogue, by cube.Dimension) func(string) (schemas.Entry, bool) {
	lists := map[cube.Dimension][]schemas.Entry{
		cube.DimensionCategory: cat.Categories, cube.DimensionSource: cat.Sources,
		cube.DimensionChannel: cat.Channels, cube.DimensionStatus: schemas.LoadDictionary().Statuses,
	}
	return func(code string) (schemas.Entry, bool) {
		if list, ok := lists[by]; ok {
			i := slices.IndexFunc(list, func(e schemas.Entry) bool { return e.Code == code })
			if i < 0 {
				return schemas.Entry{}, false
			}
			return list[i], true
		}
		if cat.Tree == nil {
			return schemas.Entry{}, false
		}
		a, ok := cat.Tree.Get(code)
		return schemas.Entry{Code: code, Zh: a.Name, En: a.Name}, ok
	}
}

// freshness says how old and how complete the data are.
func (s *Server) freshness(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	snap := s.opt.Store.Current()
	cat := snap.Catalogue
	quarantined, err := s.opt.DB.Quarantined(r.Context())
	if err != nil {
		return err
	}
	answer := map[string]any{
		"data_version": snap.Version, "settled_at": nil, "today": s.opt.Store.Today(),
		"incidents": cat.Incidents, "located": cat.Located, "unlocated": cat.Incidents - cat.Located,
		"quarantined": quarantined, "time_zone": s.opt.Store.Zone().String(), "resolution": cube.StorageResolution,
		"first_day": nil, "last_day": nil, "bbox": nil, "sources": activities(cat),
		"tiles": tileUsage(s.opt.Tiles), "version": s.opt.Version,
	}
	if snap.Version > 0 {
		answer["settled_at"] = snap.SettledAt
	}
	if cat.Incidents > 0 {
		answer["first_day"], answer["last_day"] = cat.First, cat.Last
	}
	if cat.HasBounds {
		answer["bbox"] = [4]float64{cat.Bounds.West, cat.Bounds.South, cat.Bounds.East, cat.Bounds.North}
	}
	if scope := scopeOf(r); scope.Protected {
		for _, count := range []string{"incidents", "located", "unlocated", "quarantined", "bbox", "tiles"} {
			answer[count] = nil
		}
		answer["sources"] = []any{}
		if b, ok := cat.Frame(scope); ok {
			answer["bbox"] = [4]float64{b.West, b.South, b.East, b.North}
		}
	} else if !scope.Empty() {
		if err := s.cutFreshness(r.Context(), snap, scope, answer); err != nil {
			return err
		}
	}
	return s.writeJSON(w, r, answer)
}

func tileUsage(t *tiles.Server) map[string]int64 {
	entries, bytes := t.Usage()
	return map[string]int64{"entries": int64(entries), "bytes": bytes}
}

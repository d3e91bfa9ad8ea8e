package clickhouse

import (
	"context"
	"fmt"

	"reli/schemas"
)

// CrossRow is what a grid shares with an area of another set.
type CrossRow struct {
	Grid   string  `json:"grid"`
	Code   string  `json:"code"`
	Share  float64 `json:"share"`  // of the grid's ground
	Chosen bool    `json:"chosen"` // the grid counts in this area
}

// AreaSets gives the names of the sets besides the division tree.
func (db *DB) AreaSets(ctx context.Context) ([]string, error) {
	return column[string](ctx, db, `SELECT DISTINCT toString(area_set) AS name FROM areas FINAL WHERE removed = 0 AND area_set != {set:String} ORDER BY name`,
		Param("set", schemas.DivisionSet))
}

// ReplaceCrosswalk makes rows the crosswalk of a set. version must be greater
// than that of any earlier call. It is one insert.
func (db *DB) ReplaceCrosswalk(ctx context.Context, set string, rows []CrossRow, version uint64) error {
	old, err := db.Crosswalk(ctx, set)
	if err != nil {
		return err
	}
	var w rowBinary
	add := func(r CrossRow, removed uint8) {
		w.texts(set, r.Grid, r.Code)
		w.f64(r.Share)
		w.flag(r.Chosen)
		w.u64(version)
		w.u8(removed)
	}
	type key struct{ grid, code string }
	stays := make(map[key]bool, len(rows))
	for _, r := range rows {
		stays[key{r.Grid, r.Code}] = true
		add(r, 0)
	}
	for _, r := range old {
		if !stays[key{r.Grid, r.Code}] {
			add(r, 1)
		}
	}
	return db.insert(ctx, `INSERT INTO crosswalk (area_set, grid, code, share, chosen, version, removed)`, "", w.buf)
}

// Crosswalk gives the crosswalk of a set in the order of grid and code.
func (db *DB) Crosswalk(ctx context.Context, set string) ([]CrossRow, error) {
	var out []CrossRow
	err := db.Each(ctx, `SELECT grid, code, share, chosen FROM crosswalk FINAL WHERE area_set = {set:String} AND removed = 0 ORDER BY grid, code`,
		func(scan func(...any) error) error {
			var r CrossRow
			var chosen uint8
			err := scan(&r.Grid, &r.Code, &r.Share, &chosen)
			r.Chosen = chosen != 0
			out = append(out, r)
			return err
		}, Param("set", set))
	if err != nil {
		return nil, fmt.Errorf("read crosswalk: %w", err)
	}
	return out, nil
}

package clickhouse

import (
	"context"
	"slices"
)

// Part is an active part of a table of the embedded engine.
type Part struct {
	Table string `ch:"table"`
	Path  string `ch:"path"` // absolute
	Rows  uint64 `ch:"rows"`
}

// Parts lists the active parts.
func (db *DB) Parts(ctx context.Context) ([]Part, error) {
	var out []Part
	return out, db.Select(ctx, &out, `SELECT table, path, rows FROM system.parts WHERE database = currentDatabase() AND active ORDER BY table, name`)
}

// DetachedPart is a part that the engine set aside: its rows do not count.
type DetachedPart struct {
	Table  string `ch:"table"`
	Name   string `ch:"name"`
	Reason string `ch:"reason"`
}

// DetachedParts lists what the engine set aside for a reason.
func (db *DB) DetachedParts(ctx context.Context) ([]DetachedPart, error) {
	var out []DetachedPart
	return out, db.Select(ctx, &out, `SELECT table, name, ifNull(reason, '') AS reason FROM system.detached_parts
WHERE database = currentDatabase() AND reason != '' ORDER BY table, name`)
}

// CheckTables lets the engine read every part of every table and compare it
// with its own checksums. It gives the parts that fail.
func (db *DB) CheckTables(ctx context.Context, progress func(done, of int)) (failed []DetachedPart, err error) {
	tables, _, err := db.tables(ctx, db.name)
	if err != nil {
		return nil, err
	}
	for i, table := range tables {
		if progress != nil {
			progress(i, len(tables))
		}
		if slices.Contains(working, table) {
			continue
		}
		err := db.Each(ctx, "CHECK TABLE "+table+" SETTINGS check_query_single_value_result = 0", func(scan func(...any) error) error {
			var part, message string
			var passed bool
			if err := scan(&part, &passed, &message); err != nil {
				return err
			}
			if !passed {
				failed = append(failed, DetachedPart{Table: table, Name: part, Reason: message})
			}
			return nil
		})
		if err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// CubeIncidents counts the incidents of the cube.
func (db *DB) CubeIncidents(ctx context.Context) (n uint64, err error) {
	return n, db.Row(ctx, `SELECT sum(toUInt64(n)) FROM cube`, []any{&n})
}

// RecordMonths gives the months (yyyymm, local) of the incidents.
func (db *DB) RecordMonths(ctx context.Context, timeZone string) (months []uint32, err error) {
	return months, db.Row(ctx, `SELECT groupUniqArray(toYYYYMM(toDate(occurred_at, {tz:String}))) FROM incidents`, []any{&months}, Param("tz", timeZone))
}

package clickhouse

import (
	"context"
	"fmt"
)

// GridReport is a report of a known grid as rules of links see it.
type GridReport struct {
	Report
	Named    string // matter that its source names, "" for none
	Grid     string
	Category string
	Scale    uint8
	Day      int32 // local day it occurred on, since 1970-01-01
}

// GridReports gives the reports of known grids, those of one grid and category
// together.
func (db *DB) GridReports(ctx context.Context, timeZone string, each func(GridReport) error) error {
	err := db.Each(ctx, `SELECT source, source_id, matter_id, grid, category, scale, toInt32(toDate(occurred_at, {tz:String}))
FROM incidents FINAL WHERE grid != '' ORDER BY grid, category`, func(scan func(...any) error) error {
		var r GridReport
		if err := scan(&r.Source, &r.ID, &r.Named, &r.Grid, &r.Category, &r.Scale, &r.Day); err != nil {
			return err
		}
		return each(r)
	}, Param("tz", timeZone))
	if err != nil {
		return fmt.Errorf("read reports by grid: %w", err)
	}
	return nil
}

// LastLink gives the greatest number of a saying.
func (db *DB) LastLink(ctx context.Context) (seq uint64, err error) {
	return seq, db.Row(ctx, `SELECT max(seq) FROM links`, []any{&seq})
}

package clickhouse

import (
	"context"
	"time"
)

// ReportRow is a report as it was made. Days are local.
type ReportRow struct {
	Name, Cadence, Period string
	From, To              time.Time // first day, and the first that no longer counts
	MadeAt                time.Time
	DataVersion           uint64
	Document              string // JSON; empty in lists
}

// SaveReport keeps a report; one of the same name, cadence and period gives
// way to the newer.
func (db *DB) SaveReport(ctx context.Context, r ReportRow) error {
	var w rowBinary
	w.string(r.Name)
	w.string(r.Cadence)
	w.string(r.Period)
	w.date(r.From)
	w.date(r.To)
	w.millis(r.MadeAt)
	w.u64(r.DataVersion)
	w.string(r.Document)
	return db.insert(ctx, `INSERT INTO reports (name, cadence, period, first_day, after_day, made_at, data_version, document)`, "", w.buf)
}

// Report gives a kept report; ok is false where there is none.
func (db *DB) Report(ctx context.Context, name, cadence, period string) (r ReportRow, ok bool, err error) {
	err = db.Each(ctx, `SELECT name, cadence, period, first_day, after_day, made_at, data_version, document FROM reports FINAL
WHERE name = {name:String} AND cadence = {cadence:String} AND period = {period:String}`, func(scan func(...any) error) error {
		ok = true
		return scan(&r.Name, &r.Cadence, &r.Period, &r.From, &r.To, &r.MadeAt, &r.DataVersion, &r.Document)
	}, Param("name", name), Param("cadence", cadence), Param("period", period))
	r.MadeAt = r.MadeAt.UTC()
	return r, ok, err
}

// Reports lists the kept reports, the newest period first, without their
// documents.
func (db *DB) Reports(ctx context.Context, limit int) ([]ReportRow, error) {
	var out []ReportRow
	err := db.Each(ctx, `SELECT name, cadence, period, first_day, after_day, made_at, data_version FROM reports FINAL
ORDER BY after_day DESC, cadence, name LIMIT {limit:UInt32}`, func(scan func(...any) error) error {
		var r ReportRow
		if err := scan(&r.Name, &r.Cadence, &r.Period, &r.From, &r.To, &r.MadeAt, &r.DataVersion); err != nil {
			return err
		}
		r.MadeAt = r.MadeAt.UTC()
		out = append(out, r)
		return nil
	}, Param("limit", uint32(limit)))
	return out, err
}

package clickhouse

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Rules of keeping, as retention_log names them.
const (
	RuleRecords = "records" // incidents with their transitions and tones
	RuleCube    = "cube"    // daily numbers by place
)

// States of an entry of retention_log.
const (
	stateSealed = "sealed" // about to be removed
	stateDone   = "done"
)

// Removal is an entry of retention_log: what was removed under which rule.
type Removal struct {
	At     time.Time `json:"at" ch:"at"`
	Rule   string    `json:"rule" ch:"rule"`
	State  string    `json:"state" ch:"state"`
	Month  uint32    `json:"month" ch:"month"` // yyyymm
	Table  string    `json:"table" ch:"table"`
	Keep   uint32    `json:"keep" ch:"keep"` // months
	Rows   uint64    `json:"rows" ch:"rows"`
	Digest uint64    `json:"digest" ch:"digest"`
}

// SealedMonths gives the months whose records were removed, or are about to
// be: what the cube has of them is no longer computed from records.
func (db *DB) SealedMonths(ctx context.Context) (months []uint32, err error) {
	err = db.Each(ctx, `SELECT DISTINCT month FROM retention_log WHERE rule = 'records' ORDER BY month`, func(scan func(...any) error) error {
		var m uint32
		err := scan(&m)
		months = append(months, m)
		return err
	})
	return months, err
}

// LogRemoval appends to retention_log.
func (db *DB) LogRemoval(ctx context.Context, r Removal) error {
	var w rowBinary
	w.millis(r.At)
	w.string(r.Rule)
	w.string(r.State)
	w.u32(r.Month)
	w.string(r.Table)
	w.u32(r.Keep)
	w.u64(r.Rows)
	w.u64(r.Digest)
	return db.insert(ctx, `INSERT INTO retention_log (at, rule, state, month, table, keep, rows, digest)`, "", w.buf)
}

// MonthRecords says what a month's records are.
type MonthRecords struct {
	Month    uint32 `ch:"month"`
	Records  uint64 `ch:"records"`   // incidents that are stored
	Cube     uint64 `ch:"in_cube"`   // that the cube counts
	Courses  uint64 `ch:"courses"`   // whose courses are settled
	Open     uint64 `ch:"open"`      // that are not closed
	CubeRows uint64 `ch:"cube_rows"` // rows of the cube
}

// MonthsBefore gives what is kept of months before one, oldest first.
func (db *DB) MonthsBefore(ctx context.Context, timeZone string, month uint32) ([]MonthRecords, error) {
	var out []MonthRecords
	return out, db.Select(ctx, &out, `SELECT month, sum(r) AS records, sum(c) AS in_cube, sum(k) AS courses, sum(o) AS open, sum(rows) AS cube_rows FROM
(
    SELECT toYYYYMM(toDate(occurred_at, {tz:String})) AS month, toUInt64(count()) AS r, toUInt64(0) AS c, toUInt64(0) AS k, toUInt64(0) AS o, toUInt64(0) AS rows
    FROM incidents FINAL GROUP BY month
    UNION ALL
    SELECT toYYYYMM(opened) AS month, 0, sum(toUInt64(n)), 0, sum(if(closed = toDate(0), toUInt64(n), 0)), count() FROM cube GROUP BY month
    UNION ALL
    SELECT toYYYYMM(opened) AS month, 0, 0, count(), 0, 0 FROM courses GROUP BY month
)
WHERE month < {before:UInt32} GROUP BY month ORDER BY month`, Param("tz", timeZone), Param("before", month))
}

// The identities of a month's records; made for each removal.
const (
	makeDoomed = `CREATE TABLE retention_doomed (source LowCardinality(String), source_id String) ENGINE = MergeTree ORDER BY (source, source_id)`
	dropDoomed = `DROP TABLE IF EXISTS retention_doomed SYNC`
	// The newest version of a record says which month it is of. A matter that
	// reaches into a later month keeps its reports: they tell which was first.
	fillDoomed = `INSERT INTO retention_doomed SELECT source, source_id FROM incidents FINAL
WHERE toYYYYMM(toDate(occurred_at, {tz:String})) = {month:UInt32}
  AND NOT (matter_id != '' AND matter_id IN (SELECT matter_id FROM incidents FINAL WHERE matter_id != '' AND toYYYYMM(toDate(occurred_at, {tz:String})) > {month:UInt32}))
  AND (source, source_id) NOT IN (SELECT source, source_id FROM matter_of WHERE arrayMax(months) > {month:UInt32})`
	doomed = `(source, source_id) IN (SELECT source, source_id FROM retention_doomed)`
	// What was said of a pair goes with the first of the two.
	doomedLinks = `((source_a, id_a) IN (SELECT source, source_id FROM retention_doomed) OR (source_b, id_b) IN (SELECT source, source_id FROM retention_doomed))`
)

// RemoveRecords removes a month's incidents with their transitions, tones and links,
// and tells retention_log before and after. It may be repeated after a kill: what is left
// is removed then. Nobody may write or settle meanwhile.
func (db *DB) RemoveRecords(ctx context.Context, timeZone string, month, keep uint32, now func() time.Time) (removed []Removal, err error) {
	if err := db.Exec(ctx, dropDoomed); err != nil {
		return nil, err
	}
	if err := db.Exec(ctx, makeDoomed); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Exec(context.WithoutCancel(ctx), dropDoomed)) }()
	if err := db.Exec(ctx, fillDoomed, Param("tz", timeZone), Param("month", month)); err != nil {
		return nil, err
	}
	var n uint64
	if err := db.Row(ctx, `SELECT count() FROM retention_doomed`, []any{&n}); err != nil || n == 0 {
		return nil, err
	}
	for _, of := range []struct{ table, condition string }{{"tones", doomed}, {"links", doomedLinks}, {"transitions", doomed}, {"incidents", doomed}} { // the identities last
		r, err := db.remove(ctx, Removal{Rule: RuleRecords, Month: month, Table: of.table, Keep: keep}, now, of.condition,
			`ALTER TABLE `+of.table+` DELETE WHERE `+of.condition+` SETTINGS mutations_sync = 2`)
		if err != nil {
			return removed, err
		}
		removed = append(removed, r)
	}
	return removed, nil
}

// RemoveCube removes a month of the daily numbers, whose records are gone.
func (db *DB) RemoveCube(ctx context.Context, month, keep uint32, now func() time.Time) (removed []Removal, err error) {
	for _, table := range []string{"courses", "cube_next", "cube"} {
		r, err := db.remove(ctx, Removal{Rule: RuleCube, Month: month, Table: table, Keep: keep}, now, "toYYYYMM(opened) = {month:UInt32}",
			`ALTER TABLE `+table+` DROP PARTITION `+strconv.FormatUint(uint64(month), 10), Param("month", month))
		if err != nil {
			return removed, err
		}
		removed = append(removed, r)
	}
	return removed, nil
}

// remove takes the rows under a condition out of a table by a statement, and
// tells retention_log before and after what they were.
func (db *DB) remove(ctx context.Context, r Removal, now func() time.Time, condition, statement string, params ...any) (Removal, error) {
	sum, err := db.SumWhere(ctx, r.Table, condition, params...)
	if err != nil {
		return r, err
	}
	if r.Digest, err = strconv.ParseUint(sum.Digest, 16, 64); err != nil {
		return r, err
	}
	r.At, r.State, r.Rows = now(), stateSealed, sum.Rows
	if err := db.LogRemoval(ctx, r); err != nil {
		return r, err
	}
	if err := db.Exec(ctx, statement); err != nil {
		return r, err
	}
	r.At, r.State = now(), stateDone
	return r, db.LogRemoval(ctx, r)
}

// Removals gives what was removed, newest first.
func (db *DB) Removals(ctx context.Context) ([]Removal, error) {
	var out []Removal
	return out, db.Select(ctx, &out, `SELECT at, rule, state, month, table, keep, rows, digest FROM retention_log ORDER BY at DESC, table`)
}

package clickhouse

import (
	"context"
	"time"
)

// SavedQuery is SQL that was kept: an own report. Parameters and Template are
// JSON objects of package web/sqlbench.
type SavedQuery struct {
	ID         string    `ch:"id"`
	Owner      string    `ch:"owner"`
	Name       string    `ch:"name"`
	Note       string    `ch:"note"`
	SQL        string    `ch:"sql"`
	Parameters string    `ch:"parameters"`
	Template   string    `ch:"template"`
	Shared     uint8     `ch:"shared"`
	MadeAt     time.Time `ch:"made_at"`
	Version    uint64    `ch:"version"`
	Removed    uint8     `ch:"removed"`
}

// SaveQuery writes a version of a saved query; the greatest version counts.
func (db *DB) SaveQuery(ctx context.Context, q SavedQuery) error {
	var w rowBinary
	for _, text := range []string{q.ID, q.Owner, q.Name, q.Note, q.SQL, q.Parameters, q.Template} {
		w.string(text)
	}
	w.u8(q.Shared)
	w.millis(q.MadeAt)
	w.u64(q.Version)
	w.u8(q.Removed)
	return db.insert(ctx, `INSERT INTO sql_saved (id, owner, name, note, sql, parameters, template, shared, made_at, version, removed)`, "", w.buf)
}

const savedColumns = `SELECT id, owner, name, note, sql, parameters, template, shared, made_at, version, removed FROM sql_saved FINAL WHERE removed = 0 `

// SavedQueries gives a principal's own saved queries and the shared ones, by
// name; at most limit.
func (db *DB) SavedQueries(ctx context.Context, principal string, limit int) ([]SavedQuery, error) {
	var out []SavedQuery
	err := db.Select(ctx, &out, savedColumns+`AND (owner = {principal:String} OR shared = 1) ORDER BY name, id LIMIT {limit:UInt64}`,
		Param("principal", principal), Param("limit", uint64(limit)))
	return out, err
}

// SavedQuery gives a saved query that the principal may use; false without one.
func (db *DB) SavedQuery(ctx context.Context, principal, id string) (SavedQuery, bool, error) {
	var out []SavedQuery
	err := db.Select(ctx, &out, savedColumns+`AND id = {id:String} AND (owner = {principal:String} OR shared = 1)`,
		Param("principal", principal), Param("id", id))
	if err != nil || len(out) == 0 {
		return SavedQuery{}, false, err
	}
	return out[0], true, nil
}

// QueryRun is one run of an analyst's query.
type QueryRun struct {
	Principal  string    `ch:"principal"`
	At         time.Time `ch:"at"`
	RequestID  string    `ch:"request_id"`
	SQL        string    `ch:"sql"`
	Parameters string    `ch:"parameters"`
	Format     string    `ch:"format"`
	TookMillis uint32    `ch:"took_ms"`
	Rows       uint64    `ch:"rows"`
	Code       string    `ch:"code"` // of the problem; empty for success
}

// KeepRun writes a run into the history.
func (db *DB) KeepRun(ctx context.Context, r QueryRun) error {
	var w rowBinary
	w.string(r.Principal)
	w.millis(r.At)
	w.string(r.RequestID)
	w.string(r.SQL)
	w.string(r.Parameters)
	w.string(r.Format)
	w.u32(r.TookMillis)
	w.u64(r.Rows)
	w.string(r.Code)
	return db.insert(ctx, `INSERT INTO sql_runs (principal, at, request_id, sql, parameters, format, took_ms, rows, code)`, "", w.buf)
}

// QueryRuns gives a principal's newest runs; at most limit.
func (db *DB) QueryRuns(ctx context.Context, principal string, limit int) ([]QueryRun, error) {
	var out []QueryRun
	err := db.Select(ctx, &out, `SELECT principal, at, request_id, sql, parameters, format, took_ms, rows, code FROM sql_runs
WHERE principal = {principal:String} ORDER BY at DESC LIMIT {limit:UInt64}`, Param("principal", principal), Param("limit", uint64(limit)))
	return out, err
}

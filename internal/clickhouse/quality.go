package clickhouse

import (
	"context"
	"time"
)

// ExpectedID is an id that a source's own list has.
type ExpectedID struct {
	Source string
	Day    int32  // since 1970, local
	Hash   string // keyed
}

// SaveExpectedIDs keeps ids; the later version of one wins.
func (db *DB) SaveExpectedIDs(ctx context.Context, rows []ExpectedID, version uint64) error {
	var w rowBinary
	for i := range rows {
		w.string(rows[i].Source)
		w.day(rows[i].Day)
		w.string(rows[i].Hash)
		w.u64(version)
	}
	return db.insert(ctx, `INSERT INTO expected_ids (source, day, id_hash, version)`, "", w.buf)
}

// ForgetExpectedIDs removes the ids of sources that are older than a version.
func (db *DB) ForgetExpectedIDs(ctx context.Context, sources []string, before uint64) error {
	return db.Exec(ctx, `ALTER TABLE expected_ids DELETE WHERE has({sources:Array(String)}, source) AND version < {before:UInt64}
SETTINGS mutations_sync = 1`, Param("sources", sources), Param("before", before))
}

// ExpectedIDs gives all lists by source.
func (db *DB) ExpectedIDs(ctx context.Context) (map[string][]ExpectedID, error) {
	out := map[string][]ExpectedID{}
	err := db.Each(ctx, `SELECT source, toInt32(day), id_hash FROM expected_ids FINAL`, func(scan func(...any) error) error {
		var e ExpectedID
		if err := scan(&e.Source, &e.Day, &e.Hash); err != nil {
			return err
		}
		out[e.Source] = append(out[e.Source], e)
		return nil
	})
	return out, err
}

// SourceIDs calls each for every id of a source, an id more than once where
// there are several versions of its record.
func (db *DB) SourceIDs(ctx context.Context, source string, each func(id string) error) error {
	return db.Each(ctx, `SELECT source_id FROM incidents WHERE source = {source:String}`, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		return each(id)
	}, Param("source", source))
}

// RefusedRows are the rows of a source that were refused for one reason.
type RefusedRows struct {
	Source string    `json:"-"`
	Code   string    `json:"code"`
	Field  string    `json:"field"`
	Rows   uint64    `json:"rows"`
	LastAt time.Time `json:"last_at"`
	Row    uint64    `json:"row"`    // of the newest, in its file
	Origin string    `json:"origin"` // the newest's file
}

// RefusedRows counts the quarantine by source and reason.
func (db *DB) RefusedRows(ctx context.Context) ([]RefusedRows, error) {
	var out []RefusedRows
	err := db.Each(ctx, `SELECT source, code, field, uniqExact(row_hash), max(at), argMax(row, at), argMax(origin, at)
FROM quarantine FINAL GROUP BY source, code, field ORDER BY source, uniqExact(row_hash) DESC, code, field`,
		func(scan func(...any) error) error {
			var r RefusedRows
			err := scan(&r.Source, &r.Code, &r.Field, &r.Rows, &r.LastAt, &r.Row, &r.Origin)
			out = append(out, r)
			return err
		})
	return out, err
}

// RefusedOf counts the different refused rows of each source, and those that
// were refused for one of some reasons.
func (db *DB) RefusedOf(ctx context.Context, reasons []string, each func(source string, rows, some uint64)) error {
	return db.Each(ctx, `SELECT source, uniqExact(row_hash), uniqExactIf(row_hash, has({reasons:Array(String)}, code)) FROM quarantine GROUP BY source`,
		func(scan func(...any) error) error {
			var source string
			var rows, some uint64
			if err := scan(&source, &rows, &some); err != nil {
				return err
			}
			each(source, rows, some)
			return nil
		}, Param("reasons", reasons))
}

// Deliveries is what the ledger says of the runs of a source.
type Deliveries struct {
	Source      string            `json:"-"`
	Deliveries  uint64            `json:"deliveries"`
	Rows        uint64            `json:"rows"`
	Accepted    uint64            `json:"accepted"`
	Updated     uint64            `json:"updated"`
	Duplicates  uint64            `json:"duplicates"`
	Quarantined uint64            `json:"quarantined"`
	Masked      map[string]uint64 `json:"-"`
}

// Deliveries adds up the ledger by source.
func (db *DB) Deliveries(ctx context.Context) ([]Deliveries, error) {
	var out []Deliveries
	err := db.Each(ctx, `SELECT source, count(), sum(rows), sum(accepted), sum(updated), sum(duplicates), sum(quarantined), sumMap(masked)
FROM batches FINAL WHERE record = 'incident' GROUP BY source`, func(scan func(...any) error) error {
		var d Deliveries
		err := scan(&d.Source, &d.Deliveries, &d.Rows, &d.Accepted, &d.Updated, &d.Duplicates, &d.Quarantined, &d.Masked)
		out = append(out, d)
		return err
	})
	return out, err
}

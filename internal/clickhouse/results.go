package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Result says which run answers a choice, and for which state of the data.
type Result struct {
	Kind, Name   string // what is answered; equal ones replace each other
	Run          uint64 // unique and growing
	DataVersion  uint64 // newest state for which the answer is right
	ModelVersion string
	MadeAt       time.Time
	ReadTo       time.Time // first day that is not read
	Digest       uint64    // equal digests of a kind and name mean equal answers
}

// NoRun is the run of a choice that has no answer any more.
const NoRun = 0

// SaveResult stores an answer, with the rows that SQL reads it from, and puts
// it in force with its last write: until then the answer before stays. stamp
// must be greater than that of any earlier call for the kind and name.
func (db *DB) SaveResult(ctx context.Context, r Result, stamp uint64, answer []byte, rows ResultRows) error {
	for _, part := range rows.parts(r) {
		if err := db.insert(ctx, part.sql, "", part.rows); err != nil {
			return fmt.Errorf("save %s %s: %w", r.Kind, r.Name, err)
		}
	}
	var w rowBinary
	w.u64(r.Run)
	w.string(string(answer))
	if err := db.insert(ctx, `INSERT INTO result_answers (run, answer)`, "", w.buf); err != nil {
		return fmt.Errorf("save %s %s: %w", r.Kind, r.Name, err)
	}
	return db.StampResults(ctx, stamp, r)
}

// StampResults puts answers in force: after a change that left them as they
// were, for the newer state of the data.
func (db *DB) StampResults(ctx context.Context, stamp uint64, results ...Result) error {
	var w rowBinary
	for _, r := range results {
		w.string(r.Kind)
		w.string(r.Name)
		w.u64(r.Run)
		w.u64(r.DataVersion)
		w.string(r.ModelVersion)
		w.millis(r.MadeAt)
		w.date(r.ReadTo)
		w.u64(r.Digest)
		w.u64(stamp)
	}
	return db.insert(ctx, `INSERT INTO results (kind, name, run, data_version, model_version, made_at, read_to, digest, stamp)`, "", w.buf)
}

// Results gives the answers in force.
func (db *DB) Results(ctx context.Context) ([]Result, error) {
	var out []Result
	err := db.Each(ctx, `SELECT kind, name, run, data_version, model_version, made_at, read_to, digest FROM results FINAL ORDER BY kind, name`,
		func(scan func(...any) error) error {
			var r Result
			if err := scan(&r.Kind, &r.Name, &r.Run, &r.DataVersion, &r.ModelVersion, &r.MadeAt, &r.ReadTo, &r.Digest); err != nil {
				return err
			}
			r.MadeAt, r.ReadTo = r.MadeAt.UTC(), dayOf(r.ReadTo)
			out = append(out, r)
			return nil
		})
	return out, err
}

// ErrNoAnswer says that a run's answer is not stored, because a newer one took
// its place.
var ErrNoAnswer = errors.New("clickhouse: no such answer")

// ResultAnswer gives what a run answered.
func (db *DB) ResultAnswer(ctx context.Context, run uint64) ([]byte, error) {
	var text string
	found := false
	err := db.Each(ctx, `SELECT answer FROM result_answers WHERE run = {run:UInt64} LIMIT 1`, func(scan func(...any) error) error {
		found = true
		return scan(&text)
	}, Param("run", run))
	if err == nil && !found {
		err = fmt.Errorf("run %d: %w", run, ErrNoAnswer)
	}
	return []byte(text), err
}

// ClearResults removes what runs left that no answer in force is made by. No
// SaveResult may run at the same time.
func (db *DB) ClearResults(ctx context.Context) error {
	for _, table := range []string{"result_answers", "forecasts", "warnings", "hotspots", "backtests"} {
		left := false
		err := db.Each(ctx, `SELECT 1 FROM `+table+` WHERE run NOT IN (SELECT run FROM results FINAL) LIMIT 1`,
			func(func(...any) error) error { left = true; return nil })
		if err == nil && left {
			err = db.Exec(ctx, `ALTER TABLE `+table+` DELETE WHERE run NOT IN (SELECT run FROM results FINAL)`)
		}
		if err != nil {
			return fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return nil
}

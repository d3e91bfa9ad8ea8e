package clickhouse

import (
	"cmp"
	"context"
	_ "embed" // the statement below
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed stepflags.sql
var stepFlagsSQL string

const (
	// LateAfter is how long after it was made a step comes to be flagged as
	// late: the week of the weekly report. Ours; no rule names one.
	LateAfter = 7 * 24 * time.Hour
	// flagsAtOnce bounds the steps of one statement, and its memory (some 200
	// bytes a step, with the incidents beside it).
	flagsAtOnce = 4_000_000
	// noBatch stands for a batch where none is asked for.
	noBatch = "00000000-0000-0000-0000-000000000000"
)

// What $some is in stepflags.sql. A condition on the key reads only what the
// batch touches.
const (
	someLives = `cityHash64(source_id) % {parts:UInt32} = {part:UInt32}`
	ofBatch   = `(source, source_id) IN (SELECT source, source_id FROM transitions WHERE batch = {batch:UUID} AND ingested_at = fromUnixTimestamp({arrived:UInt32}))`
)

// StepFlag is how many steps of a source bear a flag (schemas.StepFlags). A
// step may bear several.
type StepFlag struct {
	Source string `json:"source"`
	Flag   string `json:"flag"`
	Steps  uint64 `json:"steps"`
}

// StepFlags counts the flagged steps of all lives, by source and flag.
func (db *DB) StepFlags(ctx context.Context) ([]StepFlag, error) {
	var steps uint64
	if err := db.Row(ctx, `SELECT count() FROM transitions`, []any{&steps}); err != nil {
		return nil, fmt.Errorf("count steps: %w", err)
	}
	parts := uint32(steps/flagsAtOnce + 1)
	some := someLives
	if parts == 1 {
		some = "1"
	}
	sums := map[StepFlag]uint64{}
	for part := range parts {
		if err := db.stepFlags(ctx, some, sums, Param("all", uint8(1)), Param("batch", noBatch), Param("parts", parts), Param("part", part)); err != nil {
			return nil, err
		}
	}
	return sortedFlags(sums), nil
}

// BatchStepFlags counts the flagged ones among the steps that a run took in,
// with what was known when it ended. arrived is the time of arrival that its
// steps have.
func (db *DB) BatchStepFlags(ctx context.Context, batch string, arrived time.Time) ([]StepFlag, error) {
	sums := map[StepFlag]uint64{}
	err := db.stepFlags(ctx, ofBatch, sums, Param("all", uint8(0)), Param("batch", batch), Param("arrived", uint32(arrived.Unix())))
	return sortedFlags(sums), err
}

// stepFlags adds what a statement counts to sums.
func (db *DB) stepFlags(ctx context.Context, some string, sums map[StepFlag]uint64, params ...any) error {
	err := db.Each(ctx, strings.ReplaceAll(stepFlagsSQL, "$some", some), func(scan func(...any) error) error {
		var f StepFlag
		var steps uint64
		err := scan(&f.Source, &f.Flag, &steps)
		sums[f] += steps
		return err
	}, append(params, Param("late", uint32(LateAfter/time.Second)))...)
	if err != nil {
		return fmt.Errorf("flag steps: %w", err)
	}
	return nil
}

func sortedFlags(sums map[StepFlag]uint64) []StepFlag {
	out := []StepFlag{}
	for f, n := range sums {
		f.Steps = n
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b StepFlag) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Flag, b.Flag)) })
	return out
}

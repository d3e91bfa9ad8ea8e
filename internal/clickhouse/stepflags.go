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
)

// What $some is in stepflags.sql. A condition on the key reads only what the
// batches touch.
const (
	someLives = `cityHash64(source_id) % {parts:UInt32} = {part:UInt32}`
	ofBatches = `(source, source_id) IN (SELECT source, source_id FROM transitions WHERE batch IN {batches:Array(UUID)} AND ingested_at BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32}))`
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
	add := func(_ uint32, f StepFlag) { sums[StepFlag{Source: f.Source, Flag: f.Flag}] += f.Steps }
	for part := range parts {
		err := db.stepFlags(ctx, some, add, Param("all", uint8(1)), Param("batches", []string{}), Param("parts", parts), Param("part", part))
		if err != nil {
			return nil, err
		}
	}
	return sortedFlags(sums), nil
}

// BatchStepFlags counts the flagged ones among the steps that each of some runs
// took in, with what was known when they ended: one statement for a group of
// runs. Their steps have times of arrival in [first, last]. A run without a
// flagged step has no entry.
func (db *DB) BatchStepFlags(ctx context.Context, batches []string, first, last time.Time) (map[string][]StepFlag, error) {
	out := map[string][]StepFlag{}
	add := func(number uint32, f StepFlag) { out[batches[number-1]] = append(out[batches[number-1]], f) }
	err := db.stepFlags(ctx, ofBatches, add, Param("all", uint8(0)), Param("batches", batches),
		Param("first", uint32(first.Unix())), Param("last", uint32(last.Unix())))
	return out, err
}

// stepFlags calls add for what a statement counts: the place of the batch in
// its list from 1 on, and the count.
func (db *DB) stepFlags(ctx context.Context, some string, add func(number uint32, f StepFlag), params ...any) error {
	err := db.Each(ctx, strings.ReplaceAll(stepFlagsSQL, "$some", some), func(scan func(...any) error) error {
		var number uint32
		var f StepFlag
		if err := scan(&f.Source, &number, &f.Flag, &f.Steps); err != nil {
			return err
		}
		add(number, f)
		return nil
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

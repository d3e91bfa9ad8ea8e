package ingest

import (
	"bytes"
	"fmt"
	"time"

	"reli/ingest/privacy"
	"reli/schemas"
)

// chunk is the unit of work: records one after the other, copied out of the
// decoder's memory, and what a worker made of them.
type chunk[T any] struct {
	records []rawRecord
	arena   []byte
	spans   []int32 // end of each value in the arena, width of them a record
	err     error   // what ended the input after these records

	out     []shaped[T] // by record; empty where it was refused
	refused []refusal   // ascending by record
	bytes   int         // text that the rows of out keep alive
	masked  map[privacy.Kind]int64
	derived map[string]int64
	done    chan struct{}
}

type rawRecord struct {
	number int64
	hash   uint64
	fault  *RowError // of the decoder
}

// refusal is a record that was not accepted.
type refusal struct {
	index  int // in the chunk
	number int64
	hash   uint64
	source string
	kept   map[string]string
	faults []RowError
}

func newChunk[T any]() *chunk[T] {
	return &chunk[T]{done: make(chan struct{}, 1)}
}

func (c *chunk[T]) reset() {
	c.records, c.arena, c.spans = c.records[:0], c.arena[:0], c.spans[:0]
	clear(c.out) // let go of the texts
	c.out, c.refused, c.err, c.bytes = c.out[:0], nil, nil, 0
}

func (c *chunk[T]) full() bool { return len(c.records) >= chunkRows || len(c.arena) >= chunkBytes }

// add copies a record. Only values of mapped columns are part of it.
func (c *chunk[T]) add(rec *Record, fault *RowError, names []string) {
	for i, v := range rec.Values {
		if i == fText && len(v) > maxTriageBytes { // transitions have fewer fields
			v = v[:maxTriageBytes]
		}
		if fault == nil && len(v) > MaxFieldBytes && i != fText {
			if v = bytes.Trim(v, blanks); len(v) > MaxFieldBytes {
				fault = &RowError{Row: rec.Row, Field: names[i], Code: FaultTooLong,
					Message: fmt.Sprintf("the value is longer than %d bytes", MaxFieldBytes)}
			}
		}
		if fault == nil {
			c.arena = append(c.arena, v...)
		}
		c.spans = append(c.spans, int32(len(c.arena)))
	}
	c.records = append(c.records, rawRecord{number: rec.Row, hash: rec.Hash, fault: fault})
}

// work shapes every record. The values of all of them are pieces of one text.
func (c *chunk[T]) work(s shaper[T], r *row) {
	r.masked = map[privacy.Kind]int64{}
	r.derived = map[string]int64{}
	c.masked, c.derived = r.masked, r.derived
	text := string(c.arena)
	c.bytes = len(text)
	width, start := len(r.names), int32(0)
	for i, rec := range c.records {
		for f := range width {
			end := c.spans[i*width+f]
			r.values[f] = text[start:end]
			start = end
		}
		r.number, r.faults = rec.number, nil
		c.out = append(c.out, shaped[T]{})
		out := &c.out[i]
		var kept map[string]string
		if rec.fault != nil {
			r.faults = []RowError{*rec.fault}
			out.source = r.profile.source
		} else if s.shape(r, out); len(r.faults) > 0 {
			kept = s.kept(&out.record)
		}
		if len(r.faults) > 0 {
			c.refused = append(c.refused, refusal{index: i, number: rec.number, hash: rec.hash, source: out.source, kept: kept, faults: r.faults})
		}
	}
}

// keep notes a value by which a refused row can be found again in its source.
func keep(kept map[string]string, field, value string) {
	if value != "" {
		kept[field] = value
	}
}

func (s *incidentShaper) kept(in *schemas.Incident) map[string]string {
	kept := map[string]string{}
	keep(kept, "source_id", in.SourceID)
	if !in.OccurredAt.IsZero() {
		keep(kept, "occurred_at", in.OccurredAt.Format(time.RFC3339))
	}
	keep(kept, "category", in.Category)
	return kept
}

func (s *transitionShaper) kept(t *schemas.Transition) map[string]string {
	kept := map[string]string{}
	keep(kept, "source_id", t.SourceID)
	if !t.At.IsZero() {
		keep(kept, "at", t.At.Format(time.RFC3339))
	}
	keep(kept, "kind", string(t.Kind))
	return kept
}

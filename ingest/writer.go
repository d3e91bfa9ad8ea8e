package ingest

import (
	"context"

	"reli/ingest/privacy"
	"reli/internal/clickhouse"
)

// sink is the part of writing that differs between kinds of record.
type sink[T any] interface {
	// load gives what the store knows of a source, or of those of its
	// incidents that ids name where they are not nil.
	load(ctx context.Context, source string, ids []string) (*identities, error)
	// id gives the incident that a record is or is about.
	id(record *T) string
	// stamp sets the version of a record.
	stamp(record *T, version uint64)
	// note remembers a record of the batch for related; replaces says that an
	// older version is stored.
	note(record *T, replaces bool)
	// related forgets the noted records and gives the question for the days of
	// other stored records that they touch. The question may be asked while
	// others are noted.
	related() question
	// forget lets go of what was kept of the store: others write to it now.
	forget()
	insert(ctx context.Context, token string, rows []T) error
}

// question asks the store for days.
type question func(ctx context.Context) ([]uint16, error)

// writer tells new from old and writes in batches: one is filled while the one
// before it is written. Its methods are called by whoever holds Ingester.write.
type writer[T any] struct {
	run    *run
	sink   sink[T]
	tables map[string]*identities

	*batch[T]            // that is being filled
	spare     *batch[T]  // the other one, nil until it is needed
	flying    chan error // tells how writing the other ends, nil while it is not written
	failed    error      // how that ended, when not well
}

// batch is what is written at once. Nothing of it is acknowledged before.
type batch[T any] struct {
	rows    []T
	days    map[uint16]bool
	related []question // of the noted rows
	token   *token
	refused []clickhouse.QuarantineRow
	counts  counts
	bytes   int
}

// counts are the counts of a report.
type counts struct {
	rows, accepted, updated, duplicates, stale, quarantined int64
	masked                                                  map[privacy.Kind]int64
	derived                                                 map[string]int64
}

func newWriter[T any](r *run, s sink[T]) *writer[T] {
	return &writer[T]{run: r, sink: s, tables: map[string]*identities{}, batch: newBatch[T](r)}
}

func newBatch[T any](r *run) *batch[T] {
	b := &batch[T]{}
	b.clear(r)
	return b
}

func (b *batch[T]) clear(r *run) {
	clear(b.rows) // let go of the texts
	*b = batch[T]{rows: b.rows[:0], counts: counts{masked: map[privacy.Kind]int64{}}, days: map[uint16]bool{},
		token: newToken(string(r.profile.record))}
}

// maxSources bounds the tables of one run: a source is a system, not a value
// that every row may invent.
const maxSources = 64

// take adds a chunk to the batch, and writes the batch when it is full. The
// error that ended the input, if one did, is given after everything before it
// is written.
func (w *writer[T]) take(ctx context.Context, c *chunk[T]) error {
	w.run.write.Lock()
	defer w.run.write.Unlock()
	err := w.decide(ctx, c, func() error {
		if len(w.rows) < w.run.batchRows {
			return nil
		}
		return w.launch(ctx)
	})
	if err != nil {
		return err
	}
	w.bytes += c.bytes
	if w.bytes >= maxBatchBytes || len(w.refused) >= maxBatchRefused {
		if err := w.launch(ctx); err != nil {
			return err
		}
	}
	if c.err != nil {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.run.progress(w.counts.rows + w.underWay())
	if c.err != nil {
		return inputError(c.err)
	}
	return nil
}

// decide goes through the rows of a chunk; after is called after each that is
// not refused.
func (w *writer[T]) decide(ctx context.Context, c *chunk[T], after func() error) error {
	refused := c.refused
	for kind, n := range c.masked {
		w.counts.masked[kind] += n
	}
	w.counts.derived = summed(w.counts.derived, c.derived)
	for i := range c.out {
		w.counts.rows++
		if len(refused) > 0 && refused[0].index == i {
			w.refuse(&refused[0])
			refused = refused[1:]
			continue
		}
		if err := w.place(ctx, &c.out[i]); err != nil {
			return err
		}
		if err := after(); err != nil {
			return err
		}
	}
	return nil
}

// place decides what a row is: new, an update, or a duplicate.
//
// Versions are Unix milliseconds: of updated_at where the row has it, else of
// the arrival of its input. The later version wins. With equal updated_at the
// later arrival wins, and its version is one more than the one it replaces.
// The same content with a later updated_at is a duplicate that moves the
// version, so that a late record between the two changes nothing.
func (w *writer[T]) place(ctx context.Context, s *shaped[T]) error {
	w.run.saw(s.source)
	table, err := w.table(ctx, s.source)
	if err != nil {
		return err
	}
	old, stored := table.get(s.key)
	version := s.version
	if version == 0 {
		version = w.run.arrival
	}
	same := stored && old.content == s.content
	switch {
	case !stored:
		w.counts.accepted++
	case same && s.version <= old.version:
		w.counts.duplicates++
		return nil
	case same:
		w.counts.duplicates++
	case s.version != 0 && s.version < old.version:
		w.counts.duplicates++
		w.counts.stale++
		return nil
	default:
		w.counts.updated++
		version = max(version, old.version+1)
	}
	if !same {
		w.touch(s.day, old.day)
		w.sink.note(&s.record, stored)
	}
	w.sink.stamp(&s.record, version)
	w.rows = append(w.rows, s.record)
	w.token.addText(s.source)
	w.token.add(s.key, s.content, version)
	table.put(s.key, known{content: s.content, version: version, day: s.day})
	return nil
}

func (b *batch[T]) touch(days ...uint16) {
	for _, d := range days {
		if d != 0 {
			b.days[d] = true
		}
	}
}

func (w *writer[T]) table(ctx context.Context, source string) (*identities, error) {
	if t, ok := w.tables[source]; ok {
		return t, nil
	}
	if len(w.tables) == maxSources {
		return nil, badInput("the input has more than %d sources", maxSources)
	}
	err := w.run.persist(ctx, func() (err error) {
		w.tables[source], err = w.sink.load(ctx, source, nil)
		return err
	})
	return w.tables[source], err
}

func (w *writer[T]) refuse(r *refusal) {
	w.counts.quarantined++
	for _, f := range r.faults {
		w.refused = append(w.refused, clickhouse.QuarantineRow{
			Source: r.source, RowHash: r.hash, Field: f.Field, Code: f.Code, Message: f.Message,
			Origin: w.run.origin, Row: uint64(r.number), Kept: r.kept, Batch: w.run.report.Batch, At: w.run.started,
		})
	}
}

// learn takes note of a record that another writer wrote.
func (w *writer[T]) learn(kind RecordKind, source string, key uint64, k known) {
	if t, ok := w.tables[source]; ok && kind == w.run.profile.record {
		t.put(key, k)
	}
}

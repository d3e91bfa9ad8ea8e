package ingest

import (
	"context"
	"maps"
	"slices"
	"strconv"
)

// launch begins to write the batch and puts an empty one in its place. It waits
// for the batch before, so that batches are written in order and no more than
// two are in memory; the error is that batch's.
func (w *writer[T]) launch(ctx context.Context) error {
	if err := w.land(); err != nil {
		return err
	}
	if w.spare == nil {
		w.spare = newBatch[T](w.run)
	}
	b, flying := w.batch, make(chan error, 1)
	b.related = append(b.related, w.sink.related())
	w.batch, w.spare, w.flying = w.spare, b, flying
	go func() { flying <- w.write(ctx, b) }()
	return nil
}

// land waits for the batch that is being written, and acknowledges it. The
// error of one that could not be written stays: nothing is written after it.
func (w *writer[T]) land() error {
	if w.flying == nil {
		return w.failed
	}
	w.failed, w.flying = <-w.flying, nil
	if w.failed == nil {
		w.run.acknowledge(w.spare.counts, w.spare.refused)
		w.spare.clear(w.run)
	}
	return w.failed
}

// underWay is the number of rows of the batch that is being written.
func (w *writer[T]) underWay() int64 {
	if w.flying == nil {
		return 0
	}
	return w.spare.counts.rows
}

// flush writes all that was taken and waits for it. After an error of the batch
// that was being filled it is still there, to be written by the next flush.
func (w *writer[T]) flush(ctx context.Context) error {
	if err := w.land(); err != nil {
		return err
	}
	w.related = append(w.related, w.sink.related())
	if err := w.write(ctx, w.batch); err != nil {
		return err
	}
	w.run.acknowledge(w.counts, w.refused)
	w.clear(w.run)
	w.sink.forget()
	return nil
}

// write writes a batch: first the refused rows, then the marks of the days
// that change, then the records in one insert. That insert is the
// acknowledgement: before it the marks make the cube be computed again for
// nothing, after it everything is in order. It touches nothing of the writer
// that changes while the next batch is filled.
func (w *writer[T]) write(ctx context.Context, b *batch[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.writeRefused(ctx, b); err != nil {
		return err
	}
	if len(b.rows) == 0 {
		return nil
	}
	return w.writeRows(ctx, b)
}

func (w *writer[T]) writeRefused(ctx context.Context, b *batch[T]) error {
	if len(b.refused) == 0 {
		return nil
	}
	t := newToken("quarantine")
	t.addText(w.run.report.Batch)
	for i := range b.refused {
		r := &b.refused[i]
		t.add(r.RowHash, r.Row)
		t.addText(r.Field + " " + r.Code)
	}
	name := t.String()
	return w.run.persist(ctx, func() error { return w.run.store.InsertQuarantine(ctx, name, b.refused) })
}

func (w *writer[T]) writeRows(ctx context.Context, b *batch[T]) error {
	for _, ask := range b.related {
		err := w.run.persist(ctx, func() error {
			days, err := ask(ctx)
			b.touch(days...)
			return err
		})
		if err != nil {
			return err
		}
	}
	days := slices.Sorted(maps.Keys(b.days))
	t := b.token.String() + "-" + strconv.Itoa(len(b.rows))

	w.run.gate.Lock()
	defer w.run.gate.Unlock()
	if len(days) > 0 {
		seq := w.run.nextSeq()
		if err := w.run.persist(ctx, func() error { return w.run.store.MarkDays(ctx, seq, days) }); err != nil {
			return err
		}
	}
	return w.run.persist(ctx, func() error { return w.sink.insert(ctx, t, b.rows) })
}

package ingest

import (
	"context"

	"reli/ingest/privacy"
	"reli/internal/clickhouse"
)

// takeGroup decides on the rows of a group, in the order of its pushes, and
// writes them in one insert. An error means that nothing of the group is
// acknowledged; that of one push is in its entry.
func takeGroup[T any](ctx context.Context, g *Gatherer, entries []*entry, s sink[T], shaper func(*run) func() shaper[T]) error {
	var parts []*part[T]
	ids := map[string][]string{}
	for _, e := range entries {
		p, err := shapePush(e, s, shaper(e.run)())
		if err != nil {
			g.finish(e, Report{}, err)
			continue
		}
		parts = append(parts, p)
		for source, some := range p.ids {
			ids[source] = append(ids[source], some...)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	w := newWriter(parts[0].run, s)
	for source, some := range ids {
		err := w.run.persist(ctx, func() (err error) {
			w.tables[source], err = s.load(ctx, source, distinct(some))
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := w.group(ctx, parts); err != nil {
		return err
	}
	if g.in.active != nil {
		tell(g.in.active, w, parts)
	}
	return nil
}

// part is a push of a group whose rows are shaped.
type part[T any] struct {
	*entry
	chunks  []*chunk[T]
	ids     map[string][]string // source → incidents that rows are of
	counts  counts
	refused []clickhouse.QuarantineRow
}

// shapePush reads all rows of a push.
func shapePush[T any](e *entry, s sink[T], shaper shaper[T]) (*part[T], error) {
	p := &part[T]{entry: e, ids: map[string][]string{}}
	profile := e.run.profile
	names := profile.record.fieldNames()
	rec, r := Record{Values: make([][]byte, len(names))}, newRow(profile, e.run.opt.Secret)
	rows, size := 0, 0
	for ended := false; !ended; {
		c := newChunk[T]()
		ended = c.fill(e.run.decoder, &rec, names)
		if c.err != nil {
			e.err = inputError(c.err)
		}
		rows, size = rows+len(c.records), size+len(c.arena)
		if rows > maxPushRows || size > maxPushText {
			return nil, errPushTooLong
		}
		c.work(shaper, r)
		for i := range c.out {
			if out := &c.out[i]; out.key != 0 {
				p.ids[out.source] = append(p.ids[out.source], s.id(&out.record))
			}
		}
		p.chunks = append(p.chunks, c)
	}
	if len(p.ids) > maxSources {
		return nil, badInput("the input has more than %d sources", maxSources)
	}
	return p, nil
}

// group decides on the rows of pushes and writes them.
func (w *writer[T]) group(ctx context.Context, parts []*part[T]) error {
	for _, p := range parts {
		w.run, w.counts = p.run, counts{masked: map[privacy.Kind]int64{}}
		first := len(w.refused)
		for _, c := range p.chunks {
			if err := w.decide(ctx, c, func() error { return nil }); err != nil {
				return err
			}
		}
		p.counts, p.refused = w.counts, w.refused[first:]
	}
	w.related = append(w.related, w.sink.related())
	if err := w.write(ctx, w.batch); err != nil {
		return err
	}
	for _, p := range parts {
		p.run.acknowledge(p.counts, p.refused)
	}
	return nil
}

// tell makes the writer of a large input know what a group wrote.
func tell[T any](active activeWriter, w *writer[T], parts []*part[T]) {
	for _, p := range parts {
		for _, c := range p.chunks {
			for i := range c.out {
				out := &c.out[i]
				if out.key == 0 {
					continue // refused
				}
				if k, ok := w.tables[out.source].get(out.key); ok {
					active.learn(w.run.profile.record, out.source, out.key, k)
				}
			}
		}
	}
}

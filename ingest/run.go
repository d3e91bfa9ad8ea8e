package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// run is one input on its way.
type run struct {
	*Ingester
	profile   *Profile
	origin    string
	store     Store
	gate      sync.Locker
	batchRows int
	started   time.Time
	arrival   uint64 // Unix milliseconds of started, the version of rows without one
	places    *places
	report    Report

	input   Input
	decoder Decoder
	read    atomic.Int64 // bytes of the raw input
}

// begin opens the input and checks its header.
func (in *Ingester) begin(input Input) (*run, error) {
	if input.Profile == nil {
		return nil, badProfile("no profile")
	}
	batch, err := newUUID(in.opt.Random)
	if err != nil {
		return nil, err
	}
	now := in.opt.Clock().UTC()
	r := &run{
		Ingester: in, profile: input.Profile, origin: cut(input.Name, MaxTextBytes), store: in.opt.Store, gate: in.opt.Gate,
		batchRows: in.opt.BatchRows, started: now, arrival: uint64(now.UnixMilli()), places: in.places.Load(),
		report: Report{Batch: batch, Errors: []RowError{}}, input: input,
	}
	return r, r.open()
}

func (r *run) open() error {
	plain, err := uncompressed(countingReader{r.input.Reader, func(n int) { r.read.Add(int64(n)) }})
	if err != nil {
		return inputError(err)
	}
	body := bufio.NewReaderSize(plain, sniffBytes)
	f, err := format(r.input.Format, r.input.Name, body)
	if err != nil {
		return err
	}
	if f == FormatNDJSON {
		r.decoder, err = newNDJSON(body, r.profile.bind)
	} else {
		r.decoder, err = r.openCSV(body)
	}
	if _, ok := schemas.AsProblem(err); err == nil || ok {
		return err
	}
	return inputError(err)
}

// openCSV checks that the header has what the profile cannot do without.
func (r *run) openCSV(body io.Reader) (Decoder, error) {
	d, err := newCSV(body, r.profile.bind)
	if err != nil {
		return nil, err
	}
	p := r.profile
	need := p.record.required()
	if p.source == "" {
		need = append([]int{fSource}, need...)
	}
	for _, f := range need {
		if !d.has(f) {
			name := p.record.fieldNames()[f]
			return nil, &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Field: name,
				Detail: fmt.Sprintf("no column for %s: the profile looks for %q", name, p.columns[name])}
		}
	}
	if p.record != RecordIncident {
		return d, nil
	}
	if !d.has(fOccurredAt) && !d.has(fReportedAt) {
		return nil, &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Field: "occurred_at", Detail: "no column for occurred_at or reported_at"}
	}
	if (d.has(fLng) || d.has(fLat)) && p.crs == "" && !d.has(fCRS) {
		return nil, &schemas.Problem{Code: schemas.CodeUndeclaredCRS, Status: 400, Field: "crs",
			Detail: "there are coordinates and no coordinate reference system: neither the profile nor a column declares it"}
	}
	return d, nil
}

// all brings the dictionary entries of the profile, then every row.
func (r *run) all(ctx context.Context) error {
	for kind, entries := range r.profile.dictionary {
		if len(entries) == 0 {
			continue
		}
		if err := r.persist(ctx, func() error { return r.store.SaveDictionary(ctx, kind, entries, r.arrival) }); err != nil {
			return err
		}
	}
	c := newCalendar(r.profile, r.opt.TimeZone, r.started, r.opt.MinYear)
	if r.profile.record == RecordTransition {
		return stream(ctx, r, &transitionSink{store: r.store, local: r.opt.TimeZone, ids: map[string][]string{}},
			func() shaper[schemas.Transition] {
				return &transitionShaper{profile: r.profile, calendar: c, batch: r.report.Batch}
			})
	}
	return stream(ctx, r, &incidentSink{store: r.store, local: r.opt.TimeZone, updated: map[string][]string{}},
		func() shaper[schemas.Incident] {
			return &incidentShaper{profile: r.profile, calendar: c, places: r.places, local: r.opt.TimeZone,
				arrived: r.started, batch: r.report.Batch}
		})
}

func stream[T any](ctx context.Context, r *run, s sink[T], shaper func() shaper[T]) error {
	w := newWriter(r, s)
	p := pipeline[T]{decoder: r.decoder, profile: r.profile, workers: r.opt.Workers, shaper: shaper, take: w.take}
	if err := p.run(ctx); err != nil {
		return err
	}
	return w.flush(ctx)
}

// acknowledge moves the counts of a written batch into the report.
func (r *run) acknowledge(c counts, refused []clickhouse.QuarantineRow) {
	p := &r.report
	p.Rows += c.rows
	p.Accepted += c.accepted
	p.Updated += c.updated
	p.Duplicates += c.duplicates
	p.Stale += c.stale
	p.Quarantined += c.quarantined
	for i := range refused {
		if len(p.Errors) == MaxReportedErrors {
			return
		}
		q := &refused[i]
		p.Errors = append(p.Errors, RowError{Row: int64(q.Row), Field: q.Field, Code: q.Code, Message: q.Message})
	}
}

// progress tells how far the run is; pending rows are not in the report yet.
func (r *run) progress(pending int64) {
	if r.input.Progress != nil {
		r.input.Progress(Progress{Rows: r.report.Rows + pending, Bytes: r.read.Load(), Total: r.input.Size})
	}
}

// endTimeout bounds the last word of a run whose context has ended.
const endTimeout = 5 * time.Second

// end keeps the record of the run, also of one that was broken off.
func (r *run) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	p := &r.report
	row := clickhouse.BatchRow{
		Batch: p.Batch, Record: string(r.profile.record), Source: r.profile.source, Profile: r.profile.name, Origin: r.origin,
		StartedAt: r.started, FinishedAt: r.opt.Clock().UTC(), Rows: uint64(p.Rows), Accepted: uint64(p.Accepted),
		Updated: uint64(p.Updated), Duplicates: uint64(p.Duplicates), Quarantined: uint64(p.Quarantined),
	}
	return r.persist(ctx, func() error { return r.store.SaveBatch(ctx, row) })
}

// persist calls do until the store answers: the embedded engine is restarted
// after a crash, and everything that is written carries a token or may be
// written twice.
func (r *run) persist(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		p, ok := schemas.AsProblem(err)
		if !ok || p.Code != schemas.CodeUnavailable || attempt == writeAttempts {
			return err
		}
		wait := time.NewTimer(writePause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// newUUID makes a random UUID (RFC 9562, version 4).
func newUUID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("name of a batch: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// cut shortens a text to at most n bytes.
func cut(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

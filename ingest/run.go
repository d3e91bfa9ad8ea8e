package ingest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"reli/ingest/privacy"
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
	source    string // of the first row
	mixed     bool   // rows have several sources

	input   Input
	decoder Decoder
	typed   bool           // the input has columns of dates, not texts
	free    []func() error // gives back what the decoders hold
	read    atomic.Int64   // bytes of the raw input
}

// begin opens the input and checks its header.
func (in *Ingester) begin(ctx context.Context, input Input) (*run, error) {
	if input.Profile == nil {
		return nil, badProfile("no profile")
	}
	batch, err := newUUID(in.opt.Random)
	if err != nil {
		return nil, err
	}
	now := in.opt.Clock().UTC()
	r := &run{
		Ingester: in, profile: input.Profile, origin: cut(privacy.Mask(input.Name), MaxTextBytes), store: in.opt.Store, gate: in.opt.Gate,
		batchRows: in.opt.BatchRows, started: now, arrival: uint64(now.UnixMilli()), places: in.places.Load(),
		report: Report{Batch: batch, Errors: []RowError{}}, input: input,
	}
	if err := r.open(ctx); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// close gives back what the decoders hold.
func (r *run) close() error {
	var errs []error
	for _, free := range slices.Backward(r.free) {
		errs = append(errs, free())
	}
	return errors.Join(errs...)
}

// open finds out how the input is written down and checks that its header has
// what the profile cannot do without.
func (r *run) open(ctx context.Context) error {
	plain, free, err := uncompressed(countingReader{r.input.Reader, func(n int) { r.read.Add(int64(n)) }})
	if err != nil {
		return inputError(err)
	}
	r.free = append(r.free, func() error { free(); return nil })
	body := bufio.NewReaderSize(&sticky{r: plain}, charsetSample)
	f, err := format(r.input.Format, r.input.Name, body)
	if err != nil {
		return err
	}
	err = r.decode(ctx, f, body)
	if _, ok := schemas.AsProblem(err); err == nil || ok {
		return err
	}
	return inputError(err)
}

func (r *run) decode(ctx context.Context, f Format, body *bufio.Reader) (err error) {
	bind := r.profile.bind
	switch f {
	case FormatXLSX:
		return r.table(newWorkbook(body, bind))
	case FormatParquet:
		r.typed = true
		return r.table(newParquet(ctx, body, bind))
	case FormatArrow:
		r.typed = true
		return r.table(newArrow(body, bind))
	}
	text, err := utf8Text(body)
	if err != nil {
		return err
	}
	switch f {
	case FormatNDJSON:
		r.decoder, err = newNDJSON(text, bind)
		return err
	case FormatJSON:
		r.decoder, err = newJSON(text, bind)
		return err
	}
	comma := byte(0)
	if f == FormatTSV {
		comma = '\t'
	}
	d, err := newCSV(text, bind, comma)
	if err != nil {
		return err
	}
	r.decoder = d
	return r.profile.complete(d.has)
}

func (r *run) table(from table, err error) error {
	if err != nil {
		return err
	}
	r.free = append(r.free, from.close)
	d, err := newTable(from, r.profile.bind)
	if err != nil {
		return err
	}
	r.decoder = d
	return r.profile.complete(d.has)
}

// complete checks that a header has what the profile cannot do without.
func (p *Profile) complete(has func(field int) bool) error {
	for _, set := range p.bind.need {
		if slices.ContainsFunc(set, has) {
			continue
		}
		name := p.record.fieldNames()[set[0]]
		if len(set) > 1 {
			return &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Field: name,
				Detail: fmt.Sprintf("no column for %s or %s", name, p.record.fieldNames()[set[1]])}
		}
		return &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Field: name,
			Detail: fmt.Sprintf("no column for %s: the profile looks for %q", name, p.columns[name])}
	}
	if p.record == RecordIncident && (has(fLng) || has(fLat)) && p.crs == "" && !has(fCRS) {
		return &schemas.Problem{Code: schemas.CodeUndeclaredCRS, Status: 400, Field: "crs",
			Detail: "there are coordinates and no coordinate reference system: neither the profile nor a column declares it"}
	}
	return nil
}

// all brings the dictionary entries of the profile, then every row.
func (r *run) all(ctx context.Context) error {
	if err := r.saveDictionary(ctx); err != nil {
		return err
	}
	if r.profile.record == RecordTransition {
		return stream(ctx, r, r.transitionSink(), r.transitionShaper())
	}
	return stream(ctx, r, r.incidentSink(), r.incidentShaper())
}

func (r *run) saveDictionary(ctx context.Context) error {
	for kind, entries := range r.profile.dictionary {
		if len(entries) == 0 {
			continue
		}
		if err := r.persist(ctx, func() error { return r.store.SaveDictionary(ctx, kind, entries, r.arrival) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) incidentShaper() func() shaper[schemas.Incident] {
	c := r.calendar()
	return func() shaper[schemas.Incident] {
		return &incidentShaper{profile: r.profile, calendar: c, deadlines: r.opt.Deadlines, triage: r.triage(), tone: r.opt.Tone, places: r.places, local: r.opt.TimeZone,
			arrived: r.started, batch: r.report.Batch}
	}
}

func (r *run) transitionShaper() func() shaper[schemas.Transition] {
	c := r.calendar()
	return func() shaper[schemas.Transition] {
		return &transitionShaper{profile: r.profile, calendar: c, arrived: r.started, batch: r.report.Batch}
	}
}

// stream writes the rows of one input, while pushes may be written between its
// chunks.
func stream[T any](ctx context.Context, r *run, s sink[T], shaper func() shaper[T]) error {
	w := newWriter(r, s)
	r.setActive(w)
	defer r.setActive(nil)
	// A batch may still be on its way when the pipeline and its context end.
	take := func(_ context.Context, c *chunk[T]) error { return w.take(ctx, c) }
	p := pipeline[T]{decoder: r.decoder, profile: r.profile, workers: r.opt.Workers, secret: r.opt.Secret, shaper: shaper, take: take}
	err := p.run(ctx)
	r.write.Lock()
	defer r.write.Unlock()
	if landed := w.land(); err != nil || landed != nil {
		return cmp.Or(err, landed)
	}
	return w.flush(ctx)
}

func (in *Ingester) setActive(w activeWriter) {
	in.write.Lock()
	defer in.write.Unlock()
	in.active = w
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
	for kind, n := range c.masked {
		if p.Masked == nil {
			p.Masked = map[privacy.Kind]int64{}
		}
		p.Masked[kind] += n
	}
	p.Derived = summed(p.Derived, c.derived)
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
	r.Ingester.flag(ctx, r)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	row := r.row()
	return r.persist(ctx, func() error { return r.store.SaveBatch(ctx, row) })
}

// saw notes the source of a row: the record of a run names the source where
// there is one alone.
func (r *run) saw(source string) {
	if r.source == "" {
		r.source = source
	}
	r.mixed = r.mixed || r.source != source
}

// row is the record of the run.
func (r *run) row() clickhouse.BatchRow {
	source := r.profile.source
	if source == "" && !r.mixed {
		source = r.source
	}
	p := &r.report
	row := clickhouse.BatchRow{
		Batch: p.Batch, Record: string(r.profile.record), Source: source, Profile: r.profile.name, Origin: r.origin,
		StartedAt: r.started, FinishedAt: r.opt.Clock().UTC(), Rows: uint64(p.Rows), Accepted: uint64(p.Accepted),
		Updated: uint64(p.Updated), Duplicates: uint64(p.Duplicates), Quarantined: uint64(p.Quarantined), Masked: map[string]uint64{},
	}
	for kind, n := range p.Masked {
		row.Masked[string(kind)] = uint64(n)
	}
	row.Flagged, row.Derived = unsigned(p.Flagged), unsigned(p.Derived)
	if d := r.opt.Deadlines; d != nil && r.profile.record == RecordIncident {
		row.Deadlines = d.Version()
	}
	if d := r.triage(); d != nil {
		row.Dictionary = d.Version()
	}
	return row
}

// mostFlagged bounds the steps of a run whose contradictions are counted when it
// ends: the lives of a county's year are looked through in a second. Those of a
// larger run are in GET /v1/quality with all others.
const mostFlagged = 100_000

// flagTimeout bounds the wait for that count.
const flagTimeout = 10 * time.Second

// flag counts the contradictions among the steps that runs took in, those of a
// group with one question. They are told and not kept with the steps: where
// they cannot be counted, a run has none to tell, and what it took in is
// acknowledged all the same.
func (in *Ingester) flag(ctx context.Context, runs ...*run) {
	var asked []string
	var first, last time.Time
	steps := int64(0)
	runs = slices.DeleteFunc(runs, func(r *run) bool { return r.profile.record != RecordTransition || r.report.Accepted == 0 })
	for _, r := range runs {
		if len(asked) == 0 || r.started.Before(first) {
			first = r.started
		}
		if r.started.After(last) {
			last = r.started
		}
		asked, steps = append(asked, r.report.Batch), steps+r.report.Accepted
	}
	if len(asked) == 0 || steps > mostFlagged {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flagTimeout)
	defer cancel()
	flags, err := in.opt.Store.BatchStepFlags(ctx, asked, first, last)
	if err != nil {
		return
	}
	for _, r := range runs {
		r.report.Flagged = map[string]int64{}
		for _, f := range flags[r.report.Batch] {
			r.report.Flagged[f.Flag] += int64(f.Steps)
		}
	}
}

func unsigned(counts map[string]int64) map[string]uint64 {
	out := map[string]uint64{}
	for name, n := range counts {
		out[name] = uint64(n)
	}
	return out
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

package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"reli/internal/clickhouse"
)

// maxExpected bounds one list of expected ids: a province's year.
const maxExpected = 2_000_000

// ExpectedList is a list of the ids that a source has itself.
type ExpectedList struct {
	Rows    int64
	Refused int64
	Errors  []RowError // the first MaxReportedErrors
	IDs     []clickhouse.ExpectedID
}

// ReadExpected reads a list in the columns of a profile of incidents: the
// source, the id and, where the list has one, the day as occurred_at or
// reported_at; without it the ids are of today. Ids are brought into the form
// that records are kept under, then only their keyed hashes are given. The
// errors are those of Run.
func (in *Ingester) ReadExpected(ctx context.Context, input Input) (list ExpectedList, err error) {
	if input.Profile == nil || input.Profile.record != RecordIncident {
		return list, badProfile("want a profile of incidents")
	}
	p := *input.Profile // what a list must have is less than what a record must have
	p.bind.need = [][]int{{fSourceID}}
	if p.source == "" {
		p.bind.need = append(p.bind.need, []int{fSource})
	}
	input.Profile = &p
	r, err := in.begin(ctx, input)
	if err != nil {
		return list, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	s := &expectedShaper{in: in, calendar: newCalendar(&p, in.opt.TimeZone, r.started, in.opt.MinYear, r.typed), today: r.started.In(in.opt.TimeZone)}
	list.Errors = []RowError{}
	return list, list.read(ctx, r, s)
}

func (l *ExpectedList) read(ctx context.Context, r *run, s *expectedShaper) error {
	names := r.profile.record.fieldNames()
	rec, row := Record{Values: make([][]byte, len(names))}, newRow(r.profile, r.opt.Secret)
	c := newChunk[clickhouse.ExpectedID]()
	for ended := false; !ended; c.reset() {
		if err := ctx.Err(); err != nil {
			return err
		}
		ended = c.fill(r.decoder, &rec, names)
		c.work(s, row)
		l.Rows += int64(len(c.records))
		for i := range c.out {
			if id := c.out[i].record; id.Hash != "" {
				l.IDs = append(l.IDs, id)
			}
		}
		for _, refused := range c.refused {
			l.Refused++
			l.Errors = append(l.Errors, refused.faults[:min(len(refused.faults), MaxReportedErrors-len(l.Errors))]...)
		}
		switch {
		case c.err != nil:
			return inputError(c.err)
		case len(l.IDs) > maxExpected:
			return badInput("the list has more than %d ids", maxExpected)
		}
	}
	return nil
}

// expectedShaper reads a row of a list.
type expectedShaper struct {
	in       *Ingester
	calendar calendar
	today    time.Time
}

func (s *expectedShaper) shape(r *row, out *shaped[clickhouse.ExpectedID]) {
	source, id := r.sourceCode(), r.needID(fSourceID)
	at := readTime(r, fOccurredAt, &s.calendar, s.calendar.latest)
	if at.IsZero() {
		at = readTime(r, fReportedAt, &s.calendar, s.calendar.latest)
	}
	if len(r.faults) > 0 {
		return
	}
	if at.IsZero() {
		at = s.today
	}
	y, m, d := at.In(s.in.opt.TimeZone).Date()
	out.source = source
	out.record = clickhouse.ExpectedID{Source: source, Day: int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), Hash: s.in.HashID(source, id)}
}

func (s *expectedShaper) kept(*clickhouse.ExpectedID) map[string]string { return nil }

// HashID gives the keyed hash (HMAC-SHA-256, cut to 128 bits) under which an id
// of a list is compared with those of the records.
func (in *Ingester) HashID(source, id string) string {
	h := hmac.New(sha256.New, in.opt.Secret)
	h.Write([]byte("expected id\x00" + source + "\x00" + id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

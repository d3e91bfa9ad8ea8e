package ingest

import (
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"reli/ingest/triage"
	"reli/schemas"
	"reli/schemas/deadlines"
)

// shaped is a row that was accepted by a worker, with all that the writer
// needs to tell whether it is new.
type shaped[T any] struct {
	record  T
	source  string
	key     uint64 // hash of the identity within the source
	content uint64
	version uint64 // Unix milliseconds of updated_at, 0 when the row has none
	day     uint16 // local, since 1970-01-01, incidents only
}

// shaper turns a record into a row of the store, or finds its faults. out is
// zero before. Each
// worker has its own.
type shaper[T any] interface {
	shape(r *row, out *shaped[T])
	// kept gives what the quarantine may hold of a refused record: codes and
	// dates that were read without a fault; no text, no coordinate.
	kept(record *T) map[string]string
}

// incidentShaper validates, normalises and locates incidents.
type incidentShaper struct {
	profile  *Profile
	calendar calendar
	places   *places

	deadlines *deadlines.Rules   // nil: none
	triage    *triage.Dictionary // nil: none, or the profile has no text
	tone      bool               // keep the tone of texts
	local     *time.Location     // of the deployment: its days make the cube's
	arrived   time.Time
	batch     string
	buf       []byte
}

func (s *incidentShaper) shape(r *row, out *shaped[schemas.Incident]) {
	in := &out.record
	in.Source, in.SourceID = r.sourceCode(), r.needID(fSourceID)
	out.source = in.Source
	s.times(r, in)
	s.words(r, in)
	s.link(r, in)
	at := s.place(r)
	updated := s.time(r, fUpdatedAt, s.calendar.latest)
	if len(r.faults) > 0 {
		return
	}
	in.Cell, in.Grid, in.Area, in.LocationQuality = uint64(at.cell), at.grid, at.area, at.quality
	s.derive(r, in)
	s.deadline(r, in)
	in.Batch, in.IngestedAt = s.batch, s.arrived
	out.key = xxhash.Sum64String(in.SourceID)
	out.content, s.buf = contentHash(s.buf, in)
	in.ContentHash = out.content
	if !updated.IsZero() {
		out.version = uint64(updated.UnixMilli())
	}
	out.day = dayNumber(in.OccurredAt.In(s.local))
}

// times reads the dates. A source that knows only one of occurred_at and
// reported_at gives both.
func (s *incidentShaper) times(r *row, in *schemas.Incident) {
	had := len(r.faults)
	s.calendar.year = r.year(s.calendar.nameYear)
	in.OccurredAt = s.time(r, fOccurredAt, s.calendar.latest)
	in.ReportedAt = s.time(r, fReportedAt, s.calendar.latest)
	in.DueAt = s.due(r, in)
	in.ClosedAt = s.time(r, fClosedAt, s.calendar.latest)
	if len(r.faults) > had {
		return
	}
	switch {
	case in.OccurredAt.IsZero() && in.ReportedAt.IsZero():
		r.refuse(fOccurredAt, FaultMissing, "the value is missing")
	case in.OccurredAt.IsZero():
		in.OccurredAt = in.ReportedAt
	case in.ReportedAt.IsZero():
		in.ReportedAt = in.OccurredAt
	}
	if s.sameDay(in.ClosedAt, in.OccurredAt) {
		in.ClosedAt = in.OccurredAt
	}
	if !in.ClosedAt.IsZero() && in.ClosedAt.Before(in.OccurredAt) {
		r.refuse(fClosedAt, FaultClosedBefore, "closed before it happened")
	}
}

// due reads the deadline, as a date or as a length of time from the report.
func (s *incidentShaper) due(r *row, in *schemas.Incident) time.Time {
	from := in.ReportedAt
	if from.IsZero() {
		from = in.OccurredAt
	}
	if at, ok := r.term(fDueAt, from); ok {
		return at
	}
	return s.time(r, fDueAt, s.calendar.due)
}

// sameDay says whether closed is a day without a time of day, and the day on
// which it happened: such a matter was not closed before it happened.
func (s *incidentShaper) sameDay(closed, happened time.Time) bool {
	if closed.IsZero() || !closed.Before(happened) || happened.Sub(closed) >= 24*time.Hour {
		return false
	}
	day := closed.In(s.calendar.zone)
	return day.Hour() == 0 && day.Minute() == 0 && day.Second() == 0 && day.Day() == happened.In(s.calendar.zone).Day()
}

func (s *incidentShaper) time(r *row, field int, latest time.Time) time.Time {
	return readTime(r, field, &s.calendar, latest)
}

func readTime(r *row, field int, c *calendar, latest time.Time) time.Time {
	v := r.text(field)
	if v == "" {
		return time.Time{}
	}
	t, fault := c.read(v, latest)
	switch fault {
	case FaultNoYear:
		r.refuse(field, fault, "the date has no year, and neither a column nor the name of the input tells it")
	case FaultBadDate:
		r.refuse(field, fault, "no date in a layout of the profile")
	case FaultTooEarly:
		r.refuse(field, fault, "before "+strconv.Itoa(c.earliest.Year()))
	case FaultInFuture:
		r.refuse(field, fault, "too far in the future")
	}
	return t
}

func (s *incidentShaper) words(r *row, in *schemas.Incident) {
	label := r.text(fCategory)
	in.Category = s.profile.category(label)
	if in.Category == refused {
		r.refuse(fCategory, FaultRefused, "the profile refuses this value")
	}
	if in.Category == schemas.CategoryOther && label != schemas.CategoryOther {
		in.CategoryLabel = r.cleanText(label)
	}
	e := &s.profile.enums
	in.Scale, in.Urgency, in.Channel = listed(r, fScale, &e.scale), listed(r, fUrgency, &e.urgency), listed(r, fChannel, &e.channel)
	in.ResolverLevel, in.State = listed(r, fResolverLevel, &e.level), listed(r, fState, &e.state)
	in.People = r.people(fPeople)
	in.FirstUnit, in.HandlingUnit, in.MatterID = r.clean(fFirstUnit), r.clean(fHandlingUnit), r.id(fMatterID)
	if in.State == 0 {
		in.State = schemas.StateRegistered
		if !in.ClosedAt.IsZero() {
			in.State = schemas.StateResolved
		}
	}
}

// link reads which other report the source says is of the same matter. Without
// a source it is one of the record's own; a record that names itself names none.
func (s *incidentShaper) link(r *row, in *schemas.Incident) {
	source, id := r.codeOf(fLinkSource), r.id(fLinkID)
	if id == "" {
		return
	}
	if source == "" {
		source = in.Source
	}
	if source != in.Source || id != in.SourceID {
		in.LinkSource, in.LinkID = source, id
	}
}

func (s *incidentShaper) place(r *row) location {
	at, err := s.places.locate(claim{point: r.point(), grid: r.text(fGrid), village: r.text(fVillage), township: r.text(fTownship)})
	if err != nil {
		r.refuse(fLng, FaultOutOfRange, "no hexagon holds the coordinates")
	}
	return at
}

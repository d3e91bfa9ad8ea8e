package ingest

import (
	"time"

	"reli/schemas"
)

// transitionShaper validates and normalises transitions.
type transitionShaper struct {
	profile  *Profile
	calendar calendar
	arrived  time.Time
	batch    string
	buf      []byte
}

func (s *transitionShaper) shape(r *row, out *shaped[schemas.Transition]) {
	t := &out.record
	t.Source, t.SourceID = r.sourceCode(), r.needID(fSourceID)
	out.source = t.Source
	if r.need(tAt) != "" {
		t.At = readTime(r, tAt, &s.calendar, s.calendar.latest)
	}
	if r.need(tKind) != "" {
		t.Kind = listed(r, tKind, &s.profile.enums.kind)
	}
	t.Unit, t.Level, t.Batch, t.IngestedAt = r.clean(tUnit), listed(r, tLevel, &s.profile.enums.level), s.batch, s.arrived
	if len(r.faults) > 0 {
		return
	}
	out.key, s.buf = transitionKey(s.buf, t)
	out.content, s.buf = transitionContent(s.buf, t)
}

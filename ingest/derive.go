package ingest

import (
	"reli/ingest/privacy"
	"reli/ingest/triage"
	"reli/schemas"
)

// Names under which Report.Derived counts what is no field.
const (
	// DerivedTone counts texts whose tone is kept.
	DerivedTone = "tone"
	// DerivedUnsureCategory and DerivedUnsureUrgency count texts that do not
	// say enough.
	DerivedUnsureCategory = "category_unsure"
	DerivedUnsureUrgency  = "urgency_unsure"
	// DerivedUnknownCalendar counts dates that were counted in working days of
	// a year whose holidays the calendar does not have.
	DerivedUnknownCalendar = "due_at_unknown_calendar"
)

// triage gives the dictionary that texts of the input are read with, nil where
// none are.
func (r *run) triage() *triage.Dictionary {
	if r.profile.record != RecordIncident || len(r.profile.columns[incidentFieldNames[fText]]) == 0 {
		return nil
	}
	return r.opt.Triage
}

// derive gives a record without a category or urgency the ones that its text
// says, if it says enough. The text goes no further than this.
func (s *incidentShaper) derive(r *row, in *schemas.Incident) {
	text := trim(r.values[fText])
	if text == "" || s.triage == nil {
		return
	}
	r.count(privacy.Scan(text)) // dropped with the text, and counted like the rest
	answer := s.triage.Read(text)
	if s.tone {
		in.Tone = uint8(answer.Tone)
		r.derived[DerivedTone]++
	}
	if in.Category == schemas.CategoryOther && in.CategoryLabel == "" && r.text(fCategory) == "" {
		if answer.Category == "" {
			r.derived[DerivedUnsureCategory]++
		} else {
			in.Category = answer.Category
			r.derived[incidentFieldNames[fCategory]]++
		}
	}
	if in.Urgency == schemas.UrgencyUnknown {
		if answer.Urgency == schemas.UrgencyUnknown {
			r.derived[DerivedUnsureUrgency]++
		} else {
			in.Urgency = answer.Urgency
			r.derived[incidentFieldNames[fUrgency]]++
		}
	}
}

// deadline gives a record without a date the one that the rules say. It is the
// end of a day of the deployment, whose days decide what is overdue.
func (s *incidentShaper) deadline(r *row, in *schemas.Incident) {
	if s.deadlines == nil || !in.DueAt.IsZero() {
		return
	}
	due, known := s.deadlines.Due(in.Source, in.Category, in.Urgency, in.ReportedAt, s.local)
	if due.IsZero() {
		return
	}
	in.DueAt = due.UTC()
	r.derived[incidentFieldNames[fDueAt]]++
	if !known {
		r.derived[DerivedUnknownCalendar]++
	}
}

// summed adds counts to a sum, which may be nil.
func summed(sum, counts map[string]int64) map[string]int64 {
	for name, n := range counts {
		if sum == nil {
			sum = map[string]int64{}
		}
		sum[name] += n
	}
	return sum
}

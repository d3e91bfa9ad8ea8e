package ingest

import (
	"context"
	"slices"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// incidentSink writes incidents.
type incidentSink struct {
	store Store
	local *time.Location

	matters []matterOf
	known   *matterDays         // of all stored reports, nil until many are asked for
	updated map[string][]string // source → ids of records replaced in this batch
}

func (in *Ingester) incidentSink() sink[schemas.Incident] {
	return &incidentSink{store: in.opt.Store, local: in.opt.TimeZone, updated: map[string][]string{}}
}

func (s *incidentSink) load(ctx context.Context, source string, ids []string) (*identities, error) {
	t := newIdentities()
	put := func(id clickhouse.Identity) error {
		t.put(id.IDHash, known{content: id.ContentHash, version: id.Version, day: dayNumber(id.OccurredAt.In(s.local))})
		return nil
	}
	if ids == nil {
		return t, s.store.Identities(ctx, source, put)
	}
	return t, s.store.IdentitiesOf(ctx, source, ids, put)
}

func (s *incidentSink) id(r *schemas.Incident) string { return r.SourceID }

func (s *incidentSink) stamp(r *schemas.Incident, version uint64) { r.Version = version }

func (s *incidentSink) note(r *schemas.Incident, replaces bool) {
	if r.MatterID != "" {
		s.matters = append(s.matters, matterOf{r.MatterID, dayNumber(r.OccurredAt.In(s.local))})
	}
	if replaces {
		s.updated[r.Source] = append(s.updated[r.Source], r.SourceID)
	}
}

// related asks for the days of the other reports of the same matters: which
// report is a matter's first may change in them.
func (s *incidentSink) related() question {
	matters, updated := s.matters, s.updated
	s.matters, s.updated = nil, map[string][]string{}
	return func(ctx context.Context) ([]uint16, error) { return s.daysOf(ctx, matters, updated) }
}

func (s *incidentSink) forget() { s.known = nil }

func (s *incidentSink) daysOf(ctx context.Context, matters []matterOf, updated map[string][]string) ([]uint16, error) {
	days, err := s.mattersDays(ctx, matters)
	if err != nil {
		return nil, err
	}
	for source, ids := range updated {
		for ids := range slices.Chunk(distinct(ids), maxRelated) {
			some, err := s.store.MatterDays(ctx, s.local.String(), source, ids, nil)
			if err != nil {
				return nil, err
			}
			days = append(days, some...)
		}
	}
	return days, nil
}

func (s *incidentSink) insert(ctx context.Context, token string, rows []schemas.Incident) error {
	// Tones and links first: the incidents are the acknowledgement.
	if i := slices.IndexFunc(rows, func(r schemas.Incident) bool { return r.Tone != 0 }); i >= 0 {
		if err := s.store.InsertTones(ctx, token+"-tones", rows); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(rows, func(r schemas.Incident) bool { return r.LinkID != "" }) {
		if err := s.store.DeclareLinks(ctx, token+"-links", rows); err != nil {
			return err
		}
	}
	return s.store.InsertIncidents(ctx, token, rows)
}

// transitionSink writes transitions.
type transitionSink struct {
	store Store
	local *time.Location
	ids   map[string][]string // source → incidents touched in this batch
}

func (in *Ingester) transitionSink() sink[schemas.Transition] {
	return &transitionSink{store: in.opt.Store, local: in.opt.TimeZone, ids: map[string][]string{}}
}

func (s *transitionSink) load(ctx context.Context, source string, ids []string) (*identities, error) {
	t := newIdentities()
	put := func(key, content uint64) error {
		t.put(key, known{content: content})
		return nil
	}
	if ids == nil {
		return t, s.store.TransitionIdentities(ctx, source, put)
	}
	return t, s.store.TransitionIdentitiesOf(ctx, source, ids, put)
}

func (s *transitionSink) id(t *schemas.Transition) string { return t.SourceID }

// stamp does nothing: a transition has no version, two with the same identity
// are equal.
func (s *transitionSink) stamp(*schemas.Transition, uint64) {}

func (s *transitionSink) note(t *schemas.Transition, _ bool) {
	s.ids[t.Source] = append(s.ids[t.Source], t.SourceID)
}

// related asks for the days of the incidents whose life goes on. One that is
// not stored yet marks its day when it comes.
func (s *transitionSink) related() question {
	ids := s.ids
	s.ids = map[string][]string{}
	return func(ctx context.Context) ([]uint16, error) { return s.daysOf(ctx, ids) }
}

func (s *transitionSink) daysOf(ctx context.Context, touched map[string][]string) ([]uint16, error) {
	var days []uint16
	for source, ids := range touched {
		for ids := range slices.Chunk(distinct(ids), maxRelated) {
			some, err := s.store.IncidentDays(ctx, s.local.String(), source, ids)
			if err != nil {
				return nil, err
			}
			days = append(days, some...)
		}
	}
	return days, nil
}

func (s *transitionSink) forget() {}

func (s *transitionSink) insert(ctx context.Context, token string, rows []schemas.Transition) error {
	return s.store.InsertTransitions(ctx, token, rows)
}

func distinct(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

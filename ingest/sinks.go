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

	matters []string
	updated map[string][]string // source → ids of records replaced in this batch
}

func (in *Ingester) incidentSink() sink[schemas.Incident] {
	return &incidentSink{store: in.opt.Store, local: in.opt.TimeZone, updated: map[string][]string{}}
}

func (s *incidentSink) load(ctx context.Context, source string, ids []string) (*identities, error) {
	t := newIdentities()
	put := func(id clickhouse.Identity) error {
		day := id.OccurredAt.In(s.local)
		t.put(id.IDHash, known{content: id.ContentHash, version: id.Version, month: uint32(day.Year()*100 + int(day.Month()))})
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
		s.matters = append(s.matters, r.MatterID)
	}
	if replaces {
		s.updated[r.Source] = append(s.updated[r.Source], r.SourceID)
	}
}

// related asks for the months of the other reports of the same matters: which
// report is a matter's first may change in them.
func (s *incidentSink) related(ctx context.Context) ([]uint32, error) {
	var months []uint32
	ask := func(source string, ids, matters []string) error {
		m, err := s.store.MatterMonths(ctx, s.local.String(), source, ids, matters)
		months = append(months, m...)
		return err
	}
	for matters := range slices.Chunk(distinct(s.matters), maxRelated) {
		if err := ask("", nil, matters); err != nil {
			return nil, err
		}
	}
	for source, ids := range s.updated {
		for ids := range slices.Chunk(distinct(ids), maxRelated) {
			if err := ask(source, ids, nil); err != nil {
				return nil, err
			}
		}
	}
	s.matters, s.updated = nil, map[string][]string{}
	return months, nil
}

func (s *incidentSink) insert(ctx context.Context, token string, rows []schemas.Incident) error {
	// Tones first: the incidents are the acknowledgement.
	if i := slices.IndexFunc(rows, func(r schemas.Incident) bool { return r.Tone != 0 }); i >= 0 {
		if err := s.store.InsertTones(ctx, token+"-tones", rows); err != nil {
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

// related asks for the months of the incidents whose life goes on. One that is
// not stored yet marks its month when it comes.
func (s *transitionSink) related(ctx context.Context) ([]uint32, error) {
	var months []uint32
	for source, ids := range s.ids {
		for ids := range slices.Chunk(distinct(ids), maxRelated) {
			m, err := s.store.IncidentMonths(ctx, s.local.String(), source, ids)
			if err != nil {
				return nil, err
			}
			months = append(months, m...)
		}
	}
	s.ids = map[string][]string{}
	return months, nil
}

func (s *transitionSink) insert(ctx context.Context, token string, rows []schemas.Transition) error {
	return s.store.InsertTransitions(ctx, token, rows)
}

func distinct(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

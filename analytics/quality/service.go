package quality

import (
	"context"
	"maps"
	"slices"
	"sync"

	"reli/analytics/cube"
	"reli/analytics/series/reporting"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// kept is how many scopes' counts of records are remembered.
const kept = 16

// Options of a Service.
type Options struct {
	DB    *clickhouse.DB
	Store *cube.Store
	// Reporting tells how much of the newest days is still out.
	Reporting *reporting.Service
	// Hash is the keyed hash under which an id of a source is compared.
	Hash func(source, id string) string
}

// Service answers what the data lack. It is safe for concurrent use.
type Service struct {
	opt Options

	mu      sync.Mutex // held while records are counted: two at once would each read all of them
	version uint64
	records map[string]*tallies // by canonical scope, of version
	flags   map[string]map[string]uint64
}

// New makes a Service. It starts nothing.
func New(opt Options) *Service { return &Service{opt: opt} }

// Source is the quality of a source.
type Source struct {
	Source         string            `json:"source"`
	Zh             string            `json:"zh"`
	En             string            `json:"en"`
	Records        uint64            `json:"records"`
	LastReportedAt any               `json:"last_reported_at"` // null without a record
	LastIngestedAt any               `json:"last_ingested_at"`
	Delay          Lateness          `json:"delay"`      // from what happened to its report
	Arrival        Lateness          `json:"arrival"`    // from the report to its arrival
	Unreported     []float64         `json:"unreported"` // share of a day's matters still out, by days after it
	Rungs          map[string]uint64 `json:"rungs"`
	Unlocated      float64           `json:"unlocated"` // share without any place
	NoPoint        float64           `json:"no_point"`  // share without a point of their own
	OddDates       OddDates          `json:"odd_dates"`

	// What is of no place; null in a scope of areas or categories.
	Batches         *clickhouse.Deliveries   `json:"batches"`
	Masked          map[string]uint64        `json:"masked"`
	Refused         *uint64                  `json:"refused"`          // different rows
	ImpossibleDates *uint64                  `json:"impossible_dates"` // of these, with a date that cannot be
	Quarantine      []clickhouse.RefusedRows `json:"quarantine"`
	Contradictions  map[string]uint64        `json:"contradictions"` // steps by flag
	Expected        *Expected                `json:"expected"`       // null without a list
}

// Report is the answer to a scope.
type Report struct {
	Sources   []*Source       `json:"sources"`   // by code
	Townships []Township      `json:"townships"` // by code; records without a township are in none
	Faults    []schemas.Entry `json:"faults"`    // the reasons of refusal that occur
}

// impossibleDates are the reasons of refusal that mean so.
func impossibleDates() []string {
	return []string{"bad_date", "date_too_early", "date_in_future", "closed_before_occurred"}
}

// Of gives the quality of what a scope shows of a state of the store. It must
// not be a protected scope: the counts are raw.
func (s *Service) Of(ctx context.Context, snap *cube.Snapshot, scope cube.Scope) (*Report, error) {
	t, flags, err := s.counted(ctx, snap, scope)
	if err != nil {
		return nil, err
	}
	b := builder{sources: map[string]*Source{}, faults: map[string]bool{}}
	for code, of := range t.sources {
		b.records(code, of)
	}
	if len(scope.Areas)+len(scope.Categories) == 0 {
		if err := s.placeless(ctx, &b, flags); err != nil {
			return nil, err
		}
	}
	delays, err := s.opt.Reporting.Delays(ctx, snap)
	if err != nil {
		return nil, err
	}
	for _, d := range delays.Sources {
		if of, ok := b.sources[d.Source]; ok {
			of.Unreported = d.Unreported
		}
	}
	return b.report(snap.Catalogue, scope, t), nil
}

// counted gives the counts of a scope's records and the flags of steps, both
// of the data version of snap or a later one.
func (s *Service) counted(ctx context.Context, snap *cube.Snapshot, scope cube.Scope) (*tallies, map[string]map[string]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil || s.version != snap.Version || len(s.records) >= kept {
		s.records, s.flags, s.version = map[string]*tallies{}, nil, snap.Version
	}
	key := scope.Canonical()
	if s.records[key] == nil {
		t, err := s.readRecords(ctx, scope)
		if err != nil {
			return nil, nil, err
		}
		s.records[key] = t
	}
	if s.flags == nil {
		flags, err := s.opt.DB.StepFlags(ctx)
		if err != nil {
			return nil, nil, err
		}
		s.flags = map[string]map[string]uint64{}
		for _, f := range flags {
			if s.flags[f.Source] == nil {
				s.flags[f.Source] = map[string]uint64{}
			}
			s.flags[f.Source][f.Flag] += f.Steps
		}
	}
	return s.records[key], s.flags, nil
}

// placeless adds what is known of deliveries.
func (s *Service) placeless(ctx context.Context, b *builder, flags map[string]map[string]uint64) error {
	deliveries, err := s.opt.DB.Deliveries(ctx)
	if err != nil {
		return err
	}
	for i := range deliveries {
		of := b.source(deliveries[i].Source)
		of.Batches, of.Masked = &deliveries[i], deliveries[i].Masked
	}
	refused, err := s.opt.DB.RefusedRows(ctx)
	if err != nil {
		return err
	}
	for _, r := range refused {
		of := b.source(r.Source)
		of.Quarantine = append(of.Quarantine, r)
		b.faults[r.Code] = true
	}
	err = s.opt.DB.RefusedOf(ctx, impossibleDates(), func(source string, rows, dates uint64) {
		of := b.source(source)
		of.Refused, of.ImpossibleDates = &rows, &dates
	})
	if err != nil {
		return err
	}
	lists, err := s.expected(ctx)
	if err != nil {
		return err
	}
	for code, list := range lists {
		b.source(code).Expected = list
	}
	for _, of := range b.sources {
		of.complete(flags[of.Source])
	}
	return nil
}

// complete makes nothing of what is not there.
func (s *Source) complete(flags map[string]uint64) {
	none := uint64(0)
	if s.Batches == nil {
		s.Batches = &clickhouse.Deliveries{}
	}
	if s.Masked == nil {
		s.Masked = map[string]uint64{}
	}
	if s.Refused == nil {
		s.Refused, s.ImpossibleDates = &none, &none
	}
	if s.Quarantine == nil {
		s.Quarantine = []clickhouse.RefusedRows{}
	}
	if s.Contradictions = flags; flags == nil {
		s.Contradictions = map[string]uint64{}
	}
}

// builder puts a Report together.
type builder struct {
	sources map[string]*Source
	faults  map[string]bool
}

func (b *builder) source(code string) *Source {
	if b.sources[code] == nil {
		b.sources[code] = &Source{Source: code, Rungs: map[string]uint64{}, Unreported: []float64{}}
	}
	return b.sources[code]
}

func (b *builder) records(code string, t *tally) {
	of, p := b.source(code), t.places()
	of.Records, of.Rungs, of.NoPoint, of.OddDates = t.n, p.Rungs, p.NoPoint, t.odd
	of.Unlocated = share(p.Rungs[schemas.LocationUnlocated.Rung()], t.n)
	of.LastReportedAt, of.LastIngestedAt = t.lastReported.UTC(), t.ingested.UTC()
	of.Delay, of.Arrival = lateness(t.delays), lateness(t.arrivals)
}

func (b *builder) report(cat *cube.Catalogue, scope cube.Scope, t *tallies) *Report {
	r := &Report{Sources: []*Source{}, Townships: []Township{}, Faults: []schemas.Entry{}}
	for _, code := range slices.Sorted(maps.Keys(b.sources)) {
		of := b.sources[code]
		if len(scope.Sources) > 0 && !slices.Contains(scope.Sources, code) {
			continue
		}
		of.Zh, of.En = code, code
		if i := slices.IndexFunc(cat.Sources, func(e schemas.Entry) bool { return e.Code == code }); i >= 0 {
			of.Zh, of.En = cat.Sources[i].Zh, cat.Sources[i].En
		}
		if code == "" {
			of.Zh, of.En = "来源不明", "Source unknown"
		}
		r.Sources = append(r.Sources, of)
	}
	for _, code := range slices.Sorted(maps.Keys(t.townships)) {
		if cat.Tree == nil || code == "" {
			continue
		}
		a, _ := cat.Tree.Get(code)
		of := t.townships[code]
		r.Townships = append(r.Townships, Township{Area: code, Name: a.Name, Records: of.n, Places: of.places(), Delay: lateness(of.delays)})
	}
	for _, f := range schemas.Faults() {
		if b.faults[f.Code] {
			r.Faults = append(r.Faults, f)
		}
	}
	return r
}

package cube

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"reli/analytics/matter"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// Options of a Store.
type Options struct {
	DB     *clickhouse.DB
	Now    func() time.Time
	Zone   *time.Location // zone of the local days
	Logger *slog.Logger
	// Gate is held while the dirty marks are read. Whoever writes records
	// holds it from the mark to the write, so that no mark is settled whose
	// records are still on their way.
	Gate sync.Locker
	// ResidentBytes bounds the cube in memory; a larger one stays in
	// ClickHouse.
	ResidentBytes int64
}

// Store answers queries on the newest settled state and makes the next one.
// It is safe for concurrent use.
type Store struct {
	opt     Options
	weights weightTable
	current atomic.Pointer[Snapshot]
	plans   planCache

	settling sync.Mutex // one settle at a time
	settler  settler
	matters  *matter.Resolver

	watchers sync.Mutex
	changed  chan struct{} // closed when the version changes
}

// Open loads the newest settled state; what was marked dirty before the last
// stop is settled first, so that the answer is never short.
func Open(ctx context.Context, opt Options) (*Store, error) {
	s := &Store{opt: opt, weights: defaultWeights(), changed: make(chan struct{}),
		settler: settler{db: opt.DB, timeZone: opt.Zone.String()}, matters: matter.NewResolver(opt.DB, opt.Zone.String())}
	if err := opt.DB.Exec(ctx, dropCheck); err != nil { // of a process that was killed
		return nil, err
	}
	if _, err := s.Settle(ctx, "start"); err != nil {
		return nil, err
	}
	return s, nil
}

// Settle brings everything that was written into the cube, gives the state a
// data version and shows it to readers. It returns the version that is then
// current; without changes that is the one before.
func (s *Store) Settle(ctx context.Context, cause string) (uint64, error) {
	return s.settle(ctx, cause, false)
}

// Reload makes a new data version even where no record changed, for changes
// of areas or dictionaries.
func (s *Store) Reload(ctx context.Context, cause string) (uint64, error) {
	return s.settle(ctx, cause, true)
}

// Freeze settles everything and calls fn with the state while nothing is
// written or settled: what fn reads is that data version and nothing else. It
// is to be short, for writers wait.
func (s *Store) Freeze(ctx context.Context, cause string, fn func(ctx context.Context, snap *Snapshot) error) error {
	if _, err := s.Settle(ctx, cause); err != nil { // most of it, while others write
		return err
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	s.opt.Gate.Lock()
	defer s.opt.Gate.Unlock()
	if _, err := s.settleHeld(ctx, cause, false, open{}); err != nil {
		return err
	}
	return fn(ctx, s.Current())
}

// open is the gate of who holds the gate.
type open struct{}

func (open) Lock()   {}
func (open) Unlock() {}

func (s *Store) settle(ctx context.Context, cause string, force bool) (uint64, error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	return s.settleHeld(ctx, cause, force, s.opt.Gate)
}

// settleHeld settles for who holds settling.
func (s *Store) settleHeld(ctx context.Context, cause string, force bool, gate sync.Locker) (uint64, error) {
	version, err := s.opt.DB.CurrentVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read data version: %w", err)
	}
	gate.Lock()
	dirty, mark, err := s.opt.DB.Dirty(ctx, version.SettledSeq)
	gate.Unlock()
	if err != nil {
		return 0, fmt.Errorf("read what is dirty: %w", err)
	}
	current := s.current.Load()
	if len(dirty) == 0 && !force && current != nil && current.Version == version.Version {
		return version.Version, nil
	}
	started := s.opt.Now()
	if dirty, err = s.withMatters(ctx, mark, dirty); err != nil {
		return 0, err
	}
	if dirty, err = s.computable(ctx, dirty); err != nil {
		return 0, err
	}
	if len(dirty) > 0 {
		if err := s.settler.settle(ctx, dirty); err != nil {
			return 0, fmt.Errorf("settle: %w", err)
		}
	}
	next := clickhouse.DataVersion{Version: version.Version, SettledAt: version.SettledAt, SettledSeq: mark}
	if len(dirty) > 0 || force {
		next.Version, next.SettledAt = version.Version+1, s.opt.Now()
	}
	// A state that this process did not make is no base to refresh.
	all := force || (current != nil && current.Version != version.Version)
	snapshot, err := s.load(ctx, next, current, dirty, all)
	if err != nil {
		return 0, err
	}
	if next.Version != version.Version {
		if err := s.opt.DB.SaveVersion(ctx, snapshot.DataVersion, cause); err != nil {
			return 0, fmt.Errorf("save data version: %w", err)
		}
	}
	s.publish(snapshot)
	s.opt.Logger.InfoContext(ctx, "settled", "cause", cause, "data_version", next.Version, "months", len(dirty), "days", len(dirtyDays(dirty)),
		"incidents", snapshot.Incidents, "took", s.opt.Now().Sub(started).Round(time.Millisecond))
	return next.Version, nil
}

// withMatters adds the days of matters that links join with a report that is
// dirty, and marks the months of such matters, for whoever else computes by
// marks.
func (s *Store) withMatters(ctx context.Context, mark uint64, dirty []clickhouse.DirtyMonth) ([]clickhouse.DirtyMonth, error) {
	if len(dirty) == 0 {
		return nil, nil
	}
	more, err := s.matters.Resolve(ctx, dirtyMonths(dirty))
	if err != nil {
		return nil, fmt.Errorf("resolve matters: %w", err)
	}
	if err := s.opt.DB.MarkWith(ctx, mark, more); err != nil {
		return nil, fmt.Errorf("mark the months of matters: %w", err)
	}
	days, err := s.opt.DB.LinkedDays(ctx, s.opt.Zone.String(), dirtyDays(dirty))
	if err != nil {
		return nil, fmt.Errorf("find the days of matters: %w", err)
	}
	return withDays(dirty, days), nil
}

// computable leaves out months whose records were removed: the cube keeps what
// it knows of them.
func (s *Store) computable(ctx context.Context, dirty []clickhouse.DirtyMonth) ([]clickhouse.DirtyMonth, error) {
	sealed, err := s.opt.DB.SealedMonths(ctx)
	if err != nil {
		return nil, fmt.Errorf("read sealed months: %w", err)
	}
	return slices.DeleteFunc(dirty, func(m clickhouse.DirtyMonth) bool {
		if slices.Contains(sealed, m.Month) {
			s.opt.Logger.WarnContext(ctx, "records came of a month whose records were removed: the map does not show them", "month", m.Month)
			return true
		}
		return false
	}), nil
}

func (s *Store) publish(snapshot *Snapshot) {
	s.current.Store(snapshot)
	s.watchers.Lock()
	defer s.watchers.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Current gives the newest settled state.
func (s *Store) Current() *Snapshot { return s.current.Load() }

// Changed gives a channel that is closed when a newer state is there.
func (s *Store) Changed() <-chan struct{} {
	s.watchers.Lock()
	defer s.watchers.Unlock()
	return s.changed
}

// Today gives the local day of now.
func (s *Store) Today() Day { return Today(s.opt.Now(), s.opt.Zone) }

// Zone gives the zone of the local days.
func (s *Store) Zone() *time.Location { return s.opt.Zone }

// load makes the snapshot of a version: the catalogue, and the resident cube
// from the one before where only some days changed, anew where all may have.
func (s *Store) load(ctx context.Context, v clickhouse.DataVersion, before *Snapshot, dirty []clickhouse.DirtyMonth, all bool) (snap *Snapshot, err error) {
	if before != nil && !all && before.resident.complete {
		snap, err = s.loadChanged(ctx, before, dirty)
	} else {
		if all {
			before = nil
		}
		snap, err = s.loadAll(ctx, before)
	}
	if err != nil {
		return nil, err
	}
	cat := snap.Catalogue
	v.Incidents = uint64(cat.Incidents)
	snap.DataVersion = v
	cells, start := snap.resident.at(frameResolution)
	if cat.Tree == nil {
		cat.Bounds, cat.HasBounds = frame(cells, func(i int) int { return int(start[i+1] - start[i]) })
	}
	cat.Extent = extent(cells)
	if cat.HasBounds {
		cat.Extent = cat.Extent.Union(cat.Bounds)
	}
	return snap, nil
}

// loadAll reads the cube while the areas are read, which take as long: the
// rows get the numbers of their areas when both are there. The areas are those
// of the snapshot before, where there is one.
func (s *Store) loadAll(ctx context.Context, before *Snapshot) (*Snapshot, error) {
	var codes *codebook
	var rows []row
	number := &callNumbers{number: map[string]uint32{}}
	cat, err := loadCatalogue(ctx, s.opt.DB, catalogueOf(before), func(ctx context.Context, cat *Catalogue) (err error) {
		if codes, err = (*codebook)(nil).with(cat.used()); err != nil || bytesPerRow*cat.Incidents > s.opt.ResidentBytes {
			codes = nil // ClickHouse answers
			return nil
		}
		rows, err = loadRows(ctx, s.opt.DB, codes, number.of, nil, int(cat.Incidents))
		return err
	})
	if err != nil {
		return nil, err
	}
	pl := numberPlaces(cat.Tree)
	snap := &Snapshot{Catalogue: cat, levels: levelNumbers(cat.Tree, pl)}
	if codes == nil {
		snap.resident, err = loadCells(ctx, s.opt.DB, pl)
		return snap, err
	}
	number.settle(rows, pl)
	snap.resident = buildResident(pl, codes, rows)
	return snap, nil
}

// loadChanged reads only the days that changed.
func (s *Store) loadChanged(ctx context.Context, before *Snapshot, dirty []clickhouse.DirtyMonth) (*Snapshot, error) {
	cat, err := loadCatalogue(ctx, s.opt.DB, before.Catalogue, nil)
	if err != nil {
		return nil, err
	}
	resident, err := s.refresh(ctx, before.resident, cat, dirty)
	return &Snapshot{Catalogue: cat, levels: before.levels, resident: resident}, err
}

// refresh gives the resident cube with the days that changed.
func (s *Store) refresh(ctx context.Context, before *Resident, cat *Catalogue, dirty []clickhouse.DirtyMonth) (*Resident, error) {
	codes, err := before.codes.with(cat.used())
	if err != nil || bytesPerRow*cat.Incidents > s.opt.ResidentBytes {
		return loadCells(ctx, s.opt.DB, before.places)
	}
	if len(dirty) == 0 {
		return before, nil
	}
	rows, err := loadRows(ctx, s.opt.DB, codes, before.places.of, dirty, 0)
	if err != nil {
		return nil, err
	}
	return before.replaceDays(codes, dirtyDays(dirty), rows), nil
}

func levelNumbers(tree *area.Tree, pl places) map[area.Level][]uint32 {
	out := map[area.Level][]uint32{}
	if tree == nil {
		return out
	}
	for _, level := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
		for _, a := range tree.AtLevel(level) {
			out[level] = append(out[level], pl.number[a.Code])
		}
	}
	return out
}

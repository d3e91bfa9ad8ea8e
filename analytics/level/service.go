package level

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// Limits of the history that is made at once.
const (
	// backfillDays are decided where there is no history, or a gap: a quarter,
	// so that levels have a "since" and reports a quarter to rank.
	backfillDays = 92
	// largeBackfill days are decided where the incidents are more than
	// largeIncidents: reading a quarter of them would take a minute.
	largeBackfill  = 8
	largeIncidents = 3_000_000
	// staleDays without an incident make the data a closed file: its levels are
	// those of its last day, not of today.
	staleDays = 28
)

// Options of a Service.
type Options struct {
	DB     *clickhouse.DB
	Store  *cube.Store
	Policy *Policy
	Now    func() time.Time
	Logger *slog.Logger
}

// Service decides the levels of the loaded data and keeps their history. It is
// safe for concurrent use; one process computes at a time.
type Service struct {
	opt   Options
	board atomic.Pointer[Board]

	computing sync.Mutex
	loaded    bool                // the history was read
	lastDay   cube.Day            // newest day of the history, 0 without any
	standing  map[string]Standing // by the rules, as of lastDay
	inForce   map[string]Entry    // entries of lastDay

	overriding   sync.Mutex
	lastOverride uint64

	watchers sync.Mutex
	changed  chan struct{} // closed with every new board
}

// New makes a Service. It reads nothing yet; Compute does.
func New(opt Options) *Service {
	s := &Service{opt: opt, changed: make(chan struct{})}
	s.board.Store(newBoard(0, 0, 0, nil))
	return s
}

// Policy gives the rules in force.
func (s *Service) Policy() *Policy { return s.opt.Policy }

// Board gives the newest board; before the first Compute it is empty, with the
// day 0.
func (s *Service) Board() *Board { return s.board.Load() }

// Changed gives a channel that is closed with the next new board.
func (s *Service) Changed() <-chan struct{} {
	s.watchers.Lock()
	defer s.watchers.Unlock()
	return s.changed
}

// Compute decides the levels of the day on the newest settled state, and those
// of the days since the last time, and gives what changed in force. Equal data
// and equal history give equal levels.
func (s *Service) Compute(ctx context.Context) ([]Change, error) {
	s.computing.Lock()
	defer s.computing.Unlock()
	started := s.opt.Now()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	snap := s.opt.Store.Current()
	if snap.Catalogue.Tree == nil || snap.Catalogue.Incidents == 0 {
		return nil, nil
	}
	first, last := s.span(snap)
	f, err := readFacts(ctx, s.opt.DB, s.opt.Store, first, last)
	if err != nil {
		return nil, err
	}
	all, err := s.Overrides(ctx, "")
	if err != nil {
		return nil, err
	}
	w := s.work(f, standingOverrides(all), snap.Version)
	if err := w.run(ctx); err != nil {
		s.loaded = false // days before the fault may be written
		return nil, err
	}
	if err := s.save(ctx, w); err != nil {
		s.loaded = false
		return nil, err
	}
	done := s.publish(w)
	s.opt.Logger.InfoContext(ctx, "levels computed", "day", last.String(), "days", int(last-first)+1, "data_version", snap.Version,
		"entries", len(w.entries), "changed", len(done), "took", s.opt.Now().Sub(started).Round(time.Millisecond))
	return done, nil
}

// load reads where the history stands.
func (s *Service) load(ctx context.Context) error {
	if s.loaded {
		return nil
	}
	_, last, ok, err := s.opt.DB.LevelDays(ctx)
	if err != nil {
		return fmt.Errorf("read the history of levels: %w", err)
	}
	s.standing, s.inForce = map[string]Standing{}, map[string]Entry{}
	if ok {
		rows, err := s.opt.DB.LevelsOn(ctx, last)
		if err != nil {
			return fmt.Errorf("read the history of levels: %w", err)
		}
		var entries []Entry
		var version, revision uint64
		for _, r := range rows {
			e := entryOf(r)
			version, revision = max(version, r.DataVersion), max(revision, r.Revision)
			s.standing[e.Area], s.inForce[e.Area] = Standing{e.Ruled, e.RuledSince}, e
			entries = append(entries, e)
		}
		s.lastDay = cube.Day(last)
		s.board.Store(newBoard(s.lastDay, version, revision, entries))
	}
	s.loaded = true
	return nil
}

// span gives the days to decide: from the first that the history lacks, or
// the last once more, to the day of the board.
func (s *Service) span(snap *cube.Snapshot) (first, last cube.Day) {
	cat := snap.Catalogue
	last = s.opt.Store.Today()
	if cat.Last+staleDays < last {
		last = cat.Last
	}
	reach := cube.Day(backfillDays)
	if cat.Incidents > largeIncidents {
		reach = largeBackfill
	}
	first = max(last-reach+1, cat.First)
	if s.lastDay > 0 {
		first = max(first, s.lastDay)
		if s.lastDay < last {
			first = max(first, s.lastDay+1)
		}
	}
	return min(first, last), last
}

// save writes what is new of every day.
func (s *Service) save(ctx context.Context, w *work) error {
	const most = 100_000 // rows of one insert
	for len(w.rows) > 0 {
		n := min(most, len(w.rows))
		if err := s.opt.DB.SaveLevels(ctx, "", w.rows[:n]); err != nil {
			return fmt.Errorf("save levels: %w", err)
		}
		w.rows = w.rows[n:]
	}
	w.rows = nil
	return nil
}

// publish shows a new board.
func (s *Service) publish(w *work) []Change {
	before := s.board.Load()
	var shown []Entry
	for _, e := range w.entries {
		shown = append(shown, e)
	}
	after := newBoard(w.facts.last, w.version, before.Revision, shown)
	after.Evaluated, after.loads, after.overrides = len(w.facts.places), w.loads, w.overrides
	done := Changes(before, after)
	if len(done) > 0 {
		after.Revision = w.revision
	}
	s.standing, s.inForce, s.lastDay = w.standings(), w.entries, w.facts.last
	s.board.Store(after)
	s.watchers.Lock()
	defer s.watchers.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return done
}

// Next gives when levels may change although no record does: at the next local
// midnight, or when an override ends.
func (s *Service) Next() time.Time {
	now := s.opt.Now().In(s.opt.Store.Zone())
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	for _, o := range s.Board().overrides {
		if o.at(now) && o.EndsAt.Before(next) {
			next = o.EndsAt
		}
	}
	return next
}

// Responsible names the body that answers for an area at a level.
func (s *Service) Responsible(code string, l Level) (Body, error) {
	a, err := s.area(code)
	if err != nil {
		return Body{}, err
	}
	return s.opt.Policy.Body(placeOf(s.opt.Store.Current().Catalogue.Tree, a), l), nil
}

package tip

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Options of a Service.
type Options struct {
	DB     *clickhouse.DB
	Store  *cube.Store
	Levels *level.Service
	Now    func() time.Time
	Logger *slog.Logger
	// SoonDays before its last day, and on it, a matter is 将到期.
	SoonDays int
}

// Service makes and keeps tips. It is safe for concurrent use.
type Service struct {
	opt Options

	issuing sync.Mutex
	known   bool // what follows was read
	keys    map[string]bool
	numbers map[int]int // last number of a year
	seq     uint64
	told    map[string]cube.Day // area → day of its last deadline tip

	watchers sync.Mutex
	changed  chan struct{} // closed with new tips and acknowledgements
}

// New makes a Service.
func New(opt Options) *Service { return &Service{opt: opt, changed: make(chan struct{})} }

// Changed gives a channel that is closed with the next new tip or
// acknowledgement.
func (s *Service) Changed() <-chan struct{} {
	s.watchers.Lock()
	defer s.watchers.Unlock()
	return s.changed
}

func (s *Service) announce() {
	s.watchers.Lock()
	defer s.watchers.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Issue makes the tips that the newest board calls for and that are not there
// yet: call it after each computation of the levels. A tip is written before
// anyone hears of it, so a stop in between loses none and makes none twice.
func (s *Service) Issue(ctx context.Context) ([]Tip, error) {
	s.issuing.Lock()
	defer s.issuing.Unlock()
	board, tree := s.opt.Levels.Board(), s.opt.Store.Current().Catalogue.Tree
	if board.Day == 0 || tree == nil {
		return nil, nil
	}
	if err := s.recall(ctx); err != nil {
		return nil, err
	}
	drafts, err := s.drafts(board, tree)
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	now := s.opt.Now().Truncate(time.Millisecond)
	year, next := now.In(s.opt.Store.Zone()).Year(), max(uint64(now.UnixNano()), s.seq+1)
	var rows []clickhouse.TipRow
	var made []Tip
	for i, d := range drafts {
		t := d.Tip
		t.Year, t.Number, t.MadeAt, t.Seq = year, s.numbers[year]+1+i, now, next+uint64(i)
		t.ID = idOf(t.Year, t.Number)
		rows, made = append(rows, t.row(d.key)), append(made, t)
	}
	if err := s.opt.DB.SaveTips(ctx, rows); err != nil {
		// The rows may be there or not: ask again before the next number.
		s.known = false
		return nil, fmt.Errorf("save tips: %w", err)
	}
	for _, r := range rows {
		s.remember(r)
	}
	s.opt.Logger.InfoContext(ctx, "tips issued", "tips", len(made), "first", made[0].ID)
	s.announce()
	return made, nil
}

// recall reads which tips there are.
func (s *Service) recall(ctx context.Context) error {
	if s.known {
		return nil
	}
	rows, err := s.opt.DB.Tips(ctx, 0, time.Time{}, time.Time{})
	if err != nil {
		return fmt.Errorf("read tips: %w", err)
	}
	s.keys, s.numbers, s.told = map[string]bool{}, map[int]int{}, map[string]cube.Day{}
	for _, r := range rows {
		s.remember(r)
	}
	s.known = true
	return nil
}

func (s *Service) remember(r clickhouse.TipRow) {
	s.keys[r.Key] = true
	s.numbers[int(r.Year)] = max(s.numbers[int(r.Year)], int(r.Number))
	s.seq = max(s.seq, r.Seq)
	if r.Cause == CauseDeadline {
		s.told[r.Area] = max(s.told[r.Area], cube.Day(r.Day))
	}
}

// drafts gives what the board calls for, the most serious first.
func (s *Service) drafts(board *level.Board, tree *area.Tree) ([]draft, error) {
	policy, today := s.opt.Levels.Policy(), s.opt.Store.Today()
	var out []draft
	for _, e := range board.Entries {
		a, known := tree.Get(e.Area)
		if !known || e.Level == level.None || e.Level <= e.Was {
			continue
		}
		if d := levelDraft(e, a, policy.Grade(e.Level), today); !s.keys[d.key] {
			out = append(out, d)
		}
	}
	for _, tier := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
		least, asked := policy.Tips.Overdue[tier.String()]
		if !asked {
			continue
		}
		for _, a := range tree.AtLevel(tier) {
			load, ok := board.Load(a.Code)
			last, before := s.told[a.Code]
			if !ok || int(load[level.Overdue]) < least || before && board.Day-last < cube.Day(policy.Tips.Every) {
				continue
			}
			l, body, err := s.addressee(board, a)
			if err != nil {
				return nil, err
			}
			out = append(out, deadlineDraft(a, int(load[level.Overdue]), l, body, policy, board.Day, today))
		}
	}
	return out, nil
}

// addressee is who answers for an area at its level; without one it is who
// would at the level of the townships.
func (s *Service) addressee(board *level.Board, a area.Area) (level.Level, level.Body, error) {
	if e, ok := board.Find(a.Code); ok && e.Level != level.None {
		return e.Level, e.Body, nil
	}
	body, err := s.opt.Levels.Responsible(a.Code, level.Yellow)
	return level.None, body, err
}

// List gives the tips made on the local days [from, to), the newest first; a
// zero day is no bound.
func (s *Service) List(ctx context.Context, from, to cube.Day) ([]Tip, error) {
	rows, err := s.opt.DB.Tips(ctx, 0, s.midnight(from), s.midnight(to))
	out := make([]Tip, len(rows))
	for i, r := range rows {
		out[i] = tipOf(r)
	}
	slices.SortFunc(out, func(a, b Tip) int { return -cmp.Compare(a.Seq, b.Seq) })
	return out, err
}

// Since gives the tips with a seq above after, in the order in which they were
// made.
func (s *Service) Since(ctx context.Context, after uint64) ([]Tip, error) {
	rows, err := s.opt.DB.Tips(ctx, after, time.Time{}, time.Time{})
	out := make([]Tip, len(rows))
	for i, r := range rows {
		out[i] = tipOf(r)
	}
	return out, err
}

func (s *Service) midnight(d cube.Day) time.Time {
	if d == 0 {
		return time.Time{}
	}
	t := d.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, s.opt.Store.Zone())
}

// Get gives one tip.
func (s *Service) Get(ctx context.Context, id string) (Tip, error) {
	r, ok, err := s.opt.DB.Tip(ctx, id)
	if err != nil {
		return Tip{}, err
	}
	if !ok {
		return Tip{}, &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Field: "id", Detail: "no such tip"}
	}
	return tipOf(r), nil
}

// Ack acknowledges a tip. The first one counts; a later one changes nothing.
func (s *Service) Ack(ctx context.Context, id, by, note string) (Tip, error) {
	if err := level.CheckWords("note", note); err != nil {
		return Tip{}, err
	}
	s.issuing.Lock()
	defer s.issuing.Unlock()
	t, err := s.Get(ctx, id)
	if err != nil || t.Acked() {
		return t, err
	}
	t.AckedAt, t.AckedBy, t.Note = s.opt.Now().Truncate(time.Millisecond), by, note
	if err := s.opt.DB.SaveTipEvent(ctx, id, "ack", t.AckedAt, by, note); err != nil {
		return Tip{}, fmt.Errorf("acknowledge tip: %w", err)
	}
	s.announce()
	return t, nil
}

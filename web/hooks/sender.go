package hooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"reli/analytics/tip"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// How a push is tried.
const (
	firstPause = 10 * time.Second
	mostPause  = time.Hour
	// mostAttempts with the pauses above are a little more than a day.
	mostAttempts = 33
	// answerTimeout of a receiver; one that is slower is asked again.
	answerTimeout = 10 * time.Second
	// longestWait between two looks at the outbox, should a wake-up be missed.
	longestWait = time.Minute
)

// States of an outbox row.
const (
	StateRegistered = "registered" // no tip: told from here on
	StatePending    = "pending"
	StateDelivered  = "delivered"
	StateDead       = "dead" // given up; Retry takes it up again
)

// Options of a Sender.
type Options struct {
	DB        *clickhouse.DB
	Tips      *tip.Service
	Receivers []Receiver
	// Name says what an area is called.
	Name func(code string) string
	Now  func() time.Time
	// Timeout of an answer; answerTimeout where 0. A slower receiver is asked
	// again.
	Timeout time.Duration
	Logger  *slog.Logger
}

// Sender pushes tips. Run it in the background; Round does one look at a time.
type Sender struct {
	opt    Options
	client *http.Client // follows no redirect and uses no proxy
	wake   map[string]chan struct{}

	mu       sync.Mutex
	revision uint64
}

// New makes a Sender. It starts nothing.
func New(opt Options) *Sender {
	if opt.Timeout == 0 {
		opt.Timeout = answerTimeout
	}
	s := &Sender{opt: opt, wake: map[string]chan struct{}{}, client: &http.Client{Timeout: opt.Timeout,
		Transport:     &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for _, r := range opt.Receivers {
		s.wake[r.Name] = make(chan struct{}, 1)
	}
	return s
}

// Run pushes until ctx ends. Each receiver has a goroutine of its own, so that
// a slow one holds up no other.
func (s *Sender) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, r := range s.opt.Receivers {
		all.Go(func() { s.serve(ctx, r) })
	}
	all.Wait()
	s.client.CloseIdleConnections()
}

func (s *Sender) serve(ctx context.Context, r Receiver) {
	for {
		changed := s.opt.Tips.Changed()
		next, err := s.Round(ctx, r.Name)
		if err != nil && ctx.Err() == nil {
			s.opt.Logger.ErrorContext(ctx, "webhook outbox failed, will be tried again", "receiver", r.Name, "error", err)
		}
		wait := longestWait
		if err == nil && !next.IsZero() {
			wait = max(0, min(wait, next.Sub(s.opt.Now())))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-s.wake[r.Name]:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

func (s *Sender) receiver(name string) (Receiver, error) {
	for _, r := range s.opt.Receivers {
		if r.Name == name {
			return r, nil
		}
	}
	return Receiver{}, &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Field: "receiver", Detail: "no such receiver"}
}

// Round puts new tips into a receiver's outbox, pushes what is due, and gives
// when the next is; the zero time for nothing.
func (s *Sender) Round(ctx context.Context, name string) (next time.Time, err error) {
	r, err := s.receiver(name)
	if err != nil {
		return time.Time{}, err
	}
	if err := s.fill(ctx, r); err != nil {
		return time.Time{}, err
	}
	rows, err := s.opt.DB.Outbox(ctx, r.Name)
	if err != nil {
		return time.Time{}, err
	}
	for _, row := range rows {
		if row.State != StatePending {
			continue
		}
		if !row.NextAt.After(s.opt.Now()) {
			if row, err = s.push(ctx, r, row); err != nil {
				return time.Time{}, err
			}
		}
		if row.State == StatePending && (next.IsZero() || row.NextAt.Before(next)) {
			next = row.NextAt
		}
	}
	return next, nil
}

// fill takes up the tips that the outbox does not know. A receiver that is new
// is told from now on: it did not ask for the past.
func (s *Sender) fill(ctx context.Context, r Receiver) error {
	reach, known, err := s.opt.DB.OutboxReach(ctx, r.Name)
	if err != nil {
		return err
	}
	tips, err := s.opt.Tips.Since(ctx, reach)
	if err != nil {
		return err
	}
	var rows []clickhouse.OutboxRow
	if !known {
		start := clickhouse.OutboxRow{Receiver: r.Name, State: StateRegistered, NextAt: s.opt.Now(), Revision: s.number()}
		if len(tips) > 0 {
			start.Seq = tips[len(tips)-1].Seq
		}
		rows, tips = append(rows, start), nil
	}
	for _, t := range tips {
		rows = append(rows, clickhouse.OutboxRow{Receiver: r.Name, Tip: t.ID, Seq: t.Seq, State: StatePending, NextAt: s.opt.Now(), Revision: s.number()})
	}
	return s.opt.DB.SaveOutbox(ctx, rows)
}

// number gives the next revision.
func (s *Sender) number() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision = max(s.revision+1, uint64(s.opt.Now().UnixNano()))
	return s.revision
}

// push sends one tip and writes down what came of it.
func (s *Sender) push(ctx context.Context, r Receiver, row clickhouse.OutboxRow) (clickhouse.OutboxRow, error) {
	status, err := s.post(ctx, r, row)
	if ctx.Err() != nil {
		return row, ctx.Err() // nobody knows whether it arrived: it stays pending
	}
	row.Attempts++
	row.Status, row.Error, row.Revision = uint16(status), "", s.number()
	switch {
	case err == nil:
		row.State = StateDelivered
	case row.Attempts >= mostAttempts:
		row.State, row.Error = StateDead, clip(err.Error())
		s.opt.Logger.ErrorContext(ctx, "webhook given up", "receiver", r.Name, "tip", row.Tip, "attempts", row.Attempts, "error", row.Error)
	default:
		row.Error, row.NextAt = clip(err.Error()), s.opt.Now().Add(pause(row.Attempts))
	}
	return row, s.opt.DB.SaveOutbox(ctx, []clickhouse.OutboxRow{row})
}

// pause gives the time between an attempt and the next.
func pause(attempts uint16) time.Duration {
	if attempts > 10 {
		return mostPause
	}
	return min(mostPause, firstPause<<(attempts-1))
}

func clip(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// errAnswer is an answer that is not a success.
var errAnswer = errors.New("the receiver answered")

// Retry takes up the dead letters of a receiver again.
func (s *Sender) Retry(ctx context.Context, name string) (int, error) {
	if _, err := s.receiver(name); err != nil {
		return 0, err
	}
	rows, err := s.opt.DB.Outbox(ctx, name)
	if err != nil {
		return 0, err
	}
	var again []clickhouse.OutboxRow
	for _, row := range rows {
		if row.State == StateDead {
			row.State, row.Attempts, row.NextAt, row.Revision = StatePending, 0, s.opt.Now(), s.number()
			again = append(again, row)
		}
	}
	if err := s.opt.DB.SaveOutbox(ctx, again); err != nil {
		return 0, fmt.Errorf("take up dead letters: %w", err)
	}
	select {
	case s.wake[name] <- struct{}{}:
	default:
	}
	return len(again), nil
}

// Status is how a receiver stands.
type Status struct {
	Name      string `json:"name"`
	Address   string `json:"address"` // without a query, which may hold a secret
	Pending   uint64 `json:"pending"`
	Delivered uint64 `json:"delivered"`
	Dead      uint64 `json:"dead"`
	LastError string `json:"last_error"` // of what is not delivered
}

// Statuses tells how all receivers stand.
func (s *Sender) Statuses(ctx context.Context) ([]Status, error) {
	out := []Status{}
	for _, r := range s.opt.Receivers {
		counts, err := s.opt.DB.OutboxCounts(ctx, r.Name)
		if err != nil {
			return nil, err
		}
		st := Status{Name: r.Name, Address: r.shown(), Pending: counts[StatePending], Delivered: counts[StateDelivered], Dead: counts[StateDead]}
		rows, err := s.opt.DB.Outbox(ctx, r.Name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.Error != "" {
				st.LastError = row.Error
			}
		}
		out = append(out, st)
	}
	return out, nil
}

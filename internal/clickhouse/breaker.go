package clickhouse

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"reli/schemas"
)

const (
	// mostFailures in a row open the breaker: a restart of the embedded engine
	// costs one or two.
	mostFailures = 5
	// trialGap is how long an open breaker refuses at once before it lets one
	// statement try.
	trialGap = time.Second
	// admissionWait bounds the wait for one of the statements at once, and
	// mostWaiting how many may wait: beyond them a store that is slow would
	// gather requests until memory ends.
	admissionWait = 10 * time.Second
	mostWaiting   = 512
)

// breaker keeps statements from a store that is away, and bounds those that
// wait for one that is slow. Safe for concurrent use.
type breaker struct {
	slots   chan struct{}
	waiting atomic.Int64
	wait    time.Duration
	now     func() time.Time
	watched atomic.Bool // Watch asks, so that no statement has to try

	mu       sync.Mutex
	failures int
	since    time.Time // of the first failure in a row
	trial    time.Time // when a statement may try again
	changed  chan struct{}
}

func newBreaker(atOnce int, wait time.Duration, now func() time.Time) *breaker {
	return &breaker{slots: make(chan struct{}, atOnce), wait: wait, now: now, changed: make(chan struct{})}
}

// enter lets a statement go to the store; leave is to be called when it is over.
func (b *breaker) enter(ctx context.Context) (leave func(), err error) {
	if err := b.refuses(); err != nil {
		return nil, err
	}
	leave = func() { <-b.slots }
	select {
	case b.slots <- struct{}{}:
		return leave, nil
	default:
	}
	defer b.waiting.Add(-1)
	if b.waiting.Add(1) > mostWaiting {
		return nil, busy("too many requests wait for the store")
	}
	timer := time.NewTimer(b.wait)
	defer timer.Stop()
	select {
	case b.slots <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, busy("the store has no time for this request")
	}
}

// through runs a whole statement.
func (b *breaker) through(ctx context.Context, statement func() error) error {
	leave, err := b.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return b.note(ctx, classify(statement()))
}

func busy(detail string) error {
	return &schemas.Problem{Code: schemas.CodeBusy, Status: http.StatusServiceUnavailable, Detail: detail}
}

var errOpen = errors.New("it failed repeatedly; it is tried once a second")

// refuses says no while the breaker is open, but to one statement a second
// where nobody watches: on a store that takes statements and says nothing, the
// one that tries would hang.
func (b *breaker) refuses() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < mostFailures {
		return nil
	}
	now := b.now()
	if b.watched.Load() || now.Before(b.trial) {
		return unavailable(errOpen)
	}
	b.trial = now.Add(trialGap)
	return nil
}

// note keeps the outcome of a statement and gives it back. Only the store's
// absence is a failure; what a statement itself did wrong, or that its caller
// left, says that nothing is wrong with the store, or nothing at all. A
// connection that breaks because the caller left looks like the store's absence.
func (b *breaker) note(ctx context.Context, err error) error {
	switch p, ok := schemas.AsProblem(err); {
	case err != nil && ctx.Err() != nil:
	case ok && p.Code == schemas.CodeUnavailable:
		b.set(1)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), ok:
	default:
		b.set(0)
	}
	return err
}

func (b *breaker) set(failed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.failures
	if failed == 0 {
		b.failures = 0
	} else {
		b.failures++
		b.trial = b.now().Add(trialGap)
	}
	if (before == 0) != (b.failures == 0) {
		b.since = b.now()
		close(b.changed)
		b.changed = make(chan struct{})
	}
}

// Away says since when the store does not answer; ok is false while it does.
func (db *DB) Away() (since time.Time, ok bool) {
	b := db.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since, b.failures > 0
}

// AwayChanged gives a channel that is closed when the store goes or comes back.
func (db *DB) AwayChanged() <-chan struct{} {
	b := db.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

// probe bounds the question whether the store answers.
const probe = 2 * time.Second

// Watch asks the store whether it answers, once a second, until ctx ends: so
// its absence is known also while nobody asks it for anything, and its return
// without a statement that tries.
func (db *DB) Watch(ctx context.Context) {
	db.breaker.watched.Store(true)
	defer db.breaker.watched.Store(false)
	tick := time.NewTicker(trialGap)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked, cancel := context.WithTimeout(ctx, probe)
		err := db.Ping(asked)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			db.breaker.set(1) // it takes connections and says nothing
		}
	}
}

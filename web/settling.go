package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"reli/analytics/cube"
)

// settleDelay gathers what arrives together into one data version.
const settleDelay = 300 * time.Millisecond

// settleRetry waits before a failed settling is tried again.
const settleRetry = 2 * time.Second

// settleLoop brings acknowledged records into the cube in the background.
type settleLoop struct {
	wake   chan struct{}
	done   chan struct{}
	ended  chan struct{}
	cancel context.CancelFunc

	draining sync.Once
}

func startSettling(store *cube.Store, logger *slog.Logger) *settleLoop {
	ctx, cancel := context.WithCancel(context.Background())
	l := &settleLoop{wake: make(chan struct{}, 1), done: make(chan struct{}), ended: make(chan struct{}), cancel: cancel}
	go l.run(ctx, store, logger)
	return l
}

// request asks for a settling; several requests become one.
func (l *settleLoop) request() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *settleLoop) run(ctx context.Context, store *cube.Store, logger *slog.Logger) {
	defer close(l.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		l.settle(ctx, store, logger)
	}
}

// settle tries until it succeeds or ctx ends: what was acknowledged must be
// seen.
func (l *settleLoop) settle(ctx context.Context, store *cube.Store, logger *slog.Logger) {
	for wait := settleDelay; sleep(ctx, wait); wait = settleRetry {
		_, err := store.Settle(ctx, "push")
		if err == nil || ctx.Err() != nil {
			return
		}
		logger.ErrorContext(ctx, "settling failed, will be tried again", "error", err)
	}
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// drain closes done, once.
func (l *settleLoop) drain() { l.draining.Do(func() { close(l.done) }) }

func (l *settleLoop) stop() {
	l.drain()
	l.cancel()
	<-l.ended
}

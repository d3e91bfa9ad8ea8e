package audit

import (
	"context"
	"sync"
	"time"
)

// mostRecent bounds what is remembered of an hour. With more, some of it is
// written twice.
const mostRecent = 1 << 16

// recent remembers what was written within the hour.
type recent struct {
	mu   sync.RWMutex
	hour int64
	seen map[recentKey]*turn
}

type recentKey struct {
	principal, object string
	action            Action
	outcome           Outcome
}

// turn is the writing of one entry, which others wait for.
type turn struct {
	done chan struct{}
	err  error // once done is closed
}

// Once writes an event unless the same principal did the same to the same
// object with the same outcome within this hour of the clock, and answers when
// it is durable.
func (l *Log) Once(ctx context.Context, e Event) error {
	k := recentKey{e.Principal, e.Object, e.Action, e.Outcome}
	hour := l.opt.Now().Unix() / int64(time.Hour/time.Second)
	t, first := l.recent.turn(k, hour)
	if first {
		t.err = l.Append(context.WithoutCancel(ctx), e) // others wait for it
		if t.err != nil {
			l.recent.forget(k, t)
		}
		close(t.done)
		return t.err
	}
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Known reports whether Once has such an event of this hour, durable.
func (l *Log) Known(principal string, action Action, object string, outcome Outcome) bool {
	hour := l.opt.Now().Unix() / int64(time.Hour/time.Second)
	l.recent.mu.RLock()
	defer l.recent.mu.RUnlock()
	t := l.recent.seen[recentKey{principal, object, action, outcome}]
	if t == nil || l.recent.hour != hour {
		return false
	}
	select {
	case <-t.done:
		return t.err == nil
	default:
		return false
	}
}

func (r *recent) turn(k recentKey, hour int64) (t *turn, first bool) {
	r.mu.RLock()
	t = r.seen[k]
	same := r.hour == hour
	r.mu.RUnlock()
	if same && t != nil {
		return t, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hour != hour || r.seen == nil || len(r.seen) >= mostRecent {
		r.hour, r.seen = hour, map[recentKey]*turn{}
	}
	if t = r.seen[k]; t != nil {
		return t, false
	}
	t = &turn{done: make(chan struct{})}
	r.seen[k] = t
	return t, true
}

func (r *recent) forget(k recentKey, t *turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[k] == t {
		delete(r.seen, k)
	}
}

package access

import (
	"fmt"
	"sync"
	"time"
)

// Lock-out of a name after failures. It counts for one name from one address,
// and for one name from everywhere, where more is allowed: many people share
// no name, but a guesser may have many addresses. Names without an account are
// counted like others.
const (
	freeFromAddress = 5
	freeFromAll     = 50
	firstDelay      = time.Second // doubled with each further failure
	longestDelay    = 15 * time.Minute
	failureLife     = time.Hour // failures are forgotten after so long without one
	mostCounters    = 50_000
)

// LockedError says when a name may be tried again.
type LockedError struct{ After time.Duration }

func (e *LockedError) Error() string {
	return fmt.Sprintf("too many failures; try again in %s", e.After.Round(time.Second))
}

type failures struct {
	count int
	last  time.Time
}

// lockout counts failures, in memory: a restart forgives, and nobody outside
// can cause one.
type lockout struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]failures
}

func newLockout(now func() time.Time) *lockout {
	return &lockout{now: now, seen: map[string]failures{}}
}

func counters(name, address string) map[string]int {
	return map[string]int{name + "\x00" + address: freeFromAddress, name: freeFromAll}
}

// begin counts an attempt as failed before it is known to be one, so that many
// at the same time are not all taken for the first. It refuses while the name
// is locked.
func (l *lockout) begin(name, address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	var wait time.Duration
	for key, free := range counters(name, address) {
		wait = max(wait, l.seen[key].wait(free, now))
	}
	if wait > 0 {
		return &LockedError{After: wait}
	}
	l.makeRoom(now)
	for key := range counters(name, address) {
		f := l.seen[key]
		if now.Sub(f.last) > failureLife {
			f.count = 0
		}
		l.seen[key] = failures{f.count + 1, now}
	}
	return nil
}

// succeeded takes the attempt back and forgives this address. The count over
// all addresses loses only this attempt: whether the owner of a name came by
// must not show elsewhere.
func (l *lockout) succeeded(name, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.seen, name+"\x00"+address)
	if f := l.seen[name]; f.count > 0 {
		l.seen[name] = failures{f.count - 1, f.last}
	}
}

// wait is how long the next attempt has to.
func (f failures) wait(free int, now time.Time) time.Duration {
	over := f.count - free
	if over < 0 || now.Sub(f.last) > failureLife {
		return 0
	}
	delay := longestDelay
	if over < 10 { // 2^10 s is longer than the longest delay
		delay = min(firstDelay<<over, longestDelay)
	}
	return max(0, f.last.Add(delay).Sub(now))
}

// makeRoom forgets what is old, then what locks nothing, and at last everything:
// so many locked names are a flood that counting does not hold.
func (l *lockout) makeRoom(now time.Time) {
	if len(l.seen) < mostCounters {
		return
	}
	for key, f := range l.seen {
		if now.Sub(f.last) > failureLife || f.count < freeFromAddress {
			delete(l.seen, key)
		}
	}
	if len(l.seen) > mostCounters/2 {
		clear(l.seen)
	}
}

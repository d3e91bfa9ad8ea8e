package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// LeastDays is what the law asks for network logs, six months, with some days
// to spare: 网络安全法, and DOMAIN 2.9.
const LeastDays = 190

// KeyBytes is the length of a key.
const KeyBytes = 32

// Errors of a log.
var (
	ErrClosed = errors.New("the audit log is closed")
	ErrInUse  = errors.New("another process writes this audit log")
)

// Options of a Log.
type Options struct {
	Dir      string // made where it is not there, mode 0700
	Key      []byte // KeyBytes
	KeepDays int    // at least LeastDays
	Now      func() time.Time
	Logger   *slog.Logger
}

// Log is the log, open for writing; one at a time in all processes. Close it.
type Log struct {
	opt    Options
	lock   *os.File
	wake   chan struct{} // has room for one
	ended  chan struct{}
	recent recent

	mu      sync.Mutex // guards what follows
	queue   []*waiting
	closed  bool
	place   place
	failure error // of the last write
	written Written

	// Only the writer uses what follows.
	file  *os.File // the segment, nil before the first entry
	dirty bool     // a failed write may have left something behind the place
	head  *os.File
}

// place is up to where the log is durable.
type place struct {
	Head
	segment string
	size    int64
	time    time.Time // of the last entry
}

// Written counts what the writer did.
type Written struct{ Entries, Commits uint64 }

type waiting struct {
	event Event
	done  chan error // has room for one
}

// Open opens the log of a directory, or begins one. What a crash left unfinished
// is cut off and said so in an entry; entries that are missing are said so too.
func Open(opt Options) (*Log, error) {
	if len(opt.Key) != KeyBytes {
		return nil, fmt.Errorf("audit: the key has %d bytes, not %d", len(opt.Key), KeyBytes)
	}
	if opt.KeepDays < LeastDays {
		return nil, fmt.Errorf("audit: entries are kept %d days or more", LeastDays)
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	l := &Log{opt: opt, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	err := l.open()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit: %w", err), l.closeFiles())
	}
	go l.run()
	return l, nil
}

func (l *Log) open() error {
	var err error
	if l.lock, err = os.OpenFile(filepath.Join(l.opt.Dir, lockName), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := unix.Flock(int(l.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("%w (%w)", ErrInUse, err)
	}
	found, err := l.recover()
	if err != nil {
		return err
	}
	if l.head, err = os.OpenFile(filepath.Join(l.opt.Dir, headName), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	recovered := l.place.time
	for _, e := range found {
		l.opt.Logger.Warn("audit log", "action", e.Action, "object", e.Object, "detail", e.Detail)
	}
	if len(found) > 0 {
		if err := l.commit(found); err != nil {
			return err
		}
	}
	l.retire(recovered)
	return nil
}

// Append writes an event and answers when it is durable. Several that come at
// once share one write to disk. Where ctx ends first the event is still
// written.
func (l *Log) Append(ctx context.Context, e Event) error {
	w := &waiting{e.masked(), make(chan error, 1)}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return ErrClosed
	}
	l.queue = append(l.queue, w)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // it is awake
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run writes what waits, all of it at once, until the log is closed.
func (l *Log) run() {
	defer close(l.ended)
	for range l.wake {
		l.mu.Lock()
		batch, closed := l.queue, l.closed
		l.queue = nil
		l.mu.Unlock()
		if len(batch) > 0 {
			events := make([]Event, len(batch))
			for i, w := range batch {
				events[i] = w.event
			}
			err := l.commit(events)
			l.mu.Lock()
			l.failure = err
			l.mu.Unlock()
			for _, w := range batch {
				w.done <- err
			}
			if err != nil {
				l.opt.Logger.Error("audit log cannot be written", "entries", len(batch), "error", err)
			}
		}
		if closed {
			return
		}
	}
}

// Close writes what waits and ends the log.
func (l *Log) Close() error {
	l.mu.Lock()
	was := l.closed
	l.closed = true
	l.mu.Unlock()
	if was {
		return nil
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
	<-l.ended
	return l.closeFiles()
}

func (l *Log) closeFiles() error {
	var errs []error
	for _, f := range []*os.File{l.file, l.head, l.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Head gives the newest durable entry.
func (l *Log) Head() Head { return l.now().Head }

func (l *Log) now() place {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.place
}

// Written gives how many entries were written, by how many writes to disk.
func (l *Log) Written() Written {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written
}

// Ready tells whether entries can be written. After a failure it tries.
func (l *Log) Ready(ctx context.Context) error {
	l.mu.Lock()
	failure := l.failure
	l.mu.Unlock()
	if failure == nil {
		return nil
	}
	return l.Append(ctx, Event{Action: ActionResume, Outcome: OutcomeOK, Detail: "entries could not be written before this one"})
}

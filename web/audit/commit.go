package audit

import (
	"errors"
	"fmt"
	"os"
	"time"

	"reli/internal/durable"
)

// commit writes events as entries, makes them durable, and says so in the file
// head. Either all of them are there or none. Only the writer calls it.
func (l *Log) commit(events []Event) error {
	at, now := l.now(), l.opt.Now().UTC()
	month := max(monthOf(now), at.segment) // a clock that went back does not open an old month again
	rolled := month != at.segment
	if l.file == nil || rolled {
		if err := l.openSegment(&at, month); err != nil {
			return err
		}
	}
	text, next, err := l.encode(at, now, events)
	if err != nil {
		return err
	}
	if err := l.writeDurably(text, at.size); err != nil {
		return err
	}
	l.mu.Lock()
	first := l.place.segment == ""
	l.place = next
	l.written.Entries += uint64(len(events))
	l.written.Commits++
	l.mu.Unlock()
	if err := l.writeHead(next); err != nil { // the entries are durable all the same
		l.opt.Logger.Error("audit log", "error", err)
	}
	if rolled && !first {
		l.retire(at.time)
	}
	return nil
}

// writeDurably writes at the end of the segment. What a failed write left there
// is taken away first: none of it was acknowledged.
func (l *Log) writeDurably(text []byte, at int64) error {
	if l.dirty {
		if err := l.file.Truncate(at); err != nil {
			return err
		}
	}
	l.dirty = true
	if _, err := l.file.WriteAt(text, at); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	l.dirty = false
	return nil
}

func (l *Log) encode(at place, now time.Time, events []Event) ([]byte, place, error) {
	var text []byte
	for _, event := range events {
		e := Entry{Seq: at.Seq + 1, Time: now, Event: event, Prev: at.Hash}
		line, err := e.line(l.opt.Key)
		if err != nil {
			return nil, at, err
		}
		text = append(text, line...)
		at.Head = Head{e.Seq, e.Hash}
	}
	at.size, at.time = at.size+int64(len(text)), now
	return text, at, nil
}

// openSegment opens the file of a month, and makes it where it is not there.
func (l *Log) openSegment(at *place, month string) error {
	f, err := os.OpenFile(segmentPath(l.opt.Dir, month), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := durable.SyncFolder(l.opt.Dir); err != nil {
		return errors.Join(err, f.Close())
	}
	if month != at.segment {
		at.segment, at.size = month, 0
	}
	if l.file != nil {
		err = l.file.Close()
	}
	l.file = f
	return err
}

// writeHead says how far the log is durable. It is not made durable itself: an
// older one is true too.
func (l *Log) writeHead(at place) error {
	text, err := headFile{Head: at.Head, Segment: at.segment, Size: at.size}.text(l.opt.Key)
	if err != nil {
		return err
	}
	if _, err := l.head.WriteAt(text, 0); err != nil {
		return fmt.Errorf("head: %w", err)
	}
	return nil
}

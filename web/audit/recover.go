package audit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"reli/internal/durable"
)

// recover finds the last entry, cuts off what a crash left unfinished after it,
// and gives the entries that say what was found. It looks at the end of the log
// only; Verify looks at all of it.
func (l *Log) recover() ([]Event, error) {
	months, err := segments(l.opt.Dir)
	if err != nil {
		return nil, err
	}
	head, err := readHead(l.opt.Dir, l.opt.Key)
	var found []Event
	switch {
	case errors.Is(err, errHead):
		found = append(found, Event{Action: ActionBreak, Object: headName, Detail: err.Error(), Outcome: OutcomeFailed})
	case err != nil:
		return nil, err
	case head == nil && len(months) > 0:
		found = append(found, Event{Action: ActionBreak, Object: headName, Detail: "the file head is missing", Outcome: OutcomeFailed})
	}
	cut, err := l.findEnd(months, head)
	if err != nil {
		return nil, err
	}
	if cut != nil {
		found = append(found, *cut)
	}
	if head != nil && head.Seq > l.place.Seq {
		found = append(found, Event{Action: ActionBreak, Object: head.Segment + segmentSuffix, Outcome: OutcomeFailed,
			Detail: fmt.Sprintf("entries %d-%d are missing, the last had the hash %s", l.place.Seq+1, head.Seq, head.Hash)})
		l.place.Seq = head.Seq // no number is given twice
	}
	return found, nil
}

// findEnd sets the place of the last entry. Behind what the file head says was
// durable, the first line that is no entry begins the unfinished tail.
func (l *Log) findEnd(months []string, head *headFile) (cut *Event, err error) {
	l.place = place{Head: Head{Hash: origin}}
	for i := len(months) - 1; i >= 0; i-- {
		month := months[i]
		path := segmentPath(l.opt.Dir, month)
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		from, prev, known := int64(0), "", entryOf(path, month, head, l.opt.Key)
		if known != nil {
			from, prev = head.Size, head.Hash
		}
		last, end, err := lastValid(path, l.opt.Key, from, known != nil, prev)
		if err != nil {
			return nil, err
		}
		if last == nil {
			last = known
		}
		if i == len(months)-1 {
			l.place.segment, l.place.size = month, end
			if end < info.Size() {
				if cut, err = l.cutOff(path, end, info.Size()); err != nil {
					return nil, err
				}
			}
		}
		if last != nil {
			l.place.Head, l.place.time = Head{last.Seq, last.Hash}, last.Time
			return cut, nil
		}
	}
	return cut, nil
}

// entryOf reads the entry that a head names in a segment; nil where it is not
// there.
func entryOf(path, month string, h *headFile, key []byte) *Entry {
	if h == nil || h.Segment != month {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text := make([]byte, min(h.Size, maxLine))
	if _, err := f.ReadAt(text, h.Size-int64(len(text))); err != nil || !bytes.HasSuffix(text, []byte("\n")) {
		return nil
	}
	text = text[:len(text)-1]
	e, err := parseLine(text[bytes.LastIndexByte(text, '\n')+1:], key)
	if err != nil || e.Seq != h.Seq || e.Hash != h.Hash {
		return nil
	}
	return &e
}

// cutOff moves the unfinished tail of a segment into a file of its own: none of
// it was acknowledged, but nothing is thrown away.
func (l *Log) cutOff(path string, from, to int64) (*Event, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tail := make([]byte, to-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(tail)
	name := fmt.Sprintf("torn-%x", sum[:8])
	if err := durable.WriteFile(filepath.Join(l.opt.Dir, name), tail, 0o600); err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(from), f.Sync()); err != nil {
		return nil, err
	}
	return &Event{Action: ActionRepair, Object: filepath.Base(path), Outcome: OutcomeOK,
		Detail: fmt.Sprintf("an unfinished tail of %d bytes from byte %d on was moved to %s, SHA-256 %x; none of it was acknowledged", len(tail), from, name, sum)}, nil
}

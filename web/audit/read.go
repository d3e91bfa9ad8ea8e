package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// Filter chooses entries. Zero fields choose all.
type Filter struct {
	From, To  time.Time // [From, To)
	Principal string    // id or name
	Action    string    // an action, or with a trailing dot all of a noun: "user."
	Outcome   Outcome
	Before    uint64 // entries with smaller numbers
}

func (f Filter) takes(e *Entry) bool {
	return (f.From.IsZero() || !e.Time.Before(f.From)) && (f.To.IsZero() || e.Time.Before(f.To)) &&
		(f.Principal == "" || f.Principal == e.Principal || f.Principal == e.Name) &&
		(f.Action == "" || f.Action == string(e.Action) || (strings.HasSuffix(f.Action, ".") && strings.HasPrefix(string(e.Action), f.Action))) &&
		(f.Outcome == "" || f.Outcome == e.Outcome) && (f.Before == 0 || e.Seq < f.Before)
}

// hints are texts that every line has which the filter takes: most of a log is
// passed over by them, without reading the lines.
func (f Filter) hints() [][]byte {
	var out [][]byte
	hint := func(text string, closed bool) {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if text == "" || encoder.Encode(text) != nil {
			return
		}
		quoted := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
		if !closed {
			quoted = quoted[:len(quoted)-1]
		}
		out = append(out, quoted)
	}
	hint(f.Principal, true)
	hint(f.Action, !strings.HasSuffix(f.Action, "."))
	hint(string(f.Outcome), true)
	return out
}

func hasAll(line []byte, hints [][]byte) bool {
	for _, h := range hints {
		if !bytes.Contains(line, h) {
			return false
		}
	}
	return true
}

// months gives the segments that may hold what the filter takes, the oldest
// first. A clock that went back may have written older times into a month, but
// none newer than its end.
func (l *Log) months(f Filter) ([]string, error) {
	all, err := segments(l.opt.Dir)
	return slices.DeleteFunc(all, func(month string) bool { return !f.From.IsZero() && month < monthOf(f.From) }), err
}

// errEnough ends a reading early.
var errEnough = errors.New("enough")

// Page gives the newest entries that the filter takes, the newest first, and
// whether there are more.
func (l *Log) Page(ctx context.Context, f Filter, limit int) (page []Entry, more bool, err error) {
	at := l.now()
	months, err := l.months(f)
	if err != nil {
		return nil, false, err
	}
	hints := f.hints()
	for _, month := range slices.Backward(months) {
		err := l.backward(ctx, month, at, func(line []byte) error {
			if !hasAll(line, hints) {
				return nil
			}
			e, bad := parseLine(line, l.opt.Key)
			if bad != nil || !f.takes(&e) {
				return nil // Verify is who speaks of damage
			}
			if len(page) == limit {
				more = true
				return errEnough
			}
			page = append(page, e)
			return nil
		})
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("audit: %w", err)
		}
	}
	return page, more, nil
}

// Each gives the entries that the filter takes, the oldest first, each with its
// line as it stands in the log.
func (l *Log) Each(ctx context.Context, f Filter, yield func(e Entry, line []byte) error) error {
	at := l.now()
	months, err := l.months(f)
	if err != nil {
		return err
	}
	for _, month := range months {
		file, size, err := l.reading(month, at)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted for its age meanwhile
		}
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		err = each(ctx, io.LimitReader(file, size), l.opt.Key, f, yield)
		_ = file.Close() // read only
		if err != nil {
			return err
		}
	}
	return nil
}

func each(ctx context.Context, r io.Reader, key []byte, f Filter, yield func(e Entry, line []byte) error) error {
	hints := f.hints()
	for l := newLines(r, 0); ; {
		line, _, _, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !hasAll(line, hints) {
			continue
		}
		if e, bad := parseLine(line, key); bad == nil && f.takes(&e) {
			if err := yield(e, line); err != nil {
				return err
			}
		}
	}
}

// reading opens a segment up to what is durable.
func (l *Log) reading(month string, at place) (*os.File, int64, error) {
	f, err := os.Open(segmentPath(l.opt.Dir, month))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	size := info.Size()
	switch {
	case month == at.segment:
		size = min(size, at.size)
	case month > at.segment:
		size = 0 // begun after the reading
	}
	return f, size, nil
}

// block is how much is read at once backwards.
const block = 256 << 10

// backward gives the lines of a segment from the last to the first.
func (l *Log) backward(ctx context.Context, month string, at place, yield func(line []byte) error) error {
	f, size, err := l.reading(month, at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted for its age meanwhile
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var rest []byte // the beginning of what was read, whose line may begin before
	for size > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(size, block)
		size -= n
		text := make([]byte, n, int(n)+len(rest))
		if _, err := f.ReadAt(text, size); err != nil {
			return err
		}
		text = append(text, rest...)
		for {
			end := bytes.LastIndexByte(text, '\n')
			if end < 0 {
				break
			}
			if line := text[end+1:]; len(line) > 0 {
				if err := yield(line); err != nil {
					return err
				}
			}
			text = text[:end]
		}
		rest = text
	}
	if len(rest) > 0 {
		return yield(rest)
	}
	return nil
}

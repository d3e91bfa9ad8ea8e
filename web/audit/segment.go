package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names in the directory of the log.
const (
	segmentSuffix = ".jsonl"
	monthLayout   = "2006-01"
	headName      = "head"
	lockName      = "lock"
)

// monthOf names the segment of a time.
func monthOf(t time.Time) string { return t.UTC().Format(monthLayout) }

func segmentPath(dir, month string) string { return filepath.Join(dir, month+segmentSuffix) }

// segments lists the months that the log has, the oldest first.
func segments(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	var months []string
	for _, e := range entries {
		month, ok := strings.CutSuffix(e.Name(), segmentSuffix)
		if _, err := time.Parse(monthLayout, month); ok && err == nil {
			months = append(months, month)
		}
	}
	slices.Sort(months)
	return months, nil
}

// lines reads the lines of a segment from an offset. What is longer than an
// entry can be is given in pieces, none of which is one.
type lines struct {
	r    *bufio.Reader
	long []byte // a line that is longer than r's buffer
	at   int64  // offset of the next line
}

// usualLine is room for nearly every line.
const usualLine = 16 << 10

func newLines(r io.Reader, at int64) *lines {
	return &lines{r: bufio.NewReaderSize(r, usualLine), at: at}
}

// next gives a line without its newline and where it begins; whole is false for
// what has no newline. It holds until the next call. io.EOF ends it.
func (l *lines) next() (line []byte, at int64, whole bool, err error) {
	at = l.at
	line, err = l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(l.long) <= maxLine {
			l.long = append(l.long, line...)
			line, err = l.r.ReadSlice('\n')
		}
		l.long = append(l.long, line...)
		line = l.long
	}
	l.at += int64(len(line))
	switch {
	case err == nil:
		return line[:len(line)-1], at, true, nil
	case errors.Is(err, bufio.ErrBufferFull), errors.Is(err, io.EOF) && len(line) > 0:
		return line, at, false, nil
	}
	return nil, at, false, err
}

// lastValid finds the last line of a file, from an offset on, that is an entry
// by itself, and where it ends. With strict it stops at the first that is none
// or does not follow the one before.
func lastValid(path string, key []byte, from int64, strict bool, prev string) (last *Entry, end int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, from, err
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, from, err
	}
	end = from
	for l := newLines(f, from); ; {
		line, _, whole, err := l.next()
		if errors.Is(err, io.EOF) {
			return last, end, nil
		}
		if err != nil {
			return nil, from, err
		}
		e, bad := parseLine(line, key)
		if bad != nil || !whole || (strict && e.Prev != prev) {
			if strict {
				return last, end, nil
			}
			continue
		}
		last, end, prev = &e, l.at, e.Hash
	}
}

// firstEntry reads the first line of a segment.
func firstEntry(path string, key []byte) (Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	line, _, _, err := newLines(f, 0).next()
	if err != nil {
		return Entry{}, err
	}
	return parseLine(bytes.Clone(line), key)
}

// Begun reports whether a directory has a log.
func Begun(dir string) (bool, error) {
	months, err := segments(dir)
	if err != nil || len(months) > 0 {
		return len(months) > 0, err
	}
	_, err = os.Stat(filepath.Join(dir, headName))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

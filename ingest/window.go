package ingest

import (
	"bytes"
	"errors"
	"io"
)

// window is the part of the input that is in memory: at most one record of
// MaxRecordBytes and what was read with it.
type window struct {
	r          io.Reader
	buf        []byte
	start, end int // unread bytes are buf[start:end]
	err        error
}

// errRecordTooLong is given for a record that is longer than MaxRecordBytes.
var errRecordTooLong = errors.New("ingest: record too long")

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, readBufferBytes)}
}

// rest are the unread bytes in memory.
func (w *window) rest() []byte { return w.buf[w.start:w.end] }

// more reads on. io.EOF when the input has ended, errRecordTooLong when the
// unread bytes are already longer than a record may be.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if w.end-w.start > MaxRecordBytes {
		return errRecordTooLong
	}
	if w.start > 0 {
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
	}
	if w.end == len(w.buf) {
		w.buf = append(w.buf, make([]byte, len(w.buf))...)
	}
	for range 100 { // as bufio: a reader that gives nothing a hundred times is broken
		n, err := w.r.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	w.err = io.ErrNoProgress
	return w.err
}

// line gives the next line without its end and the length to skip for it. The
// last line may lack the end. io.EOF when there is none.
func (w *window) line() (line []byte, length int, err error) {
	seen := 0
	for {
		data := w.rest()
		if i := bytes.IndexByte(data[seen:], '\n'); i >= 0 {
			n := seen + i
			if n > MaxRecordBytes {
				return nil, 0, errRecordTooLong
			}
			return trimCR(data[:n]), n + 1, nil
		}
		seen = len(data)
		switch err := w.more(); {
		case err == io.EOF && seen > 0:
			return trimCR(w.rest()), seen, nil // data may have moved
		case err != nil:
			return nil, 0, err
		}
	}
}

// skipLine drops the rest of the current line, however long it is.
func (w *window) skipLine() error {
	for {
		if i := bytes.IndexByte(w.rest(), '\n'); i >= 0 {
			w.start += i + 1
			return nil
		}
		w.start = w.end
		if err := w.more(); err == io.EOF {
			return nil // the end of the input ends the line
		} else if err != nil {
			return err
		}
	}
}

// skipBOM drops a UTF-8 byte order mark at the start of the input.
func (w *window) skipBOM() error {
	for w.end-w.start < 3 {
		if err := w.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
	if bytes.HasPrefix(w.rest(), []byte("\xef\xbb\xbf")) {
		w.start += 3
	}
	return nil
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

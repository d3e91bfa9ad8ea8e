package ingest

import (
	"bytes"
	"fmt"
	"io"
)

// quotedRecord splits one record that may have quoted values. It reads on in
// the window where a quoted value goes over the end of a line.
type quotedRecord struct {
	in      *window
	comma   byte
	ends    string // the comma and the line feed
	at      int    // offset from the start of the record
	scratch []byte
}

// split gives every value to take and returns their number and the length of
// the record with its line end. The error is a *RowError without a row, or an
// error of the input.
func (p *quotedRecord) split(take func(column int, s span)) (columns, length int, err error) {
	for column := 0; ; column++ {
		s, err := p.value()
		if err != nil {
			return 0, 0, err
		}
		take(column, s)
		if _, err := p.peek(); err == io.EOF {
			return column + 1, p.at, nil
		} else if err != nil {
			return 0, 0, err
		}
		end, err := p.lineEnd()
		if err != nil {
			return 0, 0, err
		}
		if end > 0 {
			p.at += end
			return column + 1, p.at, nil
		}
		p.at++ // a value ends before a comma or a line end, so this is a comma
	}
}

// peek gives the byte at the reading position.
func (p *quotedRecord) peek() (byte, error) {
	for p.at >= len(p.in.rest()) {
		if err := p.in.more(); err == errRecordTooLong {
			return 0, tooLong()
		} else if err != nil {
			return 0, err
		}
	}
	return p.in.rest()[p.at], nil
}

func tooLong() *RowError {
	return &RowError{Code: FaultRowTooLong, Message: fmt.Sprintf("the row is longer than %d bytes", MaxRecordBytes)}
}

func (p *quotedRecord) value() (span, error) {
	c, err := p.peek()
	switch {
	case err == io.EOF:
		return span{start: p.at, end: p.at, set: true}, nil
	case err != nil:
		return span{}, err
	case c == '"':
		p.at++
		return p.quoted()
	}
	return p.plain()
}

// plain reads up to a comma or a line end.
func (p *quotedRecord) plain() (span, error) {
	start := p.at
	for {
		if _, err := p.peek(); err == io.EOF {
			return span{start: start, end: start + len(trimCR(p.in.rest()[start:p.at])), set: true}, nil
		} else if err != nil {
			return span{}, err
		}
		data := p.in.rest()
		i := bytes.IndexAny(data[p.at:], p.ends)
		if i < 0 {
			p.at = len(data)
			continue
		}
		p.at += i
		end := p.at
		if data[end] == '\n' && end > start && data[end-1] == '\r' {
			end, p.at = end-1, p.at-1
		}
		return span{start: start, end: end, set: true}, nil
	}
}

// quoted reads up to the closing quote; the opening one has been read.
func (p *quotedRecord) quoted() (span, error) {
	start, doubled := p.at, false
	mark := len(p.scratch)
	from := start
	for {
		if _, err := p.peek(); err == io.EOF {
			return span{}, &RowError{Code: FaultOpenQuote, Message: "a quote is opened and never closed"}
		} else if err != nil {
			return span{}, err
		}
		i := bytes.IndexByte(p.in.rest()[p.at:], '"')
		if i < 0 {
			p.at = len(p.in.rest())
			continue
		}
		p.at += i + 1
		c, err := p.peek()
		if err != nil && err != io.EOF {
			return span{}, err
		}
		if err == nil && c == '"' {
			p.scratch = append(p.scratch, p.in.rest()[from:p.at]...)
			p.at++
			from, doubled = p.at, true
			continue
		}
		if err == nil && c != p.comma {
			if end, err := p.lineEnd(); err != nil {
				return span{}, err
			} else if end == 0 {
				return span{}, &RowError{Code: FaultBadQuote, Message: "there is text after a closing quote"}
			}
		}
		if !doubled {
			return span{start: start, end: p.at - 1, set: true}, nil
		}
		p.scratch = append(p.scratch, p.in.rest()[from:p.at-1]...)
		return span{start: mark, end: len(p.scratch), quoted: true, set: true}, nil
	}
}

// lineEnd is the length of the line end at the reading position, 0 for none.
// A carriage return as the last byte of the input counts as one.
func (p *quotedRecord) lineEnd() (int, error) {
	switch p.in.rest()[p.at] {
	case '\n':
		return 1, nil
	case '\r':
		p.at++
		c, err := p.peek()
		p.at--
		switch {
		case err == io.EOF:
			return 1, nil
		case err != nil:
			return 0, err
		case c == '\n':
			return 2, nil
		}
	}
	return 0, nil
}

package ingest

import (
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"
)

// jsonDecoder reads one JSON array of objects, without holding more than one
// of them. What holds for a line of NDJSON holds for each object.
type jsonDecoder struct {
	ndjsonDecoder
	begun, ended bool
}

func newJSON(r io.Reader, b binding) (*jsonDecoder, error) {
	lines, err := newNDJSON(r, b)
	if err != nil {
		return nil, err
	}
	return &jsonDecoder{ndjsonDecoder: *lines}, nil
}

// Next gives the next object of the array.
func (d *jsonDecoder) Next(rec *Record) error {
	if d.ended {
		return io.EOF
	}
	c, err := d.gap()
	if err != nil {
		return err
	}
	if !d.begun {
		if c != '[' {
			return badInput("the input is not a JSON array: it does not begin with [")
		}
		d.begun = true
		d.in.start++
		if c, err = d.gap(); err != nil {
			return err
		}
	} else if c == ',' {
		d.in.start++
		if c, err = d.gap(); err != nil {
			return err
		}
	} else if c != ']' {
		return badInput("the JSON array is broken after element %d: no comma", d.row)
	}
	if c == ']' {
		d.ended = true
		return io.EOF
	}
	d.row++
	return d.element(rec)
}

// gap skips blanks and gives the byte after them.
func (d *jsonDecoder) gap() (byte, error) {
	for {
		rest := trimBlank(d.in.rest())
		d.in.start = d.in.end - len(rest)
		if len(rest) > 0 {
			return rest[0], nil
		}
		if err := d.in.more(); err == io.EOF {
			return 0, badInput("the input ends in the middle of the JSON array")
		} else if err != nil {
			return 0, err
		}
	}
}

// element reads up to the end of an element, and then the element.
func (d *jsonDecoder) element(rec *Record) error {
	var end jsonEnd
	rec.Row = d.row
	for seen := 0; ; {
		data := d.in.rest()
		if n := end.find(data[seen:]); n >= 0 {
			data = data[:seen+n]
			d.in.start += len(data)
			if len(data) > MaxRecordBytes {
				rec.Hash = xxhash.Sum64(firstLine(data))
				return d.tooLong()
			}
			rec.Hash = xxhash.Sum64(data)
			return d.object(data, rec)
		}
		seen = len(data)
		switch err := d.in.more(); {
		case err == io.EOF:
			return badInput("the input ends in the middle of element %d", d.row)
		case errors.Is(err, errRecordTooLong):
			rec.Hash = xxhash.Sum64(firstLine(data))
			return d.skipElement(&end)
		case err != nil:
			return err
		}
	}
}

// skipElement drops the rest of an element that is too long.
func (d *jsonDecoder) skipElement(end *jsonEnd) error {
	for {
		d.in.start = d.in.end
		if err := d.in.more(); err == io.EOF {
			return badInput("the input ends in the middle of element %d", d.row)
		} else if err != nil {
			return err
		}
		if n := end.find(d.in.rest()); n >= 0 {
			d.in.start += n
			return d.tooLong()
		}
	}
}

func (d *jsonDecoder) tooLong() error {
	fault := tooLong()
	fault.Row = d.row
	return fault
}

// jsonEnd finds where an element of an array ends, over several reads.
type jsonEnd struct {
	depth   int
	text    bool // inside a text
	escaped bool // after a backslash
}

// find gives the offset behind the element, or -1 when data do not end it. An
// element that is no object ends before the comma or bracket behind it.
func (e *jsonEnd) find(data []byte) int {
	for i, c := range data {
		switch {
		case e.escaped:
			e.escaped = false
		case e.text:
			e.escaped = c == '\\'
			e.text = c != '"'
		case c == '"':
			e.text = true
		case c == '{' || c == '[':
			e.depth++
		case e.depth == 0 && (c == ',' || c == ']' || c == '}'):
			return i
		case c == '}' || c == ']':
			if e.depth--; e.depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cespare/xxhash/v2"

	"reli/schemas"
)

// csvDecoder reads values separated by a comma, tab or semicolon (RFC 4180)
// with a header row, in UTF-8 with or without a byte order mark. A quote inside
// an unquoted value is a plain character. Only columns that the binding wants
// are looked at.
type csvDecoder struct {
	in      *window
	comma   []byte // one byte
	names   []string
	columns []int // field of each column, -1 for none
	row     int64

	spans   []span // values of the current record, by field
	unquote []byte // values that had doubled quotes
}

// span is a value: where it starts and ends in the record, or in the unquote
// buffer. The record may move in memory while it is read, so no slices here.
type span struct {
	start, end int
	quoted     bool // in the unquote buffer
	set        bool
}

// newCSV reads the header; comma 0 looks for the separator in the first line.
// A column name that two columns share, a header that is not text, or no
// header at all is a *schemas.Problem.
func newCSV(r io.Reader, b binding, comma byte) (*csvDecoder, error) {
	d := &csvDecoder{in: newWindow(r), spans: make([]span, b.width)}
	if err := d.in.skipBOM(); err != nil {
		return nil, err
	}
	if comma == 0 {
		var err error
		if comma, err = d.separator(); err != nil {
			return nil, err
		}
	}
	d.comma = []byte{comma}
	header, err := b.header(func() ([]string, error) { return d.header() })
	if err != nil {
		return nil, err
	}
	d.names = header
	d.columns, err = b.columns(header)
	return d, err
}

// separator is what most often parts the first line that is not blank.
func (d *csvDecoder) separator() (byte, error) {
	for len(bytes.TrimLeft(d.in.rest(), "\r\n")) == 0 || bytes.IndexByte(bytes.TrimLeft(d.in.rest(), "\r\n"), '\n') < 0 {
		if err := d.in.more(); err == io.EOF || err == errRecordTooLong {
			break
		} else if err != nil {
			return 0, err
		}
	}
	line, _, _ := bytes.Cut(bytes.TrimLeft(d.in.rest(), "\r\n"), []byte{'\n'})
	best, most := byte(','), bytes.Count(line, []byte{','})
	for _, c := range []byte{'\t', ';'} {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best, nil
}

// has says whether a column feeds the field.
func (d *csvDecoder) has(field int) bool { return slices.Contains(d.columns, field) }

// header reads a row that may be the header; io.EOF when there is none.
func (d *csvDecoder) header() ([]string, error) {
	var names []string
	take := func(_ int, v []byte) { names = append(names, string(v)) }
	for {
		blank, err := d.read(take)
		var fault *RowError
		switch {
		case errors.As(err, &fault):
			return nil, badInput("the header row cannot be read: %s", fault.Message)
		case err != nil:
			return nil, err
		case !blank:
			return names, nil
		}
	}
}

// Next gives the next record.
func (d *csvDecoder) Next(rec *Record) error {
	for {
		for i := range d.spans {
			d.spans[i] = span{}
		}
		blank, err := d.next(rec)
		if blank {
			continue
		}
		return err
	}
}

func (d *csvDecoder) next(rec *Record) (blank bool, err error) {
	line, length, err := d.in.line()
	switch {
	case err == errRecordTooLong:
		return false, d.refuse(rec, FaultRowTooLong, fmt.Sprintf("the row is longer than %d bytes", MaxRecordBytes))
	case err != nil:
		return false, err
	case len(line) == 0:
		d.in.start += length
		return true, nil
	case bytes.IndexByte(line, '"') >= 0:
		return false, d.nextQuoted(rec)
	}
	d.in.start += length
	d.row++
	rec.Row, rec.Hash = d.row, xxhash.Sum64(line)
	clear(rec.Values)
	n := 0
	for more := true; more; n++ {
		var value []byte
		value, line, more = bytes.Cut(line, d.comma)
		if n < len(d.columns) && d.columns[n] >= 0 {
			rec.Values[d.columns[n]] = value
		}
	}
	return false, d.checkWidth(n)
}

// nextQuoted reads a record that has quotes, so perhaps several lines.
func (d *csvDecoder) nextQuoted(rec *Record) error {
	d.unquote = d.unquote[:0]
	p := d.quoted(d.unquote)
	n, length, fault := p.split(func(column int, s span) {
		if column < len(d.columns) && d.columns[column] >= 0 {
			d.spans[d.columns[column]] = s
		}
	})
	d.unquote = p.scratch
	if fault != nil {
		return d.refuseQuoted(rec, fault)
	}
	d.row++
	data := d.in.rest()[:length]
	rec.Row, rec.Hash = d.row, xxhash.Sum64(trimEOL(data))
	for f, s := range d.spans {
		switch {
		case !s.set:
			rec.Values[f] = nil
		case s.quoted:
			rec.Values[f] = d.unquote[s.start:s.end]
		default:
			rec.Values[f] = data[s.start:s.end]
		}
	}
	d.in.start += length
	return d.checkWidth(n)
}

func (d *csvDecoder) quoted(scratch []byte) quotedRecord {
	return quotedRecord{in: d.in, comma: d.comma[0], ends: string(d.comma) + "\n", scratch: scratch}
}

// read reads a record of any width, for the header.
func (d *csvDecoder) read(take func(column int, value []byte)) (blank bool, err error) {
	line, length, err := d.in.line()
	if err == errRecordTooLong {
		return false, &RowError{Code: FaultRowTooLong, Message: fmt.Sprintf("the row is longer than %d bytes", MaxRecordBytes)}
	}
	if err != nil {
		return false, err
	}
	if len(line) == 0 {
		d.in.start += length
		return true, nil
	}
	p := d.quoted(nil)
	var spans []span
	_, length, fault := p.split(func(_ int, s span) { spans = append(spans, s) })
	if fault != nil {
		return false, fault
	}
	data := d.in.rest()
	for i, s := range spans {
		if s.quoted {
			take(i, p.scratch[s.start:s.end])
		} else {
			take(i, data[s.start:s.end])
		}
	}
	d.in.start += length
	return false, nil
}

func (d *csvDecoder) checkWidth(n int) error {
	if n == len(d.columns) {
		return nil
	}
	return &RowError{Row: d.row, Code: FaultRagged, Message: fmt.Sprintf("the row has %d values, the header %d", n, len(d.columns))}
}

// refuse gives up the current line.
func (d *csvDecoder) refuse(rec *Record, code, message string) error {
	d.row++
	rec.Row, rec.Hash = d.row, xxhash.Sum64(firstLine(d.in.rest()))
	if err := d.in.skipLine(); err != nil {
		return err
	}
	return &RowError{Row: d.row, Code: code, Message: message}
}

// refuseQuoted gives up a record with a broken quote. A quote that is never
// closed would swallow the rest of the input, so only its first line is given
// up and reading goes on with the line after it.
func (d *csvDecoder) refuseQuoted(rec *Record, fault error) error {
	var row *RowError
	if !errors.As(fault, &row) {
		return fault
	}
	return d.refuse(rec, row.Code, row.Message)
}

// firstLine is the first line of data or, where it is long, its first 4 KiB:
// the same bytes however the input was cut into reads.
func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data[:min(len(data), 4096)], []byte{'\n'})
	return trimCR(line)
}

func trimEOL(data []byte) []byte { return trimCR(bytes.TrimSuffix(data, []byte{'\n'})) }

func badInput(format string, args ...any) *schemas.Problem {
	return &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Detail: fmt.Sprintf(format, args...)}
}

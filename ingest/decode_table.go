package ingest

import (
	"slices"

	"github.com/cespare/xxhash/v2"
)

// table is a source of rows that are already split into values. next gives
// the values of a row, valid until the next call; a row with fewer values than
// the header has empty ones at its end. turned says that a new header begins:
// another sheet.
type table interface {
	next() (values []string, turned bool, err error)
	// names is the header in force.
	names() []string
	close() error
}

// tableDecoder reads the rows of a table.
type tableDecoder struct {
	from    table
	bind    binding
	columns []int
	row     int64
	digest  xxhash.Digest
	text    []byte
	spans   []span
}

func newTable(from table, b binding) (*tableDecoder, error) {
	columns, err := b.columns(from.names())
	return &tableDecoder{from: from, bind: b, columns: columns, spans: make([]span, b.width)}, err
}

// has says whether a column feeds the field.
func (d *tableDecoder) has(field int) bool { return slices.Contains(d.columns, field) }

// Next gives the next row that is not blank.
func (d *tableDecoder) Next(rec *Record) error {
	for range maxBlankRows {
		values, turned, err := d.from.next()
		if err != nil {
			return err
		}
		if turned {
			if d.columns, err = d.bind.columns(d.from.names()); err != nil {
				return err
			}
		}
		if !allEmpty(values) {
			return d.take(rec, values)
		}
	}
	return badInput("after row %d come %d rows without a value", d.row, maxBlankRows)
}

func (d *tableDecoder) take(rec *Record, values []string) error {
	d.row++
	d.digest.Reset()
	d.text = d.text[:0]
	clear(d.spans)
	long := false
	for i, v := range values {
		_, _ = d.digest.WriteString(v) // never fails
		_, _ = d.digest.Write([]byte{0})
		if i >= len(d.columns) || d.columns[i] < 0 {
			continue
		}
		long = long || len(v) > MaxRecordBytes
		start := len(d.text)
		d.text = append(d.text, v[:min(len(v), MaxRecordBytes)]...)
		d.spans[d.columns[i]] = span{start: start, end: len(d.text), set: true}
	}
	rec.Row, rec.Hash = d.row, d.digest.Sum64()
	for f, s := range d.spans {
		rec.Values[f] = nil
		if s.set {
			rec.Values[f] = d.text[s.start:s.end]
		}
	}
	if long || len(d.text) > MaxRecordBytes {
		fault := tooLong()
		fault.Row = d.row
		return fault
	}
	return nil
}

func allEmpty(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" })
}

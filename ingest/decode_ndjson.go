package ingest

import (
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
)

// ndjsonDecoder reads one JSON object a line (RFC 8259), in UTF-8 with or
// without a byte order mark. Values of wanted keys are texts, numbers, true
// or false, as they are written; null is as good as no key. Of a key that
// comes twice the last value counts, as in encoding/json.
type ndjsonDecoder struct {
	in   *window
	bind binding
	keys map[string]columnRef // keys as written → column, so that folding is rare
	seen []string             // the same keys in the order they came
	row  int64

	scan  jsonScanner
	ranks []int // rank of the name that fed each field, plus 1
}

func newNDJSON(r io.Reader, b binding) (*ndjsonDecoder, error) {
	d := &ndjsonDecoder{in: newWindow(r), bind: b, keys: map[string]columnRef{}, ranks: make([]int, b.width)}
	return d, d.in.skipBOM()
}

// Next gives the next record.
func (d *ndjsonDecoder) Next(rec *Record) error {
	for {
		line, length, err := d.in.line()
		if err == errRecordTooLong {
			return d.skip(rec)
		}
		if err != nil {
			return err
		}
		d.in.start += length
		if len(trimBlank(line)) == 0 {
			continue
		}
		d.row++
		rec.Row, rec.Hash = d.row, xxhash.Sum64(line)
		return d.object(line, rec)
	}
}

func (d *ndjsonDecoder) skip(rec *Record) error {
	d.row++
	rec.Row, rec.Hash = d.row, xxhash.Sum64(firstLine(d.in.rest()))
	if err := d.in.skipLine(); err != nil {
		return err
	}
	return &RowError{Row: d.row, Code: FaultRowTooLong, Message: fmt.Sprintf("the line is longer than %d bytes", MaxRecordBytes)}
}

func (d *ndjsonDecoder) object(line []byte, rec *Record) error {
	clear(rec.Values)
	clear(d.ranks)
	var nested *RowError
	err := d.scan.object(line, func(key []byte, kind jsonKind, value []byte) {
		ref := d.lookup(key)
		if ref.field < 0 || kind == jsonNull {
			return
		}
		if taken := d.ranks[ref.field]; taken != 0 && taken < ref.rank+1 {
			return
		}
		d.ranks[ref.field] = ref.rank + 1
		if kind == jsonNested {
			nested = &RowError{Row: d.row, Code: FaultNotScalar, Message: "a value that a field is read from is an object or an array"}
			return
		}
		rec.Values[ref.field] = value
	})
	var bad *jsonError
	switch {
	case errors.As(err, &bad):
		return &RowError{Row: d.row, Code: FaultBadJSON, Message: fmt.Sprintf("not a JSON object: %s at byte %d of the line", bad.what, bad.at+1)}
	case err != nil:
		return err
	case nested != nil:
		return nested
	}
	return nil
}

func (d *ndjsonDecoder) lookup(key []byte) columnRef {
	if ref, ok := d.keys[string(key)]; ok {
		return ref
	}
	ref := d.bind.column(string(key))
	if len(d.keys) < maxRememberedKeys {
		d.keys[string(key)] = ref
		d.seen = append(d.seen, string(key))
	}
	return ref
}

func trimBlank(line []byte) []byte {
	for len(line) > 0 && jsonBlank(line[0]) {
		line = line[1:]
	}
	return line
}

package ingest

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// How dates of typed columns are written for the profile. They are tried
// after the profile's own layouts.
const (
	typedDay  = "2006-01-02"
	typedTime = "2006-01-02T15:04:05"
	typedZone = "2006-01-02T15:04:05Z07:00"
)

// batches gives record batches, each valid until the next; io.EOF at the end.
type batches interface {
	Read() (arrow.Record, error)
}

// records is the table of an Arrow or Parquet input.
type records struct {
	from   batches
	memory *boundedMemory
	end    func() error
	header []string
	batch  arrow.Record
	row    int
	values []string
}

// newRecords opens an input; end gives back what it holds. The libraries
// panic on some broken inputs, so each of their calls is guarded.
func newRecords(memory *boundedMemory, end func() error, open func() (batches, *arrow.Schema, error)) (_ *records, err error) {
	t := &records{memory: memory, end: end}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	var schema *arrow.Schema
	if err := guarded(func() (err error) { t.from, schema, err = open(); return err }); err != nil {
		return nil, err
	}
	for _, f := range schema.Fields() {
		t.header = append(t.header, f.Name)
	}
	t.values = make([]string, len(t.header))
	return t, checkHeader(t.header)
}

func (t *records) names() []string { return t.header }

func (t *records) next() (values []string, turned bool, err error) {
	for t.batch == nil || t.row == int(t.batch.NumRows()) {
		t.batch, t.row = nil, 0
		if err := guarded(func() (err error) { t.batch, err = t.from.Read(); return err }); err != nil {
			return nil, false, err
		}
		if t.batch.NumRows() > maxArrowRows {
			return nil, false, badInput("a batch of the input has more than %d rows; write smaller row groups or batches", maxArrowRows)
		}
	}
	err = guarded(func() error {
		for i := range t.values {
			t.values[i] = arrowText(t.batch.Column(i), t.row)
		}
		return nil
	})
	t.row++
	return t.values, false, err
}

func (t *records) close() error {
	type releaser interface{ Release() }
	if r, ok := t.from.(releaser); ok {
		r.Release()
	}
	return t.end()
}

// guarded runs a call of the libraries. Their errors and panics may hold
// values of the input, so none of their text goes on.
func guarded(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = brokenColumns(v)
		}
	}()
	if err = do(); err == nil || err == io.EOF {
		return err
	}
	return brokenColumns(err)
}

func brokenColumns(cause any) error {
	if e, ok := cause.(error); ok && errors.Is(e, errTooMuch) {
		return badInput("a batch of the input needs more than %d MiB; write smaller row groups or batches", maxBatchMemory>>20)
	}
	if e, ok := cause.(error); ok && errors.Is(e, io.ErrUnexpectedEOF) {
		return badInput("the input ends in the middle")
	}
	return badInput("the columns of the input are damaged, or of a kind that is not read here")
}

// arrowText writes a value as a text file would. A nested value has no such
// form; as the field's value it is then refused by what the field wants.
func arrowText(column arrow.Array, row int) string {
	if column.IsNull(row) {
		return ""
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(row)
	case *array.LargeString:
		return c.Value(row)
	case *array.Binary:
		return string(c.Value(row)) // Parquet writers often leave texts unmarked
	case *array.Dictionary:
		return arrowText(c.Dictionary(), c.GetValueIndex(row))
	case *array.Float64:
		return strconv.FormatFloat(c.Value(row), 'f', -1, 64)
	case *array.Float32:
		return strconv.FormatFloat(float64(c.Value(row)), 'f', -1, 32)
	case *array.Date32:
		return c.Value(row).ToTime().Format(typedDay)
	case *array.Date64:
		return c.Value(row).ToTime().Format(typedDay)
	case *array.Timestamp:
		return timestampText(c, row)
	case array.ListLike, *array.Struct:
		return fmt.Sprintf("(%s)", column.DataType().Name())
	}
	return column.ValueStr(row)
}

// timestampText keeps to what the column says: with a zone it is an instant,
// without one a reading of a clock.
func timestampText(c *array.Timestamp, row int) string {
	kind, ok := c.DataType().(*arrow.TimestampType)
	if !ok {
		return c.ValueStr(row)
	}
	at := c.Value(row).ToTime(kind.Unit)
	if kind.TimeZone == "" {
		return at.Format(typedTime)
	}
	return at.In(time.UTC).Format(typedZone)
}

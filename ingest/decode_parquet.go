package ingest

import (
	"context"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// parquetBatch is how many rows are read at a time: few, because a value may
// be long.
const parquetBatch = 1024

// newParquet reads the columns of a Parquet file that a field is read from.
func newParquet(ctx context.Context, r io.Reader, b binding) (*records, error) {
	s, err := spoolOf(r, MaxFileBytes)
	if err != nil {
		return nil, err
	}
	memory := newBoundedMemory()
	return newRecords(memory, s.Close, func() (batches, *arrow.Schema, error) {
		props := parquet.NewReaderProperties(memory)
		props.BufferedStreamEnabled = true
		f, err := file.NewParquetReader(s, file.WithReadProps(props))
		if err != nil {
			return nil, nil, err
		}
		reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: parquetBatch}, memory)
		if err != nil {
			return nil, nil, err
		}
		schema, err := reader.Schema()
		if err != nil {
			return nil, nil, err
		}
		rows, err := reader.GetRecordReader(ctx, wantedLeaves(schema, b), nil)
		if err != nil {
			return nil, nil, err
		}
		return rows, rows.Schema(), nil
	})
}

// wantedLeaves are the columns of the file that a field is read from; all, so
// that the error is about the header, where there is none or where a column is
// nested and leaves are not columns; all where the header itself is looked for.
func wantedLeaves(schema *arrow.Schema, b binding) []int {
	var wanted []int
	if b.least > 0 {
		return nil
	}
	for i, f := range schema.Fields() {
		if _, nested := f.Type.(arrow.NestedType); nested {
			return nil
		}
		if b.column(f.Name).field >= 0 {
			wanted = append(wanted, i)
		}
	}
	return wanted
}

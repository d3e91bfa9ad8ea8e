package report

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// writeArrow writes one table as an IPC stream of one batch: texts as utf8,
// counts as int64, all other numbers as float64, shares in per cent. A cell
// without a number (样本不足, —) is null.
func writeArrow(w io.Writer, d *Document, t *Table) error {
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = arrow.Field{Name: c.Code, Type: arrowType(c.Kind), Nullable: true,
			Metadata: arrow.NewMetadata([]string{"zh", "en"}, []string{c.Zh, c.En})}
	}
	about := arrow.NewMetadata([]string{"report", "table", "title", "period", "from", "to", "place", "state", "data_version"},
		[]string{d.Name, t.Code, d.Zh, d.Period.Name, d.Period.From.String(), d.Period.To.String(), d.PlaceZh, string(d.State), fmt.Sprint(d.DataVersion)})
	schema := arrow.NewSchema(fields, &about)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range t.Rows {
		for i, cell := range row.Cells {
			appendCell(b.Field(i), cell)
		}
	}
	record := b.NewRecord()
	defer record.Release()
	out := ipc.NewWriter(w, ipc.WithSchema(schema))
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write arrow: %w", err)
	}
	return out.Close()
}

func arrowType(k ColumnKind) arrow.DataType {
	switch k {
	case ColumnText:
		return arrow.BinaryTypes.String
	case ColumnCount:
		return arrow.PrimitiveTypes.Int64
	}
	return arrow.PrimitiveTypes.Float64
}

func appendCell(b array.Builder, c Cell) {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(c.Text)
	case *array.Int64Builder:
		if c.Number == nil {
			b.AppendNull()
			return
		}
		b.Append(int64(*c.Number))
	case *array.Float64Builder:
		if c.Number == nil {
			b.AppendNull()
			return
		}
		b.Append(*c.Number)
	}
}

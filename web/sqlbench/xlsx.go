package sqlbench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	sheetName = "结果 Result"
	// maxCell is Excel's bound of a cell's text, in UTF-16 units.
	maxCell = 32_767
	// maxExact is the greatest integer that a spreadsheet holds exactly.
	maxExact = 1 << 53
	// Formats of Excel's own table of number formats.
	dayFormat  = 14
	timeFormat = 22
)

// writeXLSX writes one sheet: the template's title, the names of the columns,
// and the rows as numbers, days and texts. A text is a text, also where it
// looks like a formula.
func writeXLSX(out io.Writer, in io.Reader, m meta) (rows uint64, err error) {
	r, err := newTypedReader(in)
	if err != nil {
		return 0, err
	}
	file := excelize.NewFile()
	defer file.Close()
	if err := file.SetSheetName("Sheet1", sheetName); err != nil {
		return 0, err
	}
	sheet, err := newSheet(file, r.Columns, m.template)
	if err != nil {
		return 0, err
	}
	for ; ; rows++ {
		line, err := r.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = sheet.row(line)
		}
		if err != nil {
			return rows, err
		}
	}
	if err := sheet.stream.Flush(); err != nil {
		return rows, err
	}
	_, err = file.WriteTo(out)
	return rows, err
}

type sheet struct {
	stream  *excelize.StreamWriter
	columns []Column
	day     int // styles
	time    int
	next    int // row number
}

func newSheet(file *excelize.File, columns []Column, template Template) (*sheet, error) {
	stream, err := file.NewStreamWriter(sheetName)
	if err != nil {
		return nil, err
	}
	s := &sheet{stream: stream, columns: columns, next: 1}
	if s.day, err = file.NewStyle(&excelize.Style{NumFmt: dayFormat}); err != nil {
		return nil, err
	}
	if s.time, err = file.NewStyle(&excelize.Style{NumFmt: timeFormat}); err != nil {
		return nil, err
	}
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	if template.Title != "" {
		if err := s.write([]any{excelize.Cell{StyleID: bold, Value: template.Title}}); err != nil {
			return nil, err
		}
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = excelize.Cell{StyleID: bold, Value: template.label(c.Name)}
	}
	return s, s.write(head)
}

func (s *sheet) write(cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, s.next)
	if err != nil {
		return err
	}
	s.next++
	return s.stream.SetRow(at, cells)
}

func (s *sheet) row(line []byte) error {
	var values []json.RawMessage
	if err := json.Unmarshal(line, &values); err != nil {
		return fmt.Errorf("row of the result: %w", err)
	}
	cells := make([]any, len(values))
	for i, raw := range values {
		cells[i] = s.cell(s.columns[i].Type, raw)
	}
	return s.write(cells)
}

// cell makes a value of a column's type.
func (s *sheet) cell(kind string, raw json.RawMessage) any {
	kind = inner(kind)
	written := string(raw)
	if written == "null" {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = written // a number, a list, an object
	}
	switch {
	case strings.HasPrefix(kind, "Int"), strings.HasPrefix(kind, "UInt"), strings.HasPrefix(kind, "Float"), strings.HasPrefix(kind, "Decimal"):
		n, err := json.Number(text).Float64()
		if err != nil || n > maxExact || n < -maxExact {
			return text
		}
		return n
	case kind == "Date" || kind == "Date32":
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return excelize.Cell{StyleID: s.day, Value: day}
		}
	case strings.HasPrefix(kind, "DateTime"):
		if at, err := time.Parse(time.DateTime, text[:min(len(text), len(time.DateTime))]); err == nil {
			return excelize.Cell{StyleID: s.time, Value: at}
		}
	}
	if runes := []rune(text); len(runes) > maxCell/2 {
		return string(runes[:maxCell/2])
	}
	return text
}

// inner takes Nullable and LowCardinality off a type.
func inner(kind string) string {
	for _, wrap := range []string{"LowCardinality(", "Nullable("} {
		if rest, ok := strings.CutPrefix(kind, wrap); ok {
			kind = strings.TrimSuffix(rest, ")")
		}
	}
	return kind
}

package sqlbench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Column of a result; Type is ClickHouse's.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// lineBytes is the read buffer; longer lines are put together.
const lineBytes = 256 << 10

// typedReader reads typedRows.
type typedReader struct {
	in      *bufio.Reader
	Columns []Column
}

func newTypedReader(in io.Reader) (*typedReader, error) {
	r := &typedReader{in: bufio.NewReaderSize(in, lineBytes)}
	var names, types []string
	for _, into := range []*[]string{&names, &types} {
		line, err := r.next()
		if err != nil {
			return nil, fmt.Errorf("head of the result: %w", err)
		}
		if err := json.Unmarshal(line, into); err != nil {
			return nil, fmt.Errorf("head of the result: %w", err)
		}
	}
	if len(names) != len(types) {
		return nil, fmt.Errorf("head of the result: %d names, %d types", len(names), len(types))
	}
	for i, name := range names {
		r.Columns = append(r.Columns, Column{name, types[i]})
	}
	return r, nil
}

// next gives the next row without its end, valid until the call after; io.EOF
// at the end. Before a failure in mid-result a row may be cut short: the
// failure is what counts.
func (r *typedReader) next() ([]byte, error) {
	for {
		line, err := r.line()
		if err != nil || len(line) > 0 {
			if err == nil && line[len(line)-1] != ']' {
				if _, after := r.line(); after != nil && after != io.EOF {
					return nil, after
				}
				return nil, io.ErrUnexpectedEOF
			}
			return line, err
		}
	}
}

func (r *typedReader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		long := bytes.Clone(line)
		rest, more := r.in.ReadBytes('\n')
		line, err = append(long, rest...), more
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// writeJSON gives columns with types, then rows, then their number: a reader
// of the stream knows the columns before the first row, and that it has all
// rows only when the document is closed.
func writeJSON(out io.Writer, in io.Reader, m meta) (uint64, error) {
	r, err := newTypedReader(in)
	if err != nil {
		return 0, err
	}
	columns, err := json.Marshal(r.Columns)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(out, lineBytes)
	fmt.Fprintf(w, `{"columns":%s,"row_limit":%d,"rows":[`, columns, m.limit.ResultRows)
	var rows uint64
	for ; ; rows++ {
		line, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return rows, err
		}
		if rows > 0 {
			_ = w.WriteByte(',') // a bufio.Writer keeps its error for Flush
		}
		if _, err := w.Write(line); err != nil {
			return rows, err
		}
	}
	fmt.Fprintf(w, `],"row_count":%d}`+"\n", rows)
	return rows, w.Flush()
}

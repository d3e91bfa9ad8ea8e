package ingest

import (
	"io"
	"strings"
)

// Record is one record as a decoder found it. Its memory belongs to the
// decoder and is valid until the next call.
type Record struct {
	Row    int64    // 1-based number, the header and blank lines not counted
	Hash   uint64   // XXH64 of the raw bytes of the record
	Values [][]byte // by field; nil where the record has no such column
}

// Decoder reads records one after the other. Next fills rec and gives nil; a
// *RowError for a record that cannot be read, after which the next record can
// be; io.EOF at the end; any other error ends the input.
type Decoder interface {
	Next(rec *Record) error
}

// binding says which column feeds which field. A field may have several
// names; the first of them that is there is taken.
type binding struct {
	names map[string]columnRef // by folded name
	width int                  // number of fields
	need  [][]int              // of each set of fields one must have a column
	least int                  // detection: this many fields must have one, and of two columns of one name the first counts
}

type columnRef struct {
	field int
	rank  int // place among the names of the field, the first is 0
}

// ignored marks a column that no field wants.
var ignored = columnRef{field: -1}

func newBinding(fields []string, columns map[string]names) binding {
	b := binding{names: map[string]columnRef{}, width: len(fields)}
	for i, f := range fields {
		for rank, name := range columns[f] {
			b.names[foldHeader(name)] = columnRef{field: i, rank: rank}
		}
	}
	return b
}

func (b binding) column(name string) columnRef {
	ref, _ := b.lookup(name)
	return ref
}

// lookup also gives the name by which the column was known.
func (b binding) lookup(name string) (columnRef, string) {
	folded := foldHeader(name)
	if ref, ok := b.names[folded]; ok {
		return ref, folded
	}
	folded = withoutNote(folded)
	if ref, ok := b.names[folded]; ok {
		return ref, folded
	}
	return ignored, folded
}

// foldName makes labels comparable: outer blanks and case do not count.
func foldName(s string) string { return strings.ToLower(strings.Trim(s, blanks)) }

// blanks are cut from both ends of names and values: the ASCII ones, the
// no-break space and the ideographic space of Chinese input methods.
const (
	blanks       = " \t\n\v\f\r" + noBreakSpace + wideSpace
	noBreakSpace = "\u00a0"
	wideSpace    = "\u3000"
)

// countingReader counts what was read of the raw input, for progress.
type countingReader struct {
	r io.Reader
	n func(int)
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n(n)
	return n, err
}

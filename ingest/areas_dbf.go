package ingest

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// dbfTable reads the rows of a dBASE table.
type dbfTable struct {
	r       *bufio.Reader
	row     []byte
	columns []dbfColumn
	gbk     *encoding.Decoder // nil: UTF-8
	looks   bool              // no encoding is declared: go by each value
}

type dbfColumn struct {
	field    string // of an area, "" for none
	from, to int
}

func openTable(f, cpg *zip.File) (*dbfTable, func() error, error) {
	declared, err := memberText(cpg)
	if err != nil {
		return nil, nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, badInput("the ZIP file is damaged")
	}
	t := &dbfTable{r: bufio.NewReader(io.LimitReader(r, maxShapeMember)), gbk: simplifiedchinese.GB18030.NewDecoder()}
	switch name := strings.ToUpper(strings.TrimSpace(declared)); {
	case strings.HasPrefix(name, "UTF"):
		t.gbk = nil
	case name == "":
		t.looks = true
	}
	if err := t.header(); err != nil {
		return nil, nil, errors.Join(err, r.Close())
	}
	return t, r.Close, nil
}

func (t *dbfTable) header() error {
	damaged := badInput("the .dbf is damaged")
	var head [32]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil {
		return damaged
	}
	size, width := int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	if size < 33 || width < 1 || width > maxTableRow {
		return damaged
	}
	rest := make([]byte, size-32)
	if _, err := io.ReadFull(t.r, rest); err != nil {
		return damaged
	}
	known, at := areaColumns(), 1 // the first byte of a row says whether it is deleted
	for len(rest) >= 32 && rest[0] != '\r' {
		name, _, _ := strings.Cut(string(rest[:11]), "\x00")
		length := int(rest[16])
		t.columns = append(t.columns, dbfColumn{known[foldName(t.text([]byte(name)))], at, at + length})
		at += length
		rest = rest[32:]
	}
	if at > width {
		return damaged
	}
	t.row = make([]byte, width)
	return nil
}

// next gives the fields of an area of the next row, nil for a deleted one.
func (t *dbfTable) next() (map[string]string, error) {
	if _, err := io.ReadFull(t.r, t.row); err != nil {
		return nil, err
	}
	if t.row[0] == '*' {
		return nil, nil
	}
	row := map[string]string{}
	for _, c := range t.columns {
		if c.field != "" {
			row[c.field] = t.text(t.row[c.from:c.to])
		}
	}
	return row, nil
}

func (t *dbfTable) text(b []byte) string {
	s := strings.Trim(string(b), blanks+"\x00")
	if t.gbk == nil || t.looks && strings.ToValidUTF8(s, "") == s {
		return s
	}
	if out, err := t.gbk.String(s); err == nil {
		return out
	}
	return s
}

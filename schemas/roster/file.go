package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"reli/schemas"
)

// Files of a roster; each may be absent.
const (
	OwnersFile = "owners.csv"
	StaffFile  = "staff.csv"
)

// Limits of the files: a province has 150,000 grids.
const (
	maxBytes = 64 << 20
	maxText  = 80 // characters of a field
	maxStaff = 100_000
	// numberDigits in a row are a telephone or identity number, no post.
	numberDigits = 7
)

// Parse reads the tables, each CSV in UTF-8 with a line of column names,
// Chinese or English; nil is an absent table. Errors are *schemas.FileError
// with line and column.
func Parse(owners, staff []byte) (*Roster, error) {
	r := &Roster{}
	if err := r.readOwners(owners); err != nil {
		return nil, err
	}
	if err := r.readStaff(staff); err != nil {
		return nil, err
	}
	return r, nil
}

// column of a table: its names, and whether it has to be there and filled.
type column struct {
	names    []string
	required bool
}

// table walks over the rows of a file.
type table struct {
	file    string
	reader  *csv.Reader
	columns []column
	at      []int // of each column in a line, −1 where it is absent
}

// cell is a field with its place.
type cell struct {
	text         string
	line, column int
}

func (t *table) wrong(c cell, format string, args ...any) error {
	return schemas.BadFile(t.file, fmt.Sprintf("line %d, column %d", c.line, c.column), format, args...)
}

func open(file string, text []byte, columns ...column) (*table, error) {
	t := &table{file: file, columns: columns}
	first := cell{line: 1, column: 1}
	if len(text) > maxBytes {
		return nil, t.wrong(first, "more than %d bytes", maxBytes)
	}
	if !utf8.Valid(text) {
		return nil, t.wrong(first, "not UTF-8")
	}
	t.reader = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	head, err := t.reader.Read()
	if err != nil {
		return nil, t.broken(err)
	}
	for _, c := range columns {
		at := slices.IndexFunc(head, func(name string) bool { return slices.Contains(c.names, strings.TrimSpace(name)) })
		if at < 0 && c.required {
			return nil, t.wrong(first, "no column %s", strings.Join(c.names, " or "))
		}
		t.at = append(t.at, at)
	}
	for i, name := range head {
		if line, at := t.reader.FieldPos(i); !slices.Contains(t.at, i) {
			return nil, t.wrong(cell{line: line, column: at}, "unknown column %q", name)
		}
	}
	return t, nil
}

func (t *table) broken(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return t.wrong(cell{line: parse.Line, column: max(parse.Column, 1)}, "%v", parse.Err)
	}
	return t.wrong(cell{line: 1, column: 1}, "no line of column names")
}

// next gives the cells of the next row in the order of the columns; nil at the
// end.
func (t *table) next() ([]cell, error) {
	fields, err := t.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, t.broken(err)
	}
	row := make([]cell, len(t.columns))
	for i, at := range t.at {
		if at < 0 {
			continue
		}
		c := cell{text: strings.TrimSpace(fields[at])}
		c.line, c.column = t.reader.FieldPos(at)
		if row[i] = c; t.columns[i].required && c.text == "" {
			return nil, t.wrong(c, "%s is empty", t.columns[i].names[0])
		}
		if utf8.RuneCountInString(c.text) > maxText {
			return nil, t.wrong(c, "more than %d characters", maxText)
		}
	}
	return row, nil
}

// each hands over the rows to the end, or to the first that is wrong.
func (t *table) each(take func(row []cell) error) error {
	for {
		row, err := t.next()
		if err != nil || row == nil {
			return err
		}
		if err := take(row); err != nil {
			return err
		}
	}
}

// span reads two days; the later may be absent.
func (t *table) span(from, to cell) (string, string, error) {
	for _, c := range []cell{from, to} {
		if _, err := time.Parse(time.DateOnly, c.text); err != nil && c.text != "" {
			return "", "", t.wrong(c, "%q is no day, want 2026-01-31", c.text)
		}
	}
	if to.text != "" && to.text < from.text {
		return "", "", t.wrong(to, "ends before it begins")
	}
	return from.text, to.text, nil
}

// spans finds rows of one key that overlap.
type spans map[string][][2]string

func (s spans) add(key, from, to string) (free bool) {
	for _, other := range s[key] {
		if (to == "" || other[0] <= to) && (other[1] == "" || from <= other[1]) {
			return false
		}
	}
	s[key] = append(s[key], [2]string{from, to})
	return true
}

var (
	areaColumn = column{[]string{"area", "区划编码", "网格编码", "编码"}, true}
	fromColumn = column{[]string{"from", "开始日期", "起"}, true}
	toColumn   = column{[]string{"to", "结束日期", "止"}, false}
)

func (r *Roster) readOwners(text []byte) error {
	if text == nil {
		return nil
	}
	t, err := open(OwnersFile, text, areaColumn, column{[]string{"kind", "类型", "包保类型"}, true}, column{[]string{"post", "责任岗位", "职务"}, true}, fromColumn, toColumn)
	if err != nil {
		return err
	}
	taken := spans{}
	return t.each(func(row []cell) (err error) {
		o := Owner{Area: row[0].text, Kind: row[1].text, Post: row[2].text}
		for _, c := range row[1:3] {
			if digits(c.text) >= numberDigits {
				return t.wrong(c, "looks like a telephone or identity number; a post is wanted, no person")
			}
		}
		if o.From, o.To, err = t.span(row[3], row[4]); err != nil {
			return err
		}
		if !taken.add(o.Area+"\x00"+o.Kind, o.From, o.To) {
			return t.wrong(row[3], "%s has another %s on the same days", o.Area, o.Kind)
		}
		r.owners = append(r.owners, o)
		return nil
	})
}

func digits(text string) (n int) {
	for _, c := range text {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

func (r *Roster) readStaff(text []byte) error {
	if text == nil {
		return nil
	}
	t, err := open(StaffFile, text, areaColumn, column{[]string{"staff", "网格员数", "人数"}, true}, fromColumn, toColumn)
	if err != nil {
		return err
	}
	taken := spans{}
	return t.each(func(row []cell) (err error) {
		s := Staff{Area: row[0].text}
		if s.Count, err = strconv.Atoi(row[1].text); err != nil || s.Count < 0 || s.Count > maxStaff {
			return t.wrong(row[1], "%q is no number of staff", row[1].text)
		}
		if s.From, s.To, err = t.span(row[2], row[3]); err != nil {
			return err
		}
		if !taken.add(s.Area, s.From, s.To) {
			return t.wrong(row[2], "%s has other staff on the same days", s.Area)
		}
		r.staff = append(r.staff, s)
		return nil
	})
}

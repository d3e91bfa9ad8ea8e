package report

import (
	"encoding/json"
	"io"

	"reli/schemas"
)

// Format is one of the ways in which a report is written.
type Format struct {
	Code        string `json:"code"` // also the ending of the address
	Zh          string `json:"zh"`
	En          string `json:"en"`
	ContentType string `json:"content_type"`
	// OneTable: only one table of the report, see Write.
	OneTable bool `json:"one_table"`

	write func(io.Writer, *Document, *Table) error
}

// Formats lists all.
func Formats() []Format {
	return []Format{
		{"html", "网页（可打印）", "Page, printable", "text/html; charset=utf-8", false, func(w io.Writer, d *Document, _ *Table) error { return writeHTML(w, d) }},
		{"xlsx", "Excel 表格", "Workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false,
			func(w io.Writer, d *Document, _ *Table) error { return writeXLSX(w, d) }},
		{"csv", "CSV", "CSV", "text/csv; charset=utf-8", false, writeCSV},
		{"arrow", "Arrow", "Arrow IPC stream", "application/vnd.apache.arrow.stream", true, writeArrow},
		{"json", "JSON", "JSON", "application/json", false, func(w io.Writer, d *Document, _ *Table) error { return json.NewEncoder(w).Encode(d) }},
	}
}

// LookupFormat finds a format by its code.
func LookupFormat(code string) (Format, bool) {
	for _, f := range Formats() {
		if f.Code == code {
			return f, true
		}
	}
	return Format{}, false
}

// Write writes a document. table chooses one of its tables for CSV and Arrow;
// without it CSV holds all of them, one after the other, and Arrow the first.
func (f Format) Write(w io.Writer, d *Document, table string) error {
	var one *Table
	for i := range d.Tables {
		if d.Tables[i].Code == table {
			one = &d.Tables[i]
		}
	}
	if table != "" && one == nil {
		return schemas.BadParameter("table", "the report has no such table")
	}
	if one == nil && f.OneTable {
		one = &d.Tables[0]
	}
	return f.write(w, d, one)
}

// FileName of a document: its Chinese title and period.
func (f Format) FileName(d *Document) string { return d.Zh + "_" + d.Period.Name + "." + f.Code }

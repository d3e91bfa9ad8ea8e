package report

import (
	"encoding/csv"
	"io"
	"strings"
)

// byteOrderMark tells spreadsheets that the file is UTF-8.
const byteOrderMark = "\ufeff"

// writeCSV writes one table, or all of them with their titles and an empty line
// between.
func writeCSV(w io.Writer, d *Document, one *Table) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if one != nil {
		writeTable(c, one)
		c.Flush()
		return c.Error()
	}
	_ = c.Write([]string{d.Zh, d.Period.Zh(), d.PlaceZh, d.State.Zh()}) // the error stays in the writer and comes out below
	for i := range d.Tables {
		_ = c.Write([]string{""})
		_ = c.Write([]string{d.Tables[i].Zh})
		writeTable(c, &d.Tables[i])
	}
	_ = c.Write([]string{""})
	for _, n := range d.Notes {
		_ = c.Write([]string{Plain(n.Term), n.Zh})
	}
	c.Flush()
	return c.Error()
}

func writeTable(c *csv.Writer, t *Table) {
	line := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		line[i] = column.Zh
	}
	_ = c.Write(line)
	for _, row := range t.Rows {
		for i, cell := range row.Cells {
			line[i] = cell.Text
			if cell.Number == nil {
				line[i] = Plain(cell.Text)
			}
		}
		_ = c.Write(line)
	}
}

// Plain keeps a spreadsheet from taking a text for a formula. Changes such as
// +10.31 begin with a sign and a digit and are none.
func Plain(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if (text[0] == '+' || text[0] == '-') && len(text) > 1 && text[1] >= '0' && text[1] <= '9' && !strings.ContainsAny(text, "=!|'") {
		return text
	}
	return "'" + text
}

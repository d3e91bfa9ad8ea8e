package report_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"reli/analytics/report"
	"reli/test/county"
)

func write(t testing.TB, d *report.Document, format, table string) []byte {
	t.Helper()
	f, ok := report.LookupFormat(format)
	require.True(t, ok)
	var b bytes.Buffer
	require.NoError(t, f.Write(&b, d, table))
	return b.Bytes()
}

// documents are one of each report, of the demo county.
func documents(t testing.TB) []*report.Document {
	t.Helper()
	c := county.Shared(t)
	s := service(c, c.Now)
	var out []*report.Document
	for name, period := range map[string]string{"overview": "2025-11", "situation": "2025-Q4", "ranking": "2025-Q3", "petition_rates": "2025-Q2", "ledgers": "2025-12"} {
		out = append(out, get(t, s, name, period))
	}
	return out
}

// TestEveryFormatTellsTheSame reads each format with a reader of its own and
// compares it with the document.
func TestEveryFormatTellsTheSame(t *testing.T) {
	for _, d := range documents(t) {
		t.Run(d.Name, func(t *testing.T) {
			readXLSX(t, d)
			readCSV(t, d)
			readArrow(t, d)
			readHTML(t, d)
			var again report.Document
			require.NoError(t, json.Unmarshal(write(t, d, "json", ""), &again))
			require.True(t, d.MadeAt.Equal(again.MadeAt))
			again.MadeAt = d.MadeAt
			require.Equal(t, *d, again, "what is kept as JSON comes back whole")
			require.NotEmpty(t, d.Notes)
		})
	}
}

func readXLSX(t *testing.T, d *report.Document) {
	body := write(t, d, "xlsx", "")
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	for _, f := range archive.File { // every part is well-formed, none is a macro or a link to elsewhere
		r, err := f.Open()
		require.NoError(t, err)
		for dec := xml.NewDecoder(r); ; {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err, f.Name)
			}
		}
		require.NotContains(t, f.Name, "externalLink")
		require.NotContains(t, f.Name, "vba")
	}
	book, err := excelize.OpenReader(bytes.NewReader(body))
	require.NoError(t, err)
	defer book.Close()
	sheets := book.GetSheetList()
	require.Len(t, sheets, len(d.Tables)+1)
	require.Equal(t, "口径说明", sheets[len(sheets)-1])
	for i, table := range d.Tables {
		rows, err := book.GetRows(sheets[i], excelize.Options{RawCellValue: false})
		require.NoError(t, err)
		require.Contains(t, rows[0][0], d.Zh)
		require.Contains(t, rows[1][0], d.Period.Zh())
		for k, c := range table.Columns {
			require.Equal(t, c.Zh, rows[2][k])
		}
		require.Len(t, rows, 3+len(table.Rows))
		for n, row := range table.Rows {
			for k, cell := range row.Cells {
				shown := ""
				if k < len(rows[3+n]) {
					shown = rows[3+n][k]
				}
				require.Equal(t, cell.Text, strings.ReplaceAll(shown, ",", ternary(cell.Number != nil, "", ",")), "%s row %d", table.Code, n)
				name, err := excelize.CoordinatesToCellName(k+1, 4+n)
				require.NoError(t, err)
				kind, err := book.GetCellType(sheets[i], name)
				require.NoError(t, err)
				require.NotEqual(t, excelize.CellTypeFormula, kind)
				if cell.Number != nil {
					require.NotEqual(t, excelize.CellTypeSharedString, kind, "numbers are numbers")
				}
			}
		}
		layout, err := book.GetPageLayout(sheets[i])
		require.NoError(t, err)
		require.Equal(t, 9, *layout.Size, "A4")
		footer, err := book.GetHeaderFooter(sheets[i])
		require.NoError(t, err)
		require.Contains(t, footer.OddFooter, "&P")
	}
}

func ternary(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func readCSV(t *testing.T, d *report.Document) {
	for _, table := range d.Tables {
		body := write(t, d, "csv", table.Code)
		text, marked := strings.CutPrefix(string(body), "\ufeff")
		require.True(t, marked, "spreadsheets need the mark to read Chinese")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 1+len(table.Rows))
		for n, row := range table.Rows {
			for k, cell := range row.Cells {
				require.Equal(t, cell.Text, rows[1+n][k])
			}
		}
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(write(t, d, "csv", ""), []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	require.NoError(t, err)
	require.Equal(t, d.Zh, all[0][0])
}

func readArrow(t *testing.T, d *report.Document) {
	for _, table := range d.Tables {
		r, err := ipc.NewReader(bytes.NewReader(write(t, d, "arrow", table.Code)))
		require.NoError(t, err)
		defer r.Release()
		require.True(t, r.Next())
		record := r.Record()
		require.EqualValues(t, len(table.Rows), record.NumRows())
		require.Len(t, table.Columns, int(record.NumCols()))
		period, _ := r.Schema().Metadata().GetValue("period")
		require.Equal(t, d.Period.Name, period)
		for k, column := range table.Columns {
			require.Equal(t, column.Code, r.Schema().Field(k).Name)
			for n, row := range table.Rows {
				requireCell(t, record.Column(k), n, row.Cells[k])
			}
		}
		require.False(t, r.Next())
	}
}

func requireCell(t *testing.T, column arrow.Array, n int, cell report.Cell) {
	switch column := column.(type) {
	case *array.String:
		require.Equal(t, cell.Text, column.Value(n))
	case *array.Int64:
		require.Equal(t, cell.Number == nil, column.IsNull(n))
		if cell.Number != nil {
			require.EqualValues(t, *cell.Number, column.Value(n))
		}
	case *array.Float64:
		require.Equal(t, cell.Number == nil, column.IsNull(n))
		if cell.Number != nil {
			require.Equal(t, *cell.Number, column.Value(n))
		}
	default:
		require.Fail(t, "a column of another type")
	}
}

var inStyle = regexp.MustCompile(`(?s)<style>(.*)</style>`)

func readHTML(t *testing.T, d *report.Document) {
	page := string(write(t, d, "html", ""))
	style := inStyle.FindStringSubmatch(page)
	require.NotNil(t, style)
	sum := sha256.Sum256([]byte(style[1]))
	require.Equal(t, report.StyleHash(), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "the policy lets the style through")
	require.Contains(t, style[1], "counter(page)")
	require.Contains(t, style[1], "size: A4")
	require.Contains(t, style[1], "table-header-group", "the head is on every page")
	require.NotRegexp(t, `(?i)<script|https?://|\son[a-z]+=|\sstyle=`, page, "nothing from elsewhere, nothing that runs")
	for _, table := range d.Tables {
		require.Contains(t, page, table.Zh)
		require.Equal(t, len(table.Rows) > 0, strings.Contains(page, "<td"))
	}
	for _, n := range d.Notes {
		require.Contains(t, page, "<dt>"+n.Term+"</dt>")
	}
	require.Contains(t, page, d.PlaceZh)
}

// Names come from a county's own files: no format takes them for markup or for
// a formula.
func TestNamesAreTextEverywhere(t *testing.T) {
	hostile := []string{"<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+1+cmd|'x'", "-2+3", "@SUM(A1)", "\tx", "a,\"b\"\r\nc", "]]>"}
	d := &report.Document{Name: "x", Zh: "表", En: "x", Period: report.PeriodOf(report.CadenceMonth, 20_000),
		Tables: []report.Table{{Code: "t", Zh: "t[]:*?/\\" + strings.Repeat("长", 60), En: "t", Columns: []report.Column{{Code: "a", Zh: "a", Kind: report.ColumnText}}}, {Code: "u", Zh: "t", En: "u",
			Columns: []report.Column{{Code: "a", Zh: "a", Kind: report.ColumnText}}}}}
	for _, name := range hostile {
		d.Tables[0].Rows = append(d.Tables[0].Rows, report.Row{Cells: []report.Cell{{Text: name}}})
	}
	page := string(write(t, d, "html", ""))
	require.NotContains(t, page, "<script")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(write(t, d, "csv", "t")), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		require.NotContains(t, "=@\t", row[0][:1], row[0])
		require.NotRegexp(t, `^[+-].*[=!|]`, row[0])
	}
	book, err := excelize.OpenReader(bytes.NewReader(write(t, d, "xlsx", "")))
	require.NoError(t, err)
	defer book.Close()
	for n := range hostile {
		name, err := excelize.CoordinatesToCellName(1, 4+n)
		require.NoError(t, err)
		formula, err := book.GetCellFormula(book.GetSheetList()[0], name)
		require.NoError(t, err)
		require.Empty(t, formula)
	}
	f, _ := report.LookupFormat("csv")
	require.ErrorContains(t, f.Write(io.Discard, d, "nowhere"), "table")
}

// TestLibreOfficeOpensTheWorkbook has LibreOffice read the form and write it as
// CSV again.
func TestLibreOfficeOpensTheWorkbook(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: LibreOffice is not installed")
	}
	c := county.Shared(t)
	d := get(t, service(c, c.Now), "situation", "2025-10")
	dir := t.TempDir()
	path := filepath.Join(dir, "form.xlsx")
	require.NoError(t, os.WriteFile(path, write(t, d, "xlsx", ""), 0o600))
	command := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1", "--outdir", dir, path)
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
	// that there is no Java says nothing about the workbook
	require.NotRegexp(t, `(?i)error|warning|corrupt|repair`, strings.ReplaceAll(string(said), "Warning: failed to launch javaldx", ""))
	found, err := filepath.Glob(filepath.Join(dir, "form*.csv"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	text, err := os.ReadFile(found[0])
	require.NoError(t, err)
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	require.NoError(t, err)
	for n, row := range d.Tables[0].Rows {
		for k, cell := range row.Cells {
			if cell.Number == nil {
				require.Equal(t, cell.Text, rows[3+n][k])
				continue
			}
			number, err := strconv.ParseFloat(strings.TrimSuffix(rows[3+n][k], "%"), 64)
			require.NoError(t, err, "a number is a number to LibreOffice")
			require.InDelta(t, *cell.Number, number, 1e-9)
			require.Equal(t, cell.Share, strings.HasSuffix(rows[3+n][k], "%"))
		}
	}
}

package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	arrowmemory "github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"reli/schemas"
)

// The same five matters, as each format writes them.
var matters = [][]string{
	{"source", "source_id", "occurred_at", "lng", "lat", "crs", "category", "first_unit", "people"},
	{"grid", "a-1", "2024-01-01 08:30:00", "131.1", "46.7", "GCJ02", "邻里", "东兴村调委会", "2"},
	{"grid", "a-2", "2024-01-02 00:00:00", "", "", "", "land", "司法所", ""},
	{"grid", "a-3", "2024-02-29 23:59:59", "131.2", "46.8", "WGS84", "wage", "人社局, “窗口”", "35"},
	{"12345", "a-1", "2024-01-01 08:30:00", "131.1", "46.7", "WGS84", "家庭", "", "1"},
	{"12345", "b\t1", "2024-01-01 08:30:00", "131.1", "46.7", "WGS84", "家庭", "", "1"}, // a control character: refused
}

func separated(comma string, rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				b.WriteString(comma)
			}
			if strings.ContainsAny(v, "\",;\t\n") {
				v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
			b.WriteString(v)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func objects(rows [][]string) []string {
	var out []string
	for _, row := range rows[1:] {
		var members []string
		for i, v := range row {
			members = append(members, fmt.Sprintf("%q: %q", rows[0][i], v))
		}
		out = append(out, "{"+strings.Join(members, ", ")+"}")
	}
	return out
}

func workbookOf(t testing.TB, above int, sheets ...[][]string) []byte {
	f := excelize.NewFile()
	require.NoError(t, f.SetSheetName("Sheet1", "说明"))
	require.NoError(t, f.SetCellStr("说明", "A1", "本表由各乡镇填报"))
	for n, rows := range sheets {
		name := fmt.Sprintf("第%d页", n+1)
		_, err := f.NewSheet(name)
		require.NoError(t, err)
		for i := range above {
			require.NoError(t, f.SetCellStr(name, fmt.Sprintf("A%d", i+1), "矛盾纠纷排查台账"))
			require.NoError(t, f.MergeCell(name, fmt.Sprintf("A%d", i+1), fmt.Sprintf("I%d", i+1)))
		}
		for i, row := range rows {
			for j, v := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, above+i+1)
				require.NoError(t, err)
				if at, err := time.Parse("2006-01-02 15:04:05", v); err == nil {
					require.NoError(t, f.SetCellValue(name, cell, at)) // as spreadsheets do: a number with a style
					continue
				}
				require.NoError(t, f.SetCellStr(name, cell, v))
			}
		}
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

// recordOf makes a batch with a column of times and one of numbers.
func recordOf(t testing.TB, rows [][]string) arrow.Record {
	fields := make([]arrow.Field, len(rows[0]))
	for i, name := range rows[0] {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		switch name {
		case "occurred_at":
			fields[i].Type = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "Asia/Shanghai"}
		case "lng", "lat":
			fields[i].Type = arrow.PrimitiveTypes.Float64
		case "people":
			fields[i].Type = arrow.PrimitiveTypes.Int32
		}
	}
	b := array.NewRecordBuilder(arrowmemory.NewGoAllocator(), arrow.NewSchema(fields, nil))
	for _, row := range rows[1:] {
		for i, v := range row {
			switch c := b.Field(i).(type) {
			case *array.TimestampBuilder:
				at, err := time.ParseInLocation("2006-01-02 15:04:05", v, shanghai)
				require.NoError(t, err)
				c.Append(arrow.Timestamp(at.UnixMilli()))
			default:
				if v == "" {
					c.AppendNull()
				} else {
					require.NoError(t, c.AppendValueFromString(v))
				}
			}
		}
	}
	return b.NewRecord()
}

func arrowOf(t testing.TB, rows [][]string, file bool) []byte {
	var b bytes.Buffer
	rec := recordOf(t, rows)
	type writer interface {
		Write(arrow.Record) error
		Close() error
	}
	var w writer = ipc.NewWriter(&b, ipc.WithSchema(rec.Schema()), ipc.WithLZ4())
	if file {
		var err error
		w, err = ipc.NewFileWriter(nopSeeker{&b}, ipc.WithSchema(rec.Schema()))
		require.NoError(t, err)
	}
	require.NoError(t, w.Write(rec.NewSlice(0, 2)))
	require.NoError(t, w.Write(rec.NewSlice(2, rec.NumRows())))
	require.NoError(t, w.Close())
	return b.Bytes()
}

type nopSeeker struct{ *bytes.Buffer }

func (s nopSeeker) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

func parquetOf(t testing.TB, rows [][]string) []byte {
	var b bytes.Buffer
	rec := recordOf(t, rows)
	w, err := pqarrow.NewFileWriter(rec.Schema(), &b, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	require.NoError(t, err)
	require.NoError(t, w.Write(rec.NewSlice(0, 2)))
	require.NoError(t, w.Write(rec.NewSlice(2, rec.NumRows())))
	require.NoError(t, w.Close())
	return b.Bytes()
}

// everyFormat writes rows in every way they may come.
func everyFormat(t testing.TB, rows [][]string) map[string][]byte {
	encode := func(s string, e interface{ String(string) (string, error) }) []byte {
		out, err := e.String(s)
		require.NoError(t, err)
		return []byte(out)
	}
	csv, title := separated(",", rows), "2024年矛盾纠纷台账\r\n填报单位：,,\r\n"
	files := map[string][]byte{
		"plain.csv":      []byte(csv),
		"bom.csv":        []byte("\xef\xbb\xbf" + csv),
		"gbk.csv":        encode(csv, simplifiedchinese.GBK.NewEncoder()),
		"gb18030.csv":    encode(title+csv, simplifiedchinese.GB18030.NewEncoder()),
		"utf16le.csv":    encode(csv, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"utf16be.csv":    encode(csv, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"titled.csv":     []byte(title + csv),
		"semicolons.csv": []byte(separated(";", rows)),
		"tabs.tsv":       []byte(separated("\t", rows)),
		"unnamed":        []byte(separated("\t", rows)),
		"lines.ndjson":   []byte(strings.Join(objects(rows), "\n")),
		"array.json":     []byte("\xef\xbb\xbf [\n" + strings.Join(objects(rows), " ,\n") + "\n]\n"),
		"one.xlsx":       workbookOf(t, 0, rows),
		"titled.xlsx":    workbookOf(t, 2, rows),
		"sheets.xlsx":    workbookOf(t, 1, rows[:3], append([][]string{rows[0]}, rows[3:]...)),
		"stream.arrows":  arrowOf(t, rows, false),
		"file.arrow":     arrowOf(t, rows, true),
		"columns.pq":     parquetOf(t, rows),
	}
	for _, name := range []string{"gbk.csv", "array.json", "titled.xlsx", "columns.pq", "stream.arrows"} {
		var g bytes.Buffer
		w := gzip.NewWriter(&g)
		_, err := w.Write(files[name])
		require.NoError(t, err)
		require.NoError(t, w.Close())
		files[name+".gz"] = g.Bytes()
		z, err := zstd.NewWriter(nil)
		require.NoError(t, err)
		files[name+".zst"] = z.EncodeAll(files[name], nil)
		require.NoError(t, z.Close())
	}
	return files
}

func TestEveryFormatGivesTheSameMatters(t *testing.T) {
	files := everyFormat(t, matters)
	want := newMemory()
	run1(t, newIngester(t, want, nil, 0), "generic", "plain.csv", bytes.NewReader(files["plain.csv"]))
	require.Len(t, want.incidents, 4)
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			store := newMemory()
			rep := run1(t, newIngester(t, store, nil, 0), "generic", name, bytes.NewReader(file))
			require.Equal(t, int64(5), rep.Rows)
			require.Equal(t, int64(1), rep.Quarantined)
			require.Equal(t, FaultControl, rep.Errors[0].Code)
			require.Equal(t, int64(5), rep.Errors[0].Row)
			require.Len(t, store.incidents, len(want.incidents))
			for i, in := range store.incidents {
				in.Batch = want.incidents[i].Batch
				require.Equal(t, want.incidents[i], in)
			}
		})
	}
}

func TestSerialDatesCountFrom1899(t *testing.T) {
	l, err := compileLayout(excelLayout)
	require.NoError(t, err)
	f := func(serial, want string) {
		t.Helper()
		at, ok := l.parse(serial, shanghai, &dayCache{})
		require.Equal(t, want != "", ok, serial)
		if ok {
			require.Equal(t, want, at.Format(time.RFC3339))
		}
	}
	f("45292", "2024-01-01T00:00:00+08:00")
	f("45292.5", "2024-01-01T12:00:00+08:00")
	f("45292.999999", "2024-01-02T00:00:00+08:00")
	f("45351.354166666664", "2024-02-29T08:30:00+08:00")
	f("61", "1900-03-01T00:00:00+08:00")
	f("0", "")
	f("-1", "")
	f("2958466", "")
	f("1e4", "")
	f("20240101", "")
	f("", "")
	f(".", "")
}

func TestJSONArrays(t *testing.T) {
	f := func(input string, rows int, faults []string, ended bool) {
		t.Helper()
		d, err := newJSON(strings.NewReader(input), letters(2))
		require.NoError(t, err)
		out := drain(d, 2)
		require.Len(t, out.rows, rows, input)
		require.Equal(t, faults, out.faults, input)
		if ended {
			require.Equal(t, io.EOF, out.end, input)
		} else {
			requireProblem(t, out.end, schemas.CodeBadInput)
		}
	}
	f(`[]`, 0, nil, true)
	f(` [ {"a":1} , {"b":"]}"} ] `, 2, nil, true)
	f(`[{"a":"\"}"},{"a":{"b":[1,{}]}}]`, 2, []string{FaultNotScalar}, true)
	f(`[1,"a",null,{"a":2}]`, 4, []string{FaultBadJSON, FaultBadJSON, FaultBadJSON}, true)
	f(`[{"a":1}`, 1, nil, false)
	f(`[{"a":1`, 0, nil, false)
	f(`[{"a":1}{"a":2}]`, 1, nil, false)
	f(`{"a":1}`, 0, nil, false)
	f(``, 0, nil, false)
	f(`[{"a":"`+strings.Repeat("x", MaxRecordBytes+10)+`"},{"a":2}]`, 2, []string{FaultRowTooLong}, true)
}

func TestWorkbooksWithoutATable(t *testing.T) {
	f := func(file []byte, code, says string) {
		t.Helper()
		_, err := newIngester(t, newMemory(), nil, 0).Run(context.Background(), Input{Name: "a.xlsx", Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
		require.Contains(t, requireProblem(t, err, code).Detail, says)
	}
	f(workbookOf(t, 0, [][]string{{"source", "occurred_at"}, {"a", "b"}}), schemas.CodeBadInput, "no column for")
	f(workbookOf(t, 0, [][]string{{"source", "source_id", "occurred_at", "lng", "lat"}, {"a", "b"}}), schemas.CodeUndeclaredCRS, "reference system")
	f([]byte("PK\x03\x04 and nothing else"), schemas.CodeBadInput, "directory")
	whole := workbookOf(t, 0, matters)
	f(whole[:len(whole)/2], schemas.CodeBadInput, "directory")
}

package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
)

// decoded is what a decoder made of an input: values by record, faults by code.
type decoded struct {
	rows   [][]string
	faults []string
	hashes []uint64
	end    error
}

// drain reads a decoder to its end. A fault stands in rows as nil.
func drain(d Decoder, width int) decoded {
	var out decoded
	rec := Record{Values: make([][]byte, width)}
	for n := int64(1); ; n++ {
		fault, err := rowFault(d.Next(&rec))
		if err != nil {
			out.end = err
			return out
		}
		if rec.Row != n || fault != nil && fault.Row != n {
			panic("rows are not numbered one by one")
		}
		out.hashes = append(out.hashes, rec.Hash)
		if fault != nil {
			out.rows, out.faults = append(out.rows, nil), append(out.faults, fault.Code)
			continue
		}
		row := make([]string, width)
		for i, v := range rec.Values {
			row[i] = string(v)
		}
		out.rows = append(out.rows, row)
	}
}

// letters binds the columns a, b, c … to the fields 0, 1, 2 …
func letters(n int) binding {
	fields, columns := make([]string, n), map[string]names{}
	for i := range n {
		fields[i] = string(rune('a' + i))
		columns[fields[i]] = names{fields[i]}
	}
	return newBinding(fields, columns)
}

func decodeCSV(t testing.TB, input string, width int) decoded {
	t.Helper()
	d, err := newCSV(strings.NewReader(input), letters(width), ',')
	require.NoError(t, err)
	return drain(d, width)
}

func TestCSV(t *testing.T) {
	f := func(name, input string, rows [][]string, faults ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			got := decodeCSV(t, input, 2)
			require.Equal(t, io.EOF, got.end)
			require.Equal(t, rows, got.rows)
			require.Equal(t, faults, got.faults)
			small, err := newCSV(iotest.OneByteReader(strings.NewReader(input)), letters(2), ',')
			require.NoError(t, err)
			require.Equal(t, got, drain(small, 2), "read byte by byte")
		})
	}
	f("plain", "a,b\n1,2\n3,4\n", [][]string{{"1", "2"}, {"3", "4"}})
	f("byte order mark", "\ufeffa,b\n1,2\n", [][]string{{"1", "2"}})
	f("no last line end", "a,b\n1,2", [][]string{{"1", "2"}})
	f("CRLF", "a,b\r\n1,2\r\n\"3\",4\r\n", [][]string{{"1", "2"}, {"3", "4"}})
	f("CRLF cut off", "a,b\r\n1,\"2\"\r", [][]string{{"1", "2"}})
	f("blank lines", "\n\na,b\n\n1,2\n\n\r\n3,4\n", [][]string{{"1", "2"}, {"3", "4"}})
	f("other columns are skipped", "x,b,y,a\nnever,2,never,1\n", [][]string{{"1", "2"}})
	f("folded header", " A ,\"B\"\n1,2\n", [][]string{{"1", "2"}})
	f("quotes", "a,b\n\"1,5\",\"say \"\"yes\"\"\"\n", [][]string{{"1,5", `say "yes"`}})
	f("line end in quotes", "a,b\n\"1\n\n5\",2\n3,4\n", [][]string{{"1\n\n5", "2"}, {"3", "4"}})
	f("quote inside a plain value", "a,b\n5\"x,2\n", [][]string{{`5"x`, "2"}})
	f("empty values", "a,b\n,\n\"\",\n", [][]string{{"", ""}, {"", ""}})
	f("ragged", "a,b\n1\n1,2,3\n\"1\"\n3,4\n", [][]string{nil, nil, nil, {"3", "4"}}, FaultRagged, FaultRagged, FaultRagged)
	f("text after a quote", "a,b\n\"1\"x,2\n3,4\n", [][]string{nil, {"3", "4"}}, FaultBadQuote)
	f("open quote costs one line", "a,b\n1,\"2\n3,4\n5,6\n", [][]string{nil, {"3", "4"}, {"5", "6"}}, FaultOpenQuote)
	f("header only", "a,b", nil)
}

func TestCSVHeaderFaults(t *testing.T) {
	f := func(name, input string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			_, err := newCSV(strings.NewReader(input), letters(2), ',')
			p, ok := schemas.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, schemas.CodeBadInput, p.Code)
		})
	}
	f("empty", "")
	f("blank", "\n\r\n")
	f("two columns of one name", "a,b, A\n")
	f("not UTF-8", "a,\xff\n")
	f("NUL, as in UTF-16", "a\x00,\x00b\n")
	f("too many columns", strings.Repeat("c,", 10_000)+"a\n")
	f("open quote", "a,\"b\n1,2\n")
	f("too long", "a,b"+strings.Repeat(" ", MaxRecordBytes)+"\n")
}

func TestCSVFirstNameOfAFieldWins(t *testing.T) {
	b := newBinding([]string{"lng"}, map[string]names{"lng": {"lng", "lon"}})
	for _, header := range []string{"lon,lng\nno,yes\n", "lng,lon\nyes,no\n"} {
		d, err := newCSV(strings.NewReader(header), b, ',')
		require.NoError(t, err)
		require.Equal(t, [][]string{{"yes"}}, drain(d, 1).rows)
	}
}

func TestCSVTooLongRowsAreSkipped(t *testing.T) {
	long := strings.Repeat("x", 3*MaxRecordBytes)
	got := decodeCSV(t, "a,b\n1,2\n"+long+",2\n3,4\n\"q"+long+"\n\",5\n6,7\n", 2)
	require.Equal(t, io.EOF, got.end)
	require.Equal(t, []string{"1", "2"}, got.rows[0])
	require.Nil(t, got.rows[1])
	require.Equal(t, []string{"3", "4"}, got.rows[2])
	require.Nil(t, got.rows[3])
	require.Equal(t, []string{"6", "7"}, got.rows[len(got.rows)-1])
	require.Equal(t, FaultRowTooLong, got.faults[0])
	require.Equal(t, FaultRowTooLong, got.faults[1])
}

func TestCSVBrokenInputEndsAfterItsLastRow(t *testing.T) {
	d, err := newCSV(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a,b\n"))), letters(2), ',')
	require.Nil(t, d)
	require.ErrorIs(t, err, iotest.ErrTimeout)
	d, err = newCSV(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(errors.New("lost"))), letters(2), ',')
	require.NoError(t, err)
	got := drain(d, 2)
	require.Equal(t, [][]string{{"1", "2"}}, got.rows)
	require.EqualError(t, got.end, "lost")
}

// Whatever table a writer of CSV writes is read back, however it is cut.
func TestCSVReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.RuneFrom([]rune("a,\"\n\r 矛 ;\\")))
		width := rapid.IntRange(2, 5).Draw(t, "width")
		rows := rapid.SliceOf(rapid.SliceOfN(value, width, width)).Draw(t, "rows")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		header := strings.Split("a,b,c,d,e", ",")[:width]
		_ = w.Write(header)
		_ = w.WriteAll(rows)
		rng := rand.New(rand.NewSource(rapid.Int64().Draw(t, "cuts")))
		d, err := newCSV(cutReader{&file, rng}, letters(width), ',')
		if err != nil {
			t.Fatal(err)
		}
		got := drain(d, width)
		if len(got.faults) > 0 || got.end != io.EOF || len(got.rows) != len(rows) {
			t.Fatalf("%v rows of %d, %v, %v", len(got.rows), len(rows), got.faults, got.end)
		}
		for i, row := range rows {
			for j, v := range row {
				if w.UseCRLF { // the writer changes line ends inside quotes
					v = strings.ReplaceAll(strings.ReplaceAll(v, "\r", ""), "\n", "\r\n")
				}
				if got.rows[i][j] != v {
					t.Fatalf("row %d: %q, want %q", i, got.rows[i][j], v)
				}
			}
		}
	})
}

// cutReader gives 1 to 7 bytes at a time.
type cutReader struct {
	r   io.Reader
	rng *rand.Rand
}

func (c cutReader) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), 1+c.rng.Intn(7))]) }

// FuzzCSV: no input makes the decoder crash, hang or depend on how the input
// is cut into reads; what encoding/csv reads strictly is read the same.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa,b\r\n\"1\"\"\",2\r\n", "a,b\n\"1\n2\",3\n\"x", "a,b\n1,\"2\"x\n3,4", "a,b\n\r\n1,2\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := newCSV(bytes.NewReader(data), letters(2), ',')
		if err != nil {
			return
		}
		columns := len(d.columns)
		got := drain(d, 2)
		if len(got.rows) > bytes.Count(data, []byte("\n"))+1 {
			t.Fatalf("%d rows of %d lines", len(got.rows), bytes.Count(data, []byte("\n")))
		}
		again, err := newCSV(iotest.OneByteReader(bytes.NewReader(data)), letters(2), ',')
		require.NoError(t, err)
		require.Equal(t, got, drain(again, 2))
		compareWithStandard(t, data, columns, got)
	})
}

func compareWithStandard(t *testing.T, data []byte, columns int, got decoded) {
	if bytes.ContainsRune(data, '\r') || bytes.HasPrefix(data, []byte("\ufeff")) {
		return // encoding/csv changes these
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return
	}
	require.Len(t, got.rows, len(all)-1)
	for i, want := range all[1:] {
		if len(want) != columns {
			require.Nil(t, got.rows[i])
			continue
		}
		for j, name := range all[0] {
			if field := strings.Index("ab", foldName(name)); len(foldName(name)) == 1 && field >= 0 {
				require.Equal(t, want[j], got.rows[i][field])
			}
		}
	}
}

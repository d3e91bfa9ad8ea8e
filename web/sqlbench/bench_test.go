package sqlbench_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/test/county"
	"reli/web/sqlbench"
)

const few = `SELECT number AS "编号", toDate('2025-02-28') + number AS day, if(number = 1, NULL, 1.5) AS rate, '=1+1, "矛盾"' AS text,
	18446744073709551615 AS big FROM numbers(3)`

func run(t *testing.T, b *sqlbench.Bench, name, sql string, template sqlbench.Template) (*output, error) {
	t.Helper()
	out := &output{}
	return out, b.Run(t.Context(), sqlbench.Ask{Principal: analyst(cube.Scope{}), SQL: sql, Template: template}, format(t, name), out)
}

func TestEveryFormatHasTheSameRows(t *testing.T) {
	b := newBench(t, county.Shared(t))
	got, err := ask(t, b, analyst(cube.Scope{}), few, nil)
	require.NoError(t, err)
	require.Equal(t, []sqlbench.Column{{"编号", "UInt64"}, {"day", "Date"}, {"rate", "Nullable(Float64)"}, {"text", "String"}, {"big", "UInt64"}}, got.Columns)
	require.Equal(t, [][]any{{"0", "2025-02-28", 1.5, `=1+1, "矛盾"`, "18446744073709551615"}, {"1", "2025-03-01", nil, `=1+1, "矛盾"`, "18446744073709551615"},
		{"2", "2025-03-02", 1.5, `=1+1, "矛盾"`, "18446744073709551615"}}, got.Rows)

	out, err := run(t, b, "csv", few, sqlbench.Template{})
	require.NoError(t, err)
	records, err := csv.NewReader(&out.Buffer).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"编号", "day", "rate", "text", "big"}, records[0])
	require.Equal(t, []string{"1", "2025-03-01", "", `=1+1, "矛盾"`, "18446744073709551615"}, records[2])
	require.Len(t, records, 4)

	out, err = run(t, b, "ndjson", few, sqlbench.Template{})
	require.NoError(t, err)
	require.Equal(t, 3, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), `"text":"=1+1, \"矛盾\""`)

	out, err = run(t, b, "arrow", few, sqlbench.Template{})
	require.NoError(t, err)
	reader, err := ipc.NewReader(&out.Buffer, ipc.WithAllocator(memory.NewGoAllocator()))
	require.NoError(t, err)
	defer reader.Release()
	rows := int64(0)
	for reader.Next() {
		rows += reader.Record().NumRows()
	}
	require.NoError(t, reader.Err())
	require.EqualValues(t, 3, rows)
	require.Equal(t, "编号", reader.Schema().Field(0).Name)

	out, err = run(t, b, "parquet", few, sqlbench.Template{})
	require.NoError(t, err)
	parquet, err := file.NewParquetReader(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	require.EqualValues(t, 3, parquet.NumRows())
}

func TestASheetHasNumbersDaysAndTextsThatAreNoFormulas(t *testing.T) {
	b := newBench(t, county.Shared(t))
	out, err := run(t, b, "xlsx", few, sqlbench.Template{Title: "件次", Labels: map[string]string{"rate": "比率"}})
	require.NoError(t, err)
	book, err := excelize.OpenReader(&out.Buffer)
	require.NoError(t, err)
	defer book.Close()
	name := book.GetSheetName(0)
	rows, err := book.GetRows(name)
	require.NoError(t, err)
	require.Equal(t, []string{"件次"}, rows[0])
	require.Equal(t, []string{"编号", "day", "比率", "text", "big"}, rows[1])
	require.Len(t, rows, 5)
	for cell, want := range map[string]excelize.CellType{"A4": excelize.CellTypeUnset, "B4": excelize.CellTypeUnset, "D4": excelize.CellTypeInlineString} {
		kind, err := book.GetCellType(name, cell)
		require.NoError(t, err)
		require.Equal(t, want, kind, cell)
	}
	formula, err := book.GetCellFormula(name, "D4")
	require.NoError(t, err)
	require.Empty(t, formula)
	raw, err := book.GetCellValue(name, "B4", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Equal(t, "45717", raw, "2025-03-01 as Excel counts days")
	big, err := book.GetCellValue(name, "E4")
	require.NoError(t, err)
	require.Equal(t, "18446744073709551615", big, "not rounded to a float")
}

// TestParametersGoInAsValues sends texts that break careless quoting and gets
// them back.
func TestParametersGoInAsValues(t *testing.T) {
	b := newBench(t, county.Shared(t))
	for _, text := range []string{"", "it's", `back\slash`, `\N`, `\'`, "tab\tnew\nline\r", "'); DROP TABLE incidents; --", "{x:String}", "矛盾", "a,b]", "%00&x=1#", `"q"`} {
		got, err := ask(t, b, analyst(cube.Scope{}), "SELECT {x:String}, length({x:String}), {l:Array(String)}", map[string]any{"x": text, "l": []any{text, "b"}})
		require.NoError(t, err, "%q", text)
		require.Equal(t, [][]any{{text, fmt.Sprint(len(text)), []any{text, "b"}}}, got.Rows, "%q", text)
	}
}

func TestAnErrorHasItsPlace(t *testing.T) {
	b := newBench(t, county.Shared(t))
	for sql, want := range map[string][2]int{
		"SELECT 1,\n  nonexistent FROM v_daily":        {2, 3},
		"SELECT category\nFROM v_daily GROUP township": {2, 20},
		"SELECT count()\nFROM v_nothing":               {2, 6},
		"SELECT 1,\n\n hostName()":                     {3, 2},
		"SELECT -- 注释\n 1 +":                           {2, 5},
	} {
		_, err := ask(t, b, analyst(cube.Scope{}), sql, nil)
		p, ok := schemas.AsProblem(err)
		require.True(t, ok, sql)
		require.Equal(t, want, [2]int{p.Line, p.Column}, "%s: %s", sql, p.Detail)
		require.NotContains(t, p.Detail, "DB::Exception")
		require.NotContains(t, p.Detail, "EXPLAIN")
		require.NotContains(t, p.Detail, "__table")
	}
}

// TestNothingIsSentOfAResultThatFailsEarly and a later failure is an error
// too, so that no part passes for the whole.
func TestNothingIsSentOfAResultThatFails(t *testing.T) {
	b := newBench(t, county.Shared(t))
	for _, name := range []string{"json", "csv", "ndjson", "xlsx", "parquet", "arrow"} {
		out, err := run(t, b, name, "SELECT intDiv(1, 2 - number) FROM numbers(3)", sqlbench.Template{})
		requireCode(t, err, schemas.CodeSQLFailed)
		require.False(t, out.begun, name)
		out, err = run(t, b, name, "SELECT number, 'a text that takes some room in the result' FROM numbers(100001)", sqlbench.Template{})
		requireCode(t, err, schemas.CodeSQLLimit)
		if out.begun {
			require.NotContains(t, out.String(), "row_count")
		}
	}
}

func TestWaitingIsBounded(t *testing.T) {
	b := newBench(t, county.Shared(t))
	free := b.Fill(true)
	_, err := ask(t, b, analyst(cube.Scope{}), "SELECT 1", nil)
	p := requireCode(t, err, schemas.CodeBusy)
	require.Equal(t, http.StatusServiceUnavailable, p.Status)
	free()
	free = b.Fill(false)
	b.SetWait(time.Millisecond)
	_, err = ask(t, b, analyst(cube.Scope{}), "SELECT 1", nil)
	requireCode(t, err, schemas.CodeBusy)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.SetWait(time.Minute)
	require.ErrorIs(t, b.Run(ctx, sqlbench.Ask{Principal: analyst(cube.Scope{}), SQL: "SELECT 1"}, format(t, "json"), &output{}), context.Canceled)
	free()
	_, err = ask(t, b, analyst(cube.Scope{}), "SELECT 1", nil)
	require.NoError(t, err)
}

// TestAQueryEndsWithItsClient looks at the engine's list of running queries.
func TestAQueryEndsWithItsClient(t *testing.T) {
	c := county.Shared(t)
	b := newBench(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Run(ctx, sqlbench.Ask{Principal: analyst(cube.Scope{}), SQL: "SELECT uniqExact(number % 1000003) FROM numbers(190000000)"}, format(t, "json"), &output{})
	}()
	running := func() (n uint64) {
		require.NoError(t, c.DB.Row(t.Context(), "SELECT count() FROM system.processes WHERE query LIKE 'SELECT uniqExact(number%'", []any{&n}))
		return n
	}
	require.Eventually(t, func() bool { return running() == 1 }, time.Minute, 5*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Eventually(t, func() bool { return running() == 0 }, time.Minute, 5*time.Millisecond)
}

func TestAcceptChoosesTheFormat(t *testing.T) {
	for header, want := range map[string]string{
		"": "json", "*/*": "json", "text/csv": "csv", "text/*": "csv", "application/json;q=0.5, text/csv": "csv",
		"application/vnd.apache.arrow.stream": "arrow", "application/vnd.apache.parquet": "parquet", "application/x-ndjson": "ndjson",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.1": "xlsx", "text/csv;q=0, */*": "json",
	} {
		f, err := sqlbench.Accepted(header)
		require.NoError(t, err, header)
		require.Equal(t, want, f.Name, header)
	}
	for _, header := range []string{"text/html", "application/json;q=0", "image/*", "application/json;q=x"} {
		_, err := sqlbench.Accepted(header)
		requireCode(t, err, schemas.CodeNotAcceptable)
	}
}

func BenchmarkRun(b *testing.B) {
	bench := newBench(b, county.Shared(b))
	for name, scope := range map[string]cube.Scope{"everything": {}, "a territory": {Areas: []string{"990101101000"}}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				number(b, bench, analyst(scope), "count()) FROM v_daily")
			}
		})
	}
}

package engine_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPingAnswersOk(t *testing.T) {
	c := sharedClient(t)
	response, err := c.http.Get("http://engine/ping")
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "Ok.\n", string(body))
}

func TestStatementMayStandInURLOrBody(t *testing.T) {
	c := sharedClient(t)
	require.Equal(t, "3\n", c.rows("SELECT 1 + 2"))
	require.Equal(t, "3\n", c.do(http.MethodPost, nil, nil, "query", "SELECT 1 + 2").body)
	require.Equal(t, "3\n", c.do(http.MethodGet, nil, nil, "query", "SELECT 1 + 2").body)
	require.Equal(t, "3\n", c.do(http.MethodPost, strings.NewReader("+ 2"), nil, "query", "SELECT 1").body)
	require.Equal(t, "1\n", c.rows("SELECT 1;"))
	require.Equal(t, "1\n", c.rows("-- a comment\n(SELECT 1)"))
}

func TestFormatComesFromClauseHeaderOrParameter(t *testing.T) {
	c := sharedClient(t)
	require.Equal(t, "\"a\"\n", c.rows("SELECT 'a'", "default_format", "CSV"))
	require.Equal(t, "{\"x\":1}\n", c.rows("SELECT 1 AS x FORMAT JSONEachRow", "default_format", "CSV"))
	got := c.do(http.MethodPost, strings.NewReader("SELECT 1 AS format"), http.Header{"X-Clickhouse-Format": {"JSONCompactEachRow"}})
	require.Equal(t, "[1]\n", got.body)
	require.Equal(t, "JSONCompactEachRow", got.header.Get("X-ClickHouse-Format"))
	got = c.query("SELECT format FROM (SELECT 1 AS format) FORMAT CSVWithNames SETTINGS max_threads = 1")
	require.Equal(t, "\"format\"\n1\n", got.body)
	require.Equal(t, "CSVWithNames", got.header.Get("X-ClickHouse-Format"))
	require.Equal(t, "text/csv; charset=UTF-8; header=present", got.header.Get("Content-Type"))
}

func TestResultOfManyBlocksIsOneDocument(t *testing.T) {
	c := sharedClient(t)
	const rows = 200_000
	const sql = "SELECT number AS a, toString(number) AS s FROM numbers(200000)"
	for _, format := range []string{"JSON", "JSONCompact"} {
		var document struct {
			Rows int
			Data []any
		}
		require.NoError(t, json.Unmarshal([]byte(c.rows(sql, "default_format", format)), &document), format)
		require.Equal(t, rows, document.Rows)
		require.Len(t, document.Data, rows)
	}
	var list []any
	require.NoError(t, json.Unmarshal([]byte(c.rows(sql+" FORMAT JSONEachRow SETTINGS output_format_json_array_of_rows = 1")), &list))
	require.Len(t, list, rows)
	require.Equal(t, 1, strings.Count(c.rows(sql, "default_format", "CSVWithNames"), "\"a\""))
	require.Equal(t, 2, strings.Count(c.rows(sql, "default_format", "Parquet"), "PAR1"))

	c.table("document", "a UInt64, s String", "a")
	for _, format := range []string{"Parquet", "Arrow", "ArrowStream", "ORC", "Avro", "JSON", "CSVWithNames", "RowBinaryWithNamesAndTypes", "CSV", "Native", "MsgPack"} {
		c.rows("TRUNCATE TABLE document")
		got := c.insert("INSERT INTO document FORMAT "+format, strings.NewReader(c.rows(sql, "default_format", format)))
		require.Equal(t, http.StatusOK, got.status, "%s: %s", format, got.body)
		require.Equal(t, "200000\t19999900000\t1\n", c.rows("SELECT count(), sum(a), min(s = toString(a)) FROM document"), format)
	}
}

func TestColumnMayBeNamedFormat(t *testing.T) {
	c := sharedClient(t)
	const table = "(SELECT number AS format FROM numbers(3))"
	for _, format := range []string{"CSV", "JSONCompactColumns"} {
		want := map[string]string{"CSV": "2\n1\n0\n", "JSONCompactColumns": "[\n\t[\"2\", \"1\", \"0\"]\n]\n"}[format]
		pairs := []string{"default_format", format, "output_format_json_quote_64bit_integers", "1"}
		require.Equal(t, want, c.rows("SELECT format FROM "+table+" ORDER BY format DESC", pairs...))
		require.Equal(t, want, c.rows("SELECT CASE WHEN 1 THEN format END FROM "+table+" ORDER BY (CASE WHEN 1 THEN format END) DESC", pairs...))
	}
}

func TestStatementsThatAreNotSelectsAnswerToo(t *testing.T) {
	c := sharedClient(t)
	require.Contains(t, c.rows("SHOW DATABASES"), "system\n")
	require.Contains(t, c.rows("DESCRIBE TABLE system.one"), "dummy\tUInt8")
	require.Contains(t, c.rows("EXPLAIN AST SELECT 1"), "SelectWithUnionQuery")
	require.Equal(t, "1\n", c.rows("EXISTS TABLE system.one"))
	require.Equal(t, "{\"result\":1}\n", c.rows("EXISTS TABLE system.one", "default_format", "JSONEachRow"))
}

func TestHeadersTellAboutTheStatement(t *testing.T) {
	c := sharedClient(t)
	got := c.query("SELECT number FROM numbers(10)", "query_id", "my-id")
	require.Equal(t, "my-id", got.header.Get("X-ClickHouse-Query-Id"))
	require.Equal(t, strings.TrimSpace(c.rows("SELECT timezone()")), got.header.Get("X-ClickHouse-Timezone"))
	var summary map[string]string
	require.NoError(t, json.Unmarshal([]byte(got.header.Get("X-ClickHouse-Summary")), &summary))
	require.Equal(t, "10", summary["read_rows"])
	require.Equal(t, "10", summary["result_rows"])
	require.NotEmpty(t, c.query("SELECT 1").header.Get("X-ClickHouse-Query-Id"))
}

func TestErrorsCarryCodeAndStatus(t *testing.T) {
	c := sharedClient(t)
	for _, each := range []struct {
		sql, code string
		status    int
	}{
		{"SELEKT 1 FROM", "62", http.StatusBadRequest},
		{"SELECT 1; SELECT 2", "62", http.StatusBadRequest},
		{"DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b", "62", http.StatusBadRequest},
		{"SELECT * FROM missing", "60", http.StatusNotFound},
		{"SELECT 1 FORMAT JSON; DROP TABLE IF EXISTS b", "62", http.StatusBadRequest},
		{"DROP TABLE IF EXISTS a; nonsense", "62", http.StatusBadRequest},
		{"SELECT 1 FORMAT NoSuch", "73", http.StatusInternalServerError},
		{"SELECT throwIf(1, 'own words')", "395", http.StatusInternalServerError},
	} {
		got := c.query(each.sql)
		require.Equal(t, each.status, got.status, each.sql)
		require.Equal(t, each.code, got.header.Get("X-ClickHouse-Exception-Code"), "%s: %s", each.sql, got.body)
		require.Contains(t, got.body, "Code: "+each.code+". DB::Exception: ")
	}
	require.Contains(t, c.query("SELECT throwIf(1, 'own words')").body, "own words")
	require.Equal(t, "81", c.query("SELECT 1", "database", "missing").header.Get("X-ClickHouse-Exception-Code"))
	require.Equal(t, "115", c.query("SELECT 1", "no_such_setting", "1").header.Get("X-ClickHouse-Exception-Code"))
	require.Equal(t, "115", c.query("SELECT 1", "max_threads=1,max_rows", "1").header.Get("X-ClickHouse-Exception-Code"))
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	c := sharedClient(t)
	for _, got := range []answer{
		c.query("SELECT 1", "compress", "1"),
		c.query("SELECT 1", "session_id", "x"),
		c.do(http.MethodPost, strings.NewReader("x"), http.Header{"Content-Encoding": {"br"}}),
		c.do(http.MethodPost, strings.NewReader("x"), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}),
	} {
		require.Equal(t, http.StatusNotImplemented, got.status, got.body)
		require.Contains(t, got.body, "the embedded engine does not support")
	}
}

func TestSettingsStayWithTheirRequest(t *testing.T) {
	c := sharedClient(t)
	const ask = "SELECT getSetting('max_block_size')"
	usual := c.rows(ask)
	for range 20 {
		require.Equal(t, "7777\n", c.rows(ask, "max_block_size", "7777"))
		require.Equal(t, usual, c.rows(ask))
		require.Equal(t, "5555\n", c.rows(ask+" SETTINGS max_block_size = 5555"))
		require.Equal(t, usual, c.rows(ask))
		c.rows("SET max_block_size = 4444")
		require.Equal(t, usual, c.rows(ask))
	}
	require.Equal(t, "system\n", c.rows("SELECT currentDatabase()", "database", "system"))
	require.Equal(t, "default\n", c.rows("SELECT currentDatabase()"))
	c.rows("USE system")
	require.Equal(t, "default\n", c.rows("SELECT currentDatabase()"))
	c.rows("CREATE TEMPORARY TABLE passing (a UInt8)")
	require.Equal(t, "60", c.query("SELECT * FROM passing").header.Get("X-ClickHouse-Exception-Code"))
}

func TestReadonlyCannotBeUndone(t *testing.T) {
	c := sharedClient(t)
	for _, sql := range []string{
		"CREATE TABLE never (a UInt8) ENGINE = Memory",
		"SELECT 1 SETTINGS readonly = 0",
		"SET readonly = 0",
		"SELECT 1 SETTINGS max_execution_time = 100",
	} {
		got := c.query(sql, "readonly", "1", "max_execution_time", "5")
		require.Equal(t, "164", got.header.Get("X-ClickHouse-Exception-Code"), "%s: %s", sql, got.body)
	}
	require.Equal(t, "5\n", c.rows("SELECT getSetting('max_execution_time')", "readonly", "1", "max_execution_time", "5"))
	got := c.do(http.MethodGet, nil, nil, "query", "CREATE TABLE never (a UInt8) ENGINE = Memory")
	require.Equal(t, "164", got.header.Get("X-ClickHouse-Exception-Code"), "a GET may only read")
	require.Equal(t, "0\n", c.rows("EXISTS TABLE never"))
}

func TestParametersAreBoundNotInterpolated(t *testing.T) {
	c := sharedClient(t)
	for _, hostile := range []string{
		"it's", `back\slash`, "'; DROP TABLE x; --", "{p:String}", "line\nbreak", "tab\tstop", "热力", "a`b\"c", "%27", "",
	} {
		got := c.rows("SELECT {p:String} AS v, length({p:String}) AS n FORMAT JSONCompactEachRow", "param_p", escapeParameter(hostile))
		var row [2]any
		require.NoError(t, json.Unmarshal([]byte(got), &row))
		require.Equal(t, hostile, row[0])
	}
	require.Equal(t, "['a','b']\t7\n", c.rows("SELECT {a:Array(String)}, {n:UInt32}", "param_a", "['a','b']", "param_n", "7"))
	require.Equal(t, "dummy\n", c.rows("SELECT {c:Identifier}.name FROM system.columns AS t WHERE table = 'one' AND database = 'system'", "param_c", "t"))
	got := c.query("SELECT {n:UInt32}", "param_n", "7 OR 1")
	require.NotEqual(t, http.StatusOK, got.status)
}

func TestAnyParameterComesBackAsItIs(t *testing.T) {
	c := sharedClient(t)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.Rune(), 0, 40, -1).Draw(t, "value")
		got := c.rows("SELECT hex({p:String})", "param_p", escapeParameter(value))
		want := c.rows("SELECT hex(s) FROM format(RowBinary, 's String', unhex({h:String}))", "param_h", rowBinaryHex(value))
		if got != want {
			t.Fatalf("%q came back as %q, want %q", value, got, want)
		}
	})
}

// escapeParameter writes a text the way ClickHouse takes parameters: escaped
// like tab-separated values.
func escapeParameter(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\x00", `\0`).Replace(s)
}

func TestAnswerIsCompressedWhenAskedFor(t *testing.T) {
	c := sharedClient(t)
	accept := http.Header{"Accept-Encoding": {"gzip"}}
	for _, sql := range []string{"SELECT 1", "SELECT number FROM numbers(300000)"} {
		got := c.do(http.MethodPost, strings.NewReader(sql), accept, "enable_http_compression", "1")
		require.Equal(t, "gzip", got.header.Get("Content-Encoding"))
		reader, err := gzip.NewReader(strings.NewReader(got.body))
		require.NoError(t, err)
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, c.rows(sql), string(text))
	}
	require.Empty(t, c.do(http.MethodPost, strings.NewReader("SELECT 1"), accept).header.Get("Content-Encoding"))
}

func TestStatementMayComeCompressed(t *testing.T) {
	c := sharedClient(t)
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	_, err := zip.Write([]byte("SELECT 'zipped'"))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	got := c.do(http.MethodPost, &body, http.Header{"Content-Encoding": {"gzip"}})
	require.Equal(t, "zipped\n", got.body)
	got = c.do(http.MethodPost, strings.NewReader("SELECT 1"), http.Header{"Content-Encoding": {"gzip"}})
	require.Equal(t, http.StatusBadRequest, got.status)
}

func TestLargeStatementIsTakenAndTooLargeRefused(t *testing.T) {
	c := sharedClient(t)
	list := strings.Repeat("1, ", 200_000) + "1"
	require.Equal(t, "1\n", c.rows("SELECT 1 IN ("+list+")", "max_query_size", "10000000", "max_ast_elements", "1000000", "max_expanded_ast_elements", "1000000"))
	got := c.query("SELECT '" + strings.Repeat("x", 17<<20) + "'")
	require.Equal(t, http.StatusRequestEntityTooLarge, got.status)
}

func TestRowsArriveBeforeTheStatementEnds(t *testing.T) {
	c := sharedClient(t)
	const sql = "SELECT number, sleepEachRow(0.2) FROM numbers(10)"
	response, err := c.http.Post("http://engine/?max_block_size=1&max_threads=1", "", strings.NewReader(sql))
	require.NoError(t, err)
	defer response.Body.Close()
	line := make([]byte, 4)
	_, err = io.ReadFull(response.Body, line)
	require.NoError(t, err)
	require.Equal(t, "0\t0\n", string(line))
	require.NotEqual(t, "0", c.rows("SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow(0.2)%' AND query NOT LIKE '%processes%'"))
}

func TestWholeResultIsHeldBackWhenAskedFor(t *testing.T) {
	c := sharedClient(t)
	const sql = "SELECT throwIf(number = 900000, 'late') FROM numbers(1000000)"
	got := c.query(sql, "wait_end_of_query", "1")
	require.Equal(t, http.StatusInternalServerError, got.status)
	require.Equal(t, "395", got.header.Get("X-ClickHouse-Exception-Code"))
	require.Len(t, c.rows("SELECT 0 FROM numbers(1000000)", "wait_end_of_query", "1"), 2_000_000)
}

// rowBinaryHex is the hexadecimal form of a String in RowBinary.
func rowBinaryHex(s string) string {
	return hex.EncodeToString(append(binary.AppendUvarint(nil, uint64(len(s))), s...))
}

package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatementPartsAreFound(t *testing.T) {
	for _, each := range []struct {
		text, sql, format, data string
		insert                  bool
	}{
		{text: "SELECT 1", sql: "SELECT 1"},
		{text: "SELECT 1 FORMAT CSV", sql: "SELECT 1 FORMAT CSV", format: "CSV"},
		{text: "select 1 format JSON settings a = 1;", sql: "select 1 format JSON settings a = 1;", format: "JSON"},
		{text: "SELECT format FROM t", sql: "SELECT format FROM t"},
		{text: "SELECT format('x', 1)", sql: "SELECT format('x', 1)"},
		{text: "SELECT 'FORMAT CSV'", sql: "SELECT 'FORMAT CSV'"},
		{text: "SELECT 1 -- FORMAT CSV", sql: "SELECT 1 -- FORMAT CSV"},
		{text: "SELECT 1 /* it's */ FORMAT CSV", sql: "SELECT 1 /* it's */ FORMAT CSV", format: "CSV"},
		{text: "SELECT $x$ FORMAT CSV $x$", sql: "SELECT $x$ FORMAT CSV $x$"},
		{text: "INSERT INTO t FORMAT CSV\n1,2\n", sql: "INSERT INTO t ", format: "CSV", data: "1,2\n", insert: true},
		{text: "INSERT INTO t FORMAT CSV 1,2\n", sql: "INSERT INTO t ", format: "CSV", data: "1,2\n", insert: true},
		{text: "INSERT INTO t FORMAT CSV\r\n\n1", sql: "INSERT INTO t ", format: "CSV", data: "\n1", insert: true},
		{text: "/* FORMAT */ insert into t (`format`, \"a\"\"b\") format RowBinary", sql: "/* FORMAT */ insert into t (`format`, \"a\"\"b\") ", format: "RowBinary", insert: true},
		{text: "INSERT INTO t SETTINGS a = 'FORMAT CSV' FORMAT TSV\nx", sql: "INSERT INTO t SETTINGS a = 'FORMAT CSV' ", format: "TSV", data: "x", insert: true},
		{text: "INSERT INTO t VALUES (1) FORMAT", sql: "INSERT INTO t VALUES (1) FORMAT"},
		{text: "INSERT INTO t FORMAT Values (1)", sql: "INSERT INTO t FORMAT Values (1)"},
		{text: "INSERT INTO t SELECT 1 FORMAT CSV", sql: "INSERT INTO t SELECT 1 FORMAT CSV"},
		{text: "INSERT INTO t (SELECT) FORMAT CSV\n", sql: "INSERT INTO t (SELECT) ", format: "CSV", insert: true},
	} {
		got := parseStatement(each.text)
		require.Equal(t, each.sql, got.sql, each.text)
		require.Equal(t, each.format, got.format, each.text)
		require.Equal(t, each.insert, got.insert, each.text)
		if each.insert {
			require.Equal(t, each.data, each.text[got.data:], each.text)
		}
	}
}

func TestQueryIsGivenAnOutputFile(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":                                   "SELECT 1|JSON",
		"SELECT 1; ":                                 "SELECT 1|JSON",
		"SELECT 1 -- no more":                        "SELECT 1|JSON",
		"(SELECT 1) FORMAT Parquet ; -- no more":     "(SELECT 1) |Parquet ; -- no more",
		"WITH 1 AS x SELECT x FORMAT `XML`":          "WITH 1 AS x SELECT x |XML",
		"FROM t SELECT a FORMAT ORC SETTINGS b = 1;": "FROM t SELECT a |ORC SETTINGS b = 1;",
		"SELECT a SETTINGS b = 1 FORMAT ORC":         "SELECT a SETTINGS b = 1 |ORC",
	} {
		got := parseStatement(text)
		require.True(t, got.selects, text)
		require.Equal(t, strings.Replace(want, "|", "\nINTO OUTFILE '/x' TRUNCATE FORMAT ", 1), got.into("/x", "JSON"), text)
	}
	require.False(t, parseStatement("EXPLAIN SELECT 1").selects)
	require.False(t, parseStatement("").selects)
}

func TestBeginningOfAnInsertIsReportedAsCut(t *testing.T) {
	const whole = "INSERT INTO t (a, 'FORMAT') SETTINGS a = 1 FORMAT TSVWithNames\n"
	for n := len("INSERT "); n < len(whole)-1; n++ {
		require.True(t, parseStatement(whole[:n]).cut, whole[:n])
	}
	require.False(t, parseStatement(whole).cut)
}

func FuzzParseStatement(f *testing.F) {
	for _, seed := range []string{"SELECT 1 FORMAT CSV", "INSERT INTO t FORMAT CSV\n1", "$a$x$a$", "'\\'", "/*", "INSERT INTO t FORMAT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := parseStatement(text)
		if !strings.HasPrefix(text, got.sql) {
			t.Fatalf("%q is not the beginning of %q", got.sql, text)
		}
		if got.insert && (got.data < len(got.sql) || got.data > len(text) || got.format == "") {
			t.Fatalf("data at %d of %q", got.data, text)
		}
		if !got.insert && !got.cut && len(got.into("/x", "CSV")) < got.end {
			t.Fatalf("%q lost its beginning", text)
		}
		if !got.insert && got.sql != text {
			t.Fatalf("%q lost its end: %q", text, got.sql)
		}
	})
}

func FuzzParseException(f *testing.F) {
	f.Add("Code: 60. DB::Exception: x (UNKNOWN_TABLE)")
	f.Add("Error: Code: 99999999999999999999. x")
	f.Fuzz(func(t *testing.T, text string) {
		if got := parseException(text); got.Code <= 0 && !strings.Contains(text, "Code:") {
			t.Fatalf("no code for %q", text)
		}
	})
}

func TestKeysTellSessionsApart(t *testing.T) {
	a := session{database: "a"}.with("x", "1").with("readonly", "1").with("y", "2")
	require.Equal(t, []setting{{"x", "1"}, {"y", "2"}, {"readonly", "1"}}, a.settings, "readonly comes last")
	require.True(t, a.locked())
	require.Equal(t, a.key(), a.with("x", "3").key(), "a request's own setting wins")
	require.NotEqual(t, session{database: "a\nx=1"}.key(), session{database: "a"}.with("x", "1").key())
	require.NotEqual(t, session{}.with("x", "1\ny=2").key(), session{}.with("x", "1").with("y", "2").key())
}

func TestQuotingHoldsAnyText(t *testing.T) {
	require.Equal(t, `'it\'s \\ '`, quoteString(`it's \ `))
	require.Equal(t, "`a\\`b\\\\`", quoteIdentifier("a`b\\"))
}

func TestTailKeepsTheLastLines(t *testing.T) {
	tail := newTail(discard)
	require.Empty(t, tail.text())
	for i := range 100 {
		_, err := tail.Write([]byte{byte('a' + i%26), '\n'})
		require.NoError(t, err)
	}
	_, err := tail.Write([]byte("no end yet"))
	require.NoError(t, err)
	require.Equal(t, tailLines, strings.Count(tail.text(), "\n  "))
	require.True(t, strings.HasSuffix(tail.text(), "\n  v"))
}

package guard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/internal/clickhouse/guard"
	"reli/schemas"
	"reli/schemas/views"
)

func newGuard() *guard.Guard { return guard.New(views.Load(), "reli") }

func refusedWith(t *testing.T, err error, code string) *schemas.Problem {
	t.Helper()
	p, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, p.Code, p.Detail)
	return p
}

func TestGoodTextsPassTheFirstGate(t *testing.T) {
	for _, sql := range []string{
		"SELECT 1", "select 1;", "(SELECT 1)", " WITH a AS (SELECT 1) SELECT * FROM a ;  ",
		"SELECT count() AS \"件次\uff08合计\uff09\" FROM v_daily -- 注释,全角也可以\nWHERE day >= {from:Date}",
		"SELECT 'SETTINGS; 全角,“引号”' /* SETTINGS */, `格式`", "SELECT 'it''s', 'a\\'b', x::Int8, a ? b : c, [1,2][1]",
	} {
		s, err := newGuard().Text(sql)
		require.NoError(t, err, sql)
		require.Len(t, s.SQL, len(sql), "offsets stay")
		require.NotContains(t, s.SQL, "--")
	}
}

func TestARefusalNamesLineAndColumn(t *testing.T) {
	for _, c := range []struct {
		sql, code    string
		line, column int
	}{
		{"SELECT 1;\nSELECT 2", schemas.CodeSQLStatement, 1, 9},
		{"SELECT '矛盾',\n  a SETTINGS x = 1", schemas.CodeSQLClause, 2, 5},
		{"SELECT '矛盾' FROM v\uff0cw", schemas.CodeSQLSyntax, 1, 19},
		{"SELECT 1\n, {x:Identifier}", schemas.CodeSQLParameter, 2, 3},
		{"DROP TABLE x", schemas.CodeSQLStatement, 1, 1},
		{"SELECT (1", schemas.CodeSQLSyntax, 1, 8},
	} {
		_, err := newGuard().Text(c.sql)
		p := refusedWith(t, err, c.code)
		require.Equal(t, []int{c.line, c.column}, []int{p.Line, p.Column}, c.sql)
	}
}

func bind(t *testing.T, sql, values string) (map[string]any, error) {
	t.Helper()
	s, err := newGuard().Text(sql)
	require.NoError(t, err)
	d := json.NewDecoder(strings.NewReader(values))
	d.UseNumber()
	var decoded map[string]any
	require.NoError(t, d.Decode(&decoded))
	return s.Bind(decoded)
}

func TestParametersAreBoundByTheirType(t *testing.T) {
	const sql = "SELECT {s:String}, {n:UInt64}, {i:Int8}, {f:Float64}, {d:Date}, {b:Bool}, {l:Array(String)}, {m:Array(UInt8)}, {s:String}"
	got, err := bind(t, sql, `{"s":"'; DROP","n":18446744073709551615,"i":"-8","f":1.5,"d":"2025-02-28","b":true,"l":["a","b"],"m":7}`)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"s": "'; DROP", "n": uint64(1<<64 - 1), "i": int64(-8), "f": 1.5, "d": "2025-02-28", "b": true,
		"l": []string{"a", "b"}, "m": []uint64{7}}, got)
	for sql, values := range map[string]string{
		"SELECT {a:String}": `{}`, "SELECT 1": `{"a":1}`, "SELECT {a:UInt8}": `{"a":256}`, "SELECT {a:Int8}": `{"a":-129}`,
		"SELECT {b:UInt8}": `{"b":"1 OR 1"}`, "SELECT {a:Date}": `{"a":"2025-02-30"}`, "SELECT {a:Float64}": `{"a":"nan"}`,
		"SELECT {c:String}": `{"c":null}`, "SELECT {d:String}": `{"d":{"x":1}}`, "SELECT {e:String}": `{"e":["a"]}`,
		"SELECT {a:Array(UInt8)}": `{"a":["x"]}`, "SELECT {a:Bool}": `{"a":"true"}`,
	} {
		_, err := bind(t, sql, values)
		refusedWith(t, err, schemas.CodeSQLParameter)
	}
}

// tree gives the second gate's verdict on a hand-made tree.
func tree(t *testing.T, sql string, lines ...string) error {
	t.Helper()
	s, err := newGuard().Text(sql)
	require.NoError(t, err)
	parsed, err := guard.ParseTree(append([]string{"SelectWithUnionQuery (children 1)", " ExpressionList (children 1)", "  SelectQuery (children 1)"}, lines...))
	if err != nil {
		return err
	}
	_, err = newGuard().Tree(s, parsed)
	return err
}

func TestTheSecondGateAllowsWhatItKnowsAndNothingElse(t *testing.T) {
	require.NoError(t, tree(t, "SELECT 1", "   Function COUNT (alias n) (children 1)"))
	require.NoError(t, tree(t, "SELECT 1", "   Function sumIfOrNull (children 1)"))
	require.NoError(t, tree(t, "SELECT 1", "   TableIdentifier reli.v_daily (alias d)"))
	for line, code := range map[string]string{
		"   Function file (alias count) (children 1)":  schemas.CodeSQLFunction,
		"   Function sumFile (children 1)":             schemas.CodeSQLFunction,
		"   Function countIfIfIfIfIf (children 1)":     schemas.CodeSQLFunction,
		"   Function sumState (children 1)":            schemas.CodeSQLFunction,
		"   TableIdentifier incidents (alias v_daily)": schemas.CodeSQLTable,
		"   TableIdentifier v_daily.x":                 schemas.CodeSQLTable,
		"   TableIdentifier other.v_daily":             schemas.CodeSQLTable,
		"   TableIdentifier  v_daily incidents":        schemas.CodeSQLTable,
		"   Set":                                       schemas.CodeSQLConstruct,
		"   ColumnsApplyTransformer":                   schemas.CodeSQLConstruct,
		"   InsertQuery":                               schemas.CodeSQLConstruct,
		"   Something new (children 1)":                schemas.CodeSQLConstruct,
		"      Literal UInt64_1":                       schemas.CodeSQLConstruct, // no parent
		"SelectWithUnionQuery":                         schemas.CodeSQLConstruct, // a second root
		"":                                             schemas.CodeSQLConstruct,
	} {
		refusedWith(t, tree(t, "SELECT 1", line), code)
	}
	refusedWith(t, tree(t, "SELECT 1", "   TableExpression (children 1)", "    Function count"), schemas.CodeSQLTable)
	refusedWith(t, tree(t, "SELECT 1", "   Function in (children 1)", "    ExpressionList (children 2)", "     Literal UInt64_1", "     Identifier incidents"), schemas.CodeSQLTable)
}

// TestStringsAndCommentsHideNothing holds that whatever stands in a string or
// a comment, the words after it are seen.
func TestStringsAndCommentsHideNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inside := rapid.StringMatching(`[ -~\n\t矛,]{0,40}`).Draw(t, "inside")
		wrapped := rapid.SampledFrom([]string{
			"'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(inside) + "'",
			"'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(inside) + "'",
			"1 /*" + strings.ReplaceAll(inside, "*/", "") + " */",
			"1 --" + strings.ReplaceAll(inside, "\n", "") + "\n",
		}).Draw(t, "wrapped")
		if s, err := newGuard().Text("SELECT " + wrapped + " , 2"); err != nil {
			t.Fatalf("%q: %v", wrapped, err)
		} else if !strings.HasSuffix(s.SQL, ", 2") {
			t.Fatalf("%q: the end is gone: %q", wrapped, s.SQL)
		}
		_, err := newGuard().Text("SELECT " + wrapped + " SETTINGS a = 1")
		if p, ok := schemas.AsProblem(err); !ok || p.Code != schemas.CodeSQLClause {
			t.Fatalf("%q hid SETTINGS: %v", wrapped, err)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"SELECT 1", "SELECT {a:Array(String)}", "WITH a AS (SELECT 'x') SELECT \"b\" FROM a -- c", "SELECT '\\", "(((", "`"} {
		f.Add(seed)
	}
	g := newGuard()
	f.Fuzz(func(t *testing.T, sql string) {
		s, err := g.Text(sql)
		if err != nil {
			p, ok := schemas.AsProblem(err)
			require.True(t, ok)
			require.NotEmpty(t, p.Code)
			return
		}
		require.Len(t, s.SQL, len(sql))
		again, err := g.Text(s.SQL)
		require.NoError(t, err, "what passed passes again")
		require.Equal(t, strings.TrimRight(s.SQL, " "), strings.TrimRight(again.SQL, " "))
	})
}

func FuzzParseTree(f *testing.F) {
	f.Add("SelectWithUnionQuery (children 1)\n ExpressionList")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := guard.ParseTree(strings.Split(text, "\n"))
		require.Equal(t, err == nil, parsed != nil)
	})
}

func BenchmarkText(b *testing.B) {
	g := newGuard()
	sql := "SELECT township, count() AS n FROM v_daily WHERE day >= {from:Date} AND category IN ('family', 'land') GROUP BY township ORDER BY n DESC"
	for b.Loop() {
		_, _ = g.Text(sql)
	}
}

package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"reli/internal/clickhouse/guard"
	"reli/schemas"
	"reli/schemas/views"
)

// Analyst runs SQL that people wrote: guarded, bounded, and on a connection
// that can only read and is thrown away. It is safe for concurrent use.
type Analyst struct {
	db        *DB
	catalogue views.Catalogue
	guard     *guard.Guard
	zone      string
}

// Analyst makes a runner of analysts' SQL; zone is that of the local days.
func (db *DB) Analyst(catalogue views.Catalogue, zone string) *Analyst {
	return &Analyst{db: db, catalogue: catalogue, guard: guard.New(catalogue, db.name), zone: zone}
}

// AnalystQuery is one text with all that bounds it.
type AnalystQuery struct {
	SQL        string
	Parameters map[string]any // as encoding/json decodes them, with json.Number
	Limit      views.Limit
	Territory  Territory
}

// Bounds of the parser and of what a small text can blow up to. The guard has
// tighter ones for the text itself.
const (
	parserDepth     = 300
	parserBacktrack = 100_000
	treeElements    = 20_000
	expandedTree    = 50_000
	rangeElements   = 1_000_000 // of range() in a block
	subqueryDepth   = 20
	analystThreads  = 2
)

// Stream checks a query, runs it and gives its result in a ClickHouse format.
// The caller closes the stream. A refusal and a failure are a Problem with a
// code and, where it is known, a place; also from Read.
func (a *Analyst) Stream(ctx context.Context, q AnalystQuery, format string) (io.ReadCloser, error) {
	// Analysts have a queue of their own, but wait no more than others for a
	// store that is away.
	if err := a.db.breaker.refuses(); err != nil {
		return nil, err
	}
	s, params, err := a.check(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := a.db.conn.QueryFormat(a.locked(ctx, q), format, s.SQL, params...)
	if err != nil {
		return nil, explain(s, 0, err)
	}
	return &analystStream{ReadCloser: r, statement: s}, nil
}

// check passes a query through both gates of the guard.
func (a *Analyst) check(ctx context.Context, q AnalystQuery) (*guard.Statement, []any, error) {
	s, err := a.guard.Text(q.SQL)
	if err != nil {
		return nil, nil, err
	}
	bound, err := s.Bind(q.Parameters)
	if err != nil {
		return nil, nil, err
	}
	var params []any
	for _, name := range slices.Sorted(maps.Keys(bound)) {
		params = append(params, Param(name, bound[name]))
	}
	const prefix = "EXPLAIN AST "
	lines, err := a.lines(ctx, q, prefix+s.SQL, params)
	if err != nil {
		return nil, nil, explain(s, len(prefix), err)
	}
	tree, err := guard.ParseTree(lines)
	if err != nil {
		return nil, nil, err
	}
	names, err := a.guard.Tree(s, tree)
	if err != nil {
		return nil, nil, err
	}
	if len(names) > 0 {
		var taken []struct {
			Name string `ch:"name"`
		}
		err := a.db.Select(ctx, &taken, `SELECT name FROM system.tables WHERE database = {database:String} AND name IN {names:Array(String)}`,
			Param("database", a.db.name), Param("names", names))
		if err != nil {
			return nil, nil, err
		}
		if len(taken) > 0 {
			return nil, nil, s.Taken([]string{taken[0].Name})
		}
	}
	return s, params, nil
}

func (a *Analyst) lines(ctx context.Context, q AnalystQuery, sql string, params []any) ([]string, error) {
	rows, err := a.db.conn.Query(a.locked(ctx, q), sql, params...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// locked makes ctx that of an analyst's statement. Both modes take these
// settings before readonly, after which nothing can be set; the embedded
// engine closes a readonly connection after its one statement.
func (a *Analyst) locked(ctx context.Context, q AnalystQuery) context.Context {
	id, _ := ctx.Value(requestIDKey{}).(string)
	limit := func(n uint64) string { return strconv.FormatUint(n, 10) }
	s := clickhouse.Settings{
		"max_execution_time": q.Limit.Seconds, "timeout_overflow_mode": "throw",
		"max_memory_usage": limit(q.Limit.MemoryBytes), "max_threads": analystThreads,
		"max_rows_to_read": limit(q.Limit.ReadRows), "max_bytes_to_read": limit(q.Limit.ReadBytes), "read_overflow_mode": "throw",
		"max_result_rows": limit(q.Limit.ResultRows), "max_result_bytes": limit(q.Limit.ResultBytes), "result_overflow_mode": "throw",
		"max_parser_depth": parserDepth, "max_parser_backtracks": parserBacktrack, "max_query_size": 4 * guard.MaxBytes,
		"max_ast_depth": parserDepth, "max_ast_elements": treeElements, "max_expanded_ast_elements": expandedTree,
		"max_subquery_depth": subqueryDepth, "max_recursive_cte_evaluation_depth": 1,
		"function_range_max_elements_in_block": rangeElements, "allow_introspection_functions": 0, "allow_ddl": 0,
		"cancel_http_readonly_queries_on_client_close": 1, "output_format_json_quote_64bit_integers": 1, "format_csv_null_representation": "",
		"session_timezone": a.zone, "log_comment": id, "date_time_output_format": "simple",
		"readonly": 1,
	}
	if filters := a.territory(q.Territory); filters != "" {
		s["additional_table_filters"] = filters
	}
	options := []clickhouse.QueryOption{clickhouse.WithSettings(s)}
	if id != "" {
		options = append(options, clickhouse.WithQueryID(id+"."+strconv.FormatUint(a.db.statements.Add(1), 10)))
	}
	return clickhouse.Context(ctx, options...)
}

type analystStream struct {
	io.ReadCloser
	statement *guard.Statement
}

// Read words a failure in mid-result.
func (s *analystStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = explain(s.statement, 0, err)
	}
	return n, err
}

// Codes of ClickHouse that say that a limit was met.
var limitCodes = []int{69, 128, 131, 158, 159, 160, 162, 167, 168, 173, 190, 191, 241, 290, 306, 307, 396, 475}

// explain makes a failure of the engine a Problem for the one who wrote the
// query. skip is the length of what stood before the text.
func explain(s *guard.Statement, skip int, err error) error {
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		return classify(err)
	}
	code := int(exception.Code)
	p := &schemas.Problem{Code: schemas.CodeSQLFailed, Status: http.StatusBadRequest, Field: "sql", Detail: plain(exception.Message), Err: err}
	switch {
	case code == 62:
		p.Code = schemas.CodeSQLSyntax
		if at := syntaxPlace(exception.Message); at > skip {
			p.Line, p.Column = guard.Place(s.SQL, at-1-skip)
		}
	case slices.Contains(limitCodes, code):
		p.Code, p.Status = schemas.CodeSQLLimit, http.StatusUnprocessableEntity
	case code == 164 || code == 497 || code == 452:
		p.Code = schemas.CodeSQLClause
	case code == 394 || code == 734:
		return fmt.Errorf("the query was ended: %w", context.Canceled)
	case code == 202 || code == 210:
		return unavailable(err)
	}
	if name := quotedIn(p.Detail); p.Line == 0 && name != "" {
		p.Line, p.Column = guard.Place(s.SQL, s.Find(name))
	}
	return p
}

// plain leaves of the engine's text what concerns the query: not the code, the
// version, the plan's inner names or the whole text again.
func plain(message string) string {
	for {
		_, rest, ok := strings.Cut(message, "DB::Exception: ")
		if !ok {
			break
		}
		message = rest
	}
	for _, tail := range []string{" in scope ", ": while executing", ": While executing", ": While processing", ": In scope ", ": while ", " (version ", ". Stack trace"} {
		if i := strings.Index(message, tail); i > 0 {
			message = message[:i]
		}
	}
	const most = 400
	message = strings.ToValidUTF8(strings.TrimSpace(message), "")
	if runes := []rune(message); len(runes) > most {
		message = string(runes[:most]) + " …"
	}
	return message
}

// syntaxPlace reads "failed at position 33", a byte from 1; 0 without one.
func syntaxPlace(message string) int {
	_, rest, ok := strings.Cut(message, "failed at position ")
	if !ok {
		return 0
	}
	digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.Atoi(rest[:max(digits, 0)])
	if err != nil {
		return 0
	}
	return n
}

// quotedIn gives the first name in back quotes of a text.
func quotedIn(text string) string {
	_, rest, _ := strings.Cut(text, "`")
	name, _, ok := strings.Cut(rest, "`")
	if !ok {
		return ""
	}
	return name
}

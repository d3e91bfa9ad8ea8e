// Package guard decides whether a text that a person wrote may be run as SQL:
// one SELECT on the documented views with the documented functions, nothing
// else. It refuses with a code, a sentence and the place in the text.
//
// It has two gates. Text reads the words itself, knows nothing of the grammar,
// and refuses what has no business in any query (several statements, SETTINGS,
// FORMAT, strange characters, depth); comments are blanked, so that the engine
// never sees one. Tree then reads the syntax tree that the engine's own parser
// made of that text (EXPLAIN AST) and allows node by node: what it does not
// know it refuses. Neither runs anything. The limits, the throw-away read-only
// connection and the scope are internal/clickhouse's; only it calls this
// package.
package guard

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"reli/schemas"
	"reli/schemas/views"
)

// Bounds of a text, far above what people write and far below what hurts the
// engine's parser.
const (
	MaxBytes  = 64 << 10
	MaxTokens = 5000
	MaxDepth  = 64
)

// Guard holds what is allowed.
type Guard struct {
	database       string
	views          map[string]bool
	tableFunctions map[string]bool
	types          map[string]bool
	calls          func(string) bool
}

// New makes a guard of the catalogue; the views are in the database.
func New(catalogue views.Catalogue, database string) *Guard {
	g := &Guard{database: database, views: map[string]bool{}, tableFunctions: map[string]bool{},
		types: map[string]bool{}, calls: catalogue.Calls()}
	for _, v := range catalogue.Views {
		g.views[v.Name] = true
	}
	for _, name := range catalogue.TableFunctions {
		g.tableFunctions[strings.ToLower(name)] = true
	}
	for _, name := range catalogue.ParameterTypes {
		g.types[name] = true
	}
	return g
}

// Statement is a text that passed the first gate.
type Statement struct {
	SQL        string // comments and a closing semicolon blanked, same offsets
	Parameters []Parameter
	tokens     []token
	named      []string // names that stand before AS ( …: common table expressions, or not
}

// Parameter is a {name:Type} of a statement.
type Parameter struct {
	Name  string
	Type  string
	Array bool // Array(Type)
	start int
}

// refuse makes a refusal at a byte offset; -1 for no place.
func (s *Statement) refuse(code string, at int, format string, args ...any) *schemas.Problem {
	return refusal(s.SQL, code, at, format, args...)
}

func refusal(text, code string, at int, format string, args ...any) *schemas.Problem {
	p := &schemas.Problem{Code: code, Status: http.StatusBadRequest, Field: "sql", Detail: fmt.Sprintf(format, args...)}
	p.Line, p.Column = Place(text, at)
	return p
}

// Place turns a byte offset into a line and a column of characters, both from
// 1; 0, 0 for an offset outside the text.
func Place(text string, at int) (line, column int) {
	if at < 0 || at > len(text) {
		return 0, 0
	}
	before := text[:at]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// Find gives the offset of the first token that is a name, quoted or not; -1
// where there is none.
func (s *Statement) Find(name string) int {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, t := range s.tokens {
		if (t.kind == word || t.kind == quotedName) && strings.EqualFold(t.name(), last) {
			return t.start
		}
	}
	return -1
}

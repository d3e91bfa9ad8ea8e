package guard

import (
	"slices"
	"strings"

	"reli/schemas"
)

// node is a line of EXPLAIN AST with what is below it.
type node struct {
	kind     string
	name     string // of functions, tables and columns
	children []*node
}

// plainKinds are nodes that need no look of their own: their meaning is that of
// their children. SETTINGS, APPLY, FORMAT, EXPLAIN and every statement but
// SELECT are other kinds, or children that no plain node has.
var plainKinds = []string{
	"SelectWithUnionQuery", "SelectIntersectExceptQuery", "SelectQuery", "ExpressionList", "Identifier", "Literal", "Asterisk",
	"QualifiedAsterisk", "TablesInSelectQuery", "TablesInSelectQueryElement", "TableExpression", "TableJoin", "ArrayJoin", "Subquery",
	"WithElement", "OrderByElement", "WindowListElement", "WindowDefinition", "ColumnsTransformerList", "ColumnsExceptTransformer",
	"InterpolateElement",
}

// ParseTree reads the lines of EXPLAIN AST. It refuses lines that do not make
// one tree.
func ParseTree(lines []string) (*Tree, error) {
	refused := &schemas.Problem{Code: schemas.CodeSQLConstruct, Status: 400, Field: "sql", Detail: "the query cannot be checked"}
	var path []*node
	for i, line := range lines {
		trimmed := strings.TrimLeft(line, " ")
		level := len(line) - len(trimmed)
		if level > len(path) || (level == 0) != (i == 0) {
			return nil, refused
		}
		n := parseNode(trimmed)
		path = append(path[:level], n)
		if level > 0 {
			path[level-1].children = append(path[level-1].children, n)
		}
	}
	if len(path) == 0 {
		return nil, refused
	}
	return &Tree{root: path[0]}, nil
}

// Tree is the engine's syntax tree of a statement.
type Tree struct{ root *node }

// parseNode reads "Function sum (alias s) (children 1)". A name that holds
// such a tail itself is cut short: it is then no name that exists.
func parseNode(line string) *node {
	kind, rest, _ := strings.Cut(line, " ")
	for _, tail := range []string{" (alias ", " (children ", "(alias ", "(children "} {
		if i := strings.Index(rest, tail); i >= 0 {
			rest = rest[:i]
		}
	}
	return &node{kind: kind, name: strings.TrimSpace(rest)}
}

// Tree is the second gate. It gives the names that have to be common table
// expressions: the caller refuses those that are tables (see Tables).
func (g *Guard) Tree(s *Statement, tree *Tree) (expressions []string, err error) {
	w := &walk{guard: g, statement: s}
	if tree.root.kind != "SelectWithUnionQuery" {
		return nil, s.refuse(schemas.CodeSQLStatement, -1, "only SELECT is for analysts")
	}
	if problem := w.visit(tree.root, nil); problem != nil {
		return nil, problem
	}
	return w.expressions, nil
}

type walk struct {
	guard       *Guard
	statement   *Statement
	expressions []string
}

func (w *walk) visit(n, parent *node) *schemas.Problem {
	if problem := w.allow(n, parent); problem != nil {
		return problem
	}
	for _, child := range n.children {
		if problem := w.visit(child, n); problem != nil {
			return problem
		}
	}
	return nil
}

func (w *walk) allow(n, parent *node) *schemas.Problem {
	s := w.statement
	switch n.kind {
	case "TableIdentifier":
		return w.table(n.name)
	case "Function":
		if parent != nil && parent.kind == "TableExpression" {
			if !w.guard.tableFunctions[strings.ToLower(n.name)] {
				return s.refuse(schemas.CodeSQLTable, s.Find(n.name), "the table function %s is not for analysts", n.name)
			}
			return nil
		}
		if !w.guard.calls(n.name) {
			return s.refuse(schemas.CodeSQLFunction, s.Find(n.name), "the function %s is not for analysts", n.name)
		}
		return w.right(n)
	case "SelectWithUnionQuery":
		// FORMAT, INTO OUTFILE and SETTINGS are further children.
		if len(n.children) != 1 {
			return s.refuse(schemas.CodeSQLClause, -1, "nothing may follow the query")
		}
		return nil
	}
	if !slices.Contains(plainKinds, n.kind) {
		return s.refuse(schemas.CodeSQLConstruct, -1, "the construct %s is not for analysts", n.kind)
	}
	return nil
}

// right looks at the right side of IN, where a bare name is a table.
func (w *walk) right(n *node) *schemas.Problem {
	if !strings.HasSuffix(strings.ToLower(n.name), "in") || len(n.children) == 0 || len(n.children[0].children) != 2 {
		return nil
	}
	if !slices.Contains([]string{"in", "notin", "globalin", "globalnotin"}, strings.ToLower(n.name)) {
		return nil
	}
	if side := n.children[0].children[1]; side.kind == "Identifier" {
		return w.table(side.name)
	}
	return nil
}

// table allows a view, with or without its database, or a name that the text
// gives to an expression.
func (w *walk) table(name string) *schemas.Problem {
	s := w.statement
	if plain, ok := strings.CutPrefix(name, w.guard.database+"."); ok && w.guard.views[plain] || w.guard.views[name] {
		return nil
	}
	if slices.Contains(s.named, name) {
		if !slices.Contains(w.expressions, name) {
			w.expressions = append(w.expressions, name)
		}
		return nil
	}
	return s.refuse(schemas.CodeSQLTable, s.Find(name), "there is no view %s; GET /v1/sql/schema lists them", name)
}

// Taken refuses names of expressions that are tables of the database: outside
// its scope such a name would be the table.
func (s *Statement) Taken(names []string) error {
	if len(names) == 0 {
		return nil
	}
	return s.refuse(schemas.CodeSQLTable, s.Find(names[0]), "the name %s is taken by a table: call the expression another name", names[0])
}

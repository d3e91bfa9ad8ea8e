package guard

import (
	"slices"
	"strings"

	"reli/schemas"
)

// words that no query of an analyst has outside quotes. All other statements
// and clauses show in the tree; these end a query, change how it runs, or have
// the parser read on in another way.
var refusedWords = []string{"SETTINGS", "FORMAT", "INTO", "OUTFILE", "INFILE", "EXPLAIN", "RECURSIVE", "PARALLEL", "STREAM"}

// Text is the first gate.
func (g *Guard) Text(sql string) (*Statement, error) {
	if len(sql) > MaxBytes {
		return nil, refusal(sql, schemas.CodeTooLarge, -1, "the text is longer than %d bytes", MaxBytes)
	}
	tokens, clean, problem := lex(sql)
	if problem != nil {
		return nil, problem
	}
	s := &Statement{SQL: clean, tokens: tokens}
	if n := len(tokens); n > 0 && tokens[n-1].text == ";" {
		last := tokens[n-1]
		s.SQL = clean[:last.start] + " " + clean[last.end:]
		s.tokens = tokens[:n-1]
	}
	for _, check := range []func(*Statement) *schemas.Problem{oneSelect, depth, g.parameters} {
		if problem := check(s); problem != nil {
			return nil, problem
		}
	}
	for i, t := range s.tokens {
		if i+2 < len(s.tokens) && t.kind != symbol && s.tokens[i+1].is("AS") && s.tokens[i+2].text == "(" {
			s.named = append(s.named, t.name())
		}
	}
	return s, nil
}

// oneSelect holds that the text begins as a query, is one statement, and has
// none of the refused words.
func oneSelect(s *Statement) *schemas.Problem {
	if len(s.tokens) == 0 {
		return s.refuse(schemas.CodeSQLStatement, 0, "there is no query")
	}
	first := slices.IndexFunc(s.tokens, func(t token) bool { return t.text != "(" })
	if first < 0 || !s.tokens[first].is("SELECT") && !s.tokens[first].is("WITH") {
		return s.refuse(schemas.CodeSQLStatement, s.tokens[max(first, 0)].start, "a query begins with SELECT or WITH")
	}
	for _, t := range s.tokens {
		if t.text == ";" {
			return s.refuse(schemas.CodeSQLStatement, t.start, "only one statement at a time")
		}
		for _, refused := range refusedWords {
			if t.is(refused) {
				return s.refuse(schemas.CodeSQLClause, t.start, "%s is not for analysts; a name like this goes in double quotes", refused)
			}
		}
	}
	return nil
}

// depth bounds the nesting of brackets and holds that they match.
func depth(s *Statement) *schemas.Problem {
	closing := map[string]string{")": "(", "]": "[", "}": "{"}
	var open []token
	for _, t := range s.tokens {
		if t.kind != symbol {
			continue
		}
		if strings.Contains("([{", t.text) {
			if len(open) == MaxDepth {
				return s.refuse(schemas.CodeSQLLimit, t.start, "brackets nested deeper than %d", MaxDepth)
			}
			open = append(open, t)
		} else if want, ok := closing[t.text]; ok {
			if len(open) == 0 || open[len(open)-1].text != want {
				return s.refuse(schemas.CodeSQLSyntax, t.start, "%s without its partner", t.text)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return s.refuse(schemas.CodeSQLSyntax, open[len(open)-1].start, "%s without its partner", open[len(open)-1].text)
	}
	return nil
}

// parameters finds every {name:Type}; braces have no other use.
func (g *Guard) parameters(s *Statement) *schemas.Problem {
	for i, t := range s.tokens {
		if t.text != "{" || t.kind != symbol {
			continue
		}
		rest := s.tokens[i+1:]
		end := slices.IndexFunc(rest, func(t token) bool { return t.text == "}" && t.kind == symbol })
		p, ok := readParameter(rest[:max(end, 0)])
		if !ok {
			return s.refuse(schemas.CodeSQLParameter, t.start, "a parameter is written {name:Type}")
		}
		p.start = t.start
		if !g.types[p.Type] {
			return s.refuse(schemas.CodeSQLParameter, t.start, "a parameter cannot be of type %s", p.Type)
		}
		for _, other := range s.Parameters {
			if other.Name == p.Name && (other.Type != p.Type || other.Array != p.Array) {
				return s.refuse(schemas.CodeSQLParameter, t.start, "the parameter %s has two types", p.Name)
			}
		}
		s.Parameters = append(s.Parameters, p)
	}
	return nil
}

// readParameter reads name : Type or name : Array ( Type ).
func readParameter(tokens []token) (Parameter, bool) {
	var shape strings.Builder
	for _, t := range tokens {
		if t.kind == word {
			shape.WriteByte('w')
		} else {
			shape.WriteString(t.text)
		}
	}
	switch shape.String() {
	case "w:w":
		return Parameter{Name: tokens[0].text, Type: tokens[2].text}, true
	case "w:w(w)":
		return Parameter{Name: tokens[0].text, Type: tokens[4].text, Array: true}, tokens[2].text == "Array"
	}
	return Parameter{}, false
}

package engine

import "strings"

// statement is what this package needs to know of a SQL text before the engine
// sees it.
type statement struct {
	sql     string // without FORMAT and data, where it is an INSERT with data
	format  string // of the FORMAT clause; empty without one
	insert  bool   // an INSERT whose data follows in format
	data    int    // where the data begins in the text; only with insert
	cut     bool   // the text ended inside the head of an INSERT
	selects bool   // begins like a SELECT
	end     int    // where a query ends, before FORMAT
	rest    int    // what follows the format's name
}

// parseStatement looks for the FORMAT clause and for the data of an INSERT.
// The text may be the beginning of a longer one: an INSERT without its FORMAT
// yet is reported as cut.
func parseStatement(text string) statement {
	lex := lexer{text: text}
	first, ok := lex.next()
	if ok && first.is("INSERT") {
		return parseInsert(lex)
	}
	return parseQuery(first, lex)
}

// parseInsert reads on after INSERT, up to where data or a SELECT begins.
func parseInsert(lex lexer) statement {
	depth := 0
	for {
		t, ok := lex.next()
		if !ok {
			return statement{sql: lex.text, cut: true}
		}
		switch {
		case t.text == "(" || t.text == "[" || t.text == "{":
			depth++
		case t.text == ")" || t.text == "]" || t.text == "}":
			depth--
		case depth > 0:
		case t.is("VALUES"), t.is("SELECT"), t.is("WITH"), t.is("FROM"):
			return statement{sql: lex.text}
		case t.is("FORMAT"):
			name, ok := lex.next()
			if !ok {
				return statement{sql: lex.text, cut: true}
			}
			if name.is("VALUES") {
				return statement{sql: lex.text}
			}
			return statement{sql: lex.text[:t.start], format: name.text, insert: true,
				data: dataStart(lex.text, name.end), cut: name.end == len(lex.text)}
		}
	}
}

// dataStart skips blanks after the format's name up to one line end, which
// belongs to the statement; everything after is data.
func dataStart(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\f\v;", text[at]) >= 0 {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	return at
}

// parseQuery finds FORMAT name at the end of a query, or before SETTINGS. A
// column named format is none.
func parseQuery(first token, lex lexer) statement {
	s := statement{sql: lex.text}
	for first.text == "(" {
		first, _ = lex.next()
	}
	s.selects = first.is("SELECT") || first.is("WITH") || first.is("FROM")
	s.end, s.rest = first.end, len(lex.text)
	previous := first
	for {
		t, ok := lex.next()
		switch {
		case !ok, s.format != "" && t.is("SETTINGS"):
			return s
		case t.text == ";": // the end, or several statements, which are refused later
		case previous.is("FORMAT") && formatPattern.MatchString(strings.Trim(t.text, "`\"")):
			s.format, s.end, s.rest = strings.Trim(t.text, "`\""), previous.start, t.end
		default:
			s.format, s.end, s.rest = "", t.end, len(lex.text)
		}
		previous = t
	}
}

// into makes a query write its output into a file that is there already.
func (s statement) into(file, format string) string {
	return s.sql[:s.end] + "\nINTO OUTFILE " + quoteString(file) + " TRUNCATE FORMAT " + firstOf(s.format, format) + s.sql[s.rest:]
}

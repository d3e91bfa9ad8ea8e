package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"reli/schemas"
)

type kind uint8

const (
	word       kind = iota // keyword, bare name or number
	quotedName             // `name` or "name"
	text                   // 'string'
	symbol                 // one character
)

type token struct {
	kind       kind
	text       string
	start, end int
}

// is compares a bare word with a keyword, letter case aside.
func (t token) is(keyword string) bool { return t.kind == word && strings.EqualFold(t.text, keyword) }

// name is the name without its quotes.
func (t token) name() string {
	if t.kind == quotedName {
		return t.text[1 : len(t.text)-1]
	}
	return t.text
}

// symbols are the characters that may stand outside quotes beside words.
const symbols = "()[]{}.,:;+-*/%=<>!?|"

// lex cuts a text into tokens and blanks its comments. Everything that the
// engine's lexer could read in another way is refused: other quotes, heredocs,
// # comments, characters outside ASCII, prefixed strings.
func lex(sql string) ([]token, string, *schemas.Problem) {
	clean := []byte(sql)
	var out []token
	refuse := func(at int, detail string, args ...any) ([]token, string, *schemas.Problem) {
		return nil, "", refusal(sql, schemas.CodeSQLSyntax, at, detail, args...)
	}
	for at := 0; at < len(sql); {
		c := sql[at]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
			continue
		case strings.HasPrefix(sql[at:], "--"):
			end := len(sql)
			if n := strings.IndexByte(sql[at:], '\n'); n >= 0 {
				end = at + n
			}
			at = blank(clean, at, end)
			continue
		case strings.HasPrefix(sql[at:], "/*"):
			n := strings.Index(sql[at+2:], "*/")
			if n < 0 {
				return refuse(at, "a comment that does not end")
			}
			at = blank(clean, at, at+n+4)
			continue
		}
		if len(out) == MaxTokens {
			return refuse(at, "more than %d words and signs", MaxTokens)
		}
		t := token{kind: symbol, start: at, end: at + 1}
		switch {
		case isWord(c):
			t.kind = word
			for t.end < len(sql) && isWord(sql[t.end]) {
				t.end++
			}
			if t.end < len(sql) && strings.IndexByte("'\"`", sql[t.end]) >= 0 {
				return refuse(at, "a string or name joined to a word: put a space between")
			}
		case c == '\'' || c == '"' || c == '`':
			t.kind = quotedName
			if c == '\'' {
				t.kind = text
			}
			if t.end = quoted(sql, at); t.end < 0 {
				return refuse(at, "a quote that does not end")
			}
			if t.kind == quotedName {
				if p := badName(sql[at+1 : t.end-1]); p != "" {
					return refuse(at, "%s", p)
				}
			}
			if t.end < len(sql) && (isWord(sql[t.end]) || strings.IndexByte("'\"`", sql[t.end]) >= 0) {
				return refuse(t.end, "a word joined to a quote: put a space between")
			}
		case c >= utf8.RuneSelf:
			r, _ := utf8.DecodeRuneInString(sql[at:])
			return refuse(at, "the character %q outside quotes: write names in Chinese as \"name\", and ASCII commas and quotes", r)
		case strings.IndexByte(symbols, c) < 0:
			return refuse(at, "the character %q has no place here", rune(c))
		}
		t.text = sql[t.start:t.end]
		out = append(out, t)
		at = t.end
	}
	return out, string(clean), nil
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// blank overwrites a comment, line ends aside, so that every offset stays.
func blank(clean []byte, from, to int) int {
	for i := from; i < to; i++ {
		if clean[i] != '\n' {
			clean[i] = ' '
		}
	}
	return to
}

// quoted gives the end of a quoted text, -1 where it has none: a backslash
// escapes, and a doubled quote stands for itself.
func quoted(sql string, at int) int {
	quote := sql[at]
	for i := at + 1; i < len(sql); i++ {
		switch {
		case sql[i] == '\\':
			i++
		case sql[i] == quote && i+1 < len(sql) && sql[i+1] == quote:
			i++
		case sql[i] == quote:
			return i + 1
		}
	}
	return -1
}

// badName says what is wrong with the inside of a quoted name. Names come back
// in the engine's tree as they are, so they must not look like a tree.
func badName(name string) string {
	if name == "" {
		return "an empty name"
	}
	if !utf8.ValidString(name) {
		return "a name that is not UTF-8"
	}
	for _, r := range name {
		if r == ' ' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("%-+/()\uff08\uff09\u3001\u00b7:\uff1a\uff05\u2030", r) {
			continue
		}
		return "a quoted name may hold letters, digits, spaces and _ % - + / ( ) only"
	}
	return ""
}

package engine

import "strings"

// token is a word, a string, or one other character of SQL text, as
// text[start:end]. Blanks and comments are left out.
type token struct {
	text       string
	start, end int
	word       bool // keyword, identifier or number without quotes
}

// is compares a bare word with a keyword, letter case aside.
func (t token) is(keyword string) bool { return t.word && strings.EqualFold(t.text, keyword) }

// lexer cuts SQL into tokens. It knows enough of the dialect to find the parts
// of a statement, no more: the engine's own parser has the last word.
type lexer struct {
	text string
	at   int
}

// next gives the next token; false at the end of the text.
func (l *lexer) next() (token, bool) {
	l.skipBlank()
	if l.at >= len(l.text) {
		return token{}, false
	}
	start, word := l.at, false
	switch c := l.text[l.at]; {
	case c == '\'' || c == '"' || c == '`':
		l.skipQuoted(c)
	case c == '$' && l.skipHeredoc():
	case isWordByte(c):
		word = true
		for l.at < len(l.text) && isWordByte(l.text[l.at]) {
			l.at++
		}
	default:
		l.at++
	}
	return token{text: l.text[start:l.at], start: start, end: l.at, word: word}, true
}

func (l *lexer) skipBlank() {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			l.at++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
			l.skipPast("\n")
		case strings.HasPrefix(rest, "/*"):
			l.at += 2
			l.skipPast("*/")
		default:
			return
		}
	}
}

func (l *lexer) skipPast(mark string) {
	if i := strings.Index(l.text[l.at:], mark); i >= 0 {
		l.at += i + len(mark)
		return
	}
	l.at = len(l.text)
}

// skipQuoted passes a quoted text: backslash escapes, and a doubled quote
// stands for itself.
func (l *lexer) skipQuoted(quote byte) {
	for l.at++; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '\\':
			l.at++
		case quote:
			if l.at+1 < len(l.text) && l.text[l.at+1] == quote {
				l.at++
				continue
			}
			l.at++
			return
		}
	}
	l.at = len(l.text)
}

// skipHeredoc passes $tag$ … $tag$.
func (l *lexer) skipHeredoc() bool {
	rest := l.text[l.at+1:]
	n := strings.IndexByte(rest, '$')
	if n < 0 {
		return false
	}
	for i := range n {
		if !isWordByte(rest[i]) || rest[i] == '$' {
			return false
		}
	}
	mark := l.text[l.at : l.at+n+2]
	closing := strings.Index(l.text[l.at+len(mark):], mark)
	if closing < 0 {
		return false
	}
	l.at += closing + 2*len(mark)
	return true
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

package ingest

import (
	"strings"
	"unicode"
)

// foldHeader makes the header of a column comparable with the names of a
// profile, over the drift of one form through the years: case, blanks and line
// breaks anywhere in it, marks of required columns, and the width of letters,
// digits, brackets and colons do not count.
func foldHeader(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			continue
		case r >= '！' && r <= '～': // the full-width forms of ASCII, U+FF01 to U+FF5E
			r -= '！' - '!'
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Trim(b.String(), "*:")
}

// withoutNote cuts a note in brackets off the end of a folded header:
// “受理时间(年月日)”. It gives the same text where there is none.
func withoutNote(folded string) string {
	if !strings.HasSuffix(folded, ")") && !strings.HasSuffix(folded, "】") && !strings.HasSuffix(folded, "]") {
		return folded
	}
	if i := strings.LastIndexAny(folded, "([【"); i > 0 {
		return strings.TrimRight(folded[:i], "*:")
	}
	return folded
}

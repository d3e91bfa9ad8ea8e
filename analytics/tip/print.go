package tip

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
	"regexp"
	"strings"
	"time"
)

//go:embed print.html
var page string

//go:embed print.css
var style string

// StyleHash is the source expression of a Content-Security-Policy that lets in
// the style of the page.
func StyleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Print writes a tip as a page for A4. place is the area with what holds it,
// issuer who signs, text the one that the reader may see.
func Print(w io.Writer, t Tip, place, issuer, text string, zone *time.Location) error {
	p, err := template.New("tip").Parse(page)
	if err != nil {
		return err
	}
	c := t.Level.Class()
	return p.Execute(w, map[string]any{"Number": t.Label(), "Cause": t.Cause, "To": t.Body.Zh, "Text": fullWidth(text), "Place": place,
		"Level": int(t.Level), "Numeral": c.Numeral, "Color": c.Zh, "AnswerBy": dayZh(t.AnswerBy), "Issuer": issuer,
		"MadeAt": t.MadeAt.In(zone).Format("2006年1月2日"), "Policy": t.Policy, "Acked": t.Acked(), "AckedBy": t.AckedBy,
		"AckedAt": t.AckedAt.In(zone).Format("2006-01-02 15:04"), "Note": t.Note, "Style": template.CSS(style)})
}

// aroundHan are brackets round Chinese text.
var aroundHan = regexp.MustCompile(`[(]([^()]*\p{Han}[^()]*)[)]`)

// fullWidth gives Chinese text the punctuation that a printed page has.
func fullWidth(text string) string {
	wide := map[string]string{",": "\uff0c", ":": "\uff1a", ";": "\uff1b"}
	for aroundHan.MatchString(text) { // from the inside out
		text = aroundHan.ReplaceAllString(text, "\uff08$1\uff09")
	}
	runes := []rune(text)
	var b strings.Builder
	for i, r := range runes {
		mark, punctuation := wide[string(r)]
		clock := i > 0 && i+1 < len(runes) && digit(runes[i-1]) && digit(runes[i+1])
		if punctuation && !clock {
			b.WriteString(mark)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

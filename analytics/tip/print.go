package tip

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
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
	return p.Execute(w, map[string]any{"Number": t.Label(), "Cause": t.Cause, "To": t.Body.Zh, "Text": text, "Place": place,
		"Level": int(t.Level), "Numeral": c.Numeral, "Color": c.Zh, "AnswerBy": dayZh(t.AnswerBy), "Issuer": issuer,
		"MadeAt": t.MadeAt.In(zone).Format("2006年1月2日"), "Policy": t.Policy, "Acked": t.Acked(), "AckedBy": t.AckedBy,
		"AckedAt": t.AckedAt.In(zone).Format("2006-01-02 15:04"), "Note": t.Note, "Style": template.CSS(style)})
}

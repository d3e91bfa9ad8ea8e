package report

import (
	"crypto/sha256"
	_ "embed" // the page below
	"encoding/base64"
	"html/template"
	"io"
)

//go:embed report.html
var page string

//go:embed report.css
var style string

// StyleHash is the source expression that a Content-Security-Policy needs for
// the style in a page.
func StyleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writeHTML writes a page that needs nothing else and prints on A4.
func writeHTML(w io.Writer, d *Document) error {
	t, err := template.New("report").Funcs(template.FuncMap{"about": about}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, map[string]any{"D": d, "Style": template.CSS(style)})
}

package web_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

// bodies are the ways in which a handler reads a body: a stream of records, a
// list, areas, rules, a statement, and a form.
var bodies = []struct{ path, kind, begin string }{
	{"/v1/incidents", "text/csv", header},
	{"/v1/areas", "application/geo+json", `{"type":"FeatureCollection","features":[`},
	{"/v1/quality/expected", "text/csv", "source,source_id\n"},
	{"/v1/policy/simulate", "application/yaml", "version: x\n"},
	{"/v1/sql", "application/json", `{"sql":"SELECT `},
	{"/v1/sql/saved", "application/json", `{"name":"`},
	{"/v1/tips/none/ack", "application/json", `{"note":"`},
}

func TestABodyThatStallsIsTooSlowWhateverReadsIt(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	s.Web.SetBodyIdle(300 * time.Millisecond)
	waiting := map[string]func() answer{}
	for _, b := range bodies {
		waiting[b.path] = s.stallAt(t, "localhost", b.path, b.kind, b.begin)
	}
	for path, answered := range waiting {
		t.Run(path, func(t *testing.T) { requireProblem(t, answered(), http.StatusRequestTimeout, "too_slow") })
	}
	g := newGuarded(t, county.Shared(t))
	g.Web.SetBodyIdle(300 * time.Millisecond)
	requireProblem(t, g.stallAt(t, "localhost", "/v1/session", "application/json", `{"name":"`)(), http.StatusRequestTimeout, "too_slow")
}

func TestABodyThatIsTooLongIsRefusedWhateverReadsIt(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	g := newGuarded(t, county.Shared(t))
	for _, c := range []struct {
		site              *site
		path, kind, begin string
		most              int
	}{
		{s, "/v1/policy/simulate", "application/yaml", "# ", 1 << 20},
		{s, "/v1/sql", "application/json", `{"sql":"SELECT `, 1 << 20},
		{s, "/v1/sql/saved", "application/json", `{"name":"`, 1 << 20},
		{s, "/v1/tips/none/ack", "application/json", `{"note":"`, 64 << 10},
		{g.site, "/v1/session", "application/json", `{"name":"`, 64 << 10},
	} {
		t.Run(c.path, func(t *testing.T) {
			a := c.site.do(t, http.MethodPost, c.path, http.Header{"Content-Type": {c.kind}}, io.MultiReader(strings.NewReader(c.begin), strings.NewReader(strings.Repeat("x", c.most))))
			p := requireProblem(t, a, http.StatusRequestEntityTooLarge, schemas.CodeTooLarge)
			require.Equal(t, fmt.Sprintf("the body is longer than %d bytes", c.most), p.Detail)
		})
	}
}

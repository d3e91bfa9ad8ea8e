package web_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
	"reli/web/audit"
)

// notAudited are the routes without an entry, and why.
func notAudited() map[string]string {
	return map[string]string{
		"GET /healthz": "tells nothing of the data", "GET /readyz": "tells nothing of the data", "GET /openapi.yaml": "is the same everywhere",
		"GET /v1/session": "is one's own", "GET /v1/session/oidc": "only begins; its end is an entry",
		"GET /v1/areas": "no counts", "GET /v1/areas/{code}": "no counts", "GET /v1/areas/crosswalk": "no counts", "GET /v1/basemap": "no data", "GET /v1/basemap/{layer}/{z}/{x}/{y}": "no data",
		"GET /v1/dictionaries": "no counts", "GET /v1/freshness": "totals", "GET /v1/events": "that something changed, not what",
		"GET /v1/legend": "classes", "GET /v1/styles/{document}": "no counts", "GET /v1/tiles/{document}": "no counts", "GET /v1/backtest": "errors of forecasts",
		"GET /v1/policy": "rules", "GET /v1/reports": "a list of names", "GET /v1/webhooks": "receivers and failures",
		"GET /v1/sql/schema": "no data", "GET /v1/sql/history": "one's own, entries already", "GET /v1/sql/saved": "texts; running is an entry",
		"GET /v1/sql/saved/{id}": "a text; running is an entry",
	}
}

// Every route that is there is in the table or named above; whatever changes
// something is in the table.
func TestEveryRouteThatChangesOrHandsOutIsAudited(t *testing.T) {
	g := newGuarded(t, county.Shared(t))
	table, without := web.AuditedRoutes(), notAudited()
	routes := routesOf(t, g.site)
	for _, route := range routes {
		_, exempt := without[route]
		require.NotEqual(t, slices.Contains(table, route), exempt, "%s: put it into web/trail.go, or here with a reason", route)
		if method, _, _ := strings.Cut(route, " "); method != http.MethodGet {
			require.Contains(t, table, route)
		}
	}
	for _, route := range append(table, slices.Collect(maps.Keys(without))...) {
		require.Contains(t, routes, route, "there is no such route")
	}
}

// newest gives the newest entries of actions that begin with a text, the oldest
// first.
func (g *guarded) newest(t testing.TB, action string) []audit.Entry {
	t.Helper()
	page, _, err := g.Trail.Page(t.Context(), audit.Filter{Action: action}, 1000)
	require.NoError(t, err)
	slices.Reverse(page)
	return page
}

func TestActsAreInTheTrailWithWhoAndWhat(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c, behindProxy)
	g.person(t, "wang", access.RoleAdministrator)
	from := http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"2001:db8:1:2:3:4:5:6"}}
	requireProblem(t, g.as(t, from, "POST", "/v1/session", `{"name":"wang","password":"not this one, surely"}`), 401, "sign_in_denied")
	requireProblem(t, g.as(t, from, "POST", "/v1/session", `{"name":"my secret password","password":"x"}`), 401, "sign_in_denied")
	a := g.as(t, from, "POST", "/v1/session", `{"name":"wang","password":"`+testPassword+`"}`)
	require.Equal(t, 200, a.Status)
	wang := from.Clone()
	wang.Set("Cookie", cookieOf(t, a))
	ins := g.newest(t, "session.")
	require.Len(t, ins, 3)
	require.Equal(t, audit.OutcomeRefused, ins[0].Outcome)
	require.Equal(t, "wang", ins[0].Object)
	require.Empty(t, ins[0].Principal)
	require.Equal(t, "2001:db8:1:2::/64", ins[0].From)
	require.Equal(t, "(no such account)", ins[1].Object)
	require.Equal(t, audit.OutcomeOK, ins[2].Outcome)
	require.Equal(t, "administrator", ins[2].Role)
	require.Equal(t, a.Header.Get("X-Request-Id"), ins[2].Request)

	require.Equal(t, 200, g.as(t, wang, "POST", "/v1/users", `{"name":"zhang","role":"leader"}`).Status)
	require.Equal(t, 200, g.as(t, wang, "PATCH", "/v1/users/zhang", `{"role":"analyst"}`).Status)
	users := g.newest(t, "user.")
	require.Len(t, users, 2)
	require.Contains(t, users[0].Detail, `"role":"leader"`)
	require.Contains(t, users[1].Detail, `"role":"analyst"`)
	require.Equal(t, ins[2].Principal, users[1].Principal)

	leader := g.token(t, access.RoleLeader, cube.Scope{})
	requireProblem(t, g.as(t, leader, "POST", "/v1/users", `{"name":"li","role":"administrator"}`), 403, "forbidden")
	require.Equal(t, audit.OutcomeRefused, g.newest(t, "user.")[2].Outcome, "a refused act is an entry too")

	sql := `SELECT count() AS n FROM v_incidents WHERE township != '13800138000'`
	require.Equal(t, 200, g.as(t, wang, "POST", "/v1/sql", `{"sql":"`+sql+`"}`).Status)
	runs := g.newest(t, "sql.")
	require.Len(t, runs, 1)
	require.Contains(t, runs[0].Detail, "SELECT count() AS n FROM v_incidents")
	require.NotContains(t, runs[0].Detail, "13800138000", "masked")
	require.Equal(t, 200, g.as(t, leader, "GET", "/v1/reports/overview.html", "").Status)
	require.Len(t, g.newest(t, "report."), 1)
	require.Equal(t, 204, g.as(t, wang, "DELETE", "/v1/session", "").Status)
	require.Equal(t, "session.end", string(g.newest(t, "session.")[3].Action))

	v, err := audit.Verify(t.Context(), audit.Verification{Dir: g.trail, Key: trailKey()})
	require.NoError(t, err)
	require.Zero(t, v.Broken, "%v", v.Breaks)
	for _, name := range []string{"my secret password", testPassword, "not this one"} {
		text, err := os.ReadFile(filepath.Join(g.trail, c.Now().UTC().Format("2006-01")+".jsonl"))
		require.NoError(t, err)
		require.NotContains(t, string(text), name)
	}
}

// A view is one entry a principal, question and hour, whoever warmed the tile.
func TestAViewIsAnEntryOnceAnHour(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	ground := newTerritory(t, c)
	one, two := g.token(t, access.RoleLeader, cube.Scope{}), g.token(t, access.RoleLeader, cube.Scope{})
	tile := "/v1/tiles/hex/" + ground.seen.String() + ".mvt?" + asked
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if a := g.as(t, one, "GET", tile, ""); a.Status != 200 {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
	group.Wait()
	views := g.newest(t, "view.")
	require.Len(t, views, 1)
	require.Contains(t, views[0].Object, "/v1/tiles/hex?from=2025-02-01&to=2025-12-20")
	require.Equal(t, 200, g.as(t, two, "GET", tile, "").Status, "from memory")
	require.Len(t, g.newest(t, "view."), 2, "but not seen by this one before")
	require.Equal(t, 200, g.as(t, two, "GET", tile+"&category=land&area="+ground.own, "").Status)
	require.Equal(t, 200, g.as(t, two, "GET", "/v1/series?"+asked+"&cell="+c.Store.Current().Cells(7)[0].String(), "").Status)
	views = g.newest(t, "view.")
	require.Len(t, views, 4)
	require.Contains(t, views[2].Object, "&area="+ground.own+"&category=land", "codes are not masked")
	require.Contains(t, views[3].Object, "&cell=")
	require.Equal(t, 304, g.as(t, http.Header{"Authorization": two["Authorization"], "If-None-Match": {g.as(t, two, "GET", tile, "").Header.Get("Etag")}}, "GET", tile, "").Status)
	require.Len(t, g.newest(t, "view."), 4)
}

func TestTheAuditorReadsAndThatIsAnEntry(t *testing.T) {
	g := newGuarded(t, county.Shared(t))
	auditor, chief := g.token(t, access.RoleAuditor, cube.Scope{}), g.token(t, access.RoleAdministrator, cube.Scope{})
	require.Equal(t, 200, g.as(t, chief, "POST", "/v1/users", `{"name":"li","display":"=cmd()","role":"leader"}`).Status)
	requireProblem(t, g.as(t, chief, "GET", "/v1/audit", ""), 403, "forbidden")
	var page struct {
		Entries []audit.Entry
		Next    *uint64 `json:"next_before"`
		Head    audit.Head
	}
	read := func(query string) {
		t.Helper()
		page.Entries, page.Next = nil, nil
		a := g.as(t, auditor, "GET", "/v1/audit?"+query, "")
		require.Equal(t, 200, a.Status, "%s", a.Body)
		require.NoError(t, unmarshal(a, &page))
	}
	read("limit=1")
	require.Equal(t, audit.Action("audit.read"), page.Entries[0].Action, "refused, then")
	require.Equal(t, audit.OutcomeRefused, page.Entries[0].Outcome)
	read(fmt.Sprint("limit=1&before=", *page.Next))
	require.Equal(t, audit.Action("user.add"), page.Entries[0].Action)
	require.Nil(t, page.Next)
	read("action=audit.&outcome=ok&from=2020-01-01")
	require.Len(t, page.Entries, 2, "its own reading")
	read("principal=nobody")
	require.Empty(t, page.Entries)
	for _, bad := range []string{"limit=0", "limit=x", "before=0", "outcome=x", "from=x", "user=1"} {
		requireProblem(t, g.as(t, auditor, "GET", "/v1/audit?"+bad, ""), 400, "bad_parameter")
	}
	a := g.as(t, auditor, "GET", "/v1/audit/export.ndjson?action=user.", "")
	require.Equal(t, 200, a.Status)
	written, err := os.ReadFile(filepath.Join(g.trail, g.Now().UTC().Format("2006-01")+".jsonl"))
	require.NoError(t, err)
	require.Contains(t, string(written), string(a.Body), "the lines as they stand in the log")
	require.Equal(t, 1, strings.Count(string(a.Body), "\n"))
	a = g.as(t, auditor, "GET", "/v1/audit/export.csv", "")
	rows, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 5)
	require.Equal(t, 404, g.as(t, auditor, "GET", "/v1/audit/export.xlsx", "").Status)
	require.Len(t, g.newest(t, "audit.export"), 3)
}

// TestWithoutATrailNothingIsAnswered takes the file away from under the log.
func TestWithoutATrailNothingIsAnswered(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	chief := g.token(t, access.RoleAdministrator, cube.Scope{})
	require.NoError(t, g.Trail.Close())
	a := g.as(t, chief, "GET", "/v1/series?"+asked, "")
	p := requireProblem(t, a, 503, "unavailable")
	require.NotContains(t, string(a.Body), "points")
	require.Contains(t, p.Detail, "audit")
	requireProblem(t, g.as(t, chief, "POST", "/v1/sql", `{"sql":"SELECT 1"}`), 503, "unavailable")
	require.Equal(t, 200, g.as(t, chief, "GET", "/v1/dictionaries", "").Status, "what is not audited goes on")
}

func TestTheMetricsTellTheHead(t *testing.T) {
	g := newGuarded(t, county.Shared(t))
	chief := g.token(t, access.RoleAdministrator, cube.Scope{})
	g.as(t, chief, "POST", "/v1/users", `{"name":"li","role":"leader"}`)
	recorder := httptest.NewRecorder()
	g.Web.Metrics().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	high, low := g.Trail.Head().Halves()
	require.NotZero(t, high)
	for name, value := range map[string]float64{"seq": 1, "hash_high": high, "hash_low": low} {
		require.Contains(t, recorder.Body.String(), fmt.Sprintf("\nreli_audit_head_%s %v\n", name, value))
	}
}

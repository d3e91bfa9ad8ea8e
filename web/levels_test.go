package web_test

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/demo"
	"reli/geo/area"
	"reli/geo/tile"
	"reli/schemas"
	"reli/test/county"
	"reli/tiles"
	"reli/tiles/mvt"
	"reli/web"
	"reli/web/access"
)

// responding gives a server the four-level response, computed.
func responding(t testing.TB, c *county.County) func(*web.Options) {
	t.Helper()
	return func(o *web.Options) {
		levels := level.New(level.Options{DB: c.DB, Store: c.Store, Policy: level.MustDefault(), Now: c.Now, Logger: o.Logger})
		r := &web.Response{Levels: levels, Tips: tip.New(tip.Options{DB: c.DB, Store: c.Store, Levels: levels, Now: c.Now, Logger: o.Logger})}
		require.NoError(t, r.Refresh(t.Context()))
		o.Response = r
		o.Tiles = tiles.NewServer(tiles.Options{Store: c.Store, CacheBytes: 1 << 20, Levels: web.LevelsOf(levels)})
	}
}

type boardAnswer struct {
	Day     string
	Classes []struct {
		Level, At      int
		Numeral, Color string
	}
	Counts []struct{ Level, Total, County, Township, Village, Grid int }
	Found  int
	Areas  []levelAnswer
}

type levelAnswer struct {
	Area, Name, Tier string
	Level            int
	Score            *int
	Contributions    []struct {
		Rule   string
		Points int
		Amount float64
	}
	ReasonZh string `json:"reason_zh"`
	Body     *struct{ ID, Zh string }
	Override *struct{ Level int }
}

type tipsAnswer struct {
	Counts map[string]int
	Found  int
	Tips   []tipAnswer
}

type tipAnswer struct {
	ID, Number, Area, Tier, Print string
	Level                         int
	TextZh                        string  `json:"text_zh"`
	AckedAt                       *string `json:"acked_at"`
	AckedBy                       string  `json:"acked_by"`
	Note                          string
	Score                         *int
}

// office is a guarded county of its own with levels and tips, and its roles.
type office struct {
	*guarded
	admin, wall, township, department http.Header
	own                               string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	c := county.Made(t, demo.Options{Seed: 1, Incidents: 6000})
	o := &office{guarded: newGuarded(t, c, behindProxy, responding(t, c))}
	o.own = c.Store.Current().Catalogue.Tree.AtLevel(area.Township)[0].Code
	o.admin = o.token(t, access.RoleAdministrator, cube.Scope{})
	o.wall = o.token(t, access.RoleWall, cube.Scope{})
	o.township = o.token(t, access.RoleTownship, cube.Scope{Areas: []string{o.own}})
	o.department = o.token(t, access.RoleDepartment, cube.Scope{Categories: []string{"land"}})
	return o
}

// read asks as somebody and reads the JSON that has to come.
func (o *office) read(t testing.TB, who http.Header, path string, into any) {
	t.Helper()
	a := o.ask(t, who, http.MethodGet, path, "")
	require.NoError(t, unmarshal(a, into), path)
}

func (o *office) ask(t testing.TB, who http.Header, method, path, body string) answer {
	t.Helper()
	who = who.Clone()
	who.Set("X-Forwarded-Proto", "https")
	return o.as(t, who, method, path, body)
}

// TestLevelsTipsAndWhoMaySeeThem goes through the response on one county.
func TestLevelsTipsAndWhoMaySeeThem(t *testing.T) {
	o := newOffice(t)
	t.Run("the board adds up", o.boardAddsUp)
	t.Run("each sees what he may", o.eachSeesWhatHeMay)
	t.Run("an override is seen at once", o.overrideIsSeen)
	t.Run("tips are listed, printed, fed and acknowledged", o.tipsAreKept)
	t.Run("supervision", o.supervision)
	t.Run("bad requests name the parameter", o.badRequests)
	t.Run("policies are simulated", o.simulates)
}

func (o *office) boardAddsUp(t *testing.T) {
	var b boardAnswer
	o.read(t, o.admin, "/v1/levels?limit=2000", &b)
	require.Equal(t, o.Store.Today().String(), b.Day)
	require.Len(t, b.Classes, 4)
	require.Equal(t, "Ⅰ", b.Classes[0].Numeral)
	total := 0
	for _, c := range b.Counts {
		require.Equal(t, c.Total, c.County+c.Township+c.Village+c.Grid)
		total += c.Total
	}
	require.Positive(t, total)
	require.Equal(t, total, b.Found)
	require.Len(t, b.Areas, b.Found)
	byLevel := map[int]int{}
	for i, a := range b.Areas {
		byLevel[a.Level]++
		sum := 0
		for _, c := range a.Contributions {
			sum += c.Points
		}
		require.Equal(t, *a.Score, sum)
		require.NotEmpty(t, a.ReasonZh)
		require.NotEmpty(t, a.Body.Zh)
		if i > 0 {
			require.LessOrEqual(t, a.Level, b.Areas[i-1].Level)
		}
	}
	for _, c := range b.Counts {
		require.Equal(t, c.Total, byLevel[c.Level])
	}
	var blue boardAnswer
	o.read(t, o.admin, "/v1/levels?level=blue&tier=grid&limit=1", &blue)
	require.Equal(t, b.Counts[3].Grid, blue.Found)
	require.Equal(t, b.Counts, blue.Counts, "the counts are of the whole board")
	var yesterday boardAnswer
	o.read(t, o.admin, "/v1/levels?day="+(o.Store.Today()-1).String(), &yesterday)
	require.NotEmpty(t, yesterday.Areas)

	var h struct {
		Days    []levelAnswer
		Changes []struct{ Day string }
	}
	o.read(t, o.admin, "/v1/levels/"+b.Areas[0].Area+"/history", &h)
	require.NotEmpty(t, h.Days)
	require.Equal(t, b.Areas[0].Level, h.Days[len(h.Days)-1].Level)
}

func (o *office) eachSeesWhatHeMay(t *testing.T) {
	tree := o.Store.Current().Catalogue.Tree
	var b boardAnswer
	o.read(t, o.wall, "/v1/levels", &b)
	for _, a := range b.Areas {
		require.Contains(t, []string{"county", "township"}, a.Tier, "a display for visitors names no village")
		require.Nil(t, a.Score)
		require.Empty(t, a.Contributions)
		require.NotRegexp(t, `[0-9]`, a.ReasonZh, "no count")
		require.NotNil(t, a.Body)
	}
	var cut boardAnswer
	o.read(t, o.township, "/v1/levels?limit=2000", &cut)
	for _, a := range cut.Areas {
		require.Contains(t, tree.Path(a.Area), o.own)
	}
	var line boardAnswer
	o.read(t, o.department, "/v1/levels?limit=2000", &line)
	require.NotEmpty(t, line.Areas)
	for _, a := range line.Areas {
		require.Nil(t, a.Score, "a level is made of all categories")
		require.NotRegexp(t, `[0-9]`, a.ReasonZh)
	}
	var tips tipsAnswer
	o.read(t, o.wall, "/v1/tips", &tips)
	for _, x := range tips.Tips {
		require.Contains(t, []string{"county", "township"}, x.Tier)
		require.NotContains(t, x.TextZh, "件")
	}
	other := tree.AtLevel(area.Township)[1].Code
	require.Equal(t, http.StatusNotFound, o.ask(t, o.township, http.MethodGet, "/v1/levels/"+other+"/history", "").Status)
	require.Equal(t, http.StatusForbidden, o.ask(t, o.township, http.MethodPut, "/v1/levels/"+o.own+"/override", `{"level":1,"reason":"r"}`).Status)
	require.Equal(t, http.StatusForbidden, o.ask(t, o.wall, http.MethodPost, "/v1/tips/2026-1/ack", `{}`).Status)
	require.Equal(t, http.StatusForbidden, o.ask(t, o.township, http.MethodGet, "/v1/webhooks", "").Status)
}

func (o *office) overrideIsSeen(t *testing.T) {
	var b boardAnswer
	o.read(t, o.admin, "/v1/levels?tier=township", &b)
	taken := map[string]bool{}
	for _, a := range b.Areas {
		taken[a.Area] = true
	}
	tree := o.Store.Current().Catalogue.Tree
	quiet := ""
	for _, a := range tree.AtLevel(area.Township) {
		if !taken[a.Code] {
			quiet = a.Code
		}
	}
	require.NotEmpty(t, quiet)
	news := o.follow(t)
	end := o.Now().Add(48 * time.Hour).Format(time.RFC3339)
	a := o.ask(t, o.admin, http.MethodPut, "/v1/levels/"+quiet+"/override", fmt.Sprintf(`{"level":3,"reason":"重点时段","ends_at":%q}`, end))
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	o.read(t, o.admin, "/v1/levels?tier=township&area="+quiet, &b)
	require.Len(t, b.Areas, 1)
	require.Equal(t, 3, b.Areas[0].Level)
	require.Equal(t, 3, b.Areas[0].Override.Level)
	require.Contains(t, b.Areas[0].ReasonZh, "重点时段")

	require.Contains(t, news(t, "level"), `"area":"`+quiet+`"`)

	id := tile.At(tree.Bounds(quiet).Center(), 8)
	drawn := o.ask(t, o.admin, http.MethodGet, fmt.Sprintf("/v1/tiles/township/%d/%d/%d.mvt?measure=level&v=%d", id.Z, id.X, id.Y, o.Store.Current().Version), "")
	require.Equal(t, http.StatusOK, drawn.Status)
	require.NotContains(t, drawn.Header.Get("Cache-Control"), "immutable", "levels change within a data version")
	decoded, err := mvt.Decode(drawn.Body)
	require.NoError(t, err)
	found := false
	for i := range decoded.Layers[0].Features {
		p := decoded.Layers[0].Properties(&decoded.Layers[0].Features[i])
		if p["id"] == quiet {
			found = true
			require.EqualValues(t, 3, p["level"])
		}
	}
	require.True(t, found)

	var tips tipsAnswer
	o.read(t, o.admin, "/v1/tips?area="+quiet+"&level=orange", &tips)
	require.Len(t, tips.Tips, 1)

	a = o.ask(t, o.admin, http.MethodPut, "/v1/levels/"+quiet+"/override", `{"level":null,"reason":"已平稳"}`)
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	o.read(t, o.admin, "/v1/levels?tier=township&area="+quiet, &b)
	require.Empty(t, b.Areas)
	var h struct{ Overrides []struct{ Lifted bool } }
	o.read(t, o.admin, "/v1/levels/"+quiet+"/history", &h)
	require.Len(t, h.Overrides, 2)
}

// follow opens an event stream and gives what waits for an event of a name.
func (o *office) follow(t testing.TB) func(t testing.TB, name string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.URL+"/v1/events", nil)
	require.NoError(t, err)
	r.Header = o.admin.Clone()
	r.Header.Set("X-Forwarded-Proto", "https")
	resp, err := o.client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	require.True(t, lines.Scan(), "the stream has begun, so what comes now is told")
	return func(t testing.TB, name string) string {
		for lines.Scan() {
			if lines.Text() == "event: "+name && lines.Scan() {
				return lines.Text()
			}
		}
		require.NoError(t, lines.Err())
		require.Fail(t, "the stream ended")
		return ""
	}
}

func (o *office) tipsAreKept(t *testing.T) {
	var all tipsAnswer
	o.read(t, o.admin, "/v1/tips?limit=2000", &all)
	require.NotEmpty(t, all.Tips)
	require.Equal(t, all.Counts["issued"], all.Found)
	x := all.Tips[0]
	require.Regexp(t, `^〔2026〕[0-9]+号$`, x.Number)

	page := o.ask(t, o.admin, http.MethodGet, x.Print, "")
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, page.Header.Get("Content-Security-Policy"), tip.StyleHash())
	require.Contains(t, string(page.Body), x.Number)

	a := o.ask(t, o.admin, http.MethodPost, "/v1/tips/"+x.ID+"/ack", `{"note":"已核实"}`)
	var acked, again tipAnswer
	require.NoError(t, unmarshal(a, &acked))
	require.NotNil(t, acked.AckedAt)
	require.Equal(t, "已核实", acked.Note)
	require.NoError(t, unmarshal(o.ask(t, o.admin, http.MethodPost, "/v1/tips/"+x.ID+"/ack", `{"note":"另一"}`), &again))
	require.Equal(t, acked, again, "the first one counts")
	var open tipsAnswer
	o.read(t, o.admin, "/v1/tips?state=open&limit=2000", &open)
	require.Equal(t, all.Found-1, open.Found)
	require.Equal(t, 1, open.Counts["acked"])

	var feed struct {
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	atom := o.ask(t, o.admin, http.MethodGet, "/v1/tips/feed.atom", "")
	require.Equal(t, "application/atom+xml; charset=utf-8", atom.Header.Get("Content-Type"))
	require.NoError(t, xml.Unmarshal(atom.Body, &feed))
	require.Len(t, feed.Entries, min(50, all.Found))
	require.Contains(t, feed.Entries[0].Title, x.Number)
	var items struct {
		Version string
		Items   []struct{ ID string }
	}
	o.read(t, o.admin, "/v1/tips/feed.json", &items)
	require.Equal(t, "https://jsonfeed.org/version/1.1", items.Version)
	require.Len(t, items.Items, len(feed.Entries))
	require.Equal(t, feed.Entries[0].ID, items.Items[0].ID)
	var one tipAnswer
	o.read(t, o.admin, "/v1/tips/"+x.ID+".json", &one)
	require.Equal(t, acked, one)
}

func (o *office) supervision(t *testing.T) {
	type list struct {
		Totals  map[string]*int
		Areas   []struct{ Area, Tier string }
		Matters []map[string]any
	}
	var all, cut, wall, line list
	o.read(t, o.admin, "/v1/supervision?limit=2000", &all)
	require.NotEmpty(t, all.Matters)
	for _, m := range all.Matters {
		for name := range m {
			require.NotRegexp(t, "person|phone|address|text|content|lng|lat", name, "matters, never persons")
		}
	}
	o.read(t, o.township, "/v1/supervision?limit=2000", &cut)
	require.Less(t, len(cut.Matters), len(all.Matters))
	tree := o.Store.Current().Catalogue.Tree
	for _, m := range cut.Matters {
		require.Contains(t, tree.Path(m["area"].(string)), o.own)
	}
	o.read(t, o.wall, "/v1/supervision", &wall)
	require.Empty(t, wall.Matters)
	for _, p := range wall.Areas {
		require.Equal(t, "township", p.Tier)
	}
	for _, n := range wall.Totals {
		require.True(t, n == nil || *n == 0, "no count beside the protected ones")
	}
	o.read(t, o.department, "/v1/supervision?limit=2000", &line)
	for _, m := range line.Matters {
		require.Equal(t, "land", m["category"])
	}
	var villages list
	o.read(t, o.admin, "/v1/supervision?tier=village", &villages)
	for _, p := range villages.Areas {
		require.Equal(t, "village", p.Tier)
	}
}

func (o *office) badRequests(t *testing.T) {
	for path, field := range map[string]string{
		"/v1/levels?level=5": "level", "/v1/levels?level=green": "level", "/v1/levels?tier=hamlet": "tier", "/v1/levels?day=2026-13-01": "day",
		"/v1/levels?limit=-1": "limit", "/v1/levels?limit=99999": "limit", "/v1/levels?area=nowhere": "area", "/v1/levels?colour=red": "colour",
		"/v1/levels?level=1&level=2": "level", "/v1/tips?state=lost": "state", "/v1/tips?cause=x": "cause", "/v1/tips?from=x": "from",
		"/v1/levels/" + o.own + "/history?from=2026-01-02&to=2026-01-01": "to", "/v1/supervision?tier=grid": "tier", "/v1/supervision?limit=x": "limit",
	} {
		p := requireProblem(t, o.ask(t, o.admin, http.MethodGet, path, ""), http.StatusBadRequest, "")
		require.Equal(t, field, p.Errors[0].Field, path)
	}
	for _, path := range []string{"/v1/levels/nowhere/history", "/v1/tips/2026-99999.html", "/v1/tips/x.json", "/v1/tips/2026-1.pdf", "/v1/tips/2026-1"} {
		requireProblem(t, o.ask(t, o.admin, http.MethodGet, path, ""), http.StatusNotFound, "")
	}
	for _, body := range []string{`{"level":9,"reason":"r","ends_at":"2027-01-01T00:00:00Z"}`, `{"level":1,"reason":"","ends_at":"2026-01-03T00:00:00Z"}`,
		`{"level":1,"reason":"r","ends_at":"2020-01-01T00:00:00Z"}`, `{"level":1,"reason":"电话 13912345678","ends_at":"2026-01-03T00:00:00Z"}`, `{`, `[]`, `{"x":1}`} {
		requireProblem(t, o.ask(t, o.admin, http.MethodPut, "/v1/levels/"+o.own+"/override", body), http.StatusBadRequest, "")
	}
	requireProblem(t, o.ask(t, o.admin, http.MethodPost, "/v1/webhooks/nobody/retry", ""), http.StatusNotFound, "")
	requireProblem(t, o.ask(t, o.admin, http.MethodPut, "/v1/levels/nowhere/override", `{"level":null,"reason":"r"}`), http.StatusNotFound, "")
}

func (o *office) simulates(t *testing.T) {
	text := strings.Replace(string(schemas.DefaultPolicy()), "at: 20\n", "at: 26\n", 1)
	q := url.Values{"from": {(o.Store.Today() - 20).String()}, "to": {(o.Store.Today() - 1).String()}}
	a := o.ask(t, o.admin, http.MethodPost, "/v1/policy/simulate?"+q.Encode(), text)
	var sim level.Simulation
	require.NoError(t, unmarshal(a, &sim))
	require.NotEmpty(t, sim.Differences)
	p := requireProblem(t, o.ask(t, o.admin, http.MethodPost, "/v1/policy/simulate", strings.Replace(text, "noise:", "nose:", 1)), http.StatusBadRequest, schemas.CodeBadPolicy)
	require.Contains(t, p.Detail, "nose")
	require.Equal(t, http.StatusForbidden, o.ask(t, o.township, http.MethodPost, "/v1/policy/simulate", text).Status)
	var rules struct {
		Policy json.RawMessage
		Inputs []struct{ Code, Zh string }
	}
	o.read(t, o.wall, "/v1/policy", &rules)
	require.Len(t, rules.Inputs, len(level.InputInfos()))
}

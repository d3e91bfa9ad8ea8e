package web_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/demo"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/geo/tile"
	"reli/test/county"
	"reli/web/access"
)

var update = flag.Bool("update", false, "write the golden files anew")

// territory is what a principal of one township may see, and what not: asked of
// the tables themselves, past everything that this test is about.
type territory struct {
	own, foreign string // townships
	county       string
	seen         tile.ID
	window       string
	hidden       map[string]bool // codes, cells and counts that only others may see
	names        []string        // of foreign townships
}

// asked is the window of all requests.
const asked = "from=2025-02-01&to=2025-12-20"

func newTerritory(t testing.TB, c *county.County) territory {
	t.Helper()
	ground := territory{hidden: map[string]bool{}, window: asked}
	snap := c.Store.Current()
	tree := snap.Catalogue.Tree
	townships := map[string]int64{}
	require.NoError(t, c.DB.Each(t.Context(), `SELECT township, toInt64(sum(n)) FROM cube
WHERE opened >= '2025-02-01' AND opened < '2025-12-20' AND township != '' GROUP BY township`, func(scan func(...any) error) error {
		var code string
		var n int64
		if err := scan(&code, &n); err != nil {
			return err
		}
		townships[code] = n
		return nil
	}))
	largest := slices.SortedFunc(maps.Keys(townships), func(a, b string) int { return int(townships[b] - townships[a]) })
	require.Greater(t, len(largest), 2)
	ground.own, ground.foreign, ground.county = largest[1], largest[0], tree.AtLevel(area.County)[0].Code
	ground.hideAreas(tree)
	ground.hideCells(t, c)
	total := int64(0)
	for _, n := range townships {
		total += n
	}
	// Counts of four digits and more: what has fewer is met by chance.
	whole, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{By: cube.DimensionTotal, Selection: cube.Selection{From: day(t, "2025-02-01"), To: day(t, "2025-12-20")}})
	require.NoError(t, err)
	for _, n := range []int64{townships[ground.foreign], total, whole[0].Count, snap.Catalogue.Incidents, snap.Catalogue.Located} {
		require.Greater(t, n, int64(1000))
		ground.hidden[strconv.FormatInt(n, 10)] = true
	}
	ground.seen = tile.At(tree.Bounds(ground.own).Center(), 10)
	return ground
}

func (g *territory) hideAreas(tree *area.Tree) {
	own := cube.Scope{Areas: []string{g.own}}
	for _, a := range tree.All() {
		if !own.Shows(tree, a.Code) {
			g.hidden[a.Code] = true
		}
	}
	mine, _ := tree.Get(g.own)
	for _, a := range tree.AtLevel(area.Township) {
		if a.Code != g.own && !strings.Contains(mine.Name, a.Name) {
			g.names = append(g.names, a.Name)
		}
	}
}

func day(t testing.TB, text string) cube.Day {
	t.Helper()
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

// hideCells hides the hexagons in which the township has no incident.
func (g *territory) hideCells(t testing.TB, c *county.County) {
	t.Helper()
	own := map[hex.Cell]bool{}
	require.NoError(t, c.DB.Each(t.Context(), `SELECT DISTINCT cell FROM cube WHERE township = '`+g.own+`' AND cell != 0`, func(scan func(...any) error) error {
		var cell uint64
		if err := scan(&cell); err != nil {
			return err
		}
		for res := range cube.StorageResolution {
			own[hex.Cell(cell).Parent(res)] = true
		}
		own[hex.Cell(cell)] = true
		return nil
	}))
	for res := 5; res <= cube.StorageResolution; res++ {
		for _, cell := range c.Store.Current().Cells(res) {
			if !own[cell] {
				g.hidden[cell.String()] = true
			}
		}
	}
}

// token is a code, a cell or a whole number; what has a point is none of them.
var token = regexp.MustCompile(`[0-9a-f.]{3,}`)

// tells gives something of an answer that the township may not know, "" if there
// is nothing. What one asks with is no news.
func (g *territory) tells(a answer, path string) string {
	for name, values := range a.Header {
		if name != "X-Request-Id" && name != "Etag" && name != "Date" {
			for _, v := range values {
				a.Body = append(append(a.Body, ' '), v...)
			}
		}
	}
	for _, text := range token.FindAll(a.Body, -1) {
		if g.hidden[string(text)] && !strings.Contains(path, string(text)) {
			return string(text)
		}
	}
	for _, name := range g.names {
		if bytes.Contains(a.Body, []byte(name)) {
			return name
		}
	}
	return ""
}

// request is an example of a route, in an area or ("") everywhere.
func (g *territory) request(method, route, place string) (path, body string) {
	township := cmp.Or(place, g.county)
	path = strings.NewReplacer("{layers}", "grid,village,township,county,hex", "{z}", strconv.Itoa(int(g.seen.Z)), "{x}", strconv.Itoa(int(g.seen.X)),
		"{tile}", strconv.Itoa(int(g.seen.Y))+".mvt", "{y}", "0", "{code}", township, "{area}", township,
		"{user}", "nobody", "{token}", "nothing", "{id}", "none").Replace(route)
	switch route {
	case "/v1/tiles/{document}", "/v1/styles/{document}":
		path = strings.Replace(route, "{document}", "hex.json", 1)
	case "/v1/reports/{document}":
		path = strings.Replace(route, "{document}", "overview.html", 1)
	case "/v1/tips/{document}":
		path = "/v1/tips/feed.json"
	case "/*":
		path = "/"
	}
	path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "township")
	switch {
	case route == "/v1/sql":
		return path, `{"sql":"SELECT township, count() AS n FROM v_incidents GROUP BY township"}`
	case method != http.MethodGet:
		return path, "{}"
	}
	return path + g.query(route, place), ""
}

func (g *territory) query(route, place string) string {
	q := url.Values{}
	switch route {
	case "/v1/tiles/{layers}/{z}/{x}/{tile}", "/v1/series", "/v1/playback/{layer}", "/v1/tiles/{document}", "/v1/styles/{document}",
		"/v1/indicators", "/v1/ledgers":
	case "/v1/legend":
		q.Set("layer", "village")
	case "/v1/breakdown":
		q.Set("by", "village")
	case "/v1/hotspots":
		q.Set("layer", "village")
	case "/v1/areas":
		return "?parent=" + place
	case "/v1/forecast", "/v1/reports/{document}", "/v1/levels", "/v1/tips":
		return "?area=" + place
	default:
		return ""
	}
	q.Set("area", place)
	return "?" + g.window + "&" + q.Encode()
}

// TestEveryRouteForEveryRoleAndTerritory asks every route as everybody, in the
// own township, in a foreign one and everywhere, and compares with the golden
// file: the status, and + where the answer tells something that the own township may not
// know. Who is cut to the township must never be told.
func TestEveryRouteForEveryRoleAndTerritory(t *testing.T) {
	c := county.Made(t, demo.Options{Seed: 1, Incidents: 21_357}) // its own: levels and tips are written into it
	g := newGuarded(t, c, behindProxy, responding(t, c))
	ground := newTerritory(t, c)
	scope := cube.Scope{Areas: []string{ground.own}}
	cut := cube.Scope{Areas: []string{ground.own}, Categories: []string{"land", "wage"}}
	people := []struct {
		name   string
		header http.Header
		cut    bool
	}{
		{"none", nil, true},
		{"wall", g.token(t, access.RoleWall, cube.Scope{}), false},
		{"leader", g.token(t, access.RoleLeader, cube.Scope{}), false},
		{"township", g.token(t, access.RoleTownship, scope), true},
		{"department", g.token(t, access.RoleDepartment, cut), true},
		{"analyst", g.token(t, access.RoleAnalyst, scope), true},
		{"auditor", g.token(t, access.RoleAuditor, cube.Scope{}), true},
		{"ingest", g.token(t, access.RoleIngest, cube.Scope{}), true},
		{"administrator", g.token(t, access.RoleAdministrator, cube.Scope{}), false},
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%-48s", "# own/foreign/all; + tells what is not own")
	for _, p := range people {
		fmt.Fprintf(&out, " %-14s", p.name)
	}
	told, asked := 0, 0
	for _, route := range routesOf(t, g.site) {
		method, pattern, _ := strings.Cut(route, " ")
		fmt.Fprintf(&out, "\n%-48s", route)
		for _, p := range people {
			var cells []string
			for _, place := range []string{ground.own, ground.foreign, ""} {
				path, body := ground.request(method, pattern, place)
				if pattern == "/v1/events" {
					method = http.MethodHead // the stream would not end
				}
				asked++
				header := http.Header{"X-Forwarded-Proto": {"https"}, // each from elsewhere: none is one sign-in too many
					"X-Forwarded-For": {fmt.Sprintf("198.51.%d.%d", asked/250, asked%250)}}
				maps.Copy(header, p.header)
				a := g.as(t, header, method, path, body)
				require.Less(t, a.Status, 500, "%s %s as %s: %s", method, path, p.name, a.Body)
				cell, leak := strconv.Itoa(a.Status), ground.tells(a, path)
				if leak != "" {
					cell, told = cell+"+", told+1
					require.False(t, p.cut, "%s %s tells %s of %s:\n%.2000s", method, path, p.name, leak, a.Body)
				}
				cells = append(cells, cell)
			}
			fmt.Fprintf(&out, " %-14s", strings.Join(cells, "/"))
		}
	}
	out.WriteByte('\n')
	require.Greater(t, told, 20, "that others are told shows that it would be found")
	golden(t, "matrix.txt", out.Bytes())
}

// routesOf lists every route as "METHOD pattern".
func routesOf(t testing.TB, s *site) []string {
	t.Helper()
	routes, ok := s.Web.Handler().(chi.Routes)
	require.True(t, ok)
	var out []string
	require.NoError(t, chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		out = append(out, method+" "+route)
		return nil
	}))
	slices.SortFunc(out, func(a, b string) int {
		_, left, _ := strings.Cut(a, " ")
		_, right, _ := strings.Cut(b, " ")
		return strings.Compare(left+a, right+b)
	})
	return out
}

// golden compares with a file of testdata.
func golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	lines := strings.Split(string(got), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got = []byte(strings.Join(lines, "\n"))
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "a route or a permission changed: run with -update and read the difference")
}

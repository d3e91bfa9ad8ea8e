package web_test

import (
	"bufio"
	"fmt"
	"math/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/area"
	"reli/test/county"
	"reli/tiles"
	"reli/tiles/mvt"
	"reli/web"
	"reli/web/access"
)

// least is the least count that a display for visitors is told here.
const least = 5

// newVisitors serves a county to a display for visitors.
func newVisitors(t testing.TB, c *county.County) (*guarded, http.Header) {
	g := newGuarded(t, c, func(o *web.Options) {
		guard, err := disclose.New(c.Store, disclose.Restricted(least))
		require.NoError(t, err)
		o.Guard, o.Tiles = guard, tiles.NewServer(tiles.Options{Store: c.Store, Guard: guard, CacheBytes: 16 << 20})
	})
	return g, g.token(t, access.RoleWall, cube.Scope{})
}

type toldCount struct {
	Key        string
	From       cube.Day
	Count      *int64
	Low, High  int64
	Suppressed bool
}

// 10,000 pairs of questions whose difference is one place, or one month, and
// what the two answers leave possible for it: where it is one to four in a
// month, all of one to four; where it is in several months, more than it.
func TestNoPairOfQuestionsTellsASmallCount(t *testing.T) {
	c := county.Shared(t)
	g, visitor := newVisitors(t, c)
	g.Web.SetRate(1e6, 1e6)
	rng := rand.New(rand.NewSource(7))
	tree := c.Store.Current().Catalogue.Tree
	var parents []area.Area
	for _, a := range tree.All() {
		if a.Level < area.Grid && len(tree.Children(a.Code)) > 0 {
			parents = append(parents, a)
		}
	}
	today := c.Store.Today().Time()
	month := func(back int) cube.Day { return cube.DayOf(today.AddDate(0, -back, 1-today.Day())) }
	ask := func(path string, into any) {
		a := g.as(t, visitor, "GET", path, "")
		require.Equal(t, 200, a.Status, "%s: %s", path, a.Body)
		require.NoError(t, unmarshal(a, into))
	}
	small := 0
	for pair := 0; pair < 10_000; {
		from := 1 + rng.Intn(12)
		to := rng.Intn(from)
		parent := parents[rng.Intn(len(parents))]
		window := fmt.Sprintf("from=%s&to=%s&area=%s", month(from), month(to), parent.Code)
		var whole struct{ Points []toldCount }
		var parts struct{ Groups []toldCount }
		children := tree.Children(parent.Code)
		level := (parent.Level + 1).String()
		ask("/v1/series?step=month&"+window, &whole)
		ask("/v1/breakdown?by="+level+"&"+window, &parts)
		raw, _, err := c.Store.Tallies(t.Context(), c.Store.Current(), cube.Query{By: cube.Dimension(level),
			Selection: cube.Selection{From: month(from), To: month(to), Area: parent.Code, Measure: cube.MeasureCount}})
		require.NoError(t, err)
		truth := map[string]int64{}
		for _, r := range raw {
			truth[r.Key] = r.Count
		}
		total := sum(whole.Points)
		for range min(8, len(children)) {
			pair++
			one := children[rng.Intn(len(children))]
			own, others := toldCount{}, toldCount{}
			for _, p := range parts.Groups {
				if p.Key == one {
					own = p
				} else {
					others.Low, others.High = others.Low+p.Low, others.High+p.High
				}
			}
			low, high := max(own.Low, total.Low-others.High), min(own.High, total.High-others.Low)
			n := truth[one]
			require.True(t, low <= n && n <= high, "%s of %s: %d is not in %d to %d", one, window, n, low, high)
			if n > 0 && n < least {
				small++
				require.True(t, own.Suppressed && own.Count == nil, one)
				require.Less(t, low, high, "%s of %s is %d, and nothing else", one, window, n)
				if from-to == 1 {
					require.True(t, low <= 1 && high >= least-1, "%s of %s is %d, and it can be %d to %d", one, window, n, low, high)
				}
			}
		}
	}
	require.Greater(t, small, 1000, "there were small counts to find")
}

func sum(points []toldCount) (s toldCount) {
	for _, p := range points {
		s.Low, s.High = s.Low+p.Low, s.High+p.High
	}
	return s
}

// Tiles, legends and playback tell the same: a suppressed place is drawn, and
// carries no number.
func TestVisitorsTilesTellNoSmallCount(t *testing.T) {
	c := county.Shared(t)
	g, visitor := newVisitors(t, c)
	leader := g.token(t, access.RoleLeader, cube.Scope{})
	ground := newTerritory(t, c)
	window := "from=2025-06-01&to=2025-07-01"
	path := "/v1/tiles/grid,hex/" + ground.seen.String() + ".mvt?" + window
	suppressed := 0
	for _, f := range featuresOf(t, g.as(t, visitor, "GET", path, "")) {
		if f["suppressed"] == true {
			suppressed++
			require.NotContains(t, f, "count")
			require.NotContains(t, f, "value")
			continue
		}
		count, ok := f["count"].(uint64)
		require.True(t, ok && (count == 0 || count >= least), f)
	}
	require.Positive(t, suppressed)
	require.NotEqual(t, g.as(t, leader, "GET", path, "").Body, g.as(t, visitor, "GET", path, "").Body)

	var legend tiles.Legend
	require.NoError(t, unmarshal(g.as(t, visitor, "GET", "/v1/legend?layer=grid&"+window, ""), &legend))
	require.Equal(t, int64(least), legend.Least)
	require.Positive(t, legend.Suppressed)
	require.Equal(t, "2025-06-01", legend.From.String())
	var frames tiles.Playback
	require.NoError(t, unmarshal(g.as(t, visitor, "GET", "/v1/playback/grid?step=month&from=2025-01-01&to=2025-07-01", ""), &frames))
	require.Len(t, frames.Steps, 6)
	for _, row := range frames.Counts {
		for _, n := range row {
			require.True(t, n == tiles.SuppressedCount || n == 0 || n >= least, n)
		}
	}
}

func featuresOf(t *testing.T, a answer) []map[string]any {
	t.Helper()
	require.Equal(t, 200, a.Status, "%s", a.Body)
	tile, err := mvt.Decode(a.Body)
	require.NoError(t, err)
	var out []map[string]any
	for _, l := range tile.Layers {
		for _, f := range l.Features {
			properties := map[string]any{}
			for i := 0; i+1 < len(f.Tags); i += 2 {
				properties[l.Keys[f.Tags[i]]] = l.Values[f.Tags[i+1]].V
			}
			out = append(out, properties)
		}
	}
	return out
}

// What is not made of protected counts is closed to visitors.
func TestVisitorsGetNoRawCount(t *testing.T) {
	c := county.Shared(t)
	g, visitor := newVisitors(t, c)
	for _, path := range []string{"/v1/forecast?level=village", "/v1/warnings", "/v1/hotspots", "/v1/backtest", "/v1/supervision", "/v1/tips",
		"/v1/indicators", "/v1/ledgers", "/v1/reports", "/v1/sql/schema"} {
		require.Equal(t, http.StatusForbidden, g.as(t, visitor, "GET", path, "").Status, path)
	}
	for _, path := range []string{"/v1/series?step=day", "/v1/series?step=month&cell=" + strings.Repeat("8", 15), "/v1/legend?layer=hex&hours=8-12",
		"/v1/legend?layer=hex&status=open", "/v1/legend?layer=hex&measure=overdue", "/v1/playback/grid?step=day"} {
		require.Equal(t, http.StatusBadRequest, g.as(t, visitor, "GET", path, "").Status, path)
	}
	var fresh map[string]any
	require.NoError(t, unmarshal(g.as(t, visitor, "GET", "/v1/freshness", ""), &fresh))
	for _, key := range []string{"incidents", "located", "unlocated", "quarantined", "tiles"} {
		require.Nil(t, fresh[key], key)
	}
}

// A display for visitors is told of new data like everybody: its stream begins.
func TestADisplayForVisitorsHearsOfNewData(t *testing.T) {
	g, visitor := newVisitors(t, county.Shared(t))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+"/v1/events", nil)
	require.NoError(t, err)
	r.Header = visitor
	resp, err := g.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	require.True(t, lines.Scan(), "the stream ended before its first event")
	require.True(t, strings.HasPrefix(lines.Text(), "id: "), lines.Text())
}

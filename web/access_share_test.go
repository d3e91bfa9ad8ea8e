package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web/access"
)

// Two principals ask one address, again and again and at the same time: each
// gets his own answer, whoever came first, and neither the other's tag.
func TestTwoPrincipalsShareNoAnswer(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	ground := newTerritory(t, c)
	one := g.token(t, access.RoleTownship, cube.Scope{Areas: []string{ground.own}})
	two := g.token(t, access.RoleTownship, cube.Scope{Areas: []string{ground.foreign}})
	tile := "/v1/tiles/village,hex/" + ground.seen.String() + ".mvt?" + asked
	for _, path := range []string{tile, tile + "&v=1", tile + "&measure=change", "/v1/legend?layer=village&" + asked,
		"/v1/playback/village?step=month&" + asked, "/v1/playback/hex?step=month&z=10&" + asked, "/v1/series?" + asked, "/v1/breakdown?by=village&" + asked,
		"/v1/breakdown?by=category&" + asked, "/v1/freshness", "/v1/areas?level=village", "/v1/hotspots?layer=village&" + asked,
		"/v1/forecast?level=village", "/v1/styles/village.json?" + asked, "/v1/tiles/village.json?" + asked} {
		t.Run(strings.NewReplacer("/", " ", "?", " ").Replace(path), func(t *testing.T) {
			want := map[string]answer{}
			for name, who := range map[string]http.Header{"one": one, "two": two} {
				want[name] = g.as(t, who, "GET", path, "")
				require.Equal(t, 200, want[name].Status, "%s", want[name].Body)
				require.Contains(t, strings.Join(want[name].Header.Values("Vary"), ", "), "Cookie", "a browser keeps them apart")
				require.Contains(t, want[name].Header.Get("Cache-Control"), "private")
			}
			require.NotEqual(t, want["one"].Body, want["two"].Body)
			require.NotEqual(t, want["one"].Header.Get("ETag"), want["two"].Header.Get("ETag"))
			var group sync.WaitGroup
			for i := range 8 {
				name, who, other := "one", one, "two"
				if i%2 == 0 {
					name, who, other = "two", two, "one"
				}
				group.Go(func() {
					a := g.as(t, who, "GET", path, "")
					if string(a.Body) != string(want[name].Body) {
						t.Errorf("%s gets another answer", name)
					}
					asks := who.Clone()
					asks.Set("If-None-Match", want[other].Header.Get("ETag"))
					if a := g.as(t, asks, "GET", path, ""); a.Status != 200 || string(a.Body) != string(want[name].Body) {
						t.Errorf("%s gets %d for the other's tag", name, a.Status)
					}
					asks.Set("If-None-Match", want[name].Header.Get("ETag"))
					if a := g.as(t, asks, "GET", path, ""); a.Status != 304 {
						t.Errorf("%s gets %d for his own tag", name, a.Status)
					}
				})
			}
			group.Wait()
		})
	}
}

// What a township is told of its own places is what the county is told of them,
// and the townships together with what lies in none are the county.
func TestTheScopesPartsAreTheWhole(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	leader := g.token(t, access.RoleLeader, cube.Scope{})
	total := func(who http.Header) (n int) {
		var series struct{ Total int }
		a := g.as(t, who, "GET", "/v1/series?"+asked, "")
		require.Equal(t, 200, a.Status)
		require.NoError(t, unmarshal(a, &series))
		return series.Total
	}
	whole := breakdown(t, g, leader)
	require.Greater(t, len(whole), 10)
	sum := 0
	for _, township := range c.Store.Current().Catalogue.Tree.AtLevel(2) {
		who := g.token(t, access.RoleTownship, cube.Scope{Areas: []string{township.Code}})
		own := breakdown(t, g, who)
		for code, n := range own {
			require.Equal(t, whole[code], n, code)
		}
		for _, village := range c.Store.Current().Catalogue.Tree.Children(township.Code) {
			require.Equal(t, whole[village], own[village])
		}
		sum += total(who)
	}
	var breakdown struct {
		Groups []struct{ Count int }
	}
	require.NoError(t, unmarshal(g.as(t, leader, "GET", "/v1/breakdown?by=township&"+asked, ""), &breakdown))
	inTownships := 0
	for _, group := range breakdown.Groups {
		inTownships += group.Count
	}
	require.Equal(t, inTownships, sum)
	require.GreaterOrEqual(t, total(leader), sum)
	parts := 0
	for category := range maps.Keys(categories(c)) {
		parts += total(g.token(t, access.RoleDepartment, cube.Scope{Categories: []string{category}}))
	}
	require.Equal(t, total(leader), parts)
}

func breakdown(t *testing.T, g *guarded, who http.Header) map[string]int {
	t.Helper()
	var answer struct {
		Groups []struct {
			Key   string
			Count int
		}
	}
	require.NoError(t, unmarshal(g.as(t, who, "GET", "/v1/breakdown?by=village&"+asked, ""), &answer))
	out := map[string]int{}
	for _, group := range answer.Groups {
		out[group.Key] = group.Count
	}
	return out
}

func categories(c *county.County) map[string]bool {
	out := map[string]bool{}
	for _, e := range c.Store.Current().Catalogue.Categories {
		if e.Code != "" {
			out[e.Code] = true
		}
	}
	return out
}

// The forecast of an area is the same whoever asks; what is not his is not
// listed and not in his total.
func TestAForecastIsOneForAllAndListedByScope(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	ground := newTerritory(t, c)
	type list struct {
		Total, Rest []struct{ Mean float64 }
		PlaceCount  int `json:"place_count"`
		Places      []struct{ ID string }
	}
	read := func(who http.Header, query string) (out list, body string) {
		a := g.as(t, who, "GET", "/v1/forecast?level=village&horizon=four_weeks"+query, "")
		require.Equal(t, 200, a.Status, "%s", a.Body)
		require.NoError(t, unmarshal(a, &out))
		return out, string(a.Body)
	}
	own, text := read(g.token(t, access.RoleTownship, cube.Scope{Areas: []string{ground.own}}), "")
	asked, _ := read(g.token(t, access.RoleLeader, cube.Scope{}), "&area="+ground.own)
	require.Equal(t, asked, own)
	require.Empty(t, ground.tells(answer{Body: []byte(text)}, ""))
	both, _ := read(g.token(t, access.RoleTownship, cube.Scope{Areas: []string{ground.own, ground.foreign}}), "")
	foreign, _ := read(g.token(t, access.RoleTownship, cube.Scope{Areas: []string{ground.foreign}}), "")
	require.InDelta(t, own.Total[0].Mean+foreign.Total[0].Mean, both.Total[0].Mean, 1e-9)
	require.Equal(t, own.PlaceCount+foreign.PlaceCount, both.PlaceCount)
	ids := map[string]bool{}
	for _, p := range slices.Concat(own.Places, foreign.Places) {
		ids[p.ID] = true
	}
	require.Len(t, ids, both.PlaceCount)
}

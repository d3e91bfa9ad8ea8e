package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/test/county"
	"reli/tiles/mvt"
	"reli/web/access"
)

// shownCounts reads the counts of a tile's layer by id.
func shownCounts(t testing.TB, a answer) map[string]uint64 {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	decoded, err := mvt.Decode(a.Body)
	require.NoError(t, err)
	out := map[string]uint64{}
	for i := range decoded.Layers[0].Features {
		props := decoded.Layers[0].Properties(&decoded.Layers[0].Features[i])
		out[props["id"].(string)] = props["count"].(uint64)
	}
	return out
}

// TestOneAddressMeansToEachPrincipalWhatHeMaySee asks for one address in turn as
// principals of different scopes, often enough that each finds it remembered.
func TestOneAddressMeansToEachPrincipalWhatHeMaySee(t *testing.T) {
	g := newGuarded(t, county.Shared(t))
	tree := g.Store.Current().Catalogue.Tree
	towns := tree.AtLevel(area.Township)
	path := g.middle("township", 8) + year
	everything := g.token(t, access.RoleLeader, cube.Scope{})
	all := shownCounts(t, g.as(t, everything, http.MethodGet, path, ""))
	require.Len(t, all, len(towns))
	type principal struct {
		header http.Header
		town   string
	}
	asked := []principal{{everything, ""}}
	for _, town := range towns[:3] {
		asked = append(asked, principal{g.token(t, access.RoleTownship, cube.Scope{Areas: []string{town.Code}}), town.Code})
	}
	land := g.token(t, access.RoleDepartment, cube.Scope{Categories: []string{g.Store.Current().Catalogue.Categories[1].Code}})
	var ofLand map[string]uint64
	for round := range 3 {
		for _, p := range asked {
			shown := shownCounts(t, g.as(t, p.header, http.MethodGet, path, ""))
			if p.town == "" {
				require.Equal(t, all, shown)
				continue
			}
			require.Equal(t, map[string]uint64{p.town: all[p.town]}, shown, "round %d", round)
		}
		shown := shownCounts(t, g.as(t, land, http.MethodGet, path, ""))
		if round == 0 {
			ofLand = shown
			require.NotEqual(t, all, ofLand)
		}
		require.Equal(t, ofLand, shown)
		require.Equal(t, http.StatusUnauthorized, g.as(t, nil, http.MethodGet, path, "").Status)
		require.Equal(t, http.StatusForbidden, g.as(t, g.token(t, access.RoleIngest, cube.Scope{}), http.MethodGet, path, "").Status)
	}
}

func TestARevokedPrincipalGetsNoRememberedTile(t *testing.T) {
	g := newGuarded(t, county.Shared(t))
	path := g.middle("grid", 9) + year
	token, secret, err := g.Access.AddToken(access.NewToken{Name: "wall", Role: access.RoleWall, ExpiresAt: g.Now().AddDate(0, 0, 1)}, "test")
	require.NoError(t, err)
	header := http.Header{"Authorization": {"Bearer " + secret}}
	for range 2 {
		require.Equal(t, http.StatusOK, g.as(t, header, http.MethodGet, path, "").Status)
	}
	require.NoError(t, g.Access.RevokeToken(token.ID))
	require.Equal(t, http.StatusUnauthorized, g.as(t, header, http.MethodGet, path, "").Status)
}

// TestARememberedAddressIsAnsweredLikeANewOne compares the answers of one
// address: the headers too, but for what is the request's own.
func TestARememberedAddressIsAnsweredLikeANewOne(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, accept := range []string{"", "gzip", "br", "zstd, gzip", "gzip;q=0"} {
		for _, path := range []string{s.middle("grid", 9) + year, s.middle("grid,hex", 11) + year, s.middle("hex", 10) + "?from=2025-02-01&to=2025-03-01&category=nosuch",
			"/v1/tiles/grid/9/0/0.mvt" + year, fmt.Sprintf("%s%s&v=%d", s.middle("village", 9), year, s.Store.Current().Version)} {
			first := s.get(t, path, "Accept-Encoding", accept)
			again := s.get(t, path, "Accept-Encoding", accept)
			require.Equal(t, first.Status, again.Status, path)
			for _, a := range []answer{first, again} {
				for _, own := range []string{"X-Request-Id", "Server-Timing", "Date"} {
					a.Header.Del(own)
				}
			}
			if first.Status != http.StatusBadRequest { // a problem holds its request id
				require.Equal(t, first.Body, again.Body, path)
				require.Equal(t, first.Header, again.Header, path)
			}
			if tag := first.Header.Get("ETag"); tag != "" {
				known := s.get(t, path, "Accept-Encoding", accept, "If-None-Match", tag)
				require.Equal(t, http.StatusNotModified, known.Status)
				require.Empty(t, known.Body)
				head := s.do(t, http.MethodHead, path, http.Header{"Accept-Encoding": {accept}}, nil)
				require.Equal(t, first.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
				require.Empty(t, head.Body)
			}
		}
	}
}

func TestARememberedAddressFollowsTheData(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := newSite(t, c)
	c.Take(t, "source,source_id,occurred_at,lng,lat,crs,category\ns,1,2025-05-05,120.1,30.1,wgs84,land\n")
	path := s.middle("hex", 9) + year
	for n := range 3 {
		for range 2 {
			var sum uint64
			for _, count := range shownCounts(t, s.get(t, path)) {
				sum += count
			}
			require.EqualValues(t, n+1, sum)
		}
		c.Take(t, fmt.Sprintf("source,source_id,occurred_at,lng,lat,crs,category\ns,%d,2025-05-05,120.1,30.1,wgs84,land\n", n+2))
	}
}

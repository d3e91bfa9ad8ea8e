package web_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/schemas"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
)

// A set of two 片区 over two grids, the border within the second grid.
func TestASetOfAreasIsLoadedListedAndCounted(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	areas := square(t)
	add := func(code, parent string, level schemas.Level, west, east float64) {
		shape, err := wkb.Marshal(orb.MultiPolygon{{{{west, 46}, {east, 46}, {east, 46.1}, {west, 46.1}, {west, 46}}}})
		require.NoError(t, err)
		areas = append(areas, schemas.Area{Set: schemas.DivisionSet, Code: code, Parent: parent, Level: level, Name: code, Population: 100, Geometry: shape})
	}
	add("v", "t", schemas.LevelVillage, 131, 131.1)
	add("g1", "v", schemas.LevelGrid, 131, 131.05)
	add("g2", "v", schemas.LevelGrid, 131.05, 131.1)
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	c.Take(t, "source,source_id,occurred_at,category,grid,village\n12345,1,2025-03-03T08:00:00Z,land,g1,\n12345,2,2025-03-03T08:00:00Z,land,g2,\n12345,3,2025-03-03T08:00:00Z,land,g2,\n12345,4,2025-03-03T08:00:00Z,land,,v\n")
	guard, err := disclose.New(c.Store, disclose.Restricted(5))
	require.NoError(t, err)
	g := newGuarded(t, c, func(o *web.Options) { o.Guard = guard })
	admin, wall := g.token(t, access.RoleAdministrator, cube.Scope{}), g.token(t, access.RoleWall, cube.Scope{})
	const set = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"east","name":"东片"},"geometry":{"type":"Polygon","coordinates":[[[131.06,46],[131.2,46],[131.2,46.1],[131.06,46.1],[131.06,46]]]}},
{"type":"Feature","properties":{"code":"west","name":"西片"},"geometry":{"type":"Polygon","coordinates":[[[130.9,46],[131.06,46],[131.06,46.1],[130.9,46.1],[130.9,46]]]}}]}`
	a := g.as(t, admin, http.MethodPost, "/v1/areas?set=police", set)
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.JSONEq(t, `{"set":"police","areas":2,"grids":2,"divided":1,"unassigned":0}`, string(a.Body))
	require.Equal(t, http.StatusBadRequest, g.as(t, admin, http.MethodPost, "/v1/areas?set=Police", set).Status)
	require.Equal(t, http.StatusForbidden, g.as(t, wall, http.MethodPost, "/v1/areas?set=police", set).Status)

	var list struct{ Areas []setArea }
	a = g.as(t, admin, http.MethodGet, "/v1/areas?set=police", "")
	require.NoError(t, json.Unmarshal(a.Body, &list))
	require.Equal(t, []setArea{{"east", "东片", 1, 100}, {"west", "西片", 1, 100}}, list.Areas)

	a = g.as(t, admin, http.MethodGet, "/v1/areas?set=police&geometry=1&after=east", "")
	require.NoError(t, json.Unmarshal(a.Body, &list))
	require.Equal(t, []setArea{{"west", "西片", 1, 100}}, list.Areas, "the page after the first area")
	require.Contains(t, string(a.Body), `"next_after":null`)

	a = g.as(t, admin, http.MethodGet, "/v1/areas/crosswalk?set=police&format=csv", "")
	require.Equal(t, "grid,code,share,chosen\ng1,west,1.000000,true\ng2,east,0.800000,true\ng2,west,0.200000,false\n", string(a.Body))

	const window = "from=2025-03-01&to=2025-04-01"
	var counted struct {
		Groups []struct {
			Key, Zh string
			Count   int64
		}
		Total int64
	}
	a = g.as(t, admin, http.MethodGet, "/v1/breakdown?set=police&"+window, "")
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.NoError(t, json.Unmarshal(a.Body, &counted))
	got := map[string]int64{}
	for _, group := range counted.Groups {
		got[group.Zh] = group.Count
	}
	require.Equal(t, map[string]int64{"东片": 2, "西片": 1, "不在任何片区": 1}, got)
	require.Equal(t, int64(4), counted.Total)
	for _, path := range []string{"/v1/breakdown?set=court&" + window, "/v1/breakdown?set=police&by=grid&" + window, "/v1/areas?set=police&level=grid", "/v1/areas?set=court",
		"/v1/areas/crosswalk?set=court", "/v1/breakdown?set=police&measure=median_days&" + window} {
		require.Equal(t, http.StatusBadRequest, g.as(t, admin, http.MethodGet, path, "").Status, path)
	}
	for _, path := range []string{"/v1/breakdown?set=police&area=t&" + window, "/v1/areas?set=police", "/v1/areas/crosswalk?set=police"} {
		require.Equal(t, http.StatusForbidden, g.as(t, wall, http.MethodGet, path, "").Status, path)
	}
}

type setArea struct {
	Code, Name string
	Grids      int
	Population uint32
}

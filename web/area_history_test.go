package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

// mapOf writes a village whose grids stand side by side.
func mapOf(grids ...string) string {
	part := func(code, parent, level, geometry string) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q,"parent":%q,"level":%q,"name":%[1]q},"geometry":%[4]s}`, code, parent, level, geometry)
	}
	features := []string{part("c", "", "county", "null"), part("t", "c", "township", "null"), part("v", "t", "village", "null")}
	for i, code := range grids {
		west := 120 + float64(i)/100
		features = append(features, part(code, "v", "grid", fmt.Sprintf(
			`{"type":"Polygon","coordinates":[[[%[1]v,30],[%[2]v,30],[%[2]v,30.1],[%[1]v,30.1],[%[1]v,30]]]}`, west, west+.01)))
	}
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

// A grid that is split on 1 July leaves the totals as of June as they were, at
// every level above it and in the grid beside it.
func TestSplittingAGridLeavesTheTotalsOfThePast(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	a := s.post(t, "/v1/areas", "application/geo+json", mapOf("g1", "g2"))
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.JSONEq(t, `{"areas":5,"levels":{"county":1,"township":1,"village":1,"grid":2},"checked":"grid","faults":0,"list":[]}`, string(a.Body))
	rows := "source,source_id,occurred_at,lng,lat,crs,category\n"
	for i := range 7 {
		rows += fmt.Sprintf("s,a%d,2025-06-0%d,120.005,30.05,WGS84,land\n", i, i+1) // in g1
	}
	rows += "s,b,2025-06-05,120.015,30.05,WGS84,land\n" // in g2
	reported(t, s.post(t, "/v1/incidents", "text/csv", rows))
	_, err := s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	june := func(area string) int64 {
		var a seriesAnswer
		s.json(t, "/v1/series?from=2025-06-01&to=2025-07-01&area="+area, &a)
		return a.Total
	}
	before := []int64{june("c"), june("t"), june("v"), june("g2")}
	require.Equal(t, []int64{8, 8, 8, 1}, before)

	a = s.post(t, "/v1/areas", "application/geo+json", mapOf("g1a", "g2", "g1b"))
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	_, err = s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	require.Equal(t, before, []int64{june("c"), june("t"), june("v"), june("g2")})
	require.Zero(t, june("g1a"))
	require.Equal(t, http.StatusNotFound, s.get(t, "/v1/areas/g1").Status, "the map of today does not have it")
	reported(t, s.post(t, "/v1/incidents", "text/csv", header+"s,n,2025-07-05,120.005,30.05,WGS84,land\n"))
	_, err = s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	var after seriesAnswer
	s.json(t, "/v1/series?from=2025-07-01&to=2025-08-01&area=g1a", &after)
	require.EqualValues(t, 1, after.Total)

	// The map of before again: the grid holds again, and has its records.
	require.Equal(t, http.StatusOK, s.post(t, "/v1/areas", "application/geo+json", mapOf("g1", "g2")).Status)
	_, err = s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	require.Equal(t, before, []int64{june("c"), june("t"), june("v"), june("g2")})
	require.EqualValues(t, 7, june("g1"))
	requireProblem(t, s.post(t, "/v1/areas", "text/csv", "code,wkt\n990101,\n"), http.StatusBadRequest, schemas.CodeUndeclaredCRS)
	requireProblem(t, s.post(t, "/v1/areas?crs=EPSG:1", "text/csv", "code,wkt\n990101,\n"), http.StatusBadRequest, schemas.CodeUndeclaredCRS)
}

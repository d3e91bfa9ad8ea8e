package web_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/test/county"
	"reli/web/access"
)

// square is a county of one township.
func square(t testing.TB) []schemas.Area {
	t.Helper()
	shape, err := wkb.Marshal(orb.MultiPolygon{{{{131, 46}, {131.1, 46}, {131.1, 46.1}, {131, 46.1}, {131, 46}}}})
	require.NoError(t, err)
	return []schemas.Area{
		{Set: schemas.DivisionSet, Code: "c", Level: schemas.LevelCounty, Name: "县", Geometry: shape},
		{Set: schemas.DivisionSet, Code: "t", Parent: "c", Level: schemas.LevelTownship, Name: "镇", Geometry: shape},
	}
}

// A source declares that its report and another's are of one matter: two 件次
// and one 件 where figures are read; undone, they are two again.
func TestLinkedReportsCountOnceAsMatters(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	require.NoError(t, c.LoadAreas(t.Context(), square(t)))
	c.Take(t, "source,source_id,occurred_at,category,township,people\n12345,h1,2025-03-03T08:00:00Z,land,t,6\ngrid,g1,2025-04-03T08:00:00Z,land,t,7\ngrid,g2,2025-04-03T08:00:00Z,land,t,1\n")
	g := newGuarded(t, c)
	admin, source := g.token(t, access.RoleAdministrator, cube.Scope{}), g.token(t, access.RoleIngest, cube.Scope{})
	counts := func() map[string]int64 {
		a := g.as(t, admin, http.MethodGet, "/v1/indicators?from=2025-01-01&to=2025-06-01&level=county&indicator=reports,matters,collective_rate,collective_people", "")
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
		var of indicatorsAnswer
		require.NoError(t, json.Unmarshal(a.Body, &of))
		out := map[string]int64{}
		for i, v := range of.Areas[0].Values {
			out[of.Indicators[i].Code] = v.Numerator
		}
		return out
	}
	say := func(who http.Header, path, body string) answer {
		a := g.as(t, who, http.MethodPost, path, body)
		if a.Status == http.StatusOK {
			_, err := c.Store.Settle(t.Context(), "test")
			require.NoError(t, err)
		}
		return a
	}
	apart := counts()
	require.Equal(t, map[string]int64{"reports": 3, "matters": 3, "collective_rate": 2, "collective_people": 13}, apart)
	const pair = `{"pairs":[[{"source":"grid","source_id":"g1"},{"source":"12345","source_id":"h1"}]]}`
	require.Equal(t, http.StatusForbidden, say(source, "/v1/links/decisions", `{"do":"apply"}`).Status, "a source decides nothing")
	require.Equal(t, http.StatusOK, say(source, "/v1/links", pair).Status)
	require.Equal(t, map[string]int64{"reports": 3, "matters": 2, "collective_rate": 2, "collective_people": 13}, counts(), "件次, 件, 批次 and 人次")

	undo := `{"do":"undo",` + pair[1:]
	require.Equal(t, http.StatusOK, say(admin, "/v1/links/decisions", undo).Status)
	require.Equal(t, apart, counts())
	require.Equal(t, http.StatusOK, say(source, "/v1/links", pair).Status)
	require.Equal(t, apart, counts(), "the word of a person stays")

	a := g.as(t, admin, http.MethodGet, "/v1/links?state=parted", "")
	require.Equal(t, http.StatusOK, a.Status)
	var list struct {
		Links []struct {
			State, Origin string
			A, B          struct{ Source string }
		}
		Total int
	}
	require.NoError(t, json.Unmarshal(a.Body, &list))
	require.Equal(t, 1, list.Total)
	require.Equal(t, "person", list.Links[0].Origin)
	require.Equal(t, "12345", list.Links[0].A.Source)
}

func TestPairsThatAreNoneAreRefused(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for body, field := range map[string]string{
		`{}`: "pairs",
		`{"pairs":[[{"source":"grid","source_id":"1"},{"source":"grid","source_id":"1"}]]}`:             "pairs",
		`{"pairs":[[{"source":"Grid 1","source_id":"1"},{"source":"grid","source_id":"2"}]]}`:           "pairs",
		`{"do":"join","pairs":[[{"source":"grid","source_id":"1"},{"source":"grid","source_id":"2"}]]}`: "do",
		`{"pear":1}`: "",
	} {
		a := s.post(t, "/v1/links", "application/json", body)
		require.Equal(t, http.StatusBadRequest, a.Status, body)
		var p struct{ Errors []struct{ Field string } }
		require.NoError(t, json.Unmarshal(a.Body, &p))
		if field != "" {
			require.Equal(t, field, p.Errors[0].Field, body)
		}
	}
	require.Equal(t, http.StatusBadRequest, s.post(t, "/v1/links/decisions", "application/json", `{"do":"guess"}`).Status)
	require.Equal(t, http.StatusBadRequest, s.get(t, "/v1/links?state=sure").Status)
	require.Equal(t, http.StatusOK, s.get(t, "/v1/links?state=proposed&limit=5").Status)
}

package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/test/county"
)

// TestBadRequestsAreToldAndCostNothing sends what cannot be meant. Each is
// answered with a problem, and none makes a query to the engine.
func TestBadRequestsAreToldAndCostNothing(t *testing.T) {
	s := newSite(t, county.Shared(t))
	const tile = "/v1/tiles/grid/9/418/203.mvt?from=2025-01-01&to=2025-02-01"
	long := strings.Repeat("x", 40<<10)
	before := s.EngineWrites()
	for _, c := range []struct {
		name, path string
		status     int
		code       string
	}{
		{"zoom below", "/v1/tiles/hex/-1/0/0.mvt", 404, "bad_tile"},
		{"zoom above", "/v1/tiles/hex/99/0/0.mvt", 404, "bad_tile"},
		{"zoom not made", "/v1/tiles/hex/15/0/0.mvt", 404, "bad_tile"},
		{"x beyond", "/v1/tiles/hex/3/8/0.mvt", 404, "bad_tile"},
		{"y beyond", "/v1/tiles/hex/3/0/8.mvt", 404, "bad_tile"},
		{"x below", "/v1/tiles/hex/3/-1/0.mvt", 404, "bad_tile"},
		{"x of 40 digits", "/v1/tiles/hex/3/1111111111111111111111111111111111111111/0.mvt", 404, "bad_tile"},
		{"no number", "/v1/tiles/hex/three/0/0.mvt", 404, "bad_tile"},
		{"a fraction", "/v1/tiles/hex/3/0.5/0.mvt", 404, "bad_tile"},
		{"a second address", "/v1/tiles/hex/03/0/0.mvt", 404, "bad_tile"},
		{"a sign", "/v1/tiles/hex/3/+1/0.mvt", 404, "bad_tile"},
		{"no ending", "/v1/tiles/hex/3/0/0", 404, "bad_tile"},
		{"another ending", "/v1/tiles/hex/3/0/0.png", 404, "bad_tile"},
		{"layer", "/v1/tiles/street/3/0/0.mvt", 404, "unknown_layer"},
		{"layer twice", "/v1/tiles/hex,hex/3/0/0.mvt", 404, "unknown_layer"},
		{"no layer", "/v1/tiles/,/3/0/0.mvt", 404, "unknown_layer"},
		{"day", tile + "&hours=1&from=2025-13-01", 400, "bad_parameter"},
		{"date", "/v1/tiles/grid/9/418/203.mvt?from=yesterday", 400, "bad_parameter"},
		{"31 February", "/v1/tiles/grid/9/418/203.mvt?from=2025-02-31", 400, "bad_parameter"},
		{"before all days", "/v1/tiles/grid/9/418/203.mvt?from=1960-01-01", 400, "bad_parameter"},
		{"empty window", "/v1/tiles/grid/9/418/203.mvt?from=2025-02-01&to=2025-02-01", 400, "bad_parameter"},
		{"backwards", "/v1/tiles/grid/9/418/203.mvt?from=2025-02-02&to=2025-02-01", 400, "bad_parameter"},
		{"window too long", "/v1/tiles/grid/9/418/203.mvt?from=1971-01-01&to=2149-01-01", 400, "bad_parameter"},
		{"twice", tile + "&from=2025-01-02", 400, "bad_parameter"},
		{"version twice", tile + "&v=1&v=2", 400, "bad_parameter"},
		{"category", tile + "&category=nonsense", 400, "unknown_category"},
		{"one category of two", tile + "&category=family,nonsense", 400, "unknown_category"},
		{"an attack", tile + "&category=%27%3B+DROP+TABLE+cube", 400, "unknown_category"},
		{"source", tile + "&source=nonsense", 400, "bad_parameter"},
		{"channel", tile + "&channel=nonsense", 400, "bad_parameter"},
		{"area", tile + "&area=123", 400, "unknown_area"},
		{"status", tile + "&status=sleeping", 400, "bad_parameter"},
		{"hour", tile + "&hours=24", 400, "bad_parameter"},
		{"hours", tile + "&hours=8-", 400, "bad_parameter"},
		{"hours backwards", tile + "&hours=18-8", 400, "bad_parameter"},
		{"hours in words", tile + "&hours=noon", 400, "bad_parameter"},
		{"hours in millions", tile + "&hours=0-99999999999", 400, "bad_parameter"},
		{"weekday", tile + "&weekdays=0", 400, "bad_parameter"},
		{"weekdays", tile + "&weekdays=1-8", 400, "bad_parameter"},
		{"measure", tile + "&measure=weight", 400, "bad_parameter"},
		{"rate of hexagons", "/v1/tiles/hex/9/418/203.mvt?measure=rate", 400, "bad_parameter"},
		{"parameter", tile + "&colour=red", 400, "bad_parameter"},
		{"malformed", tile + "&x=%zz", 400, "bad_parameter"},
		{"malformed elsewhere", "/v1/areas?q=%zz", 400, "bad_parameter"},
		{"2 MB", tile + "&category=" + long, 400, "too_large"},
		{"2 MB elsewhere", "/v1/dictionaries?" + long, 400, "too_large"},
		{"201 codes", tile + "&category=" + strings.Repeat("family,", 200) + "family", 400, "bad_parameter"},
		{"document", "/v1/tiles/grid.xml", 404, ""},
		{"document of no layer", "/v1/tiles/street.json", 404, "unknown_layer"},
		{"style of two", "/v1/styles/grid,hex.json", 404, ""},
		{"style", "/v1/styles/street.json", 404, ""},
		{"theme", "/v1/styles/grid.json?theme=blue", 400, "bad_parameter"},
		{"theme twice", "/v1/styles/grid.json?theme=dark&theme=light", 400, "bad_parameter"},
		{"legend of nothing", "/v1/legend", 400, "bad_parameter"},
		{"legend of two", "/v1/legend?layer=grid,hex", 400, "bad_parameter"},
		{"legend at a zoom", "/v1/legend?layer=grid&z=-1", 400, "bad_parameter"},
		{"legend at no number", "/v1/legend?layer=grid&z=x", 400, "bad_parameter"},
		{"legend twice", "/v1/legend?layer=grid&layer=hex", 400, "bad_parameter"},
		{"breaks", "/v1/legend?layer=grid&breaks=equal", 400, "bad_parameter"},
		{"rate legend of hexagons", "/v1/legend?layer=hex&measure=rate", 400, "bad_parameter"},
		{"step", "/v1/series?step=hour", 400, "bad_parameter"},
		{"step twice", "/v1/series?step=day&step=week", 400, "bad_parameter"},
		{"cell", "/v1/series?cell=nonsense", 400, "bad_parameter"},
		{"fine cell", "/v1/series?cell=8f2830828052d25", 400, "bad_parameter"},
		{"dimension", "/v1/breakdown?by=colour", 400, "bad_parameter"},
		{"no dimension", "/v1/breakdown", 400, "bad_parameter"},
		{"by cell", "/v1/breakdown?by=cell", 400, "bad_parameter"},
		{"by day", "/v1/breakdown?by=day", 400, "bad_parameter"},
		{"level", "/v1/areas?level=street", 400, "bad_parameter"},
		{"parent", "/v1/areas?parent=123", 400, "unknown_area"},
		{"parent with level", "/v1/areas?level=grid&parent=123", 400, "unknown_area"},
		{"areas parameter", "/v1/areas?name=x", 400, "bad_parameter"},
		{"no area", "/v1/areas/123", 404, "not_found"},
		{"geometry", "/v1/areas/123?geometry=yes&x=1", 400, "bad_parameter"},
		{"playback", "/v1/playback/street", 404, ""},
		{"playback step", "/v1/playback/hex?step=hour", 400, "bad_parameter"},
		{"nowhere", "/v1/nowhere", 404, "not_found"},
		{"no page", "/nothing.html", 404, "not_found"},
		{"a way out", "/..%2f..%2fetc%2fpasswd", 404, "not_found"},
		{"freshness parameter", "/v1/freshness?x=1", 400, "bad_parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := requireProblem(t, s.get(t, c.path), c.status, c.code)
			require.Less(t, len(p.Detail), 300, "an answer is not filled by its question")
		})
	}
	require.Equal(t, before, s.EngineWrites(), "a bad request made a query")
	s.json(t, "/v1/freshness", &struct{}{})
	require.Greater(t, s.EngineWrites(), before, "queries are not counted: nothing was tested")
}

func TestAProblemNamesTheParameter(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for path, field := range map[string]string{
		"/v1/series?hours=24": "hours", "/v1/series?area=1": "area", "/v1/series?category=x": "category", "/v1/series?to=1999-01-01": "to",
		"/v1/series?from=x": "from", "/v1/series?colour=red": "colour", "/v1/breakdown?by=x": "by", "/v1/areas?level=x": "level",
	} {
		p := requireProblem(t, s.get(t, path), 400, "")
		require.Len(t, p.Errors, 1, path)
		require.Equal(t, field, p.Errors[0].Field, path)
	}
}

func TestOtherMethodsAreRefusedWithThoseThatWork(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, c := range []struct {
		method, path string
		allowed      []string
	}{
		{http.MethodPost, "/v1/series", []string{"GET", "HEAD"}},
		{http.MethodDelete, "/v1/areas", []string{"GET", "HEAD", "POST"}},
		{http.MethodGet, "/v1/incidents", []string{"POST"}},
		{http.MethodPut, "/v1/tiles/hex/3/0/0.mvt", []string{"GET", "HEAD"}},
		{http.MethodPost, "/", []string{"GET", "HEAD"}},
	} {
		a := s.do(t, c.method, c.path, nil, nil)
		requireProblem(t, a, http.StatusMethodNotAllowed, "method_not_allowed")
		require.Equal(t, c.allowed, a.Header.Values("Allow"), "%s %s", c.method, c.path)
	}
}

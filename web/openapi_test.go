package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/test/county"
)

type operation struct {
	Summary    string
	Parameters []struct {
		Ref  string `yaml:"$ref"`
		Name string
		In   string
	}
}

func document(t *testing.T) map[string]map[string]operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]operation
	}
	require.NoError(t, yaml.Unmarshal(schemas.OpenAPI(), &doc))
	return doc.Paths
}

// names gives the parameters of an operation that stand in the query.
func (o operation) names() []string {
	var out []string
	for _, p := range o.Parameters {
		switch {
		case p.Ref != "":
			out = append(out, p.Ref[strings.LastIndex(p.Ref, "/")+1:])
		case p.In == "query":
			out = append(out, p.Name)
		}
	}
	return out
}

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var served, described []string
	routes, ok := s.Web.Handler().(chi.Routes)
	require.True(t, ok)
	require.NoError(t, chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasSuffix(route, "/*") { // the pages
			served = append(served, method+" "+route)
		}
		return nil
	}))
	for path, operations := range document(t) {
		for method, o := range operations {
			require.NotEmpty(t, o.Summary, path)
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	require.Equal(t, slices.Compact(served), described)
	require.Equal(t, schemas.OpenAPI(), s.get(t, "/openapi.yaml").Body)
}

// TestEveryParameterOfTheDocumentIsTaken gives each one a value of its kind.
// What is not in the document is refused.
func TestEveryParameterOfTheDocumentIsTaken(t *testing.T) {
	s := newSite(t, county.Shared(t))
	values := map[string]string{"from": "2025-03-01", "to": "2025-03-20", "category": "land", "status": "open", "hours": "8-18",
		"weekdays": "1-5", "measure": "open", "layer": "grid", "z": "9", "breaks": "jenks", "v": "1", "theme": "light", "step": "week",
		"by": "category", "q": "1", "geometry": "1", "level": "township", "cell": s.Store.Current().Cells(7)[0].String(),
		"area": s.Store.Current().Catalogue.Tree.AtLevel(1)[0].Code, "parent": s.Store.Current().Catalogue.Tree.AtLevel(1)[0].Code,
		"source": s.Store.Current().Catalogue.Sources[0].Code, "channel": s.Store.Current().Catalogue.Channels[0].Code}
	for path, operations := range document(t) {
		o, ok := operations["get"]
		if !ok || path == "/v1/events" || slices.Contains(statistics(), path) {
			continue
		}
		address := s.example(path)
		for _, name := range o.names() {
			value, known := values[name]
			if !known {
				continue // of an endpoint that other tests know
			}
			query := "?" + name + "=" + value
			if name == "to" {
				query += "&from=2025-03-01" // without it the window ends before it begins
			}
			if path == "/v1/legend" && name != "layer" {
				query += "&layer=grid"
			}
			if path == "/v1/breakdown" && name != "by" {
				query += "&by=hour"
			}
			a := s.get(t, address+query)
			require.Contains(t, []int{http.StatusOK, http.StatusNoContent}, a.Status, "%s%s: %s", address, query, a.Body)
			if name == "from" {
				for _, parameter := range cube.Parameters() {
					require.Contains(t, o.names(), parameter, "%s takes a Selection", path)
				}
			}
		}
	}
}

// statistics are addresses whose answers take long to compute, or whose
// parameters of these names mean something else; they have tests of their own.
func statistics() []string {
	return []string{"/v1/forecast", "/v1/backtest", "/v1/warnings", "/v1/hotspots", "/v1/levels", "/v1/levels/{area}/history", "/v1/policy",
		"/v1/audit", "/v1/audit/export.{format}", "/v1/tips", "/v1/tips/{document}", "/v1/supervision", "/v1/tone"}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// example fills the placeholders of a path.
func (s *site) example(path string) string {
	code := "none"
	if tree := s.Store.Current().Catalogue.Tree; tree != nil {
		code = tree.AtLevel(1)[0].Code
	}
	switch path {
	case "/v1/tiles/{layers}/{z}/{x}/{tile}":
		return "/v1/tiles/grid/9/418/203.mvt"
	case "/v1/areas/{code}":
		return "/v1/areas/" + code
	case "/v1/tiles/{document}", "/v1/styles/{document}":
		return placeholder.ReplaceAllString(path, "grid.json")
	case "/v1/basemap/{layer}/{z}/{x}/{y}":
		return "/v1/basemap/0/1/0/0"
	case "/v1/reports/{document}":
		return "/v1/reports/situation.json"
	}
	return placeholder.ReplaceAllString(path, "grid")
}

// TestAnEmptyStoreAnswersEverything asks every address that gives something
// when there is nothing to give: no areas, no incidents.
func TestAnEmptyStoreAnswersEverything(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	asked := 0
	for path, operations := range document(t) {
		if _, ok := operations["get"]; !ok || path == "/v1/events" {
			continue
		}
		address := s.example(path)
		for _, query := range []string{"", "?layer=hex", "?by=township", "?measure=rate", "?level=grid"} {
			a := s.get(t, address+query)
			require.Less(t, a.Status, 500, "%s%s: %s", address, query, a.Body)
			if a.Status >= 400 {
				requireProblem(t, a, a.Status, "")
			}
		}
		asked++
	}
	require.Greater(t, asked, 10)
	for path, want := range map[string]string{
		"/v1/areas": `{"areas":[]}`, "/v1/tiles/grid/0/0/0.mvt": "", "/v1/tiles/hex/0/0/0.mvt": "",
	} {
		require.Equal(t, want, string(s.get(t, path).Body), path)
	}
	var series struct {
		Points []struct{ Count int }
		Total  int
	}
	s.json(t, "/v1/series?from=2025-01-01&to=2025-01-11", &series)
	require.Len(t, series.Points, 10)
	require.Zero(t, series.Total)
	var fresh map[string]any
	s.json(t, "/v1/freshness", &fresh)
	require.Nil(t, fresh["bbox"])
	require.Nil(t, fresh["first_day"])
	require.EqualValues(t, 0, fresh["incidents"])
}

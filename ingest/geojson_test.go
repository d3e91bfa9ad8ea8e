package ingest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/schemas"
)

const square = `{"type":"Polygon","coordinates":[[[131,46],[131.1,46],[131.1,46.1],[131,46]]]}`

func collection(features ...string) string {
	return `{"type":"FeatureCollection","name":"map","features":[` + strings.Join(features, ",") + `]}`
}

func featureOf(properties, geometry string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":{%s},"geometry":%s}`, properties, geometry)
}

func TestReadAreas(t *testing.T) {
	rows, err := ReadAreas(strings.NewReader(collection(
		featureOf(`"code":"990101000000","level":"county","name":"方县","长官":"x"`, "null"),
		featureOf(`"code":"990101001000","parent":"990101000000","level":"township","name":"一镇","population":1200`, square),
		featureOf(`"code":"990101002000","parent":"990101000000","level":"township","name":"二镇"`,
			`{"type":"MultiPolygon","coordinates":[[[[1,2,99],[3,4,99],[5,7,99],[1,2,99]]],[[[8,8],[9,8],[9,9],[8,8]]]]}`))))
	require.NoError(t, err)
	areas, err := MapAreas(rows)
	require.NoError(t, err)
	require.Equal(t, []area.Area{
		{Code: "990101000000", Level: area.County, Name: "方县"},
		{Code: "990101001000", Parent: "990101000000", Level: area.Township, Name: "一镇", Population: 1200,
			Geometry: orb.MultiPolygon{{{{131, 46}, {131.1, 46}, {131.1, 46.1}, {131, 46}}}}},
		{Code: "990101002000", Parent: "990101000000", Level: area.Township, Name: "二镇",
			Geometry: orb.MultiPolygon{{{{1, 2}, {3, 4}, {5, 7}, {1, 2}}}, {{{8, 8}, {9, 8}, {9, 9}, {8, 8}}}}},
	}, areas)
	back, err := StoreAreas(areas)
	require.NoError(t, err)
	require.Equal(t, rows, back)
	_, err = area.BuildTree(areas)
	require.NoError(t, err)
}

func TestReadAreasTellsWhere(t *testing.T) {
	good := `"code":"1","level":"county"`
	f := func(name, input, part string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			_, err := ReadAreas(strings.NewReader(input))
			p, ok := schemas.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Contains(t, err.Error(), part)
			require.Equal(t, 400, p.Status)
		})
	}
	f("empty", "", "ends in the middle")
	f("not JSON", "hello", "declare it")
	f("array", "[]", "want {")
	f("one feature", featureOf(good, square), "no GeoJSON FeatureCollection")
	f("no features", `{"type":"FeatureCollection"}`, "no features")
	f("cut off", collection(featureOf(good, square))[:120], "feature 1")
	f("second feature", collection(featureOf(good, square), featureOf(`"level":"grid"`, square)), "feature 2")
	f("position", collection(featureOf(`"code":"7","level":"planet"`, square)), `feature 1 (code "7") at byte 53`)
	f("number as code", collection(featureOf(`"code":7`, square)), "feature 1")
	f("negative population", collection(featureOf(good+`,"population":-1`, square)), "population")
	f("line", collection(featureOf(good, `{"type":"LineString","coordinates":[[1,2],[3,4]]}`)), "no Polygon")
	f("open ring", collection(featureOf(good, `{"type":"Polygon","coordinates":[[[1,2],[3,4],[5,6],[1,3]]]}`)), "polygon 1, ring 1: the ring is not closed")
	f("short ring", collection(featureOf(good, `{"type":"Polygon","coordinates":[[[1,2],[3,4],[1,2]]]}`)), "3 positions")
	f("metres", collection(featureOf(good, `{"type":"Polygon","coordinates":[[[1,2],[500000,4],[5,6],[1,2]]]}`)), "position 2")
	f("no ring", collection(featureOf(good, `{"type":"Polygon","coordinates":[]}`)), "no ring")
	f("depth", collection(featureOf(good, `{"type":"Polygon","coordinates":[[1,2]]}`)), "cannot be read")
	f("long name", collection(featureOf(good+`,"name":"`+strings.Repeat("x", 300)+`"`, square)), "longer")
	_, err := ReadAreas(strings.NewReader(`{"crs":{"properties":{"name":"urn:ogc:def:crs:EPSG::27700"}},"features":[]}`))
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
}

func FuzzReadAreas(f *testing.F) {
	f.Add(collection(featureOf(`"code":"1","level":"grid"`, square)))
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := ReadAreas(strings.NewReader(s))
		if err != nil {
			return
		}
		_, err = MapAreas(rows)
		require.NoError(t, err)
	})
}

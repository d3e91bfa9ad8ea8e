package schemas_test

import (
	"bytes"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"reli/schemas"
)

func TestDictionaryHasUniqueNamedCodes(t *testing.T) {
	d := schemas.LoadDictionary()
	for name, list := range map[string][]schemas.Entry{
		"categories": d.Categories, "sources": d.Sources, "channels": d.Channels,
		"scales": d.Scales, "urgencies": d.Urgencies, "statuses": d.Statuses, "levels": d.Levels,
	} {
		require.NotEmpty(t, list, name)
		seen := map[string]bool{}
		for _, e := range list {
			require.False(t, seen[e.Code], "%s: code %q twice", name, e.Code)
			seen[e.Code] = true
			require.NotEmpty(t, e.Zh, "%s %q", name, e.Code)
			require.NotEmpty(t, e.En, "%s %q", name, e.Code)
		}
	}
}

func TestCrosswalkLeadsToCategories(t *testing.T) {
	d := schemas.LoadDictionary()
	known := map[string]bool{}
	for _, e := range d.Categories {
		known[e.Code] = true
	}
	require.True(t, known[schemas.CategoryOther])
	for _, list := range []string{"mediation", "comprehensive", "classes17", "petition"} {
		require.NotEmpty(t, d.Crosswalk[list], list)
		for label, code := range d.Crosswalk[list] {
			require.True(t, known[code], "%s: %s leads to unknown category %q", list, label, code)
		}
	}
}

func TestEveryStateIsOpenOrClosed(t *testing.T) {
	closed := map[schemas.State]bool{
		schemas.StateRegistered: false, schemas.StateAssigned: false, schemas.StateReopened: false,
		schemas.StateResolved: true, schemas.StateVisited: true, schemas.StateCancelled: true,
	}
	for state, want := range closed {
		require.Equal(t, want, state.Closed(), "state %d", state)
	}
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := fs.ReadFile(schemas.JSONSchemas(), name)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(name, doc))
	s, err := c.Compile(name)
	require.NoError(t, err)
	return s
}

func TestSchemasTakeWhatIsRightAndRefuseWhatIsNot(t *testing.T) {
	cases := []struct {
		schema, json string
		ok           bool
	}{
		{"incident.json", `{"source":"12345","source_id":"a","occurred_at":"2025-01-02T03:04:05+08:00","lng":131.1,"lat":46.7,"crs":"GCJ02"}`, true},
		{"incident.json", `{"source":"12345","source_id":"a","reported_at":"2025-01-02"}`, true},
		{"incident.json", `{"source":"12345","source_id":"a"}`, false},
		{"incident.json", `{"source":"","source_id":"a","occurred_at":"2025-01-02"}`, false},
		{"incident.json", `{"source":"s","source_id":"a","occurred_at":"2025-01-02","lng":131.1,"lat":46.7}`, false},
		{"incident.json", `{"source":"s","source_id":"a","occurred_at":"2025-01-02","state":"done"}`, false},
		{"transition.json", `{"source":"s","source_id":"a","at":"2025-01-02T03:04:05Z","kind":"resolve"}`, true},
		{"transition.json", `{"source":"s","source_id":"a","at":"2025-01-02T03:04:05Z","kind":"finish"}`, false},
		{"area.json", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"99","level":"county","name":"c"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}`, true},
		{"area.json", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"99","level":"shire","name":"c"},"geometry":{"type":"Polygon","coordinates":[[]]}}]}`, false},
	}
	for _, c := range cases {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(c.json))
		require.NoError(t, err)
		err = compile(t, c.schema).Validate(value)
		if c.ok {
			require.NoError(t, err, c.json)
		} else {
			require.Error(t, err, c.json)
		}
	}
}

// F36: places have a risk, persons none. Neither a table nor a record has an
// attribute of a person; people is a number of them.
func TestNoAttributeIsOfAPerson(t *testing.T) {
	person := regexp.MustCompile(`(?i)person|citizen|petitioner|suspect|surname|phone|mobile|id_?card|id_?number|birth|gender|ethnic|religion|household|姓名|电话|身份证`)
	files, err := fs.Glob(schemas.Migrations(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	comment := regexp.MustCompile(`(?m)--.*$`)
	for _, name := range files {
		text, err := fs.ReadFile(schemas.Migrations(), name)
		require.NoError(t, err)
		require.NotRegexp(t, person, comment.ReplaceAllString(string(text), ""), name)
	}
	for _, record := range []any{schemas.Incident{}, schemas.Transition{}, schemas.Area{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(record)) {
			require.NotRegexp(t, person, field.Name)
		}
	}
	require.Regexp(t, person, "contact_phone String", "the pattern can fail")
}

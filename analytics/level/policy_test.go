package level_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"reli/analytics/level"
	"reli/schemas"
)

func parsed(t testing.TB, text string) *level.Policy {
	t.Helper()
	p, err := level.Parse([]byte(text))
	require.NoError(t, err)
	return p
}

// faulty gives the faults of a policy that must be refused.
func faulty(t testing.TB, text string) level.Faults {
	t.Helper()
	_, err := level.Parse([]byte(text))
	var faults level.Faults
	require.ErrorAs(t, err, &faults)
	p, ok := schemas.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, schemas.CodeBadPolicy, p.Code)
	return faults
}

// place gives line and column, from 1 and in characters, of the first
// occurrence of a text from a byte on.
func place(t testing.TB, text string, from int, of string) (line, column int) {
	t.Helper()
	at := strings.Index(text[from:], of)
	require.GreaterOrEqual(t, at, 0, of)
	before := text[:from+at]
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

func TestTheDefaultPolicyHoldsTogetherAndFitsItsSchema(t *testing.T) {
	p, err := level.Default()
	require.NoError(t, err)
	for _, c := range level.Classes() {
		require.Len(t, p.Grade(c.Level).Body, 4, c.Code)
	}
	for _, lead := range schemas.LoadDictionary().Categories {
		if lead.Code != "other" {
			require.Contains(t, p.Leads, lead.Code, "a category without a leading department")
		}
	}

	schema := schemaOfPolicies(t)
	require.NoError(t, schema.Validate(instance(t, schemas.DefaultPolicy())))
	for _, wrong := range []string{"format: 1", "noise: 0.11", "level: red\n    at"} {
		require.Error(t, schema.Validate(instance(t, bytes.Replace(schemas.DefaultPolicy(), []byte(wrong), []byte("x"+wrong), 1))), wrong)
	}
	var inputs []string
	for _, in := range level.InputInfos() {
		inputs = append(inputs, in.Code)
	}
	var doc struct {
		Defs struct{ Input struct{ Enum []string } } `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(schemas.PolicySchema(), &doc))
	require.ElementsMatch(t, inputs, doc.Defs.Input.Enum)
}

func schemaOfPolicies(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.PolicySchema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("policy.json", doc))
	schema, err := c.Compile("policy.json")
	require.NoError(t, err)
	return schema
}

func instance(t testing.TB, text []byte) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	require.NoError(t, err)
	return doc
}

// TestAPolicyThatCannotBeRightIsRefusedWithItsPlace breaks the default policy
// in one way at a time.
func TestAPolicyThatCannotBeRightIsRefusedWithItsPlace(t *testing.T) {
	whole := string(schemas.DefaultPolicy())
	for name, c := range map[string]struct{ old, new, at, code string }{
		"an unknown key":                  {"noise: 0.11", "nose: 0.11", "nose", level.FaultUnknownKey},
		"an unknown key of a rule":        {"    points: 25\n", "    pionts: 25\n", "pionts", level.FaultUnknownKey},
		"a key twice":                     {"noise: 0.11", "noise: 0.11\nnoise: 0.2", "noise: 0.2", level.FaultSyntax},
		"a text for a number":             {"points: 25", "points: many", "many", level.FaultValue},
		"broken YAML":                     {"rules:\n", "rules: [\n", "", level.FaultSyntax},
		"an unknown input":                {"input: urgent", "input: urgency", "urgency", level.FaultUnknownName},
		"an unknown tier":                 {"ramp: {grid: [1, 5]", "ramp: {hamlet: [1, 5]", "[1, 5]", level.FaultUnknownName},
		"an id twice":                     {"id: overdue", "id: urgent", "urgent\n", level.FaultDuplicate},
		"a rule that needs itself":        {"needs: [overdue]", "needs: [critical_late]", "critical_late]", level.FaultCycle},
		"a rule that needs none there is": {"needs: [overdue]", "needs: [nothing]", "nothing]", level.FaultUnknownName},
		"no points":                       {"points: 25", "points: 0", "0\n", level.FaultNeverFires},
		"a ramp beyond all values":        {"ramp: {grid: [1.3, 4]", "ramp: {grid: [7, 9]", "[7, 9]", level.FaultNeverFires},
		"a ramp that falls":               {"[1.3, 4], village", "[4, 1.3], village", "[4, 1.3]", level.FaultValue},
		"a floor beyond all values":       {"input: mass_group\n    at_least: {grid: 1", "input: exceedance\n    at_least: {grid: 7", "7, village", level.FaultNeverFires},
		"levels that do not rise":         {"at: 35", "at: 15", "15\n    stay: 5", level.FaultValue},
		"a level without a body":          {"      county: {id: \"task-force:{county}\"", "      #", "", level.FaultNobody},
		"a body with a finer place":       {"\"village:{village}\"", "\"village:{grid}\"", "\"village:{grid}\"", level.FaultNobody},
		"an unknown placeholder":          {"\"{county}县级专班", "\"{country}县级专班", "\"{country}", level.FaultUnknownName},
		"nobody leads":                    {"  default: {id", "  fallback: {id", "fallback", level.FaultNobody},
		"an answer in no time":            {"answer_days: 7", "answer_days: 0", "0\n", level.FaultValue},
		"a version that is no name":       {"version: \"2026.1\"", "version: \"二〇二六\"", "\"二〇二六\"", level.FaultValue},
		"another format":                  {"format: 1", "format: 2", "2\n", level.FaultValue},
		"a share that is none":            {"noise: 0.11", "noise: 1.5", "1.5", level.FaultValue},
	} {
		t.Log(name)
		require.Contains(t, whole, c.old, name)
		text := strings.Replace(whole, c.old, c.new, 1)
		faults := faulty(t, text)
		require.Equal(t, c.code, faults[0].Code, "%s: %s", name, faults)
		require.Positive(t, faults[0].Line, "%s: %s", name, faults)
		require.Positive(t, faults[0].Column, "%s: %s", name, faults)
		if c.at == "" {
			continue
		}
		line, column := place(t, text, strings.Index(whole, c.old), c.at)
		require.Equal(t, fmt.Sprintf("%d:%d", line, column), fmt.Sprintf("%d:%d", faults[0].Line, faults[0].Column), "%s: %s", name, faults)
	}
}

// small is a policy that tests can reckon with.
const small = `format: 1
version: small
zh: 小
en: small
noise: 0.11
rules:
  - {id: a, zh: 甲, en: a, input: open, points: 10, ramp: {grid: [0, 10], township: [0, 100]}}
  - {id: b, zh: 乙, en: b, input: overdue, points: 20, ramp: {grid: [0, 4]}, needs: [c]}
  - {id: c, zh: 丙, en: c, input: urgent, points: 5, ramp: {grid: [0, 1]}, needs: [a]}
floors:
  - {id: f, zh: 底, en: f, input: mass_group, at_least: {grid: 1}, level: orange}
levels:
  - {level: blue, at: 5, stay: 3, answer_days: 7, body: &body {grid: {id: "g:{grid}", zh: "{area}", en: "{area}"}, village: {id: v, zh: v, en: v}, township: {id: t, zh: t, en: t}, county: {id: "{lead}", zh: "{lead}", en: "{lead}"}}}
  - {level: yellow, at: 10, stay: 3, population: 100, answer_days: 5, body: *body}
  - {level: orange, at: 20, stay: 3, population: 300, answer_days: 3, body: *body}
  - {level: red, at: 30, stay: 3, population: 1000, answer_days: 1, body: *body}
leads: {default: {id: d, zh: 综治, en: governance}, land: {id: l, zh: 国土, en: land}}
`

func TestACycleOverSeveralRulesIsNamed(t *testing.T) {
	text := strings.Replace(small, "needs: [a]", "needs: [b]", 1)
	faults := faulty(t, text)
	require.Len(t, faults, 1)
	require.Equal(t, level.FaultCycle, faults[0].Code)
	line, column := place(t, text, 0, "[b]")
	require.Equal(t, []int{line, column + 1}, []int{faults[0].Line, faults[0].Column})
}

func TestARuleWhoseNeedsHoldElsewhereCanNeverFire(t *testing.T) {
	text := strings.Replace(small, "input: overdue, points: 20, ramp: {grid: [0, 4]}", "input: overdue, points: 20, ramp: {village: [0, 4]}", 1)
	faults := faulty(t, text)
	require.Equal(t, level.FaultNeverFires, faults[0].Code, "%s", faults)
	require.Equal(t, "rules[1].needs", faults[0].Path)
}

func TestALevelBeyondAllPointsIsRefusedUnlessAFloorLiftsToIt(t *testing.T) {
	faults := faulty(t, strings.Replace(small, "at: 30", "at: 36", 1))
	require.Equal(t, level.FaultNeverFires, faults[0].Code)
	require.Equal(t, "levels[3].at", faults[0].Path)
	parsed(t, strings.Replace(small, "at: 30", "at: 35", 1))
	parsed(t, strings.NewReplacer("at: 30", "at: 3600", "level: orange}", "level: red}").Replace(small))
}

func TestAllFaultsAreToldAtOnceInTheOrderOfTheFile(t *testing.T) {
	text := strings.NewReplacer("noise: 0.11", "noise: 2", "points: 10", "points: 0", "stay: 3, population: 1000", "stay: -1, population: 1000").Replace(small)
	faults := faulty(t, text)
	require.Len(t, faults, 3, "%s", faults)
	require.Less(t, faults[0].Line, faults[1].Line)
	require.Less(t, faults[1].Line, faults[2].Line)
}

func TestDiffNamesWhatChangedAndNoChangeOfOrder(t *testing.T) {
	was := parsed(t, small)
	edits, err := level.Diff(was, parsed(t, small))
	require.NoError(t, err)
	require.Empty(t, edits)
	lines := strings.Split(small, "\n")
	lines[6], lines[7] = lines[7], lines[6]
	edits, err = level.Diff(was, parsed(t, strings.Join(lines, "\n")))
	require.NoError(t, err)
	require.Empty(t, edits)
	edits, err = level.Diff(was, parsed(t, strings.NewReplacer("points: 20", "points: 25", "version: small", "version: other").Replace(small[:strings.Index(small, "floors:")]+"floors: []\n"+small[strings.Index(small, "levels:"):])))
	require.NoError(t, err)
	var paths []string
	for _, e := range edits {
		paths = append(paths, e.Path)
	}
	require.Contains(t, paths, "version")
	require.Contains(t, edits, level.Edit{Path: "rules.b.points", Old: "20", New: "25"})
	require.Contains(t, edits, level.Edit{Path: "floors.f.level", Old: "orange", New: ""})
}

// FuzzParse holds that no text makes the reader fail in another way than with
// faults, and that what it takes can decide.
func FuzzParse(f *testing.F) {
	f.Add(string(schemas.DefaultPolicy()))
	f.Add(small)
	f.Add("")
	f.Add("a: &a [*a]")
	f.Add("rules: {0: 1}\nlevels: 3")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := level.Parse([]byte(text))
		if err != nil {
			var faults level.Faults
			require.True(t, errors.As(err, &faults))
			return
		}
		d := p.Decide(level.Place{Tier: 4}, level.Inputs{level.Open: 50}, level.Standing{}, 1)
		sum := 0
		for _, c := range d.Contributions {
			sum += c.Points
		}
		require.Equal(t, d.Score, sum)
	})
}

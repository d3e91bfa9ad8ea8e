package ingest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

func TestBuiltinProfiles(t *testing.T) {
	require.Equal(t, []string{"12345", "chicago", "generic", "generic-transitions", "grid", "mediation", "petition", "police", "stuttgart"}, BuiltinProfiles())
	codes := map[string]string{}
	for _, name := range BuiltinProfiles() {
		p := builtin(t, name)
		require.Equal(t, name, p.Name())
		for _, entries := range p.dictionary {
			for _, e := range entries {
				require.Empty(t, codes[e.Code], "%s is in two profiles", e.Code)
				codes[e.Code] = name
			}
		}
	}
	require.Len(t, builtin(t, "stuttgart").dictionary[DictionaryCategory], 23)
	require.Equal(t, RecordTransition, builtin(t, "generic-transitions").Record())
	require.Equal(t, "Europe/Berlin", builtin(t, "stuttgart").zone.String())
	require.Equal(t, "America/Chicago", builtin(t, "chicago").zone.String())
	_, err := BuiltinProfile("../generic")
	requireProblem(t, err, schemas.CodeBadProfile)
}

func requireProblem(t testing.TB, err error, code string) *schemas.Problem {
	t.Helper()
	p, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, p.Code, p.Detail)
	return p
}

const goodProfile = `name: test
record: incident
source: test
times: ["2006-01-02 15:04:05"]
crs: GCJ02
columns:
  source_id: [编号, 工单编号]
  occurred_at: 发生日期
  lng: 经度
  lat: 纬度
  category: 类别
categories:
  - {code: test_noise, zh: 噪声, en: Noise}
category_map:
  噪音扰民: test_noise
values:
  scale: {个体: "1"}
defaults:
  channel: report
`

func TestProfileFaultsTellTheirLine(t *testing.T) {
	_, err := ParseProfile([]byte(goodProfile))
	require.NoError(t, err)
	f := func(name, old, new, code, part string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			require.Contains(t, goodProfile, old)
			_, err := ParseProfile([]byte(strings.Replace(goodProfile, old, new, 1)))
			p := requireProblem(t, err, code)
			require.Contains(t, p.Detail, part)
			require.NotContains(t, p.Detail, "\n")
		})
	}
	bad := schemas.CodeBadProfile
	f("unknown key", "crs: GCJ02", "csr: GCJ02", bad, "line 5")
	f("key twice", "crs: GCJ02", "name: again", bad, "line 5")
	f("not YAML", "columns:", "columns: [", bad, "line")
	f("wrong type", "record: incident", "record: [1]", bad, "line 2")
	f("unknown kind of record", "record: incident", "record: person", bad, "line 2")
	f("name", "name: test", "name: ../x", bad, "line 1")
	f("unknown field", "category: 类别", "person: 姓名", bad, "line 11: columns.person")
	f("field of the other kind", "category: 类别", "kind: 类别", bad, "line 11")
	f("no id", "  source_id: [编号, 工单编号]\n", "", bad, "source_id")
	f("no date", "  occurred_at: 发生日期\n", "", bad, "occurred_at")
	f("one column for two fields", "lat: 纬度", "lat: 经度", bad, "already feeds")
	f("half a point", "  lat: 纬度\n", "", bad, "both")
	f("no source", "source: test\n", "", bad, "source")
	f("two sources", "columns:\n", "columns:\n  source: 来源\n", bad, "line 3")
	f("undeclared system", "crs: GCJ02\n", "", schemas.CodeUndeclaredCRS, "line 8: columns.lng")
	f("unknown system", "crs: GCJ02", "crs: Beijing54", bad, "line 5")
	f("layout without a day", "2006-01-02 15", "2006-01 15", bad, "line 4")
	f("unknown category", "噪音扰民: test_noise", "噪音扰民: noise", bad, "line 15")
	f("entry without a name", "zh: 噪声", `zh: ""`, bad, "line 13")
	f("unknown value", `个体: "1"`, `个体: "9"`, bad, "line 17")
	f("values of a free field", "scale: {", "source_id: {", bad, "line 17")
	f("default of an id", "channel: report", "source_id: x", bad, "line 19")
	f("unknown default", "channel: report", "channel: pigeon", bad, "line 19")
	f("time zone", "crs: GCJ02", "crs: GCJ02\ntime_zone: Asia/Jixian", bad, "line 6")
	f("affix", "crs: GCJ02", "crs: GCJ02\nstrip: {category: [\"a…b…c\"]}", bad, "line 6: strip.category")
	f("affix of nothing", "crs: GCJ02", "crs: GCJ02\nstrip: {person: [x]}", bad, "line 6: strip.person")
	f("unit", "crs: GCJ02", "crs: GCJ02\nunits: {people: 公里}", bad, "line 6: units.people")
	f("unit of a text", "crs: GCJ02", "crs: GCJ02\nunits: {category: 人}", bad, "line 6: units.category")
	f("base", "crs: GCJ02", "crs: GCJ02\nextends: nothing", bad, "line 6: extends")
	f("headers of one form", "[编号, 工单编号]", "[编号, \"类 别：\"]", bad, "already feeds")
	f("crosswalk", "crs: GCJ02", "crs: GCJ02\ncrosswalks: [nothing]", bad, "line 6")
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte(goodProfile))
	for _, name := range BuiltinProfiles() {
		data, err := schemas.Profiles().Open(name + ".yaml")
		require.NoError(f, err)
		buf := make([]byte, 1<<14)
		n, _ := data.Read(buf)
		data.Close()
		f.Add(buf[:n])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProfile(data)
		if _, ok := schemas.AsProblem(err); err != nil && !ok {
			t.Fatalf("not a problem: %v", err)
		}
		if err == nil && (p.record == "" || len(p.times) == 0 || len(p.defaults) != len(p.record.fieldNames())) {
			t.Fatal("an accepted profile is not complete")
		}
	})
}

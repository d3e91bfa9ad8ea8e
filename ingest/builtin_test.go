package ingest

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s; go test -update writes it anew", path)
}

// taken takes an input into an empty store with the named county.
func taken(t testing.TB, profile *Profile, name, data string) (*memory, Report) {
	t.Helper()
	store := newMemory()
	rep, err := newIngester(t, store, namedCounty(), 0).Run(context.Background(), Input{Name: name, Reader: strings.NewReader(data), Profile: profile})
	require.NoError(t, err)
	return store, rep
}

// lines writes the incidents of a store one a line, without what differs from
// run to run.
func lines(store *memory) string {
	day := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.In(shanghai).Format("2006-01-02T15:04:05")
	}
	var b strings.Builder
	for _, in := range slices.SortedFunc(maps.Values(store.incidents), func(a, b schemas.Incident) int { return cmp.Compare(a.SourceID, b.SourceID) }) {
		fmt.Fprintf(&b, "%s %s occurred %s reported %s due %s closed %s | %s %q scale %d people %d urgency %d channel %q | %q → %q level %d state %d | area %q cell %x quality %d\n",
			in.Source, in.SourceID, day(in.OccurredAt), day(in.ReportedAt), day(in.DueAt), day(in.ClosedAt),
			in.Category, in.CategoryLabel, in.Scale, in.People, in.Urgency, in.Channel,
			in.FirstUnit, in.HandlingUnit, in.ResolverLevel, in.State, in.Area, in.Cell, in.LocationQuality)
	}
	return b.String()
}

// sources are the built-in profiles of the sources that counties have.
func sources() []string { return []string{"12345", "grid", "mediation", "petition", "police"} }

// The folders hold the same invented matters, as offices and years write them
// down: other headers, dates, null words, prefixes, units and encodings.
func TestHeaderVariantsGiveIdenticalRows(t *testing.T) {
	for _, name := range sources() {
		files, err := filepath.Glob(filepath.Join("testdata", "profiles", name, "*.?sv"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(files), 2, name)
		for _, file := range files {
			t.Run(name+"/"+filepath.Base(file), func(t *testing.T) {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				store, rep := taken(t, builtin(t, name), filepath.Base(file), string(data))
				require.Empty(t, rep.Errors)
				golden(t, filepath.Join("profiles", name, "rows.golden"), lines(store))
				// The same content of another office is a duplicate.
				again, err := newIngester(t, store, namedCounty(), 0).Run(context.Background(), Input{Name: "other.csv", Reader: strings.NewReader(string(data)), Profile: builtin(t, name)})
				require.NoError(t, err)
				require.Equal(t, again.Rows, again.Duplicates)
			})
		}
	}
}

func TestMonthsWithoutAYear(t *testing.T) {
	hotline := builtin(t, "12345")
	months := func(name, data string) (string, Report) {
		store, rep := taken(t, hotline, name, data)
		var out []string
		for _, in := range store.incidents {
			out = append(out, in.SourceID+"="+in.ReportedAt.In(shanghai).Format(time.DateOnly))
		}
		slices.Sort(out)
		return strings.Join(out, " "), rep
	}
	got, rep := months("工单.csv", "工单编号,年,月份\n1,2023,7月\n2,2024年,12月\n3,2023,2月29日\n4,,7月\n5,二三,7月\n")
	require.Equal(t, "1=2023-07-01 2=2024-12-01", got)
	var codes []string
	for _, e := range rep.Errors {
		codes = append(codes, fmt.Sprint(e.Row, " ", e.Field, " ", e.Code))
	}
	require.Equal(t, []string{"3 reported_at no_year", "4 reported_at no_year", "5 year bad_number", "5 reported_at no_year"}, codes)

	got, rep = months("2022年12345工单.csv", "工单编号,月份\n1,7月\n2,3月5日\n3,2021年3月\n4,45292\n")
	require.Empty(t, rep.Errors)
	require.Equal(t, "1=2022-07-01 2=2022-03-05 3=2021-03-01 4=2024-01-01", got)
	_, rep = months("2022-2023年工单.csv", "工单编号,月份\n1,7月\n")
	require.Equal(t, FaultNoYear, rep.Errors[0].Code, "two years are none")
}

// What people write for “nothing” is nothing, in every field it may stand in.
func TestNullWordsAreNothing(t *testing.T) {
	const rows = 5000
	words := []string{"无", "-", "不详", "/", "—", "暂无", " 无 ", "NULL"}
	var b strings.Builder
	b.WriteString("工单编号,受理时间,结案时间,街道,居村委,十四类,紧急程度,承办单位,办理状态,X坐标,Y坐标,坐标系\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,2024-01-02 08:00:00%s\n", i, strings.Repeat(","+words[i%len(words)], 10))
	}
	store, rep := taken(t, builtin(t, "12345"), "a.csv", b.String())
	require.Equal(t, int64(rows), rep.Accepted, "%v", rep.Errors[:min(3, len(rep.Errors))])
	for _, in := range store.incidents {
		require.Equal(t, schemas.CategoryOther, in.Category)
		require.Empty(t, in.CategoryLabel+in.HandlingUnit+in.Area)
		require.Zero(t, in.ClosedAt)
		require.Equal(t, schemas.LocationUnlocated, in.LocationQuality)
		require.Equal(t, schemas.StateRegistered, in.State)
	}
}

// Coordinates of these sources come in systems that only the county knows.
func TestBuiltinProfilesNeverGuessAReferenceSystem(t *testing.T) {
	for name, header := range map[string]string{
		"12345": "工单编号,受理时间,X坐标,Y坐标", "grid": "事件编号,发生日期,地理经度,地理纬度", "police": "接警编号,报警时间,经度,纬度",
	} {
		store := newMemory()
		in := newIngester(t, store, nil, 0)
		_, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: strings.NewReader(header + "\n1,2024-01-02,131.1,46.7\n"), Profile: builtin(t, name)})
		requireProblem(t, err, schemas.CodeUndeclaredCRS)
		require.Empty(t, store.incidents)
		own, err := ParseProfile([]byte("name: own\nextends: \"" + name + "\"\ncrs: GCJ02\n"))
		require.NoError(t, err)
		_, err = in.Run(context.Background(), Input{Name: "a.csv", Reader: strings.NewReader(header + "\n1,2024-01-02,131.1,46.7\n"), Profile: own})
		require.NoError(t, err)
		require.Len(t, store.incidents, 1)
	}
}

package demo

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/geo/crs"
)

func generate(t testing.TB, o Options) Summary {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	sum, err := Generate(t.Context(), o)
	require.NoError(t, err)
	return sum
}

// readTable reads a CSV file, gzipped or not, as rows by column name.
func readTable(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	records, err := csv.NewReader(r).ReadAll()
	require.NoError(t, err)
	rows := make([]map[string]string, len(records)-1)
	for i, rec := range records[1:] {
		rows[i] = make(map[string]string, len(rec))
		for k, name := range records[0] {
			rows[i][name] = rec[k]
		}
	}
	return rows
}

func allIncidents(t testing.TB, sum Summary) []map[string]string {
	t.Helper()
	var rows []map[string]string
	for _, f := range sum.Incidents {
		part := readTable(t, f.Path)
		require.Len(t, part, int(f.Records), f.Source)
		for _, row := range part {
			require.Equal(t, f.Source, row["source"])
		}
		rows = append(rows, part...)
	}
	return rows
}

func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		out[e.Name()] = string(data)
	}
	return out
}

func TestOneSeedGivesOneSetOfBytes(t *testing.T) {
	first := contents(t, filepath.Dir(generate(t, Options{Seed: 7}).Areas))
	before := runtime.GOMAXPROCS(1)
	second := contents(t, filepath.Dir(generate(t, Options{Seed: 7}).Areas))
	runtime.GOMAXPROCS(before)
	require.Len(t, first, 13) // areas, five sources, the transitions, and a profile for each of the six
	for name, data := range first {
		require.True(t, data == second[name], "%s differs between two runs", name)
	}
	other := contents(t, filepath.Dir(generate(t, Options{Seed: 8}).Areas))
	for _, name := range []string{"areas.geojson", "incidents-grid.csv", "transitions.csv"} {
		require.False(t, first[name] == other[name], "%s is the same for two seeds", name)
	}
}

func TestFilesHoldWhatTheSummarySays(t *testing.T) {
	sum := generate(t, Options{Seed: 1})
	require.Equal(t, [4]int{1, 9, 157, 609}, [4]int{sum.Counties, sum.Townships, sum.Villages, sum.Grids})
	rows := allIncidents(t, sum)
	require.Len(t, rows, 9000)
	require.EqualValues(t, 9000, sum.Records)
	var points, places, closed int64
	matters := map[string]int{}
	ids := map[string]bool{}
	for _, r := range rows {
		require.False(t, ids[r["source"]+" "+r["source_id"]], "two records of one identity")
		ids[r["source"]+" "+r["source_id"]] = true
		if r["lng"] != "" {
			points++
		}
		if r["lng"]+r["grid"]+r["village"]+r["township"] != "" {
			places++
		}
		if r["closed_at"] != "" {
			closed++
		}
		if r["matter_id"] != "" {
			matters[r["matter_id"]]++
		}
	}
	require.Equal(t, sum.Points, points)
	require.Equal(t, sum.NoPlace, 9000-places)
	require.Equal(t, sum.Closed, closed)
	require.Len(t, matters, int(sum.Matters))
	for id, n := range matters {
		require.GreaterOrEqual(t, n, 2, id)
	}
	require.InDelta(t, 0.02, float64(sum.NoPlace)/9000, 0.005)
	require.Len(t, readTable(t, sum.Transitions.Path), int(sum.Transitions.Records))
}

func TestAreasFileIsGeoJSONWithAllLevels(t *testing.T) {
	data, err := os.ReadFile(generate(t, Options{Seed: 1, Incidents: 10}).Areas)
	require.NoError(t, err)
	var file struct {
		Type     string
		Features []struct {
			Properties struct {
				Code, Parent, Level, Name string
				Population                uint32
			}
			Geometry struct {
				Type        string
				Coordinates [][][2]float64
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &file))
	require.Equal(t, "FeatureCollection", file.Type)
	levels := map[string]int{}
	for _, f := range file.Features {
		levels[f.Properties.Level]++
		require.Equal(t, "Polygon", f.Geometry.Type)
		require.NotEmpty(t, f.Properties.Name)
		require.NotZero(t, f.Properties.Population)
	}
	require.Equal(t, map[string]int{"county": 1, "township": 9, "village": 157, "grid": 609}, levels)
	c := smallCounty(t, 1)
	require.Equal(t, c.root.name, file.Features[0].Properties.Name)
	require.Equal(t, geometry(c.grids[0].ring)[0][0][0][0], file.Features[167].Geometry.Coordinates[0][0][0])
}

// Points are in the source's own system; brought back they lie in the grid,
// village and township that the record names.
func TestPointsLieInTheirOwnGrid(t *testing.T) {
	sum := generate(t, Options{Seed: 3})
	c := smallCounty(t, 3)
	index := area.NewIndex(areasOf(c.grids))
	systems := map[string]int{}
	for _, r := range allIncidents(t, sum) {
		if r["lng"] == "" {
			continue
		}
		x, err := strconv.ParseFloat(r["lng"], 64)
		require.NoError(t, err)
		y, err := strconv.ParseFloat(r["lat"], 64)
		require.NoError(t, err)
		system, err := crs.Parse(r["crs"])
		require.NoError(t, err)
		systems[r["source"]+" "+r["crs"]]++
		p, err := crs.ToWGS84(system, x, y)
		require.NoError(t, err)
		grid, ok := index.Locate(p)
		require.True(t, ok, r)
		require.True(t, strings.HasPrefix(grid, r["grid"]), r)
		require.True(t, strings.HasPrefix(grid, r["village"]), r)
		require.True(t, strings.HasPrefix(grid, strings.TrimSuffix(r["township"], "000")), r)
	}
	require.Len(t, systems, 5) // one system a source
	require.NotZero(t, systems["12345 GCJ02"])
	require.NotZero(t, systems["mediation GCJ02"])
	require.NotZero(t, systems["grid CGCS2000"])
}

func TestThePeriodIsAnOption(t *testing.T) {
	end := time.Date(2026, time.March, 10, 23, 0, 0, 0, zone)
	sum := generate(t, Options{Seed: 1, End: end, Days: 30, Incidents: 500})
	require.Equal(t, "2026-02-09 00:00:00", sum.From.Format(time.DateTime))
	require.Equal(t, "2026-03-11 00:00:00", sum.To.Format(time.DateTime))
	rows := allIncidents(t, sum)
	require.Len(t, rows, 500)
	for _, r := range rows {
		require.GreaterOrEqual(t, r["occurred_at"], "2026-02-09")
		require.LessOrEqual(t, r["occurred_at"], r["reported_at"])
		require.LessOrEqual(t, r["reported_at"], r["updated_at"])
		require.Less(t, r["updated_at"], "2026-03-11")
		require.Less(t, r["reported_at"], r["due_at"])
	}
	year := generate(t, Options{Seed: 1, Incidents: 50, End: time.Date(2024, time.December, 31, 0, 0, 0, 0, zone)})
	require.Equal(t, 366.0, year.To.Sub(year.From).Hours()/24)
}

func TestBadOptionsAreRefused(t *testing.T) {
	for _, o := range []Options{{}, {Dir: "x", Size: "XL"}, {Dir: "x", Days: -1}, {Dir: "x", Incidents: -1}} {
		_, err := Generate(t.Context(), o)
		require.Error(t, err)
		require.NoFileExists(t, "x")
	}
}

func TestAStoppedRunLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Generate(ctx, Options{Dir: dir, Incidents: 200_000, Progress: func(p Progress) {
		if p.Stage == "incidents" {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, contents(t, dir))
}

func TestProgressEndsAtTheTotal(t *testing.T) {
	last := map[string]Progress{}
	generate(t, Options{Incidents: 25_000, Progress: func(p Progress) {
		require.GreaterOrEqual(t, p.Done, last[p.Stage].Done)
		last[p.Stage] = p
	}})
	require.Equal(t, Progress{"incidents", 25_000, 25_000}, last["incidents"])
	require.Equal(t, Progress{"areas", 609, 609}, last["areas"])
}

func BenchmarkIncidents(b *testing.B) {
	for b.Loop() {
		generate(b, Options{Seed: 1, Incidents: 100_000})
	}
}

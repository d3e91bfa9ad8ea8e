package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/internal/engine"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childWord {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestBenchRunsQuickly runs the whole program on the small county. It looks
// at what is measured, never at how long anything took.
func TestBenchRunsQuickly(t *testing.T) {
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"--quick", "--large", "--cache", filepath.Join(dir, "cache"), "--artifacts", filepath.Join(dir, "artifacts"),
		"--cpuprofile", filepath.Join(dir, "cpu.pprof")}, nil, &stdout, &stderr)
	require.Zero(t, code, stderr.String())

	table, err := os.ReadFile(filepath.Join(dir, "artifacts", "bench.md"))
	require.NoError(t, err)
	require.Equal(t, stdout.String(), string(table))
	for _, want := range []string{
		"equal work checked on ", "SELECT 1",
		"| cold tile, 1 client, p50, grid |", "| cold tile, 8 clients, p99, hex |", "| cold viewport of 20 tiles, 6 at once, grid |",
		"| whole county, z8 (2 tiles), grid, gzipped |", "| warm throughput, 8 clients, hex |", "| one changed day of 9000 incidents settled |",
		"| all indicators of 609 grids, 12 months |", "| monthly report `overview` as XLSX |",
		"| cold tile of 18000 incidents, p95, grid |", "| encode and gzip 20000 hexagons |", "| `reli serve` on 9000 incidents to /readyz |",
		"| ingest 9000 incidents: checked, located, exactly once |", "| ingest into a settled cube, rows a second |",
		"| points located in 609 polygons, one core |",
		"| 55 polygons × 12 categories × 260 weeks fitted and forecast for 4 weeks |", "| Gi* with FDR on 100 cells × 52 weeks |",
		"| prospective space-time scan of 76 polygons × 52 weeks, 999 replications, processor time |", "not measured: left out of this run",
	} {
		require.Contains(t, string(table), want)
	}

	var kept struct{ Rows []row }
	text, err := os.ReadFile(filepath.Join(dir, "artifacts", "bench.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &kept))
	require.Equal(t, strings.Count(string(table), "\n| ")-1, len(kept.Rows)) // the head is a line too
	for _, r := range kept.Rows {
		require.Positive(t, r.Reli, r.What)
		switch {
		case r.Peer == postgisName, r.Peer == frontName:
			require.Nil(t, r.Other, r.What)
			require.NotEmpty(t, r.Note, r.What)
		case r.Peer != "":
			require.NotNil(t, r.Ratio, r.What)
			require.Positive(t, *r.Other, r.What)
		}
	}
	profile, err := os.Stat(filepath.Join(dir, "cpu.pprof"))
	require.NoError(t, err)
	require.Positive(t, profile.Size())
}

// fixed is a peer that always gives the same tile.
type fixed []byte

func (f fixed) tile(context.Context, task) ([]byte, error) { return f, nil }
func (f fixed) close()                                     {}

func fixedPeer(t *testing.T, name string, counts map[string]uint64) peer {
	return peer{name: name, open: func(context.Context) (client, error) { return fixed(encode(t, counts)), nil }}
}

func TestUnequalWorkIsFound(t *testing.T) {
	id := tile.ID{Z: 10, X: 800, Y: 400}
	box := id.Bounds()
	middle := orb.Bound{Min: orb.Point{box.West, box.South}, Max: orb.Point{box.East, box.North}}
	elsewhere := orb.Bound{Min: orb.Point{box.East, box.South}, Max: orb.Point{box.East + 1, box.North}}
	shapes := map[string]orb.MultiPolygon{"a": {middle.ToPolygon()}, "b": {middle.ToPolygon()}, "c": {elsewhere.ToPolygon()}}
	compare := func(ours, theirs map[string]uint64) error {
		_, _, err := equalWork(t.Context(), []peer{fixedPeer(t, "ours", ours), fixedPeer(t, "theirs", theirs)}, []task{{tile: id}}, shapes)
		return err
	}
	require.NoError(t, compare(map[string]uint64{"a": 3, "b": 0, "c": 7}, map[string]uint64{"a": 3, "b": 0}), "c is only in the buffer")
	require.ErrorContains(t, compare(map[string]uint64{"a": 3, "b": 0}, map[string]uint64{"a": 3}), "unequal work")
	require.ErrorContains(t, compare(map[string]uint64{"a": 3, "b": 1}, map[string]uint64{"a": 1, "b": 3}), "unequal work")
	require.ErrorContains(t, compare(map[string]uint64{"a": 3, "b": 1}, map[string]uint64{"a": 3, "b": 2}), "unequal work")
}

func TestOverlapIsTheAreaInsideTheTile(t *testing.T) {
	id := tile.ID{Z: 10, X: 800, Y: 400}
	box := id.Bounds()
	whole := orb.Bound{Min: orb.Point{box.West - 1, box.South - 1}, Max: orb.Point{box.East + 1, box.North + 1}}.ToPolygon()
	require.InDelta(t, tile.Extent*tile.Extent, overlap(orb.MultiPolygon{whole}, id), 1)
	half := orb.Bound{Min: orb.Point{(box.West + box.East) / 2, box.South - 1}, Max: orb.Point{box.East + 1, box.North + 1}}.ToPolygon()
	require.InDelta(t, tile.Extent*tile.Extent/2, overlap(orb.MultiPolygon{half}, id), 1)
	require.InDelta(t, tile.Extent*tile.Extent/2, overlap(orb.MultiPolygon{{whole[0], half[0]}}, id), 1, "a hole is taken off")
	// A triangle whose rectangle covers the tile and which does not meet it.
	corner := orb.Polygon{{{box.West - 1, box.South - 1}, {box.East + 1, box.South - 1}, {box.West - 1, box.South - 0.01}, {box.West - 1, box.South - 1}}}
	require.Zero(t, overlap(orb.MultiPolygon{corner}, id))
}

func TestPercentilesAreByNearestRank(t *testing.T) {
	var run timed
	for n := range 200 {
		run.latencies = append(run.latencies, milli(n+1))
	}
	require.Equal(t, []float64{100, 190, 198}, run.percentiles())
	require.Equal(t, []float64{1, 1, 1}, timed{latencies: run.latencies[:1]}.percentiles())
	require.Equal(t, 2.0, median([]float64{9, 1, 2}))
}

func TestABarIsJudgedByTheMedianRatioOfTheRounds(t *testing.T) {
	b := &bench{}
	b.compare(row{What: "met", Bar: fifth}, []float64{1, 10, 2}, []float64{10, 100, 20})
	b.compare(row{What: "missed", Bar: fifth}, []float64{4}, []float64{10})
	b.compare(row{What: "too slow", Bar: bar{ratioAtLeast, 0.8}}, []float64{4}, []float64{10})
	b.compare(row{What: "not measured", Bar: fifth, Note: "why"}, []float64{4}, nil)
	b.compare(row{What: "absolute", Bar: bar{valueAtMost, 2}}, []float64{4}, nil)
	b.compare(row{What: "enough", Bar: bar{valueAtLeast, 2}}, []float64{4}, nil)
	b.compare(row{What: "too few", Bar: bar{valueAtLeast, 6}}, []float64{4}, nil)
	require.Equal(t, []string{"met", "**missed**, 2.0 times too high", "**missed**, 2.0 times too low", "not measured: why", "**missed**, 2.0 times too high",
		"met", "**missed**, 1.5 times too low"},
		[]string{b.rows[0].verdict(), b.rows[1].verdict(), b.rows[2].verdict(), b.rows[3].verdict(), b.rows[4].verdict(),
			b.rows[5].verdict(), b.rows[6].verdict()})
	require.InDelta(t, 0.1, *b.rows[0].Ratio, 1e-12)
}

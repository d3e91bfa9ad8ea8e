package ingest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/database"
)

func TestMain(m *testing.M) { os.Exit(database.Main(m)) }

func realStore(t testing.TB) *clickhouse.DB {
	return database.Migrated(t, func() time.Time { return noon })
}

func number1(t testing.TB, db *clickhouse.DB, sql string) uint64 {
	t.Helper()
	var n uint64
	require.NoError(t, db.Row(t.Context(), sql, []any{&n}))
	return n
}

func named(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	return zone
}

func realIngester(t testing.TB, db *clickhouse.DB, batchRows int) *Ingester {
	t.Helper()
	in, err := New(Options{Store: db, Areas: squareCounty(10), Clock: ticking(), Random: &noise{}, TimeZone: named(t), Resolution: 10, BatchRows: batchRows})
	require.NoError(t, err)
	return in
}

func TestEngineKeepsEveryRowOnce(t *testing.T) {
	db := realStore(t)
	in := realIngester(t, db, 700)
	file := wideCSV(5000)
	requireCounts(t, run1(t, in, "generic", "a.csv", bytes.NewReader(file)), 5000, 0, 0, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", bytes.NewReader(file)), 0, 0, 5000, 0)
	require.Equal(t, uint64(5000), number1(t, db, "SELECT count() FROM incidents"), "not even before a merge is a row there twice")
	require.Equal(t, uint64(12), number1(t, db, "SELECT uniqExact(month) FROM cube_dirty"))
	require.Equal(t, uint64(2), number1(t, db, "SELECT count() FROM batches FINAL"))

	// A new process knows what is stored.
	later := bytes.ReplaceAll(file, []byte("2025-12-31T00:00:00\n"), []byte("2026-01-01T00:00:00\n"))
	later = bytes.ReplaceAll(later, []byte(",邻里,"), []byte(",land,"))
	requireCounts(t, run1(t, realIngester(t, db, 0), "generic", "b.csv", bytes.NewReader(later)), 0, 5000, 0, 0)
	requireCounts(t, run1(t, realIngester(t, db, 0), "generic", "a.csv", bytes.NewReader(file)), 0, 0, 5000, 5000)
	require.Equal(t, uint64(5000), number1(t, db, "SELECT count() FROM incidents FINAL WHERE category = 'land'"))
}

func TestEngineKeepsWhatWasSent(t *testing.T) {
	db := realStore(t)
	memory := newMemory()
	rows := []map[string]string{goodRow(), goodRow(), goodRow()}
	rows[1]["source_id"], rows[1]["lng"], rows[1]["lat"], rows[1]["grid"] = "单'\\2", "", "", "990101003001002"
	rows[2]["source_id"], rows[2]["closed_at"], rows[2]["due_at"], rows[2]["category"] = "3", "", "", "噪音"
	run1(t, realIngester(t, db, 0), "generic", "a.ndjson", ndjson(t, rows...))
	run1(t, newIngester(t, memory, squareCounty(10), 0), "generic", "a.ndjson", ndjson(t, rows...))
	for _, want := range memory.rows() {
		var got schemas.Incident
		var scale, urgency, level, state, quality uint8
		require.NoError(t, db.Row(t.Context(), `SELECT content_hash, category, category_label, scale, people, urgency, channel, first_unit, handling_unit,
resolver_level, state, matter_id, cell, grid, area, location_quality, occurred_at, reported_at, due_at, closed_at
FROM incidents FINAL WHERE source = {source:String} AND source_id = {id:String}`, []any{
			&got.ContentHash, &got.Category, &got.CategoryLabel, &scale, &got.People, &urgency, &got.Channel, &got.FirstUnit, &got.HandlingUnit,
			&level, &state, &got.MatterID, &got.Cell, &got.Grid, &got.Area, &quality, &got.OccurredAt, &got.ReportedAt, &got.DueAt, &got.ClosedAt},
			clickhouse.Param("source", want.Source), clickhouse.Param("id", want.SourceID)))
		got.Source, got.SourceID = want.Source, want.SourceID
		got.Scale, got.Urgency, got.ResolverLevel = schemas.Scale(scale), schemas.Urgency(urgency), schemas.Level(level)
		got.State, got.LocationQuality = schemas.State(state), schemas.LocationQuality(quality)
		for _, at := range []*time.Time{&got.OccurredAt, &got.ReportedAt, &got.DueAt, &got.ClosedAt} {
			if *at = at.UTC(); at.Unix() == 0 {
				*at = time.Time{}
			}
		}
		require.Equal(t, want, got)
	}
}

func TestEngineKeepsTransitionsAndTheirHashes(t *testing.T) {
	db := realStore(t)
	in := realIngester(t, db, 0)
	run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,m,", "grid,2,2025-02-01,land,m,"))
	steps := stepHeader + "grid,1,2025-03-01 08:00:00,录入,第一网格,grid\ngrid,1,2025-03-02,assign,,\n"
	requireCounts(t, run1(t, in, "generic-transitions", "s.csv", strings.NewReader(steps)), 2, 0, 0, 0)
	requireCounts(t, run1(t, in, "generic-transitions", "s.csv", strings.NewReader(steps)), 0, 0, 2, 0)
	require.Equal(t, uint64(2), number1(t, db, "SELECT count() FROM transitions"))
	require.Equal(t, uint64(2), number1(t, db, "SELECT count() FROM cube_dirty WHERE month = 202501"), "the incident, and its transitions")
	run1(t, in, "generic", "a.csv", short("grid,1,2025-05-01,land,,"))
	require.Equal(t, uint64(3), number1(t, db, "SELECT count() FROM cube_dirty WHERE month = 202501"), "where it was")
	require.Equal(t, uint64(2), number1(t, db, "SELECT count() FROM cube_dirty WHERE month = 202502"), "the other report of the matter it leaves")
}

func TestEngineKeepsRefusedRowsOnce(t *testing.T) {
	db := realStore(t)
	in := realIngester(t, db, 0)
	file := "source,source_id,occurred_at,内容描述\n12345,a,2025-02-30,S3CRET\n12345,,x,S3CRET\n12345,b\n"
	for range 2 {
		rep := run1(t, in, "generic", "a.csv", strings.NewReader(file))
		require.Equal(t, int64(3), rep.Quarantined)
		require.Len(t, rep.Errors, 4)
	}
	require.Equal(t, uint64(4), number1(t, db, "SELECT count() FROM quarantine FINAL"))
	require.Equal(t, uint64(1), number1(t, db, "SELECT count() FROM quarantine FINAL WHERE kept['source_id'] = 'a' AND code = 'bad_date' AND row = 1"))
}

func TestEngineSharedFiles(t *testing.T) {
	for _, c := range []struct {
		file, profile string
		rows          int64
	}{
		{"stuttgart-2021-2025.csv.gz", "stuttgart", 115_686},
		{"chicago-2016-2017.csv.gz", "chicago", 321_877},
	} {
		t.Run(c.profile, func(t *testing.T) {
			shared(t, c.file)
			db := realStore(t)
			in, err := New(Options{Store: db, Clock: ticking(), Random: &noise{}, TimeZone: named(t), Resolution: 10})
			require.NoError(t, err)
			first := run1(t, in, c.profile, c.file, shared(t, c.file))
			require.Equal(t, c.rows, first.Accepted+first.Quarantined)
			require.Equal(t, uint64(first.Accepted), number1(t, db, "SELECT count() FROM incidents FINAL WHERE cell != 0"))
			second := run1(t, in, c.profile, c.file, shared(t, c.file))
			require.Equal(t, []int64{0, 0, c.rows}, []int64{second.Accepted, second.Updated, second.Duplicates + second.Quarantined})
			require.Equal(t, uint64(first.Accepted), number1(t, db, "SELECT count() FROM incidents"))
			require.Zero(t, number1(t, db, "SELECT count() FROM incidents WHERE category = 'other' OR category_label != ''"))
		})
	}
}

// shared opens a file of the data beside the repository, or skips the test.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", name))
	if os.IsNotExist(err) {
		t.Skipf("SKIPPED: ../shared/data/%s is not beside the repository", name)
	}
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// The engine is killed again and again while an input is taken in: the run
// waits for it, and every row is there once.
func TestEngineKilledDuringIngest(t *testing.T) {
	db := realStore(t)
	in := realIngester(t, db, 1000)
	file := wideCSV(20_000)
	ctx, cancel := context.WithCancel(context.Background())
	var killer sync.WaitGroup
	kills := 0
	killer.Go(func() {
		for ctx.Err() == nil && kills < 4 {
			time.Sleep(300 * time.Millisecond)
			if pid := database.Engine(t).PID(); pid > 0 && ctx.Err() == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
				kills++
			}
			time.Sleep(700 * time.Millisecond)
		}
	})
	var accepted int64
	for range 20 { // each run may meet an error that is not waited for; sending again is always right
		rep, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
		accepted += rep.Accepted
		if err == nil {
			break
		}
		t.Logf("run ended: %v", err)
	}
	cancel()
	killer.Wait()
	require.NoError(t, database.Engine(t).Ready(t.Context()))
	t.Logf("%d kills", kills)
	require.NotZero(t, kills)
	require.LessOrEqual(t, accepted, int64(20_000), "acknowledged twice")
	require.Equal(t, uint64(20_000), number1(t, db, "SELECT count() FROM incidents FINAL"))
	require.Equal(t, uint64(20_000), number1(t, db, "SELECT uniqExact(source_id) FROM incidents"))
	requireCounts(t, run1(t, in, "generic", "a.csv", bytes.NewReader(file)), 0, 0, 20_000, 0)
}

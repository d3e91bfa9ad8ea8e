package clickhouse_test

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/database"
)

// files is a directory of migrations: name, text, name, text …
func files(pairs ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return dir
}

const (
	makeA = "CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = MergeTree ORDER BY x;\n"
	makeB = "-- two statements;\nCREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = MergeTree ORDER BY x;\nALTER TABLE b ADD COLUMN IF NOT EXISTS y String;\n"
)

func requireRefused(t *testing.T, err error, word string) {
	t.Helper()
	problem, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, schemas.CodeMigration, problem.Code)
	require.Contains(t, problem.Detail, word)
}

func TestMigrateAppliesEachFileOnce(t *testing.T) {
	db := empty(t)
	dir := files("0001_a.sql", makeA)
	done, err := clickhouse.Migrate(t.Context(), db, dir, clock)
	require.NoError(t, err)
	require.Equal(t, 1, done)
	dir["0002_b.sql"] = &fstest.MapFile{Data: []byte(makeB)}
	done, err = clickhouse.Migrate(t.Context(), db, dir, clock)
	require.NoError(t, err)
	require.Equal(t, 1, done, "the second file only")
	require.NoError(t, db.Exec(t.Context(), "INSERT INTO b SELECT 1, 'kept'"))

	done, err = clickhouse.Migrate(t.Context(), db, dir, clock)
	require.NoError(t, err)
	require.Zero(t, done)
	require.Equal(t, "kept", one[string](t, db, "SELECT y FROM b"))
	require.Equal(t, uint64(2), one[uint64](t, db, "SELECT count() FROM schema_migrations"))
	require.True(t, now.Equal(one[time.Time](t, db, "SELECT max(applied_at) FROM schema_migrations")))
}

func TestMigrateTheRealFilesTwice(t *testing.T) {
	db := migrated(t)
	tables := one[string](t, db, `SELECT toString(groupArray((name, create_table_query)))
FROM (SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name)`)
	done, err := clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
	require.NoError(t, err)
	require.Zero(t, done)
	require.Equal(t, tables, one[string](t, db, `SELECT toString(groupArray((name, create_table_query)))
FROM (SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name)`))
}

// Tables that an earlier version made, with records in them, become those of a
// fresh store, and keep the records.
func TestTablesOfAnEarlierVersionBecomeThoseOfThisOne(t *testing.T) {
	names, err := fs.Glob(schemas.Migrations(), "*.sql")
	require.NoError(t, err)
	shape := func(db *clickhouse.DB) string {
		return one[string](t, db, `SELECT arrayStringConcat(arraySort(groupArray(concat(table, ' ', name, ' ', type, ' ', default_expression))), '\n')
FROM system.columns WHERE database = currentDatabase()`)
	}
	want := shape(migrated(t))
	for _, known := range []int{4, 9, len(names) - 1} {
		earlier := fstest.MapFS{}
		for _, name := range names[:known] {
			text, err := fs.ReadFile(schemas.Migrations(), name)
			require.NoError(t, err)
			earlier[name] = &fstest.MapFile{Data: text}
		}
		db := empty(t)
		done, err := clickhouse.Migrate(t.Context(), db, earlier, clock)
		require.NoError(t, err)
		require.Equal(t, known, done)
		require.NoError(t, db.Exec(t.Context(), "INSERT INTO incidents (source, source_id, occurred_at) VALUES ('grid', 'old', '2025-01-02 03:04:05')"))
		done, err = clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
		require.NoError(t, err)
		require.Equal(t, len(names)-known, done)
		require.Equal(t, want, shape(db), "after %s", names[known-1])
		require.Equal(t, uint32(1735787045), one[uint32](t, db, "SELECT toUInt32(occurred_at) FROM incidents FINAL WHERE source_id = 'old'"))
	}
}

func TestMigrateByTwoStartersAtOnce(t *testing.T) {
	cfg := database.Config(t)
	one1, two := database.Open(t, cfg), database.Open(t, cfg)
	var group errgroup.Group
	for _, db := range []*clickhouse.DB{one1, two, one1, two} {
		group.Go(func() error {
			_, err := clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
			return err
		})
	}
	require.NoError(t, group.Wait())
	done, err := clickhouse.Migrate(t.Context(), two, schemas.Migrations(), clock)
	require.NoError(t, err)
	require.Zero(t, done)
}

// A kill in the middle leaves some statements done and nothing recorded.
func TestMigrateAfterAKillInTheMiddle(t *testing.T) {
	db := empty(t)
	require.NoError(t, db.Exec(t.Context(), "CREATE TABLE b (x UInt8) ENGINE = MergeTree ORDER BY x"))
	done, err := clickhouse.Migrate(t.Context(), db, files("0001_a.sql", makeA, "0002_b.sql", makeB), clock)
	require.NoError(t, err)
	require.Equal(t, 2, done)
	require.Empty(t, one[string](t, db, "SELECT max(y) FROM b"))
}

func TestMigrateStopsAtAFailingStatement(t *testing.T) {
	db := empty(t)
	dir := files("0001_a.sql", makeA, "0002_bad.sql", "INSERT INTO missing SELECT 1;\n", "0003_b.sql", makeB)
	done, err := clickhouse.Migrate(t.Context(), db, dir, clock)
	require.ErrorContains(t, err, "0002_bad.sql, statement 1")
	require.Equal(t, 60, clickhouse.ExceptionCode(err), "UNKNOWN_TABLE")
	require.Equal(t, 1, done)
	require.Equal(t, uint64(0), one[uint64](t, db, "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'b'"))
}

func TestMigrateRefusesAChangedFile(t *testing.T) {
	db := empty(t)
	_, err := clickhouse.Migrate(t.Context(), db, files("0001_a.sql", makeA), clock)
	require.NoError(t, err)
	done, err := clickhouse.Migrate(t.Context(), db, files("0001_a.sql", makeA+"-- changed\n", "0002_b.sql", makeB), clock)
	requireRefused(t, err, "0001_a.sql changed")
	require.Zero(t, done)
	require.Equal(t, uint64(0), one[uint64](t, db, "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'b'"),
		"nothing runs before the check")
}

func TestMigrateRefusesDataOfANewerVersion(t *testing.T) {
	db := empty(t)
	_, err := clickhouse.Migrate(t.Context(), db, files("0001_a.sql", makeA, "0002_b.sql", makeB), clock)
	require.NoError(t, err)
	_, err = clickhouse.Migrate(t.Context(), db, files("0001_a.sql", makeA), clock)
	requireRefused(t, err, "newer version: it has migration 0002_b.sql")
}

func TestMigrateRefusesBrokenNumbering(t *testing.T) {
	db := empty(t)
	for name, dir := range map[string]fstest.MapFS{
		"a gap":              files("0001_a.sql", makeA, "0003_b.sql", makeB),
		"no first":           files("0002_b.sql", makeB),
		"a number twice":     files("0001_a.sql", makeA, "0001_b.sql", makeB),
		"no number":          files("first.sql", makeA),
		"no number before _": files("_a.sql", makeA),
		"a negative one":     files("-1_a.sql", makeA),
		"zero":               files("0000_a.sql", makeA),
	} {
		_, err := clickhouse.Migrate(t.Context(), db, dir, clock)
		requireRefused(t, err, "breaks the numbering")
		require.Equal(t, uint64(0), one[uint64](t, db, "SELECT count() FROM system.tables WHERE database = currentDatabase()"), name)
	}
}

package cube

import (
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/database"
)

func TestMain(m *testing.M) { os.Exit(database.Main(m)) }

// now is the time of every test.
var now = time.Date(2025, 6, 15, 8, 30, 0, 123e6, time.UTC)

func clock() time.Time { return now }

// newDB is a database with all tables.
func newDB(t testing.TB) *clickhouse.DB { return database.Migrated(t, clock) }

// zone is the zone of the tests' local days.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

const shanghai = "Asia/Shanghai"

// Bounds for the cube in memory: all of it, or none.
const (
	inMemory    = 1 << 40
	notInMemory = 0
)

// openStore opens a store of a database.
func openStore(t testing.TB, db *clickhouse.DB, zoneName string, residentBytes int64) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{DB: db, Now: clock, Zone: zone(t, zoneName), Logger: slog.New(slog.DiscardHandler),
		Gate: &sync.Mutex{}, ResidentBytes: residentBytes})
	require.NoError(t, err)
	return s
}

// seq numbers the dirty marks.
var seq atomic.Uint64

// write stores records the way ingest does: marks first.
func write(t testing.TB, db *clickhouse.DB, incidents []schemas.Incident, transitions []schemas.Transition, months ...uint32) {
	t.Helper()
	if len(months) > 0 {
		require.NoError(t, db.MarkDirty(t.Context(), seq.Add(1), months))
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "", incidents))
	require.NoError(t, db.InsertTransitions(t.Context(), "", transitions))
}

// one reads a single value.
func one[T any](t testing.TB, db *clickhouse.DB, sql string, params ...any) T {
	t.Helper()
	var v T
	require.NoError(t, db.Row(t.Context(), sql, []any{&v}, params...))
	return v
}

package cube

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
)

// childWord makes the test binary the engine's child.
const childWord = "engine-child"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childWord {
		os.Exit(engine.ChildMain(context.Background(), os.Args[2:], os.Stdin, os.Stderr))
	}
	status := m.Run()
	if shared.engine != nil {
		if err := shared.engine.Close(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "close the engine:", err)
			status = 1
		}
		_ = os.RemoveAll(shared.dir)
	}
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// shared is the engine of all tests; each test has a database of its own.
var shared struct {
	once      sync.Once
	engine    *engine.Engine
	dir       string
	err       error
	databases atomic.Int64
}

// now is the time of every test.
var now = time.Date(2025, 6, 15, 8, 30, 0, 123e6, time.UTC)

func clock() time.Time { return now }

// sharedEngine starts the engine with the first test that needs it.
func sharedEngine(t testing.TB) *engine.Engine {
	t.Helper()
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "reli-cube-"); shared.err == nil {
			shared.engine, shared.err = engine.Start(context.Background(),
				engine.Config{DataDir: shared.dir, Args: []string{childWord}})
		}
	})
	require.NoError(t, shared.err)
	return shared.engine
}

// newDB is a database of the shared engine with all tables.
func newDB(t testing.TB) *clickhouse.DB {
	t.Helper()
	dial := engine.Dial(sharedEngine(t).Socket())
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Database: fmt.Sprintf("test_%d", shared.databases.Add(1)),
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, db.Exec(context.Background(), "DROP DATABASE "+db.Name()))
		require.NoError(t, db.Close())
	})
	_, err = clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
	require.NoError(t, err)
	return db
}

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
	require.NoError(t, db.MarkDirty(t.Context(), seq.Add(1), months))
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

package clickhouse_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
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
		if shared.dir, shared.err = os.MkdirTemp("", "reli-test-"); shared.err == nil {
			shared.engine, shared.err = engine.Start(context.Background(),
				engine.Config{DataDir: shared.dir, Args: []string{childWord}})
		}
	})
	require.NoError(t, shared.err)
	return shared.engine
}

// config reaches an empty database of the shared engine.
func config(t testing.TB) clickhouse.Config {
	t.Helper()
	return configOf(sharedEngine(t), fmt.Sprintf("test_%d", shared.databases.Add(1)))
}

func configOf(e *engine.Engine, database string) clickhouse.Config {
	dial := engine.Dial(e.Socket())
	return clickhouse.Config{Database: database,
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }}
}

func open(t testing.TB, cfg clickhouse.Config) *clickhouse.DB {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// empty is a database without tables.
func empty(t testing.TB) *clickhouse.DB { return open(t, config(t)) }

// migrated is a database with all tables.
func migrated(t testing.TB) *clickhouse.DB {
	t.Helper()
	db := empty(t)
	_, err := clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
	require.NoError(t, err)
	return db
}

// one reads a single value.
func one[T any](t testing.TB, db *clickhouse.DB, sql string, params ...any) T {
	t.Helper()
	var v T
	require.NoError(t, db.Row(t.Context(), sql, []any{&v}, params...))
	return v
}

// hostile are texts that break careless quoting.
func hostile() []string {
	return []string{"", "it's", `back\slash`, `\N`, `\'`, "tab\tnew\nline\rzero\x00end", `"quoted"`, "'); DROP TABLE incidents; --",
		"{name:String}", "矛盾纠纷", "\xff\xfe not UTF-8", "a,b]", "%00&x=1#", strings.Repeat("长", 5_000)}
}

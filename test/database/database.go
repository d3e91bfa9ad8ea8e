// Package database gives the tests of other packages one real engine for each
// package and databases of their own in it.
//
// It is for tests only, and stands below package county, which fills such a
// database. Nothing that is built into the binary may import it.
package database

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
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

// ChildWord makes the test binary the engine's child.
const ChildWord = "engine-child"

// closeTimeout bounds the stop of the engine after the tests.
const closeTimeout = 20 * time.Second

// shared is what the tests of one package use together.
var shared struct {
	once      sync.Once
	engine    *engine.Engine
	dir       string
	err       error
	databases atomic.Int64
}

// Main is the TestMain of a package that uses this one. It gives the exit
// status, which is not 0 where a goroutine is left over. Before the engine
// stops it calls what is to be closed.
func Main(m *testing.M, closers ...func() error) int {
	if len(os.Args) > 1 && os.Args[1] == ChildWord {
		return engine.ChildMain(context.Background(), os.Args[2:], os.Stdin, os.Stderr)
	}
	status := m.Run()
	for _, end := range append(closers, stop, func() error { return goleak.Find() }) {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, "after the tests:", err)
			status = max(status, 1)
		}
	}
	return status
}

func stop() error {
	if shared.engine == nil {
		return nil
	}
	defer os.RemoveAll(shared.dir)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return shared.engine.Close(ctx)
}

// Engine starts the engine of the package's tests with the first test that
// needs it, and skips the test where its library is not installed.
func Engine(t testing.TB) *engine.Engine {
	t.Helper()
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "reli-test-"); shared.err == nil {
			shared.engine, shared.err = engine.Start(context.Background(),
				engine.Config{DataDir: filepath.Join(shared.dir, "data"), Args: []string{ChildWord}})
		}
	})
	require.NoError(t, shared.err)
	return shared.engine
}

// Scratch names a folder beside the engine's that is removed after all tests.
func Scratch(t testing.TB, name string) string {
	t.Helper()
	Engine(t)
	return filepath.Join(shared.dir, name)
}

// Config reaches a database of the engine that nobody else uses, without
// tables.
func Config(t testing.TB) clickhouse.Config {
	t.Helper()
	return ConfigOf(Engine(t), fmt.Sprintf("test_%d", shared.databases.Add(1)))
}

// ConfigOf reaches a database of any engine.
func ConfigOf(e *engine.Engine, name string) clickhouse.Config {
	dial := engine.Dial(e.Socket())
	return clickhouse.Config{Database: name,
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }}
}

// Open opens a database until the end of the test.
func Open(t testing.TB, config clickhouse.Config) *clickhouse.DB {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// Migrated is a database of a test's own with all tables.
func Migrated(t testing.TB, now func() time.Time) *clickhouse.DB {
	t.Helper()
	db := Open(t, Config(t))
	t.Cleanup(func() { require.NoError(t, db.Exec(context.Background(), "DROP DATABASE "+db.Name())) })
	_, err := clickhouse.Migrate(t.Context(), db, schemas.Migrations(), now)
	require.NoError(t, err)
	return db
}

package engine

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var discard = slog.New(slog.DiscardHandler)

// crashVariable tells the test binary to be the process that crashes.
const crashVariable = "RELI_TEST_CRASH"

// TestNilDereferenceStillEndsTheProcess fails where the library keeps the
// signal handlers it took: the process would hang then.
func TestNilDereferenceStillEndsTheProcess(t *testing.T) {
	if os.Getenv(crashVariable) != "" {
		crash(t)
	}
	if _, err := FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), crashVariable+"="+t.TempDir())
	text, err := command.CombinedOutput()
	require.NoError(t, ctx.Err(), "the process hangs")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode(), "%s", text)
	require.Contains(t, string(text), "nil pointer dereference")
}

// crash uses the library from many threads and then a nil pointer.
func crash(t *testing.T) {
	path, err := FindLibrary("")
	require.NoError(t, err)
	s, err := openServer(ChildConfig{DataDir: os.Getenv(crashVariable), Library: path, Logger: discard})
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			c, err := s.pool.acquire(context.Background(), session{})
			if err == nil {
				_, err = c.line("SELECT sum(number) FROM numbers(1000000)")
			}
			if err != nil {
				os.Exit(3)
			}
			s.pool.release(c, true)
		})
	}
	wait.Wait()
	var nothing *conn
	runtime.KeepAlive(nothing.name)
	os.Exit(4)
}

func TestConfigurationNamesOnlyItsOwnPlaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a & b <c>")
	path, err := writeConfig(dir, 1<<30)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "<max_server_memory_usage>1073741824</max_server_memory_usage>")
	require.Contains(t, string(text), "a &amp; b &lt;c&gt;/backups</allowed_path>")
	users, err := os.ReadFile(filepath.Join(filepath.Dir(path), "users.xml"))
	require.NoError(t, err)
	require.NotContains(t, string(users), "FILE")
	require.NotContains(t, string(users), "SYSTEM ON")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestLibraryIsFoundWhereItIsNamed(t *testing.T) {
	dir := t.TempDir()
	_, err := FindLibrary(filepath.Join(dir, "missing.so"))
	require.ErrorIs(t, err, ErrNoLibrary)
	file := filepath.Join(dir, libraryFile)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, explicit := range []string{file, dir} {
		got, err := FindLibrary(explicit)
		require.NoError(t, err)
		require.Equal(t, file, got)
	}
	t.Chdir(t.TempDir())
	_, err = FindLibrary("")
	require.ErrorIs(t, err, ErrNoLibrary)
	require.ErrorContains(t, err, "npm ci --ignore-scripts --prefix internal/engine/library")

	above := t.TempDir()
	tree := filepath.Join(above, libraryFolder, packageName())
	require.NoError(t, os.MkdirAll(tree, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(tree, libraryFile), nil, 0o600))
	below := filepath.Join(above, "cmd", "reli")
	require.NoError(t, os.MkdirAll(below, 0o700))
	t.Chdir(below)
	got, err := FindLibrary("")
	require.NoError(t, err)
	require.Equal(t, libraryFile, filepath.Base(got))
}

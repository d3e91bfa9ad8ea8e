package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/engine"
	"reli/test/database"
)

// endless runs until it is stopped.
const endless = "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) % 7 = 1"

func TestKilledChildIsBackWithinFiveSeconds(t *testing.T) {
	e := ownEngine(t, config(t.TempDir()))
	c := newClient(t, e)
	c.table("kept", "a UInt32", "a")
	socket := e.Socket()
	for i := range 3 {
		require.Equal(t, http.StatusOK, c.insert("INSERT INTO kept FORMAT CSV", strings.NewReader("1\n2\n")).status)
		before := e.PID()
		require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
		start := time.Now()
		require.Eventually(t, func() bool { return e.Restarts() == i+1 }, 5*time.Second, time.Millisecond)
		require.NoError(t, e.Ready(t.Context()))
		t.Logf("back after %v", time.Since(start))
		require.Less(t, time.Since(start), 5*time.Second)
		require.NotEqual(t, before, e.PID())
		require.Equal(t, socket, e.Socket())
		require.Equal(t, fmt.Sprintf("%d\n", 2*(i+1)), c.rows("SELECT count() FROM kept"))
	}
}

func TestSecondOpenerIsRefusedQuickly(t *testing.T) {
	dir := t.TempDir()
	first := ownEngine(t, config(dir))
	start := time.Now()
	_, err := engine.Start(t.Context(), config(dir))
	require.ErrorIs(t, err, engine.ErrInUse)
	require.Less(t, time.Since(start), 2*time.Second)
	require.Equal(t, "1\n", newClient(t, first).rows("SELECT 1"), "the first goes on")

	child := exec.Command(os.Args[0], database.ChildWord, "--data="+dir, "--socket="+filepath.Join(dir, "other.sock"))
	text, err := child.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, engine.ExitInUse, exit.ExitCode())
	require.Contains(t, string(text), "in use by another process")
}

func TestDirectoryIsFreeAfterClose(t *testing.T) {
	dir := t.TempDir()
	for i := range 2 {
		e := ownEngine(t, config(dir))
		c := newClient(t, e)
		c.rows("CREATE TABLE IF NOT EXISTS kept (a UInt32) ENGINE = MergeTree ORDER BY a")
		require.Equal(t, fmt.Sprintf("%d\n", i), c.rows("SELECT count() FROM kept"))
		c.rows("INSERT INTO kept VALUES (1)")
		pid := e.PID()
		require.NoError(t, e.Close(t.Context()))
		require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
		require.Error(t, e.Ready(t.Context()))
	}
}

func TestCloseEndsRunningStatements(t *testing.T) {
	e := ownEngine(t, config(t.TempDir()))
	c := newClient(t, e)
	got := make(chan error, 1)
	go func() {
		response, err := c.http.Post("http://engine/", "", strings.NewReader(endless))
		if err == nil {
			_ = response.Body.Close()
		}
		got <- err
	}()
	// A client that does not read its answer must not hold the engine up either.
	deaf, err := net.Dial("unix", e.Socket())
	require.NoError(t, err)
	defer deaf.Close()
	_, err = io.WriteString(deaf, "GET /?query=SELECT+*+FROM+numbers(100000000) HTTP/1.1\r\nHost: engine\r\n\r\n")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return c.rows("SELECT count() FROM system.processes WHERE query NOT LIKE '%processes%'") == "2\n"
	}, 5*time.Second, 10*time.Millisecond)
	start := time.Now()
	require.NoError(t, e.Close(t.Context()))
	require.Less(t, time.Since(start), 8*time.Second)
	require.Error(t, <-got)
}

func TestChildEndsWithItsParent(t *testing.T) {
	needLibrary(t)
	library, err := engine.FindLibrary("")
	require.NoError(t, err)
	dir := t.TempDir()
	socket := filepath.Join(dir, "own.sock")
	child := exec.Command(os.Args[0], database.ChildWord, "--data="+dir, "--library="+library, "--socket="+socket)
	stdin, err := child.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, stdin.Close()) // what the kernel does when the parent dies
	start := time.Now()
	require.NoError(t, child.Wait())
	require.Less(t, time.Since(start), 5*time.Second)
}

func TestTermSignalStopsTheChildCleanly(t *testing.T) {
	e := ownEngine(t, config(t.TempDir()))
	pid := e.PID()
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	require.Eventually(t, func() bool { return e.Restarts() == 1 }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, e.Ready(t.Context()), "its parent starts it again")
}

func TestDeepDirectoryGetsAShortSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	e := ownEngine(t, config(dir))
	require.Less(t, len(e.Socket()), 108)
	require.Equal(t, "1\n", newClient(t, e).rows("SELECT 1"))
	record, err := os.ReadFile(filepath.Join(dir, "engine.socket"))
	require.NoError(t, err)
	require.Equal(t, e.Socket()+"\n", string(record))
	require.NoError(t, e.Close(t.Context()))
	_, err = os.Stat(filepath.Dir(e.Socket()))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestStartSaysWhyItFailed(t *testing.T) {
	needLibrary(t)
	broken := config(t.TempDir())
	broken.Library = filepath.Join(t.TempDir(), "libchdb.so")
	_, err := engine.Start(t.Context(), broken)
	require.ErrorIs(t, err, engine.ErrNoLibrary)
	require.NoError(t, os.WriteFile(broken.Library, []byte("no library"), 0o600))
	_, err = engine.Start(t.Context(), broken)
	require.ErrorContains(t, err, "load the engine library", "the child's last words are in the error")

	blocked := config(t.TempDir())
	require.NoError(t, os.WriteFile(filepath.Join(blocked.DataDir, "clickhouse"), nil, 0o600))
	_, err = engine.Start(t.Context(), blocked)
	require.ErrorContains(t, err, "refused to open the data path")
}

func TestClientThatGoesAwayCancelsItsStatement(t *testing.T) {
	c := sharedClient(t)
	for name, sql := range map[string]string{
		"a SELECT without rows yet": endless,
		"a SELECT with rows":        "SELECT number FROM numbers(1000000000000)",
		"an INSERT … SELECT":        "INSERT INTO FUNCTION null('x UInt64') SELECT number FROM numbers(1000000000000)",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://engine/?log_comment=leaver", strings.NewReader(sql))
			require.NoError(t, err)
			gone := make(chan error, 1)
			go func() {
				response, err := c.http.Do(request)
				if err == nil {
					_, err = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				gone <- err
			}()
			const count = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'leaver'"
			require.Eventually(t, func() bool { return c.rows(count) == "1\n" }, 5*time.Second, 5*time.Millisecond)
			time.Sleep(100 * time.Millisecond)
			cancel()
			start := time.Now()
			require.Eventually(t, func() bool { return c.rows(count) == "0\n" }, 5*time.Second, 2*time.Millisecond)
			t.Logf("gone after %v", time.Since(start))
			require.Less(t, time.Since(start), 500*time.Millisecond)
			require.ErrorIs(t, <-gone, context.Canceled)
		})
	}
}

func TestManyStatementsAtOnce(t *testing.T) {
	c := sharedClient(t)
	c.table("crowd", "a UInt32, b UInt32", "a")
	const workers, rounds = 24, 15 // more than there are connections
	var wait sync.WaitGroup
	failures := make(chan error, workers*rounds)
	for worker := range workers {
		wait.Go(func() {
			for round := range rounds {
				n := worker*rounds + round
				threads := fmt.Sprint(1 + n%3)
				got := c.query(fmt.Sprintf("SELECT %d + sum(number), getSetting('max_threads') FROM numbers(1000)", n), "max_threads", threads)
				if want := fmt.Sprintf("%d\t%s\n", n+499500, threads); got.body != want {
					failures <- fmt.Errorf("got %q, want %q", got.body, want)
				}
				if got := c.insert("INSERT INTO crowd FORMAT CSV", strings.NewReader(fmt.Sprintf("%d,%d\n", worker, round))); got.status != http.StatusOK {
					failures <- errors.New(got.body)
				}
				if got := c.query("SELECT throwIf(1)"); got.header.Get("X-ClickHouse-Exception-Code") != "395" {
					failures <- fmt.Errorf("no error: %q", got.body)
				}
			}
		})
	}
	wait.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	require.Equal(t, fmt.Sprintf("%d\t%d\n", workers*rounds, workers*rounds*(rounds-1)/2), c.rows("SELECT count(), sum(b) FROM crowd"))
}

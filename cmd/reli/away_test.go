package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"reli/schemas"
)

// holdEngine kills the engine of a server and keeps it from starting again
// until release is called: the lock of its data is taken.
func holdEngine(t *testing.T, s *server) (release func()) {
	t.Helper()
	pid := engineChild(t, s.cmd.Process.Pid)
	lock, err := os.OpenFile(filepath.Join(s.dir, "engine.lock"), os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = lock.Close() })
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		_ = syscall.Kill(engineChild(t, s.cmd.Process.Pid), syscall.SIGKILL) // one that was quicker than this
		return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	}, 10*time.Second, time.Millisecond)
	return func() { require.NoError(t, lock.Close()) }
}

func TestWhileTheEngineIsAwayMapsGoOnAndAreMarked(t *testing.T) {
	t.Parallel()
	needEngine(t)
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	sendUntilAcknowledged(t, s, batchCSV(0, 50))
	s.settled(t, 50)
	const window, tile = "from=2025-01-01&to=2025-02-01", "/v1/tiles/hex/8/221/90.mvt?"
	const post, get = http.MethodPost, http.MethodGet
	ask := func(method, path, body string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
		require.NoError(t, err)
		if strings.HasPrefix(path, "/v1/incidents") {
			req.Header.Set("Content-Type", "text/csv")
		} else if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	fresh := ask(get, tile+window, "")
	require.Less(t, fresh.StatusCode, 300)
	require.Empty(t, fresh.Header.Get("Reli-Stale"))

	release := holdEngine(t, s)
	require.Eventually(t, func() bool { return ask(get, "/readyz", "").StatusCode == http.StatusServiceUnavailable }, 10*time.Second, 20*time.Millisecond)
	for _, path := range []string{tile + window, tile + window + "&category=land", "/v1/series?" + window} {
		resp := ask(get, path, "")
		require.Less(t, resp.StatusCode, 300, path)
		require.NotEmpty(t, resp.Header.Get("Reli-Stale"), path)
		require.Equal(t, "private, no-cache", resp.Header.Get("Cache-Control"), path)
	}
	for path, body := range map[string]string{"/v1/incidents": batchCSV(1, 5), "/v1/sql": `{"sql":"SELECT 1"}`} {
		resp := ask(post, path, body)
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, path)
		require.NotEmpty(t, resp.Header.Get("Retry-After"), path)
	}

	release()
	require.Eventually(t, func() bool { return ask(get, "/readyz", "").StatusCode == http.StatusOK }, 20*time.Second, 20*time.Millisecond)
	require.Empty(t, ask(get, tile+window, "").Header.Get("Reli-Stale"))
	sendUntilAcknowledged(t, s, batchCSV(1, 5))
	s.settled(t, 55)
}

func TestBelowTheFreeSpaceNothingIsTakenInAndNothingIsLost(t *testing.T) {
	t.Parallel()
	free, looked := int64(100), errors.New("no such folder")
	var err error
	room := roomyStore{least: 100, free: func() (int64, error) { return free, err }}
	require.NoError(t, room.room())
	free = 99
	p, ok := schemas.AsProblem(room.room())
	require.True(t, ok)
	require.Equal(t, []any{schemas.CodeDiskFull, http.StatusInsufficientStorage}, []any{p.Code, p.Status})
	require.ErrorContains(t, room.MarkDays(t.Context(), 1, []uint16{20_089}), schemas.CodeDiskFull, "before anything is written")
	free = 101
	require.NoError(t, room.room(), "goes on once there is space")
	err = looked
	require.ErrorIs(t, room.room(), looked)

	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	s := serve(t, dir)
	sendUntilAcknowledged(t, s, batchCSV(0, 20))
	s.stop()
	s = serve(t, dir, "--free-bytes", "4611686018427387904")
	resp, err := http.Post(s.url+"/v1/incidents", "text/csv", strings.NewReader(batchCSV(1, 20)))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusInsufficientStorage, resp.StatusCode)
	s.settled(t, 20)
	s.stop()
	s = serve(t, dir)
	sendUntilAcknowledged(t, s, batchCSV(1, 20))
	s.settled(t, 40)
}

// A real disk that is full: the engine itself fails, cleanly, and what was
// acknowledged is there. It needs the right to mount.
func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	needEngine(t)
	if os.Getenv("RELI_SOAK") == "" {
		t.Skip("mounts a file system: set RELI_SOAK=1")
	}
	mount := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount).CombinedOutput(); err != nil {
		t.Skipf("no right to mount: %s", out)
	}
	t.Cleanup(func() { _ = unix.Unmount(mount, unix.MNT_DETACH) })
	dir := filepath.Join(mount, "data")
	s := serve(t, dir, "--free-bytes", "0")
	sendUntilAcknowledged(t, s, batchCSV(0, 200))
	filler := filepath.Join(mount, "filler")
	f, err := os.Create(filler)
	require.NoError(t, err)
	for err == nil {
		_, err = f.Write(make([]byte, 64<<10))
	}
	require.NoError(t, f.Close())
	resp, err := http.Post(s.url+"/v1/incidents", "text/csv", strings.NewReader(batchCSV(1, 200)))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusInsufficientStorage, resp.StatusCode)
	require.NoError(t, os.Remove(filler))
	sendUntilAcknowledged(t, s, batchCSV(1, 200))
	s.settled(t, 400)
	s.stop()
	again := serve(t, dir)
	again.settled(t, 400)
	status, body := again.get(t, "/readyz")
	require.Equal(t, http.StatusOK, status, "%s", body)
}

func TestAStopWaitsForAnUploadThatIsUnderWay(t *testing.T) {
	t.Parallel()
	needEngine(t)
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	body, rest := io.Pipe()
	answered := make(chan int, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/incidents", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "text/csv")
	req.Header.Set("Expect", "100-continue") // the body goes once the server reads it
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	defer client.CloseIdleConnections()
	go func() {
		resp, err := client.Do(req)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	text := batchCSV(0, 30)
	half := strings.Index(text, "\n") + 1
	_, err = io.WriteString(rest, text[:half])
	require.NoError(t, err)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		resp, err := http.Get(s.url + "/healthz")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err != nil // nobody is let in any more
	}, 30*time.Second, 5*time.Millisecond)
	_, err = io.WriteString(rest, text[half:])
	require.NoError(t, err)
	require.NoError(t, rest.Close())
	require.Equal(t, http.StatusOK, <-answered)
	s.stop()
	require.Equal(t, exitOK, s.cmd.ProcessState.ExitCode(), s.log())
	again := serve(t, s.dir)
	again.settled(t, 30)
}

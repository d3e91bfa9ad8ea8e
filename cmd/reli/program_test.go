package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
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

	"reli/geo"
	"reli/internal/engine"
)

// asProgram makes the test binary behave as the program itself, so that the
// tests run what is shipped: real processes, real sockets, the real engine.
const asProgram = "RELI_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	// The engine's child gets little of the environment, so its arguments tell:
	// a test binary that takes itself for a test there would start all again.
	child := len(os.Args) > 1 && os.Args[1] == engineCommand
	if os.Getenv(asProgram) != "" || child {
		main()
		return
	}
	os.Exit(m.Run())
}

// shared finds a file beside the repository; the test is skipped without it.
func shared(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", name))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: ../shared/%s is not here", name)
	}
	return path
}

func needEngine(t *testing.T) {
	t.Helper()
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
}

// shippedProgram names a built program that takes the test binary's place.
const shippedProgram = "RELI_TEST_PROGRAM"

// buildShipped builds the program as it is shipped, without the race detector,
// for tests whose time is the browser's.
func buildShipped(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reli")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Setenv(shippedProgram, path)
}

func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cmp.Or(os.Getenv(shippedProgram), os.Args[0]), args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "RELI_LOG_LEVEL=warn", "RELI_AHEAD=none")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return cmd
}

// reli runs a command to its end.
func reli(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := command(t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err, errs.String())
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// mustReli runs a command that has to succeed.
func mustReli(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := reli(t, args...)
	require.Equal(t, exitOK, code, "reli %v\n%s\n%s", args, out, errs)
	return out
}

// server is a running `reli serve`.
type server struct {
	url  string
	dir  string
	cmd  *exec.Cmd
	errs *bytes.Buffer // to be read once it has ended
	once sync.Once
}

// log gives what a server that has ended wrote to its log.
func (s *server) log() string { return s.errs.String() }

func serve(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	cmd := command(context.WithoutCancel(t.Context()), append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--open"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	s := &server{dir: dir, cmd: cmd, errs: &errs}
	t.Cleanup(s.stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the server ended: %s", &errs)
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "Reli serves "))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s
}

// stop ends the server the way a service manager does, and waits.
func (s *server) stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = s.cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			_ = s.cmd.Process.Kill()
			<-done
		}
	})
}

func (s *server) get(t *testing.T, path string) (int, []byte) {
	t.Helper()
	resp, err := http.Get(s.url + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, body
}

func (s *server) json(t *testing.T, path string, into any) {
	t.Helper()
	status, body := s.get(t, path)
	require.Equal(t, http.StatusOK, status, "%s: %s", path, body)
	require.NoError(t, json.Unmarshal(body, into), path)
}

// settled waits until the map shows n incidents.
func (s *server) settled(t *testing.T, n int) {
	t.Helper()
	var have struct{ Incidents int }
	require.Eventually(t, func() bool {
		resp, err := http.Get(s.url + "/v1/freshness")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(&have) == nil && have.Incidents == n
	}, time.Minute, 50*time.Millisecond, "want %d incidents on the map, have %d", n, have.Incidents)
}

func lngLat(center [3]float64) geo.LngLat { return geo.LngLat{Lng: center[0], Lat: center[1]} }

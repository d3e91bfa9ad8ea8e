package engine_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/engine"
)

// confined skips a test where the kernel has no Landlock.
func confined(t *testing.T, e *engine.Engine) {
	t.Helper()
	if e.Landlock() == 0 {
		t.Skip("SKIPPED, NOT TESTED: this kernel has no Landlock")
	}
}

// TestTheConfinedEngineReachesNothingOutside asks the engine itself, without
// the guard of analysts' SQL: file() and INTO OUTFILE need no grant.
func TestTheConfinedEngineReachesNothingOutside(t *testing.T) {
	outside := t.TempDir()
	canary, written := filepath.Join(outside, "canary"), filepath.Join(outside, "written")
	require.NoError(t, os.WriteFile(canary, []byte("canary-7d1e\n"), 0o644))
	dir := t.TempDir()
	own := ownEngine(t, config(dir))
	confined(t, own)
	c := newClient(t, own)
	link := filepath.Join(dir, "clickhouse", "user_files", "link")
	require.NoError(t, os.MkdirAll(filepath.Dir(link), 0o700))
	require.NoError(t, os.Symlink(canary, link))
	for _, path := range []string{canary, link, "link", "/etc/passwd", "/etc/hostname", fmt.Sprintf("/proc/%d/environ", os.Getpid())} {
		got := c.query("SELECT file('" + path + "')")
		require.NotEqual(t, http.StatusOK, got.status, "%s: %s", path, got.body)
		require.NotContains(t, got.body, "canary-7d1e")
	}
	for _, path := range []string{written, canary, filepath.Join("/tmp", filepath.Base(outside)+"-written")} {
		for _, how := range []string{"", " TRUNCATE", " APPEND"} {
			require.NotEqual(t, http.StatusOK, c.query("SELECT 1 INTO OUTFILE '"+path+"'"+how).status, path)
		}
		require.NoFileExists(t, strings.ReplaceAll(path, canary, written))
	}
	text, err := os.ReadFile(canary)
	require.NoError(t, err)
	require.Equal(t, "canary-7d1e\n", string(text))
	require.Equal(t, "1\n", c.rows("SELECT 1"))
}

func TestTheConfinedEngineHasNoSecretAndNoNetwork(t *testing.T) {
	t.Setenv("RELI_CLICKHOUSE", "http://user:secret-93af@127.0.0.1:1/x")
	own := ownEngine(t, config(t.TempDir()))
	confined(t, own)
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", own.PID()))
	require.NoError(t, err)
	require.NotContains(t, string(environment), "secret-93af")
	if own.Landlock() < 4 {
		t.Skip("SKIPPED, NOT TESTED: this kernel's Landlock cannot close the network")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	called := make(chan struct{}, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			called <- struct{}{}
			_ = conn.Close()
		}
	}()
	c := newClient(t, own)
	for _, sql := range []string{
		"SELECT * FROM url('http://" + listener.Addr().String() + "/', 'LineAsString')",
		"SELECT * FROM remote('" + listener.Addr().String() + "', system.one)",
	} {
		require.NotEqual(t, http.StatusOK, c.query(sql).status)
	}
	require.Empty(t, called)
}

// TestTheConfinedEngineStillWorks has it do what touches files most: moving
// parts, mutations, sorting and grouping on disk, a restart.
func TestTheConfinedEngineStillWorks(t *testing.T) {
	dir := t.TempDir()
	own := ownEngine(t, config(dir))
	confined(t, own)
	c := newClient(t, own)
	c.table("t", "day Date, a UInt64, s String", "a")
	c.rows("INSERT INTO t SELECT toDate('2025-01-01') + number % 60, number, toString(number) FROM numbers(300000)")
	c.rows("ALTER TABLE t UPDATE s = concat(s, 'x') WHERE a % 2 SETTINGS mutations_sync = 2")
	c.rows("OPTIMIZE TABLE t FINAL")
	c.table("u", "day Date, a UInt64, s String", "a")
	c.rows("ALTER TABLE u ATTACH PARTITION tuple() FROM t")
	c.rows("EXCHANGE TABLES t AND u")
	require.Equal(t, "300000\t44999850000\n", c.rows("SELECT count(), sum(a) FROM t"))
	spill := []string{"max_bytes_before_external_group_by", "1000000", "max_bytes_before_external_sort", "1000000",
		"max_bytes_ratio_before_external_group_by", "0", "max_bytes_ratio_before_external_sort", "0"}
	require.Equal(t, "300000\n", c.rows("SELECT count() FROM (SELECT s, count() FROM t GROUP BY s)", spill...))
	require.Equal(t, "299999x\n", c.rows("SELECT s FROM t ORDER BY reverse(s), s, a LIMIT 1 OFFSET 299999", spill...), "sorted on disk")

	process, err := os.FindProcess(own.PID())
	require.NoError(t, err)
	require.NoError(t, process.Kill())
	require.Eventually(t, func() bool { return own.Restarts() == 1 && own.Ready(t.Context()) == nil }, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "300000\n", c.rows("SELECT count() FROM t"))
	require.NotZero(t, own.Landlock())
}

package engine_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSourcesOutsideTheEngineAreRefused(t *testing.T) {
	c := sharedClient(t)
	for _, sql := range []string{
		"SELECT * FROM file('/etc/hostname', 'LineAsString')",
		"SELECT * FROM `/etc/hostname`",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
		"SELECT * FROM remote('127.0.0.1', system.one)",
		"SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"CREATE TABLE outside (a UInt8) ENGINE = File(CSV)",
		"SYSTEM SHUTDOWN",
		"SYSTEM KILL",
	} {
		got := c.query(sql)
		require.Equal(t, http.StatusForbidden, got.status, "%s: %s", sql, got.body)
	}
	require.Equal(t, "1\n", c.rows("SELECT 1"))
}

func TestBackupGoesOnlyToItsFolder(t *testing.T) {
	dir := t.TempDir()
	c := newClient(t, ownEngine(t, config(dir)))
	c.rows("CREATE DATABASE one")
	c.rows("CREATE TABLE one.t (a UInt32) ENGINE = MergeTree ORDER BY a")
	c.rows("INSERT INTO one.t SELECT number FROM numbers(1000)")
	require.NotEqual(t, http.StatusOK, c.query("BACKUP DATABASE one TO File('/tmp/outside.tar')").status)
	archive := "'" + filepath.Join(dir, "backups", "one.tar.zst") + "'"
	require.Contains(t, c.rows("BACKUP DATABASE one TO File("+archive+")"), "BACKUP_CREATED")
	require.Contains(t, c.rows("RESTORE DATABASE one AS two FROM File("+archive+")"), "RESTORED")
	require.Equal(t, "499500\n", c.rows("SELECT sum(a) FROM two.t"))
}

func TestMemoryBoundHolds(t *testing.T) {
	bounded := config(t.TempDir())
	bounded.MemoryBytes = 600 << 20
	c := newClient(t, ownEngine(t, bounded))
	got := c.query("SELECT length(groupArray(number)) FROM numbers(300000000)")
	require.NotEqual(t, http.StatusOK, got.status)
	require.Equal(t, "241", got.header.Get("X-ClickHouse-Exception-Code"), got.body)
	require.Equal(t, "1\n", c.rows("SELECT 1"))
	require.False(t, strings.Contains(c.rows("SHOW TABLES FROM system"), "query_log"), "system logs are off")
}

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// call runs a command inside the test.
func call(t *testing.T, env map[string]string, args ...string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, func(k string) string { return env[k] }, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reli.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestConfigShowsDefaultsAndHidesSecrets(t *testing.T) {
	out, _, code := call(t, nil, "config", "--clickhouse", "http://me:hush@db:8123/reli", "--webhook-secret", "hush", "--webhooks", "a=http://127.0.0.1/hush")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "listen: 127.0.0.1:8080")
	require.Contains(t, out, "time-zone: Asia/Shanghai")
	require.NotContains(t, out, "hush")
}

func TestFlagWinsOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := configFile(t, "listen: 127.0.0.1:1\ntime-zone: UTC\ncache-bytes: 5\n")
	t.Setenv("RELI_TIME_ZONE", "Europe/Berlin")
	t.Setenv("RELI_CACHE_BYTES", "6")
	env := map[string]string{"RELI_TIME_ZONE": "Europe/Berlin", "RELI_CACHE_BYTES": "6"}
	out, errs, code := call(t, env, "config", "--config-file", file, "--cache-bytes", "7")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "listen: 127.0.0.1:1\n")
	require.Contains(t, out, "time-zone: Europe/Berlin\n")
	require.Contains(t, out, "cache-bytes: 7\n")
	require.Contains(t, out, "log-level: info\n")
}

func TestBadSettingsAreRefused(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown key":      {"config", "--config-file", configFile(t, "listn: x\n")},
		"broken file":      {"config", "--config-file", configFile(t, "listen: [\n")},
		"missing file":     {"config", "--config-file", "/nowhere/reli.yaml"},
		"unknown flag":     {"config", "--listn", "x"},
		"unknown command":  {"serv"},
		"bad level":        {"config", "--log-level", "loud"},
		"open to everyone": {"serve", "--open", "--listen", "0.0.0.0:0"},
		"bad zone":         {"serve", "--time-zone", "Mars/Olympus", "--listen", "127.0.0.1:0", "--data", t.TempDir()},
		"bad clickhouse":   {"serve", "--clickhouse", "ftp://db", "--listen", "127.0.0.1:0", "--data", t.TempDir()},
		"bad end":          {"demo", "--end", "tomorrow", "--files", t.TempDir()},
		"no profile":       {"ingest", "--profile", "nosuch", "x.csv"},
	} {
		_, errs, code := call(t, nil, args...)
		require.NotEqual(t, exitOK, code, name)
		require.NotEmpty(t, errs, name)
	}
}

func TestVersionAndHelpSucceed(t *testing.T) {
	out, _, code := call(t, nil, "version")
	require.Equal(t, exitOK, code)
	require.True(t, strings.HasPrefix(out, "reli "))
	out, _, code = call(t, nil, "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "serve")
}

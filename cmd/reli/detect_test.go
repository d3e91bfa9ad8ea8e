package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s; go test -update writes it anew", path)
}

func TestDetectPrintsAProfile(t *testing.T) {
	fixtures := filepath.Join("..", "..", "ingest", "testdata", "profiles")
	f := func(name, path string, code int, args ...string) {
		t.Helper()
		out, errs, got := reli(t, append([]string{"ingest", "--detect", path}, args...)...)
		require.Equal(t, code, got, errs)
		golden(t, filepath.Join("detect", name+".yaml"), out)
		golden(t, filepath.Join("detect", name+".txt"), errs)
	}
	f("hotline", filepath.Join(fixtures, "12345", "2022.csv"), exitOK)
	f("mediation", filepath.Join(fixtures, "mediation", "office.tsv"), exitOK)

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	points := file("points.csv", "接警编号,报警时间,经度,纬度,报警人电话\n"+strings.Repeat("1,2024-01-02 08:00:00,131.1,46.7,13800138000\n", 3))
	f("points", points, exitRows)
	f("points-declared", points, exitOK, "--crs", "GCJ02")
	f("refused", file("refused.csv", "工单编号,受理时间,工单状态\n1,2024-01-02,已挂起\n2,2024-01-02,已挂起\n3,2024-01-02,已挂起\n4,2024-01-02,已办结\n"), exitRows)
	f("nothing", file("nothing.csv", "日期,气温\n2024-01-01,3\n"), exitFailed)

	out, errs, code := reli(t, "ingest", "--detect", points, points)
	require.Equal(t, exitUsage, code)
	require.Empty(t, out)
	require.Contains(t, errs, "--detect looks at one file")
	_, errs, code = reli(t, "ingest", "--detect", file("empty.csv", ""))
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "the input is empty")
	_, _, code = reli(t, "ingest", "--detect", filepath.Join(dir, "missing.csv"))
	require.Equal(t, exitFailed, code)
}

// A proposal that was saved is a profile, and a fault in one names its file.
func TestAProfileFileNamesItsFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(path, []byte("name: own\nextends: \"12345\"\nvalues: {state: {已挂起: paused}}\n"), 0o600))
	_, errs, code := reli(t, "ingest", "--profile", path, "--data", t.TempDir(), "x.csv")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, path+`: line 3: values.state.已挂起: state has no value "paused"`)
}

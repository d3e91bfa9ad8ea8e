package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse/parts"
)

// smallData makes a data directory with a few batches, stopped cleanly.
func smallData(t *testing.T, batches, rows int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	var files []string
	for n := range batches {
		name := filepath.Join(t.TempDir(), "batch.csv")
		require.NoError(t, os.WriteFile(name, []byte(batchCSV(n, rows)), 0o600))
		files = append(files, name)
	}
	mustReli(t, append([]string{"ingest", "--data", dir}, files...)...)
	return dir
}

func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// damage does something to a file.
type damage struct {
	name string
	do   func(t *testing.T, file string)
}

var damages = []damage{
	{"flipped", func(t *testing.T, file string) { flip(t, file) }},
	{"truncated", func(t *testing.T, file string) {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(file, info.Size()/2))
	}},
	{"deleted", func(t *testing.T, file string) { require.NoError(t, os.Remove(file)) }},
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	if len(content) == 0 {
		content = []byte{0}
	}
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(file, content, 0o600))
}

func TestEveryDamagedFileOfAPartIsNamedBeforeTheEngineStarts(t *testing.T) {
	t.Parallel()
	needEngine(t)
	dir := smallData(t, 2, 50)
	list, ok, err := parts.Read(filepath.Join(dir, partsFile))
	require.NoError(t, err)
	require.True(t, ok)
	store := filepath.Join(dir, storeFolder)
	sound, err := list.Check(store, false)
	require.NoError(t, err)
	require.Empty(t, sound)
	seen := map[string]bool{}
	for _, p := range list.Parts {
		list := parts.Manifest{Parts: []parts.Part{p}}
		if seen[p.Table] {
			continue // another part of the same shape
		}
		for _, f := range p.Files {
			file := filepath.Join(store, filepath.FromSlash(p.Path), f.Name)
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, d := range damages {
				if d.name == "truncated" && len(before) == 0 {
					continue
				}
				d.do(t, file)
				found, err := list.Check(store, false)
				require.NoError(t, err)
				require.Len(t, found, 1, "%s %s", d.name, file)
				require.Equal(t, []string{p.Table, filepath.Base(p.Path), f.Name}, []string{found[0].Table, found[0].Part, found[0].File}, d.name)
				require.NoError(t, os.WriteFile(file, before, 0o600))
			}
		}
		seen[p.Table] = true
	}
	require.True(t, seen["incidents"] && seen["cube"] && seen["data_versions"], "%v", seen)
}

// partOf gives the folder of a listed part of a table.
func partOf(t *testing.T, dir, table string) string {
	t.Helper()
	list, _, err := parts.Read(filepath.Join(dir, partsFile))
	require.NoError(t, err)
	for _, p := range list.Parts {
		if p.Table == table && p.Rows > 0 {
			return filepath.Join(dir, storeFolder, filepath.FromSlash(p.Path))
		}
	}
	t.Fatalf("no part of %s", table)
	return ""
}

func TestADamagedDataDirectoryIsServedButNotReady(t *testing.T) {
	t.Parallel()
	needEngine(t)
	whole := smallData(t, 2, 50)
	for name, harm := range map[string]func(t *testing.T, dir string){
		"torn": func(t *testing.T, dir string) {
			damages[1].do(t, filepath.Join(partOf(t, dir, "incidents"), "data.bin"))
		},
		"lost part": func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(partOf(t, dir, "incidents"))) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTree(t, whole)
			harm(t, dir)
			s := serve(t, dir)
			status, body := s.get(t, "/readyz")
			require.Equal(t, http.StatusServiceUnavailable, status, "%s", body)
			require.Contains(t, string(body), "data_damaged")
			require.Contains(t, string(body), "all_", "the part is named")
			if name != "lost part" {
				return
			}
			// It stays so over a restart, until the loss is accepted.
			s.stop()
			s = serve(t, dir)
			status, _ = s.get(t, "/readyz")
			require.Equal(t, http.StatusServiceUnavailable, status)
			out, _, code := reli(t, "verify", "data", "--data", dir)
			require.Equal(t, exitDamaged, code, out)
			require.Contains(t, out, "incidents all_")
			_, _, code = reli(t, "verify", "data", "--data", dir, "--accept-loss", "--rebuild")
			require.Equal(t, exitOK, code)
			status, body = s.get(t, "/readyz")
			require.Equal(t, http.StatusOK, status, "%s", body)
		})
	}
}

func TestADamagedCubeIsComputedAnewAtTheStart(t *testing.T) {
	t.Parallel()
	needEngine(t)
	dir := smallData(t, 1, 60)
	flip(t, filepath.Join(partOf(t, dir, "cube"), "data.bin"))
	s := serve(t, dir)
	status, body := s.get(t, "/readyz")
	require.Equal(t, http.StatusOK, status, "%s", body)
	s.settled(t, 60)
	var series struct{ Total int }
	s.json(t, "/v1/series?from=2025-01-01&to=2025-02-01", &series)
	require.Equal(t, 60, series.Total)
	require.Contains(t, mustReli(t, "verify", "data", "--data", dir), "sound")
}

func TestAKilledProcessIsNoticedAndACleanStopIsNot(t *testing.T) {
	t.Parallel()
	needEngine(t)
	dir := smallData(t, 1, 10)
	require.NoFileExists(t, filepath.Join(dir, runningFile))
	s := serve(t, dir)
	require.FileExists(t, filepath.Join(dir, runningFile))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGKILL))
	s.stop()
	require.FileExists(t, filepath.Join(dir, runningFile))
	v := survivor{dir: dir}
	v.start(t) // once the engine of the killed one is gone
	v.cmd.stop()
	require.NoFileExists(t, filepath.Join(dir, runningFile))
	require.Contains(t, v.cmd.log(), "did not stop cleanly")
}

func TestAClockThatJumpsIsSeen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before := reading{wall: at, since: time.Minute}
	require.Zero(t, before.jump(reading{wall: at.Add(5 * time.Second), since: time.Minute + 5*time.Second}))
	require.Equal(t, -time.Hour, before.jump(reading{wall: at.Add(5*time.Second - time.Hour), since: time.Minute + 5*time.Second}))
	require.Equal(t, time.Hour, before.jump(reading{wall: at.Add(5*time.Second + time.Hour), since: time.Minute + 5*time.Second}))
}

func TestAnUnfinishedRestoreIsNotServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, restoringFile), nil, 0o600))
	_, errs, code := reli(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--open")
	require.Equal(t, exitFailed, code)
	require.Contains(t, strings.ToLower(errs), restoringFile)
}

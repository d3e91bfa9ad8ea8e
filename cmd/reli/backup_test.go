package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse/archive"
)

// backupFiles lists the files of a backup.
func backupFiles(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	}))
	require.NotEmpty(t, out)
	return out
}

// faultOf gives what reading a backup whole finds.
func faultOf(dir string) error {
	m, err := archive.Open(dir)
	if err != nil {
		return err
	}
	return m.Verify(dir, nil)
}

func TestABackupIsRestoredWithTheSameContents(t *testing.T) {
	t.Parallel()
	needEngine(t)
	dir := smallData(t, 2, 60)
	backup := filepath.Join(t.TempDir(), "backup")
	mustReli(t, "backup", "--data", dir, "--to", backup) // without a server
	require.NoError(t, faultOf(backup))
	m, err := archive.Open(backup)
	require.NoError(t, err)
	require.EqualValues(t, 120, m.Incidents)

	again := filepath.Join(t.TempDir(), "restored")
	mustReli(t, "restore", "--from", backup, "--data", again)
	second := filepath.Join(t.TempDir(), "second")
	mustReli(t, "backup", "--data", again, "--to", second)
	m2, err := archive.Open(second)
	require.NoError(t, err)
	require.Equal(t, m.Tables, m2.Tables, "the contents of every table, the cube's too")
	require.Equal(t, m.DataVersion, m2.DataVersion)
	secret := filepath.Join(archive.FilesFolder, secretFile)
	before, err := os.ReadFile(filepath.Join(backup, secret))
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(second, secret))
	require.NoError(t, err)
	require.Equal(t, before, after)

	t.Run("not over anything", func(t *testing.T) {
		_, errs, code := reli(t, "restore", "--from", backup, "--data", dir)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, "not_empty")
		_, errs, code = reli(t, "backup", "--data", dir, "--to", backup)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, "not_empty")
	})
	t.Run("not of a newer version", func(t *testing.T) {
		newer := copyTree(t, backup)
		m := m
		m.Schema = append(m.Schema[:len(m.Schema):len(m.Schema)], m.Schema[0])
		m.Schema[len(m.Schema)-1].Version, m.Schema[len(m.Schema)-1].Name = 9999, "9999_of_tomorrow.sql"
		for _, name := range []string{archive.ManifestFile, "manifest.sha256"} {
			require.NoError(t, os.Remove(filepath.Join(newer, name)))
		}
		_, err := archive.Seal(newer, m, nil)
		require.NoError(t, err)
		empty := filepath.Join(t.TempDir(), "empty")
		_, errs, code := reli(t, "restore", "--from", newer, "--data", empty)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, "backup_newer")
		require.NoDirExists(t, empty)
	})
	t.Run("not with one byte changed", func(t *testing.T) {
		broken := copyTree(t, backup)
		for i, file := range backupFiles(t, broken) {
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, d := range damages {
				if d.name != "flipped" && (i%10 != 0 || len(before) == 0) {
					continue
				}
				d.do(t, file)
				require.ErrorContains(t, faultOf(broken), filepath.Base(file), d.name)
				require.NoError(t, os.WriteFile(file, before, 0o600))
			}
		}
		require.NoError(t, faultOf(broken))
		flip(t, filepath.Join(broken, archive.FilesFolder, secretFile))
		empty := filepath.Join(t.TempDir(), "empty")
		_, errs, code := reli(t, "restore", "--from", broken, "--data", empty)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, secretFile)
		require.NoDirExists(t, empty)
	})
}

// Batches of equal size come while the backup is made: what it holds is a data
// version, so a whole number of batches, in records and on the map alike.
func TestABackupDuringIngestIsOfOneDataVersion(t *testing.T) {
	t.Parallel()
	needEngine(t)
	const rows = 40
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	sendUntilAcknowledged(t, s, batchCSV(0, rows))
	ctx, cancel := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	sending.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			sendUntilAcknowledged(t, s, batchCSV(n, rows))
		}
	})
	backup := filepath.Join(t.TempDir(), "backup")
	mustReli(t, "backup", "--data", s.dir, "--to", backup)
	cancel()
	sending.Wait()
	m, err := archive.Open(backup)
	require.NoError(t, err)
	require.Zero(t, m.Incidents%rows)
	restored := filepath.Join(t.TempDir(), "restored")
	mustReli(t, "restore", "--from", backup, "--data", restored) // compares the map with the records
	again := serve(t, restored)
	again.settled(t, int(m.Incidents))
}

func TestAKilledBackupLeavesNothingThatLooksWhole(t *testing.T) {
	t.Parallel()
	needEngine(t)
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	sendUntilAcknowledged(t, s, batchCSV(0, 100))
	for round := range 3 {
		backup := filepath.Join(t.TempDir(), "backup")
		cmd := command(context.WithoutCancel(t.Context()), "backup", "--data", s.dir, "--to", backup)
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(200*round) * time.Millisecond) // each kill meets another moment
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(backup); err == nil {
			require.NoError(t, faultOf(backup), "it was finished before the kill")
		}
	}
	// The server is none the worse, and the next one is whole.
	backup := filepath.Join(t.TempDir(), "backup")
	require.Eventually(t, func() bool {
		_, _, code := reli(t, "backup", "--data", s.dir, "--to", backup)
		return code == exitOK // until the killed one is given up by the server
	}, time.Minute, 100*time.Millisecond)
	require.NoError(t, faultOf(backup))
	left, err := filepath.Glob(filepath.Join(s.dir, backupsFolder, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
	text, err := os.ReadFile(filepath.Join(backup, archive.ManifestFile))
	require.NoError(t, err)
	require.True(t, json.Valid(text))
}

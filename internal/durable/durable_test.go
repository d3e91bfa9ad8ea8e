package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/durable"
)

func TestAFileIsReplacedWholeWithItsMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	require.NoError(t, durable.WriteFile(path, []byte("a longer one"), 0o600))
	require.NoError(t, durable.WriteFile(path, []byte("new"), 0o640))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(text))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o640), info.Mode())
	require.NoError(t, durable.SyncFolder(dir))
}

func TestWhatCannotBeWrittenLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	require.NoError(t, os.MkdirAll(filepath.Join(taken, "full"), 0o700))
	require.Error(t, durable.WriteFile(taken, []byte("x"), 0o600), "a folder is there")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Error(t, durable.WriteFile(filepath.Join(dir, "gone", "file"), nil, 0o600))
	require.Error(t, durable.SyncFolder(filepath.Join(dir, "gone")))
}

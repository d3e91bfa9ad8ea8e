package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas/roster"
)

func TestTheRosterIsReadFromItsFolder(t *testing.T) {
	none, err := Config{}.roster()
	require.NoError(t, err)
	require.Nil(t, none)
	dir := t.TempDir()
	c := Config{Roster: dir}
	_, err = c.roster()
	require.ErrorContains(t, err, "owners.csv", "an empty folder is a mistake")
	require.Empty(t, c.rosterFiles())

	owners := filepath.Join(dir, roster.OwnersFile)
	require.NoError(t, os.WriteFile(owners, []byte("area,kind,post,from\na,包乡,县委副书记,2025-01-01\n"), 0o600))
	r, err := c.roster()
	require.NoError(t, err)
	require.Len(t, r.Owners([]string{"a"}, "2025-01-01"), 1)
	require.Equal(t, map[string]string{roster.OwnersFile: owners}, c.rosterFiles(), "what a backup copies")

	require.NoError(t, os.WriteFile(filepath.Join(dir, roster.StaffFile), []byte("area,staff,from\na,two,2025-01-01\n"), 0o600))
	_, err = c.roster()
	require.ErrorContains(t, err, "staff.csv: line 2, column 3")
}

package ingest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// shared opens a file of the data beside the repository, or skips the test.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", name))
	if os.IsNotExist(err) {
		t.Skipf("SKIPPED: ../shared/data/%s is not beside the repository", name)
	}
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestSharedFilesAreCountedOnce(t *testing.T) {
	for _, c := range []struct {
		file, profile string
		rows          int64
	}{
		{"stuttgart-2021-2025.csv.gz", "stuttgart", 115_686},
		{"chicago-2016-2017.csv.gz", "chicago", 321_877},
	} {
		t.Run(c.profile, func(t *testing.T) {
			store := newMemory()
			in := newIngester(t, store, nil, 0)
			first := run1(t, in, c.profile, c.file, shared(t, c.file))
			require.Equal(t, c.rows, first.Accepted+first.Quarantined)
			require.Zero(t, first.Duplicates+first.Updated)
			require.Len(t, store.incidents, int(first.Accepted))
			for _, r := range store.incidents {
				if r.Category == "other" || r.CategoryLabel != "" || r.Cell == 0 {
					require.Fail(t, "a row without category or cell", "%+v", r)
				}
			}
			second := run1(t, in, c.profile, c.file, shared(t, c.file))
			require.Zero(t, second.Accepted+second.Updated)
			require.Equal(t, c.rows, second.Duplicates+second.Quarantined)
		})
	}
}

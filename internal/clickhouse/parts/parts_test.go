package parts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

func TestWhatAMergeTookAwayIsNotMissed(t *testing.T) {
	store := t.TempDir()
	put := func(part string) string {
		dir := filepath.Join(store, "store", "abc", "abc-1", part)
		require.NoError(t, os.MkdirAll(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data.bin"), []byte(part), 0o600))
		return "/somewhere/clickhouse/store/abc/abc-1/" + part + "/"
	}
	var active []clickhouse.Part
	for _, part := range []string{"all_1_1_0", "all_2_2_0", "all_3_3_0", "all_4_4_0"} {
		active = append(active, clickhouse.Part{Table: "incidents", Path: put(part), Rows: 5})
	}
	m, err := Manifest{}.Next(store, active, 7)
	require.NoError(t, err)
	found := func() []Fault {
		t.Helper()
		out, err := m.Check(store, false)
		require.NoError(t, err)
		return out
	}
	remove := func(part string) {
		require.NoError(t, os.RemoveAll(filepath.Join(store, "store", "abc", "abc-1", part)))
	}
	require.Empty(t, found())
	put("all_1_2_1") // merged
	remove("all_1_1_0")
	require.Empty(t, found())
	put("all_4_4_0_9") // mutated
	remove("all_4_4_0")
	require.Empty(t, found())
	remove("all_3_3_0")
	require.Equal(t, []Fault{{Table: "incidents", Part: "all_3_3_0", What: "is missing, with 5 rows", Rows: 5}}, found())
	require.NoError(t, os.WriteFile(filepath.Join(store, "store", "abc", "abc-1", "all_1_2_1", "more"), nil, 0o600))
	require.Len(t, found(), 1, "parts that are not listed are the engine's to check")
}

func TestPartNames(t *testing.T) {
	for _, text := range []string{"all", "all_1", "all_1_2", "detached", "all_1_x_0", "tmp_insert_all_1_1_0", ""} {
		_, ok := parseName(text)
		require.False(t, ok, text)
	}
	n, ok := parseName("202501_3_17_2_40")
	require.True(t, ok)
	require.Equal(t, name{"202501", 3, 17, 2, 40}, n)
	require.False(t, n.covers(n))
	require.False(t, n.covers(name{"202502", 3, 17, 1, 0}))
}

package pmtiles_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/tiles/pmtiles"
)

func archiveOf(t testing.TB, file []byte) (*pmtiles.Archive, error) {
	t.Helper()
	return pmtiles.Open(bytes.NewReader(file), int64(len(file)))
}

func fileOf(t *testing.T, tiles []pmtiles.Tile) []byte {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	write(t, path, tiles)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	return file
}

// Every tile that was written comes back, from the root and from leaves, and
// no other one.
func TestAnArchiveIsReadAgain(t *testing.T) {
	for name, tiles := range map[string][]pmtiles.Tile{
		"root alone": pyramid(2, 5, func(id tile.ID) string { return id.String() }),
		"leaves":     large(),
	} {
		a, err := archiveOf(t, fileOf(t, tiles))
		require.NoError(t, err, name)
		require.Equal(t, "application/vnd.mapbox-vector-tile", a.ContentType())
		for _, want := range tiles {
			got, ok, err := a.Tile(want.ID)
			require.NoError(t, err)
			require.Equal(t, len(want.Data) > 0, ok, want.ID)
			if ok {
				require.Equal(t, want.Data, got, want.ID)
			}
		}
		for _, none := range [][3]int{{0, 0, 0}, {20, 5, 5}} {
			id, err := tile.New(none[0], none[1], none[2])
			require.NoError(t, err)
			_, ok, err := a.Tile(id)
			require.NoError(t, err)
			require.False(t, ok)
		}
	}
}

// An archive that ends anywhere, or has a changed byte, gives an error or
// some tiles; it takes no more memory than its bounds and never panics.
func TestADamagedArchiveIsRefusedOrRead(t *testing.T) {
	tiles := pyramid(1, 3, func(id tile.ID) string { return id.String() })
	file := fileOf(t, tiles)
	for n := range file {
		try(t, file[:n])
		changed := bytes.Clone(file)
		changed[n] ^= 0xff
		try(t, changed)
	}
	_, err := archiveOf(t, file[:100])
	require.ErrorIs(t, err, pmtiles.ErrFormat)
	_, err = archiveOf(t, bytes.Repeat([]byte("x"), 1000))
	require.ErrorIs(t, err, pmtiles.ErrFormat)
}

func try(t testing.TB, file []byte) {
	a, err := archiveOf(t, file)
	if err != nil {
		require.ErrorIs(t, err, pmtiles.ErrFormat)
		return
	}
	for _, id := range []tile.ID{{Z: 1, X: 0, Y: 0}, {Z: 2, X: 1, Y: 3}, {Z: 3, X: 7, Y: 7}} {
		if _, _, err := a.Tile(id); err != nil {
			require.ErrorIs(t, err, pmtiles.ErrFormat)
		}
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.pmtiles")
	_, err := pmtiles.Write(f.Context(), path, pmtiles.Info{Metadata: []byte("{}")}, each(pyramid(1, 3, func(id tile.ID) string { return id.String() })))
	require.NoError(f, err)
	file, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(file)
	f.Add(file[:200])
	f.Fuzz(func(t *testing.T, file []byte) { try(t, file) })
}

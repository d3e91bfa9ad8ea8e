package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/tile"
)

// TestExportedTilesAreTheServedOnes writes an archive and reads it back with
// the pmtiles package of npm: every tile is byte for byte the served one.
func TestExportedTilesAreTheServedOnes(t *testing.T) {
	needEngine(t)
	peers := filepath.Join("..", "..", "tiles", "mvt", "peers")
	if _, err := os.Stat(filepath.Join(peers, "node_modules", "pmtiles")); err != nil {
		t.Skip("SKIPPED: the npm reader is not installed; `make setup` does it")
	}
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--end", demoEnd)
	archive := filepath.Join(dir, "county.pmtiles")
	mustReli(t, "tiles", "export", "--data", dir, "--layers", "hex,grid", "--max-zoom", "9", "--query", demoYear, archive)

	s := serve(t, dir)
	ids := []tile.ID{{}, {Z: 5, X: 27, Y: 11}}
	var list [][3]uint32
	var spec struct{ Center [3]float64 }
	s.json(t, "/v1/tiles/hex.json", &spec)
	for z := range 10 {
		ids = append(ids, tile.At(lngLat(spec.Center), z))
	}
	for _, id := range ids {
		list = append(list, [3]uint32{id.Z, id.X, id.Y})
	}
	input, err := json.Marshal(list)
	require.NoError(t, err)
	inFile := filepath.Join(t.TempDir(), "list.json")
	require.NoError(t, os.WriteFile(inFile, input, 0o600))
	stdin, err := os.Open(inFile)
	require.NoError(t, err)
	defer stdin.Close()
	cmd := exec.CommandContext(t.Context(), "node", "pmtiles.mjs", archive)
	cmd.Dir, cmd.Stdin, cmd.Stderr = peers, stdin, os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var read struct {
		Header struct{ MinZoom, MaxZoom, TileType int }
		Tiles  []struct{ Data *string }
	}
	require.NoError(t, json.Unmarshal(out, &read))
	require.Equal(t, 9, read.Header.MaxZoom)
	require.Len(t, read.Tiles, len(ids))
	found := 0
	for i, id := range ids {
		status, served := s.get(t, "/v1/tiles/hex,grid/"+id.String()+".mvt?"+demoYear)
		if read.Tiles[i].Data == nil {
			require.Equal(t, 204, status, "%s", id)
			continue
		}
		data, err := base64.StdEncoding.DecodeString(*read.Tiles[i].Data)
		require.NoError(t, err)
		require.Equal(t, served, data, "%s", id)
		found++
	}
	require.GreaterOrEqual(t, found, 10)
}

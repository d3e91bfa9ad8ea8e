package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/tiles"
	"reli/tiles/mvt"
)

// demoEnd fixes the demo county's last day, so that windows in tests mean
// something.
const demoEnd = "2026-06-30"

func demoServer(t *testing.T) *server {
	t.Helper()
	needEngine(t)
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--end", demoEnd)
	return serve(t, dir)
}

const demoYear = "from=2025-07-01&to=2026-07-01"

func TestDemoCountyIsOnTheMap(t *testing.T) {
	s := demoServer(t)
	status, _ := s.get(t, "/readyz")
	require.Equal(t, http.StatusOK, status)

	var fresh struct {
		Incidents, Located, Unlocated, Quarantined int
	}
	s.json(t, "/v1/freshness", &fresh)
	require.Equal(t, 9000, fresh.Incidents)
	require.Equal(t, fresh.Incidents, fresh.Located+fresh.Unlocated)
	require.Zero(t, fresh.Quarantined)
	require.InDelta(t, 0.035, float64(fresh.Unlocated)/9000, 0.015, "2 per cent have no place, some more only a village or township")

	for level, want := range map[string]int{"county": 1, "township": 9, "village": 157, "grid": 609} {
		var list struct{ Areas []struct{ Code string } }
		s.json(t, "/v1/areas?level="+level, &list)
		require.Len(t, list.Areas, want, level)
	}
	for zoom, counts := range walkTiles(t, s, tiles.LayerHex, 10, demoYear) {
		require.Equal(t, fresh.Located, sum(counts), "hexagons of zoom %d", zoom)
	}
	for zoom, counts := range walkTiles(t, s, tiles.LayerGrid, 9, demoYear) {
		require.Len(t, counts, 609, "every grid is drawn at zoom %d", zoom)
	}

	status, page := s.get(t, "/")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, string(page), "<title>")
}

// walkTiles reads the count of every distinct feature at each zoom up to
// maxZoom, from all tiles that are not empty: it begins with the tile of the
// whole world and goes down from every tile with something in it and from its
// neighbours. A feature in several tiles must have one and the same count.
func walkTiles(t *testing.T, s *server, layer tiles.Layer, maxZoom int, query string) []map[string]int {
	t.Helper()
	var zooms []map[string]int
	candidates := map[tile.ID]bool{{}: true}
	for zoom := 0; zoom <= maxZoom; zoom++ {
		counts, next := map[string]int{}, map[tile.ID]bool{}
		for id := range candidates {
			if readTile(t, s, layer, id, query, counts) {
				addChildren(next, id)
			}
		}
		zooms, candidates = append(zooms, counts), next
	}
	return zooms
}

// addChildren adds the children of a tile and of its neighbours.
func addChildren(next map[tile.ID]bool, id tile.ID) {
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			near, err := tile.New(int(id.Z), int(id.X)+dx, int(id.Y)+dy)
			if err != nil {
				continue // beyond the edge of the world
			}
			for _, child := range near.Children() {
				next[child] = true
			}
		}
	}
}

func readTile(t *testing.T, s *server, layer tiles.Layer, id tile.ID, query string, counts map[string]int) bool {
	t.Helper()
	status, body := s.get(t, fmt.Sprintf("/v1/tiles/%s/%s.mvt?%s", layer, id, query))
	if status == http.StatusNoContent {
		return false
	}
	require.Equal(t, http.StatusOK, status, "%s: %s", id, body)
	decoded, err := mvt.Decode(body)
	require.NoError(t, err)
	for l := range decoded.Layers {
		for f := range decoded.Layers[l].Features {
			p := decoded.Layers[l].Properties(&decoded.Layers[l].Features[f])
			id, n := p["id"].(string), toInt(t, p["count"])
			if before, ok := counts[id]; ok {
				require.Equal(t, before, n, "%s has two counts", id)
			}
			counts[id] = n
		}
	}
	return true
}

func toInt(t *testing.T, v any) int {
	t.Helper()
	switch n := v.(type) {
	case uint64:
		return int(n)
	case int64:
		return int(n)
	}
	t.Fatalf("%v (%T) is no count", v, v)
	return 0
}

func sum(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

func TestSecondServerIsRefused(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	serve(t, dir)
	started := time.Now()
	_, errs, code := reli(t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	require.Equal(t, exitInUse, code)
	require.Contains(t, errs, "another process already serves this data directory")
	require.Less(t, time.Since(started), 10*time.Second)
}

func TestCommandsGoThroughTheServingProcess(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	s := serve(t, dir)
	mustReli(t, "demo", "--data", dir, "--end", demoEnd)
	s.settled(t, 9000)
	var list struct{ Areas []struct{ Code string } }
	s.json(t, "/v1/areas?level=grid", &list)
	require.Len(t, list.Areas, 609)
}

func TestDemoFilesAreTheSameForASeed(t *testing.T) {
	a, b, c := t.TempDir(), t.TempDir(), t.TempDir()
	mustReli(t, "demo", "--files", a, "--end", demoEnd, "--seed", "7")
	mustReli(t, "demo", "--files", b, "--end", demoEnd, "--seed", "7")
	mustReli(t, "demo", "--files", c, "--end", demoEnd, "--seed", "8")
	files, err := os.ReadDir(a)
	require.NoError(t, err)
	require.Greater(t, len(files), 5)
	differ := false
	for _, f := range files {
		one, err := os.ReadFile(filepath.Join(a, f.Name()))
		require.NoError(t, err)
		two, err := os.ReadFile(filepath.Join(b, f.Name()))
		require.NoError(t, err)
		require.Equal(t, one, two, f.Name())
		other, err := os.ReadFile(filepath.Join(c, f.Name()))
		require.NoError(t, err)
		differ = differ || string(one) != string(other)
	}
	require.True(t, differ, "another seed makes another county")
}

func TestBrowserShowsThePages(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("RELI_REQUIRE_BROWSER") != "" {
			t.Fatal("chromium is required here and is not installed")
		}
		t.Skip("SKIPPED: no chromium on this machine: the pages are NOT tested")
	}
	buildShipped(t)
	s := demoServer(t)
	closed, code := startWithSignIn(t, t.TempDir())
	empty := serve(t, t.TempDir())
	artifacts := os.Getenv("RELI_ARTIFACTS")
	if artifacts == "" {
		artifacts = t.TempDir()
	}
	require.NoError(t, os.MkdirAll(artifacts, 0o755))
	cmd := exec.CommandContext(t.Context(), "npm", "run", "--silent", "e2e")
	cmd.Dir = filepath.Join("..", "..", "web", "ui")
	cmd.Env = append(os.Environ(), "RELI_URL="+s.url, "RELI_CLOSED_URL="+closed.url, "RELI_CODE="+code, "RELI_EMPTY_URL="+empty.url, "RELI_ARTIFACTS="+artifacts)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
}

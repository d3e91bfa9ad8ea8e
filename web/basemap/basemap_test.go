package basemap_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/schemas"
	"reli/tiles/pmtiles"
	"reli/web/basemap"
)

const key = "a-very-secret-key"

var png = []byte("\x89PNG\r\n\x1a\n0000")

func upstream(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, key, r.URL.Query().Get("tk"))
		switch r.URL.Query().Get("z") {
		case "1":
			w.Header().Set("Content-Type", "image/png")
			fmt.Fprintf(w, "%s %s/%s", png, r.URL.Query().Get("x"), r.URL.Query().Get("y"))
		case "2":
			http.NotFound(w, r)
		case "3":
			http.Redirect(w, r, "http://elsewhere.invalid/?tk="+key, http.StatusFound)
		case "4":
			fmt.Fprint(w, "<html>quota exceeded for "+key)
		case "5":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(make([]byte, 3<<20))
		default:
			http.Error(w, key, http.StatusInternalServerError)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func id(t *testing.T, z, x, y int) tile.ID {
	t.Helper()
	v, err := tile.New(z, x, y)
	require.NoError(t, err)
	return v
}

func TestTileIsFetchedAndTheKeyStaysInside(t *testing.T) {
	s, err := basemap.New(upstream(t).URL + "/wmts?z={z}&x={x}&y={y}&tk=" + key)
	require.NoError(t, err)
	body, kind, err := s.Tile(t.Context(), id(t, 1, 1, 0))
	require.NoError(t, err)
	require.Equal(t, "image/png", kind)
	require.Equal(t, string(png)+" 1/0", string(body))
	for z, status := range map[int]int{2: 404, 3: 502, 4: 502, 5: 502, 6: 502} {
		_, _, err := s.Tile(t.Context(), id(t, z, 0, 0))
		p, ok := schemas.AsProblem(err)
		require.True(t, ok, "zoom %d", z)
		require.Equal(t, status, p.Status, "zoom %d", z)
		require.NotContains(t, fmt.Sprintf("%v %v", err, p.Err), key, "zoom %d", z)
	}
}

func TestServerThatIsAwayIsSaidWithoutItsAddress(t *testing.T) {
	up := upstream(t)
	s, err := basemap.New(up.URL + "/?z={z}&x={x}&y={y}&tk=" + key)
	require.NoError(t, err)
	up.Close()
	started := time.Now()
	_, _, err = s.Tile(t.Context(), id(t, 1, 0, 0))
	p, ok := schemas.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, http.StatusBadGateway, p.Status)
	require.NotContains(t, fmt.Sprintf("%v %v", err, p.Err), key)
	require.Less(t, time.Since(started), 15*time.Second)
}

func TestFolderOfTiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "1", "0"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "1", "0", "1.png"), png, 0o600))
	s, err := basemap.New(dir + "/{z}/{x}/{y}.png")
	require.NoError(t, err)
	body, kind, err := s.Tile(t.Context(), id(t, 1, 0, 1))
	require.NoError(t, err)
	require.Equal(t, "image/png", kind)
	require.Equal(t, png, body)
	_, _, err = s.Tile(t.Context(), id(t, 1, 1, 1))
	p, ok := schemas.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, http.StatusNotFound, p.Status)
}

func TestArchiveOfTiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "county.pmtiles")
	tiles := func(yield func(pmtiles.Tile, error) bool) { yield(pmtiles.Tile{ID: id(t, 1, 0, 1), Data: png}, nil) }
	_, err := pmtiles.Write(t.Context(), path, pmtiles.Info{Metadata: []byte("{}")}, tiles)
	require.NoError(t, err)
	_, err = basemap.New(path)
	require.ErrorContains(t, err, "made of pictures", "vector tiles need a style of their own")
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	const kindOfTiles, pictures = 99, 2
	file[kindOfTiles] = pictures
	require.NoError(t, os.WriteFile(path, file, 0o600))
	s, err := basemap.New(path)
	require.NoError(t, err)
	defer s.Close()
	body, kind, err := s.Tile(t.Context(), id(t, 1, 0, 1))
	require.NoError(t, err)
	require.Equal(t, "image/png", kind)
	require.Equal(t, png, body)
	_, _, err = s.Tile(t.Context(), id(t, 1, 1, 1))
	p, ok := schemas.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, http.StatusNotFound, p.Status)
	require.NoError(t, os.WriteFile(path, file[:50], 0o600))
	_, err = basemap.New(path)
	require.ErrorContains(t, err, "no whole PMTiles archive")
	_, err = basemap.New(filepath.Join(t.TempDir(), "gone.pmtiles"))
	require.ErrorContains(t, err, "cannot be opened")
	require.NotContains(t, err.Error(), "gone")
}

func TestBadTemplatesAreRefused(t *testing.T) {
	for _, template := range []string{"", "http://h/{z}/{x}", "ftp://h/{z}/{x}/{y}", "/tiles/{z}/{x}.png"} {
		_, err := basemap.New(template)
		require.Error(t, err, template)
		require.False(t, strings.Contains(err.Error(), "http://h"), "the template may hold a key")
	}
}

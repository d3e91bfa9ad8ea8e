package pmtiles_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
	"reli/geo/tile"
	"reli/tiles/pmtiles"
)

var info = pmtiles.Info{
	Bounds:   geo.Bounds{West: 103.5, South: 29.25, East: 104.5, North: 30.75},
	Metadata: json.RawMessage(`{"name":"热力","vector_layers":[{"id":"hex","fields":{"count":"Number"}}]}`),
}

func each(tiles []pmtiles.Tile) iter.Seq2[pmtiles.Tile, error] {
	return func(yield func(pmtiles.Tile, error) bool) {
		for _, t := range tiles {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func write(t *testing.T, path string, tiles []pmtiles.Tile) pmtiles.Summary {
	t.Helper()
	summary, err := pmtiles.Write(context.Background(), path, info, each(tiles))
	require.NoError(t, err)
	return summary
}

// pyramid returns every tile of zooms low to high, in order; contents says what
// is in one.
func pyramid(low, high int, contents func(tile.ID) string) []pmtiles.Tile {
	var ids []tile.ID
	for z := low; z <= high; z++ {
		for x := range 1 << z {
			for y := range 1 << z {
				ids = append(ids, tile.ID{Z: uint32(z), X: uint32(x), Y: uint32(y)})
			}
		}
	}
	pmtiles.Sort(ids)
	var tiles []pmtiles.Tile
	for _, id := range ids {
		tiles = append(tiles, pmtiles.Tile{ID: id, Data: []byte(contents(id))})
	}
	return tiles
}

func TestTileIDFollowsTheSpecification(t *testing.T) {
	f := func(z, x, y uint32, want uint64) {
		t.Helper()
		require.Equal(t, want, pmtiles.TileID(tile.ID{Z: z, X: x, Y: y}))
	}
	// The table of the specification.
	f(0, 0, 0, 0)
	f(1, 0, 0, 1)
	f(1, 0, 1, 2)
	f(1, 1, 1, 3)
	f(1, 1, 0, 4)
	f(2, 0, 0, 5)
	f(12, 3423, 1763, 19078479)
}

func TestTileIDsOfAZoomAreEachNumberOnceAndNeighboursInARow(t *testing.T) {
	tiles := pyramid(0, 6, func(tile.ID) string { return "x" })
	for i, tl := range tiles {
		require.Equal(t, uint64(i), pmtiles.TileID(tl.ID))
		if i > 0 && tiles[i-1].ID.Z == tl.ID.Z {
			dx, dy := int(tl.ID.X)-int(tiles[i-1].ID.X), int(tl.ID.Y)-int(tiles[i-1].ID.Y)
			require.Equal(t, 1, dx*dx+dy*dy)
		}
	}
}

func TestEveryTileComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		kinds := rapid.IntRange(1, 60).Draw(rt, "kinds")
		random := rand.New(rand.NewPCG(seed, 1))
		tiles := pyramid(2, 4, func(tile.ID) string {
			if kind := random.IntN(kinds); kind > 0 {
				return fmt.Sprintf("contents %d", kind)
			}
			return ""
		})
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		summary := write(t, path, tiles)
		r := open(t, path)
		different := map[string]bool{}
		count := uint64(0)
		lines := r.lines()
		for _, tl := range tiles {
			require.Equal(rt, string(tl.Data), string(r.get(lines, tl.ID)))
			if len(tl.Data) > 0 {
				different[string(tl.Data)] = true
				count++
			}
		}
		for i := 1; i < len(lines); i++ {
			require.GreaterOrEqual(rt, lines[i].id, lines[i-1].id+lines[i-1].run)
			inRow := lines[i].id == lines[i-1].id+lines[i-1].run
			require.False(rt, inRow && lines[i].offset == lines[i-1].offset, "a run in two lines")
		}
		require.Equal(rt, uint64(len(different)), summary.Contents)
		require.Equal(rt, uint64(len(lines)), summary.Entries)
		require.Equal(rt, count, summary.Tiles)
		require.Equal(rt, uint64(len(r.file)), summary.Bytes)
		require.Equal(rt, []uint64{summary.Tiles, summary.Entries, summary.Contents}, []uint64{r.number(72), r.number(80), r.number(88)})
	})
}

func TestHeaderSaysWhatIsInTheArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	write(t, path, pyramid(3, 5, func(tile.ID) string { return "sea" }))
	r := open(t, path)
	require.Equal(t, []byte{1, 2, 2, 1, 3, 5}, r.file[96:102])
	require.Equal(t, []float64{103.5, 29.25, 104.5, 30.75}, []float64{r.degrees(102), r.degrees(106), r.degrees(110), r.degrees(114)})
	require.EqualValues(t, 3, r.file[118])
	require.Equal(t, []float64{104, 30}, []float64{r.degrees(119), r.degrees(123)})
	require.JSONEq(t, string(info.Metadata), string(r.part(r.number(24), r.number(32))))
	require.Len(t, r.root(), 1, "one run over three zooms")
	end := uint64(127)
	for _, at := range []int{8, 24, 40, 56} {
		require.Equal(t, end, r.number(at), "sections follow each other")
		end += r.number(at + 8)
	}
	require.Equal(t, uint64(len(r.file)), end)
}

// large is enough tiles, of lengths without a pattern, for leaves.
func large() []pmtiles.Tile {
	random := rand.New(rand.NewPCG(5, 5))
	return pyramid(7, 7, func(id tile.ID) string {
		noise := make([]byte, random.IntN(600))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		return fmt.Sprintf("%d/%d", id.X, id.Y) + string(noise)
	})
}

func TestLargeArchiveHasLeavesAndASmallRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	tiles := large()
	write(t, path, tiles)
	r := open(t, path)
	require.LessOrEqual(t, r.number(8)+r.number(16), uint64(16<<10))
	require.Greater(t, len(r.root()), 1)
	for _, l := range r.root() {
		require.Zero(t, l.run)
	}
	lines := r.lines()
	require.Len(t, lines, len(tiles))
	for i := 0; i < len(tiles); i += 1501 {
		require.Equal(t, tiles[i].Data, r.get(lines, tiles[i].ID))
	}
}

func TestEqualTilesGiveEqualFiles(t *testing.T) {
	tiles := pyramid(0, 4, func(id tile.ID) string { return fmt.Sprint(id.X / 3) })
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a"), tiles)
	write(t, filepath.Join(folder, "b"), tiles)
	require.Equal(t, open(t, filepath.Join(folder, "a")).file, open(t, filepath.Join(folder, "b")).file)
}

func TestArchiveIsWholeOrNotThere(t *testing.T) {
	broken := errors.New("the field is gone")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	first := pmtiles.Tile{ID: tile.ID{Z: 1, X: 1}, Data: []byte("x")}
	f := func(want error, ctx context.Context, tiles iter.Seq2[pmtiles.Tile, error]) {
		t.Helper()
		folder := t.TempDir()
		path := filepath.Join(folder, "a.pmtiles")
		require.NoError(t, os.WriteFile(path, []byte("older"), 0o600))
		_, err := pmtiles.Write(ctx, path, info, tiles)
		require.ErrorIs(t, err, want)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "older", string(text))
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, left, 1, "nothing is left lying about")
	}
	f(broken, context.Background(), func(yield func(pmtiles.Tile, error) bool) {
		_ = yield(first, nil) && yield(pmtiles.Tile{}, broken)
	})
	f(context.Canceled, cancelled, each([]pmtiles.Tile{first}))
	f(pmtiles.ErrOrder, context.Background(), each([]pmtiles.Tile{first, {ID: tile.ID{Z: 1}, Data: []byte("y")}}))
	f(pmtiles.ErrOrder, context.Background(), each([]pmtiles.Tile{first, first}))
}

func TestMetadataMustBeAnObject(t *testing.T) {
	for _, metadata := range []string{"", "[]", "{", `"x"`} {
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		_, err := pmtiles.Write(context.Background(), path, pmtiles.Info{Metadata: json.RawMessage(metadata)}, each(nil))
		require.ErrorContains(t, err, "metadata")
	}
}

func TestOtherReaderSeesWhatWasWritten(t *testing.T) {
	peers := filepath.Join("..", "mvt", "peers")
	if _, err := os.Stat(filepath.Join(peers, "node_modules", "pmtiles")); err != nil {
		t.Skip("SKIPPED, archive not checked with another reader: run `npm ci` in tiles/mvt/peers first")
	}
	f := func(tiles []pmtiles.Tile, sample int) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a.pmtiles")
		summary := write(t, path, tiles)
		var ask [][3]uint32
		var asked []pmtiles.Tile
		for i := 0; i < len(tiles); i += sample {
			id := tiles[i].ID
			ask, asked = append(ask, [3]uint32{id.Z, id.X, id.Y}), append(asked, tiles[i])
		}
		list, err := json.Marshal(ask)
		require.NoError(t, err)
		command := exec.Command("node", "pmtiles.mjs", path)
		command.Dir, command.Stdin = peers, bytes.NewReader(list)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		out, err := command.Output()
		require.NoError(t, err, stderr.String())
		var seen struct {
			Header struct {
				NumAddressedTiles, NumTileEntries, NumTileContents uint64
				Clustered                                          bool
				TileType, TileCompression, MinZoom, MaxZoom        int
				MinLon, MinLat, MaxLon, MaxLat                     float64
			}
			Metadata json.RawMessage
			Tiles    []struct {
				ID   uint64
				Data *string
			}
		}
		require.NoError(t, json.Unmarshal(out, &seen))
		require.Equal(t, summary.Tiles, seen.Header.NumAddressedTiles)
		require.Equal(t, summary.Entries, seen.Header.NumTileEntries)
		require.Equal(t, summary.Contents, seen.Header.NumTileContents)
		require.True(t, seen.Header.Clustered)
		require.Equal(t, []int{1, 2}, []int{seen.Header.TileType, seen.Header.TileCompression})
		require.Equal(t, info.Bounds, geo.Bounds{West: seen.Header.MinLon, South: seen.Header.MinLat, East: seen.Header.MaxLon, North: seen.Header.MaxLat})
		require.JSONEq(t, string(info.Metadata), string(seen.Metadata))
		for i, tl := range asked {
			require.Equal(t, pmtiles.TileID(tl.ID), seen.Tiles[i].ID)
			if len(tl.Data) == 0 {
				require.Nil(t, seen.Tiles[i].Data)
				continue
			}
			require.NotNil(t, seen.Tiles[i].Data)
			data, err := base64.StdEncoding.DecodeString(*seen.Tiles[i].Data)
			require.NoError(t, err)
			require.Equal(t, tl.Data, data)
		}
	}
	f(pyramid(0, 4, func(id tile.ID) string {
		if id.X%3 == 0 {
			return ""
		}
		return fmt.Sprint("row ", id.Y/2)
	}), 1)
	f(large(), 613)
}

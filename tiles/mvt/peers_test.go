package mvt_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/tiles/mvt"
)

// peers is the folder of the readers other than ours. Without its packages the
// test is skipped, and says how to get them.
func peers(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join("peers", "node_modules", "pbf")); err != nil {
		t.Skip("SKIPPED, tiles not checked against other readers: run `npm ci` in tiles/mvt/peers first")
	}
	return "peers"
}

// fixtureJudgedOtherwise lists the fixtures on which this reader differs from
// the fixture's word for version 2, and why.
var fixtureJudgedOtherwise = map[string]string{
	"016": "its bytes carry no type at all, which fixture 003 calls invalid",
	"039": "a layer of version 1: only version 2 is read here",
	"049": "a position beyond int32: allowed by the letter, refused here",
	"050": "a position beyond int32: allowed by the letter, refused here",
	"057": "a MoveTo of 2^29-1 positions with one given: called valid for decoders that clamp, refused here",
}

func TestDecodeAgreesWithTheFixtures(t *testing.T) {
	folder := filepath.Join(peers(t), "node_modules", "@mapbox", "mvt-fixtures", "fixtures")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Greater(t, len(entries), 60)
	for _, entry := range entries {
		name := entry.Name()
		var info struct {
			Description string
			Validity    struct{ V2 bool }
		}
		text, err := os.ReadFile(filepath.Join(folder, name, "info.json"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &info))
		data, err := os.ReadFile(filepath.Join(folder, name, "tile.mvt"))
		require.NoError(t, err)
		_, err = mvt.Decode(data)
		valid := info.Validity.V2
		if _, other := fixtureJudgedOtherwise[name]; other {
			valid = !valid
		}
		require.Equal(t, valid, err == nil, "fixture %s (%s): %v", name, info.Description, err)
	}
}

func TestDecodeReadsRealTilesOfVersion2(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peers(t), "node_modules", "@mapbox", "mvt-fixtures", "real-world", "*", "*.mvt"))
	require.NoError(t, err)
	read := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		if tile, err := mvt.Decode(data); err == nil && len(tile.Layers) > 0 {
			read++
		}
	}
	t.Logf("%d of %d real tiles keep to version 2.1", read, len(files))
	require.Positive(t, read)
}

func TestBrowserReaderSeesWhatWasWritten(t *testing.T) {
	geometries, ids := hexagons(300)
	b := mvt.NewBuilder()
	fill(b, geometries, ids)
	var arena mvt.Arena
	areas := b.Layer("areas")
	origin := int32(mvt.Extent)
	areas.String(areas.Key("name"), "热力镇")
	areas.Int(areas.Key("change"), -3)
	areas.Bool(areas.Key("red"), true)
	areas.Number(areas.Key("rate"), 0.1)
	areas.Add(arena.Polygons(mvt.Polygon{square(origin, origin, 900), square(origin+5, origin+5, 70)}))
	data := b.AppendTile(nil)

	command := exec.Command("node", "decode.mjs")
	command.Dir = peers(t)
	command.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, stderr.String())

	type seenFeature struct {
		Type       uint8
		Properties map[string]any
		Rings      [][][2]int32
	}
	var seen map[string]struct {
		Extent, Version int
		Features        []seenFeature
	}
	require.NoError(t, json.Unmarshal(out, &seen))
	tile, err := mvt.Decode(data)
	require.NoError(t, err)
	require.NoError(t, tile.Check())
	require.Len(t, seen, len(tile.Layers))
	for i := range tile.Layers {
		layer := &tile.Layers[i]
		other := seen[layer.Name]
		require.Equal(t, 2, other.Version)
		require.Equal(t, mvt.Extent, other.Extent)
		require.Len(t, other.Features, len(layer.Features))
		for n := range layer.Features {
			f := &layer.Features[n]
			require.EqualValues(t, f.Type, other.Features[n].Type)
			require.Len(t, other.Features[n].Properties, len(f.Tags)/2)
			for name, v := range layer.Properties(f) {
				require.EqualValues(t, v, other.Features[n].Properties[name])
			}
			var rings [][][2]int32
			for _, polygon := range f.Polygons {
				for _, ring := range polygon {
					var closed [][2]int32
					for _, p := range append(ring, ring[0]) {
						closed = append(closed, [2]int32{p.X, p.Y})
					}
					rings = append(rings, closed)
				}
			}
			require.Equal(t, rings, other.Features[n].Rings)
		}
	}
}

package tiles_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/tiles"
	"reli/tiles/mvt"
)

// peer runs a program of another reader and decodes what it prints. Without
// the readers the test is skipped, and says how to get them.
func peer(t *testing.T, into any, input io.Reader, program string, args ...string) {
	t.Helper()
	folder := filepath.Join("mvt", "peers")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "ajv")); err != nil {
		t.Skip("SKIPPED, NOT TESTED against other readers: run `npm ci` in tiles/mvt/peers first")
	}
	command := exec.Command("node", append([]string{program}, args...)...)
	command.Dir, command.Stdin = folder, input
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, stderr.String())
	require.NoError(t, json.Unmarshal(out, into))
}

// summary is what a layer of a tile holds, in sums.
type summary struct {
	Features, IDs, Count int64
	Value                float64
	Points, Area         int64
}

func summarise(t *testing.T, body []byte) map[string]summary {
	t.Helper()
	decoded, err := mvt.Decode(body)
	require.NoError(t, err)
	out := map[string]summary{}
	for n := range decoded.Layers {
		layer := &decoded.Layers[n]
		s := summary{Features: int64(len(layer.Features)), IDs: int64(len(layer.Features))}
		for i := range layer.Features {
			props := layer.Properties(&layer.Features[i])
			s.Count += number[int64](props["count"])
			if v, ok := props["value"]; ok {
				s.Value += number[float64](v)
			}
			for _, polygon := range layer.Features[i].Polygons {
				for _, ring := range polygon {
					s.Points += int64(len(ring) + 1) // the other reader closes rings
					s.Area += ring.Area2()
				}
			}
		}
		out[layer.Name] = s
	}
	return out
}

func TestTheBrowsersReaderReadsEveryTileAlike(t *testing.T) {
	c := county.Shared(t)
	s, folder := newServer(c.Store), t.TempDir()
	want := map[string]map[string]summary{}
	for zoom := uint32(0); zoom <= tiles.MaxZoom; zoom++ {
		for n, id := range tilesOf(c.Store.Current(), zoom) {
			if zoom > 12 && n%5 != 0 {
				continue // a sample of the many
			}
			for _, measure := range []cube.Measure{cube.MeasureCount, cube.MeasureWeighted} {
				sel := window(t)
				sel.Measure = measure
				name := fmt.Sprintf("%d-%d-%d-%s", id.Z, id.X, id.Y, measure)
				body := ask(t, s, sel, id, allLayers()...).Body
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), body, 0o600))
				want[name] = summarise(t, body)
			}
		}
	}
	require.Greater(t, len(want), 200)
	var seen map[string]map[string]summary
	peer(t, &seen, nil, "summaries.mjs", folder)
	require.Len(t, seen, len(want))
	for name, layers := range want {
		require.Len(t, seen[name], len(layers), name)
		for layer, sums := range layers {
			other := seen[name][layer]
			require.InDelta(t, sums.Value, other.Value, 1e-6, "%s of tile %s", layer, name)
			sums.Value = other.Value // added up in floating point
			require.Equal(t, sums, other, "%s of tile %s", layer, name)
		}
	}
}

func TestStylesAndTileJSONsAreValidForOthers(t *testing.T) {
	type documents struct {
		Styles    map[string]any `json:"styles"`
		TileJSONs map[string]any `json:"tilejsons"`
	}
	docs := documents{map[string]any{}, map[string]any{}}
	const base = "http://127.0.0.1:8080"
	describe := func(name string, c *county.County, sels ...cube.Selection) {
		s := newServer(c.Store)
		for _, sel := range sels {
			for _, layer := range allLayers() {
				key := fmt.Sprintf("%s %s %s", name, layer, sel.Canonical())
				docs.TileJSONs["tilejson "+key] = s.TileJSON(sel, []tiles.Layer{layer}, base)
				if sel.Measure == cube.MeasureRate && layer == tiles.LayerHex {
					continue // hexagons have no people
				}
				for _, theme := range []string{"dark", "light"} {
					style, err := s.Style(t.Context(), sel, layer, theme, base)
					require.NoError(t, err)
					docs.Styles["style "+theme+" "+key] = style
				}
			}
			docs.TileJSONs["tilejson of all "+name+sel.Canonical()] = s.TileJSON(sel, allLayers(), base)
		}
	}
	var sels []cube.Selection
	for _, m := range cube.Measures() {
		sel := window(t)
		sel.Measure = m.Code
		sels = append(sels, sel)
	}
	quiet := cube.Selection{From: day(t, "1999-01-01"), To: day(t, "1999-02-01"), Measure: cube.MeasureCount}
	describe("county", county.Shared(t), append(sels, quiet)...)
	describe("empty", county.Empty(t, "Asia/Shanghai"), window(t))

	body, err := json.Marshal(docs)
	require.NoError(t, err)
	var faults map[string][]string
	peer(t, &faults, bytes.NewReader(body), "documents.mjs")
	require.Len(t, faults, len(docs.Styles)+len(docs.TileJSONs))
	for name, list := range faults {
		require.Empty(t, list, name)
	}
}

func TestTheValidatorsRefuse(t *testing.T) {
	broken := `{"styles":{"style":{"version":8,"sources":{},"layers":[{"id":"a","type":"fill","source":"no","source-layer":"x"}]}},
"tilejsons":{"bounds":{"tilejson":"3.0.0","tiles":["http://x/{z}/{x}/{y}"],"vector_layers":[{"id":"a","fields":{}}],"bounds":[0,0,1]},
"layers":{"tilejson":"3.0.0","tiles":["http://x/{z}/{x}/{y}"]}}}`
	var faults map[string][]string
	peer(t, &faults, bytes.NewReader([]byte(broken)), "documents.mjs")
	for _, name := range []string{"style", "bounds", "layers"} {
		require.NotEmpty(t, faults[name], name)
	}
}

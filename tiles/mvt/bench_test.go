package mvt_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/stretchr/testify/require"

	ours "reli/tiles/mvt"
)

var benchSizes = []int{1_000, 5_000, 20_000}

// orbLayers is what fill writes, for orb's encoder: already in tile units, so
// that encoding alone is compared.
func orbLayers(b *testing.B, n int) mvt.Layers {
	builder := ours.NewBuilder()
	geometries, ids := hexagons(n)
	fill(builder, geometries, ids)
	tile, err := ours.Decode(builder.AppendTile(nil))
	require.NoError(b, err)
	layer := &mvt.Layer{Name: "hex", Version: 2, Extent: ours.Extent}
	for i := range tile.Layers[0].Features {
		f := &tile.Layers[0].Features[i]
		var ring orb.Ring
		for _, p := range append(f.Polygons[0][0], f.Polygons[0][0][0]) {
			ring = append(ring, orb.Point{float64(p.X), float64(p.Y)})
		}
		feature := geojson.NewFeature(orb.Polygon{ring})
		feature.Properties = tile.Layers[0].Properties(f)
		layer.Features = append(layer.Features, feature)
	}
	return mvt.Layers{layer}
}

func BenchmarkEncode(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("hexagons=%d/ours", n), func(b *testing.B) {
			geometries, ids := hexagons(n)
			builder := ours.NewBuilder()
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				fill(builder, geometries, ids)
				dst = builder.AppendTile(dst[:0])
			}
			b.ReportMetric(float64(len(dst)), "tile_bytes")
		})
		b.Run(fmt.Sprintf("hexagons=%d/orb", n), func(b *testing.B) {
			layers := orbLayers(b, n)
			b.ReportAllocs()
			for b.Loop() {
				data, err := mvt.Marshal(layers)
				require.NoError(b, err)
				b.ReportMetric(float64(len(data)), "tile_bytes")
			}
		})
		b.Run(fmt.Sprintf("hexagons=%d/orb+gzip", n), func(b *testing.B) {
			layers := orbLayers(b, n)
			b.ReportAllocs()
			for b.Loop() {
				data, err := mvt.MarshalGzipped(layers)
				require.NoError(b, err)
				b.ReportMetric(float64(len(data)), "tile_bytes")
			}
		})
	}
}

// compressor is what both gzip writers are.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

// BenchmarkEncodeAndGzip is the whole way from prepared geometry to the bytes
// that are served, by compressor and level.
func BenchmarkEncodeAndGzip(b *testing.B) {
	for _, n := range benchSizes {
		for _, level := range []int{1, 3, 5, 6} {
			theirs, err := stdgzip.NewWriterLevel(nil, level)
			require.NoError(b, err)
			klaus, err := gzip.NewWriterLevel(nil, level)
			require.NoError(b, err)
			for name, w := range map[string]compressor{"std": theirs, "klauspost": klaus} {
				b.Run(fmt.Sprintf("hexagons=%d/%s=%d", n, name, level), func(b *testing.B) {
					geometries, ids := hexagons(n)
					builder := ours.NewBuilder()
					var dst []byte
					var out bytes.Buffer
					b.ReportAllocs()
					for b.Loop() {
						fill(builder, geometries, ids)
						dst = builder.AppendTile(dst[:0])
						out.Reset()
						w.Reset(&out)
						_, err := w.Write(dst)
						require.NoError(b, err)
						require.NoError(b, w.Close())
					}
					b.ReportMetric(float64(out.Len()), "tile_bytes")
				})
			}
		}
	}
}

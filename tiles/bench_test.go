package tiles_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/demo"
	"reli/geo/tile"
	"reli/test/county"
	"reli/tiles"
)

// benchCounty is the county of the package's tests, or, with
// RELI_BENCH_SIZE=M, one of 14,216 grids and a million incidents.
func benchCounty(b *testing.B) *county.County {
	b.Helper()
	if size := os.Getenv("RELI_BENCH_SIZE"); size != "" {
		return county.Large(b, demo.Size(size))
	}
	return county.Shared(b)
}

// drawn gives tiles with something on them, in random order.
func drawn(b *testing.B, c *county.County, layer tiles.Layer, zooms ...uint32) []tile.ID {
	b.Helper()
	s := newServer(c.Store)
	var out []tile.ID
	for _, zoom := range zooms {
		of := tilesOf(c.Store.Current(), zoom)
		rand.New(rand.NewPCG(1, uint64(zoom))).Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		for _, id := range of[:min(len(of), 40)] {
			answer, _, err := s.Tile(b.Context(), tiles.Request{Layers: []tiles.Layer{layer}, Tile: id, Selection: always()})
			require.NoError(b, err)
			if len(answer.Body) > 0 {
				out = append(out, id)
			}
		}
	}
	return out
}

// fresh gives a window of 30 to 230 days that was hardly ever asked for.
func fresh(random *rand.Rand, first cube.Day) cube.Selection {
	from := first + cube.Day(random.IntN(135))
	return cube.Selection{From: from, To: from + 30 + cube.Day(random.IntN(200)), Measure: cube.MeasureCount}
}

func benchmarkCold(b *testing.B, layer tiles.Layer, encoding tiles.Encoding, zooms ...uint32) {
	c := benchCounty(b)
	// A server that keeps nothing makes every answer anew.
	s := tiles.NewServer(tiles.Options{Store: c.Store})
	ids, random := drawn(b, c, layer, zooms...), rand.New(rand.NewPCG(7, 7))
	first := c.Store.Current().Catalogue.First
	for _, id := range ids { // geometry is prepared once a zoom
		_, _, err := s.Tile(b.Context(), tiles.Request{Layers: []tiles.Layer{layer}, Tile: id, Selection: always()})
		require.NoError(b, err)
	}
	size := 0
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		answer, _, err := s.Tile(b.Context(), tiles.Request{Layers: []tiles.Layer{layer}, Tile: ids[n%len(ids)],
			Selection: fresh(random, first), Encoding: encoding})
		if err != nil {
			b.Fatal(err)
		}
		size += len(answer.Body)
		n++
	}
	b.ReportMetric(float64(size)/float64(n), "bytes/tile")
}

func BenchmarkColdHexagons(b *testing.B) {
	benchmarkCold(b, tiles.LayerHex, tiles.EncodingGzip, 10, 11, 12, 13)
}

func BenchmarkColdGrids(b *testing.B) {
	benchmarkCold(b, tiles.LayerGrid, tiles.EncodingGzip, 10, 11, 12, 13)
}

func BenchmarkColdGridsPlain(b *testing.B) {
	benchmarkCold(b, tiles.LayerGrid, tiles.EncodingNone, 10, 11, 12, 13)
}

func BenchmarkColdHexagonsPlain(b *testing.B) {
	benchmarkCold(b, tiles.LayerHex, tiles.EncodingNone, 10, 11, 12, 13)
}

func BenchmarkColdGridsZstd(b *testing.B) {
	benchmarkCold(b, tiles.LayerGrid, tiles.EncodingZstd, 10, 11, 12, 13)
}

func BenchmarkColdGridsBrotli(b *testing.B) {
	benchmarkCold(b, tiles.LayerGrid, tiles.EncodingBrotli, 10, 11, 12, 13)
}

func BenchmarkColdWholeCounty(b *testing.B) {
	benchmarkCold(b, tiles.LayerGrid, tiles.EncodingGzip, 8)
}

func BenchmarkWarmTile(b *testing.B) {
	c := benchCounty(b)
	s := newServer(c.Store)
	r := tiles.Request{Layers: []tiles.Layer{tiles.LayerGrid}, Tile: tileIn(c, 11), Selection: always(), Encoding: tiles.EncodingGzip}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Tile(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLegendOfTheCounty(b *testing.B) {
	c := benchCounty(b)
	s, random := newServer(c.Store), rand.New(rand.NewPCG(7, 7))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Legend(b.Context(), fresh(random, c.Store.Current().Catalogue.First), tiles.LayerHex, 11, tiles.SchemeQuantile); err != nil {
			b.Fatal(err)
		}
	}
}

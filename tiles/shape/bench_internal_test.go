package shape

import (
	"fmt"
	"math"
	"testing"

	"reli/geo"
	"reli/tiles/mvt"
)

// benchCounty has 14,400 grids, 3,600 villages and an outline, about as many
// areas as the largest county that figures are compared on.
func benchCounty() county { return newCounty(1, 120, 6, false) }

func BenchmarkBuild(b *testing.B) {
	c := benchCounty()
	for b.Loop() {
		c.build(b, Defaults())
	}
}

func BenchmarkZoom(b *testing.B) {
	grids, _, _ := benchCounty().build(b, Defaults())
	for _, z := range []int{4, 8, 10, 12, 14} {
		b.Run(fmt.Sprintf("z=%d", z), func(b *testing.B) {
			for b.Loop() {
				grids.mesh.zoom(z)
			}
		})
	}
}

// BenchmarkTile is a tile's geometry and nothing else: find, clip, copy.
func BenchmarkTile(b *testing.B) {
	grids, villages, outline := benchCounty().build(b, Defaults())
	for name, l := range map[string]*Layer{"grids": grids, "villages": villages, "outline": outline} {
		for _, z := range []int{8, 10, 12, 14} {
			b.Run(fmt.Sprintf("%s/z=%d", name, z), func(b *testing.B) {
				zoom := l.Zoom(z)
				at := middleTile(z)
				if l == outline { // where there is a border to clip
					at.X = uint32(world(geo.LngLat{Lng: west, Lat: south}, z).X / mvt.Extent)
				}
				builder := mvt.NewBuilder()
				var clipper Clipper
				var touching []int
				var dst []byte
				b.ReportAllocs()
				for b.Loop() {
					builder.Reset(at.X, at.Y)
					layer := builder.Layer("a")
					touching = zoom.Touching(touching[:0], at.X, at.Y)
					for _, i := range touching {
						layer.Add(zoom.Geometry(&clipper, i, at.X, at.Y))
					}
					dst = builder.AppendTile(dst[:0])
				}
				b.ReportMetric(float64(len(touching)), "features")
				b.ReportMetric(float64(len(dst)), "tile_bytes")
			})
		}
	}
}

func BenchmarkOutline(b *testing.B) {
	var ring []geo.LngLat
	for i := range 6 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 3)
		ring = append(ring, geo.LngLat{Lng: 104 + 0.003*cos, Lat: 30 + 0.003*sin})
	}
	for _, z := range []int{6, 12} {
		b.Run(fmt.Sprintf("z=%d", z), func(b *testing.B) {
			var arena mvt.Arena
			b.ReportAllocs()
			for b.Loop() {
				arena.Reset()
				Outline(&arena, z, ring)
			}
		})
	}
}

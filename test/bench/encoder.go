package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"reli/geo"
	"reli/geo/hex"
	"reli/tiles/mvt"
	"reli/tiles/shape"
)

// servedLevel is the gzip level of served tiles, see package tiles.
const servedLevel = 4

// hexagons are n cells around a place in the county, prepared for one tile.
type hexagons struct {
	ids      []string
	geometry []mvt.Geometry
	builder  *mvt.Builder
	out      bytes.Buffer
	zip      *gzip.Writer
}

func newHexagons(n int, around geo.LngLat) (*hexagons, error) {
	const zoom, resolution = 8, 9
	centre, err := hex.FromLngLat(around, resolution)
	if err != nil {
		return nil, err
	}
	rings := 0
	for 1+3*rings*(rings+1) < n {
		rings++
	}
	h := &hexagons{builder: mvt.NewBuilder()}
	var arena mvt.Arena
	for _, c := range centre.Disk(rings)[:n] {
		h.ids = append(h.ids, c.String())
		h.geometry = append(h.geometry, shape.Outline(&arena, zoom, c.Boundary()))
	}
	h.zip, err = gzip.NewWriterLevel(&h.out, servedLevel)
	return h, err
}

// ours writes the tile from prepared geometry and compresses it.
func (h *hexagons) ours() ([]byte, error) {
	h.builder.Reset(0, 0)
	l := h.builder.Layer("hex")
	id, value, count := l.Key("id"), l.Key("value"), l.Key("count")
	for i := range h.ids {
		l.UniqueString(id, h.ids[i])
		l.Number(value, float64(i*i%977))
		l.Uint(count, uint64(i*i%977))
		l.Add(h.geometry[i])
	}
	h.out.Reset()
	h.zip.Reset(&h.out)
	if _, err := h.zip.Write(h.builder.AppendTile(nil)); err != nil {
		return nil, err
	}
	err := h.zip.Close()
	return h.out.Bytes(), err
}

// theirs is the same tile for orb, projected already, so that encoding alone
// is compared.
func (h *hexagons) theirs() (orbmvt.Layers, error) {
	body, err := h.ours()
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(r); err != nil {
		return nil, err
	}
	tile, err := mvt.Decode(plain.Bytes())
	if err != nil {
		return nil, err
	}
	layer := &orbmvt.Layer{Name: "hex", Version: 2, Extent: mvt.Extent}
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
	return orbmvt.Layers{layer}, nil
}

// encoders compares the two encoders on hexagons, gzip included.
func (b *bench) encoders(ctx context.Context) error {
	for _, n := range []int{1_000, 5_000, 20_000} {
		h, err := newHexagons(n, b.ground.bounds.Center())
		if err != nil {
			return err
		}
		layers, err := h.theirs()
		if err != nil {
			return err
		}
		var ours, theirs []float64
		for range max(b.opt.rounds*100_000/n/10, 1) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			started := time.Now()
			if _, err := h.ours(); err != nil {
				return err
			}
			between := time.Now()
			if _, err := orbmvt.MarshalGzipped(layers); err != nil {
				return err
			}
			ours, theirs = append(ours, milliseconds(between.Sub(started))), append(theirs, milliseconds(time.Since(between)))
		}
		b.compare(row{What: fmt.Sprintf("encode and gzip %d hexagons", n), Unit: "ms", Peer: "orb's encoder"}, ours, theirs)
	}
	return nil
}

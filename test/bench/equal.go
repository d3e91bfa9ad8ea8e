package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"

	"reli/geo"
	"reli/geo/tile"
)

// sliver is the part of a tile, in square tile units, up to which peers may
// disagree on whether a polygon is in it: they round and simplify borders in
// their own ways.
const sliver = 16

// tileCounts are the features of a tile: code → count.
type tileCounts map[string]int64

func (c tileCounts) total() (sum int64) {
	for _, n := range c {
		sum += n
	}
	return sum
}

// readTile decodes a tile of the layer grid with orb, which is none of the
// encoders measured.
func readTile(body []byte) (tileCounts, error) {
	if len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b {
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if body, err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		return nil, err
	}
	counts := tileCounts{}
	for _, l := range layers {
		if l.Name != "grid" {
			return nil, fmt.Errorf("a layer %q", l.Name)
		}
		for _, f := range l.Features {
			code, ok := f.Properties["id"].(string)
			n, isNumber := f.Properties["count"].(float64)
			if _, twice := counts[code]; !ok || !isNumber || twice {
				return nil, fmt.Errorf("feature with id %v, count %v, seen before: %v", f.Properties["id"], f.Properties["count"], twice)
			}
			counts[code] = int64(n)
		}
	}
	return counts, nil
}

// equalWork asks all peers for the same tiles and fails unless they say the
// same: every grid has one count in all of them, and a grid that one shows
// and another does not lies outside the tile, in its buffer.
func equalWork(ctx context.Context, peers []peer, tasks []task, shapes map[string]orb.MultiPolygon) (features int, total int64, err error) {
	clients := make([]client, len(peers))
	for i, p := range peers {
		if clients[i], err = p.open(ctx); err != nil {
			return 0, 0, err
		}
		defer clients[i].close()
	}
	for _, t := range tasks {
		inside := make([]tileCounts, len(peers))
		var all tileCounts
		for i, c := range clients {
			body, err := c.tile(ctx, t)
			if err != nil {
				return 0, 0, fmt.Errorf("%s: tile %s: %w", peers[i].name, t.tile, err)
			}
			counts, err := readTile(body)
			if err != nil {
				return 0, 0, fmt.Errorf("%s: tile %s: %w", peers[i].name, t.tile, err)
			}
			inside[i] = counts.within(t.tile, shapes)
			if i == 0 {
				all = inside[i]
			}
			if err := sameCounts(all, inside[i]); err != nil {
				return 0, 0, fmt.Errorf("unequal work: tile %s, %s to %s: %s and %s: %w", t.tile, t.from, t.to, peers[0].name, peers[i].name, err)
			}
		}
		features, total = features+len(all), total+all.total()
	}
	return features, total, nil
}

// within keeps the grids that are in the tile itself, by more than a sliver.
func (c tileCounts) within(id tile.ID, shapes map[string]orb.MultiPolygon) tileCounts {
	out := tileCounts{}
	for code, n := range c {
		if overlap(shapes[code], id) > sliver {
			out[code] = n
		}
	}
	return out
}

func sameCounts(a, b tileCounts) error {
	if len(a) != len(b) || a.total() != b.total() {
		return fmt.Errorf("%d features with %d incidents against %d with %d", len(a), a.total(), len(b), b.total())
	}
	for code, n := range a {
		if m, ok := b[code]; !ok || m != n {
			return fmt.Errorf("grid %s: %d against %d (there: %v)", code, n, m, ok)
		}
	}
	return nil
}

// overlap is the area that a polygon shares with a tile, in square units of
// the tile. Clipping by Sutherland and Hodgman is right for areas of any
// polygon: the edges that it adds along the border cancel out.
func overlap(shape orb.MultiPolygon, id tile.ID) float64 {
	var sum float64
	for _, polygon := range shape {
		for i, ring := range polygon {
			local := make([][2]float64, len(ring))
			for k, p := range ring {
				local[k][0], local[k][1] = id.Local(geo.LngLat{Lng: p[0], Lat: p[1]})
			}
			for axis := range 2 {
				local = cut(local, func(p [2]float64) float64 { return p[axis] })
				local = cut(local, func(p [2]float64) float64 { return tile.Extent - p[axis] })
			}
			if area := math.Abs(ringArea(local)); i == 0 {
				sum += area
			} else {
				sum -= area
			}
		}
	}
	return sum
}

// cut keeps the part of a ring where side is not negative; side is linear.
func cut(ring [][2]float64, side func([2]float64) float64) [][2]float64 {
	var out [][2]float64
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		sa, sb := side(a), side(b)
		if (sa < 0) != (sb < 0) {
			f := sa / (sa - sb)
			out = append(out, [2]float64{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])})
		}
		if sb >= 0 {
			out = append(out, b)
		}
	}
	return out
}

func ringArea(ring [][2]float64) float64 {
	var twice float64
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		twice += a[0]*b[1] - b[0]*a[1]
	}
	return twice / 2
}

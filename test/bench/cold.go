package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"reli/geo/tile"
)

// Bars of cold tiles.
var (
	fifth = bar{ratioAtMost, 0.2}
	tenth = bar{ratioAtMost, 0.1}
)

// rounds drives all peers through the same tasks, round by round, and hands
// out each run.
func (b *bench) rounds(ctx context.Context, peers []peer, clients int, draw func(p peer, round int) []task, each func(peer string, t timed)) error {
	for round := range b.opt.rounds {
		for _, p := range peers {
			t, err := drive(ctx, p, draw(p, round), clients)
			if err != nil {
				return err
			}
			each(p.name, t)
		}
	}
	return nil
}

// cold measures fresh windows, by one client and by many.
func (b *bench) cold(ctx context.Context) error {
	for _, clients := range []int{1, manyClients} {
		found := map[string]series{} // of a peer: the percentiles
		part := fmt.Sprintf("cold %d", clients)
		zstd := overHTTP(b.reli, "grid", browser)
		zstd.name = "Reli zstd"
		err := b.rounds(ctx, append(b.peers(), overHTTP(b.reli, "hex", gzipOnly), zstd), clients,
			func(p peer, round int) []task {
				if p.name == zstd.name {
					round -= b.opt.rounds // other tiles: those of the round are kept uncompressed
				}
				return b.ground.cold(b.random(part, round), b.opt.requests)
			},
			func(name string, t timed) { collect(found, name, t.percentiles()...) })
		if err != nil {
			return err
		}
		for i, p := range percentiles {
			what := fmt.Sprintf("cold tile, %d client%s, p%.0f", clients, map[bool]string{true: "s"}[clients > 1], p)
			b.comparePeers(row{What: what + ", grid", Unit: "ms"}, found, i, fifth, fifth)
			b.compare(row{What: what + ", grid, as a browser asks (zstd)", Unit: "ms"}, found[zstd.name].at(i), nil)
			b.compare(row{What: what + ", hex", Unit: "ms"}, found["Reli hex"].at(i), nil)
		}
	}
	return nil
}

// comparePeers adds a row for each peer that draws the grids; PostGIS' with
// the reason where it was not measured.
func (b *bench) comparePeers(r row, found map[string]series, i int, bare, postgis bar) {
	ours := found["Reli grid"].at(i)
	r.Peer, r.Bar = bareName, bare
	b.compare(r, ours, found[r.Peer].at(i))
	for _, name := range []string{postgisName, frontName} {
		r.Peer, r.Bar, r.Note = name, postgis, b.noPostgres
		b.compare(r, ours, found[r.Peer].at(i))
	}
}

// viewports measures the 20 tiles of a screen, as many at once as a browser
// asks for.
func (b *bench) viewports(ctx context.Context) error {
	found := map[string]series{}
	for n := range b.opt.viewports {
		part := fmt.Sprintf("viewport %d", n)
		err := b.rounds(ctx, append(b.peers(), overHTTP(b.reli, "hex", gzipOnly)), browserConnections,
			func(_ peer, round int) []task { return b.ground.viewport(b.random(part, round)) },
			func(name string, t timed) { collect(found, name, milliseconds(t.elapsed)) })
		if err != nil {
			return err
		}
	}
	what := fmt.Sprintf("cold viewport of 20 tiles, %d at once", browserConnections)
	b.comparePeers(row{What: what + ", grid", Unit: "ms"}, found, 0, tenth, bar{})
	b.compare(row{What: what + ", hex", Unit: "ms"}, found["Reli hex"].at(0), nil)
	return nil
}

// oneTile is the deepest zoom at which one tile shows the whole county.
func (g *ground) oneTile() int {
	zoom := 0
	for len(tile.Covering(g.bounds, zoom+1)) == 1 {
		zoom++
	}
	return zoom
}

// counties measures the whole county: all tiles of zoom 8 that show it, and
// the deepest single tile that does.
func (b *bench) counties(ctx context.Context) error {
	for _, zoom := range []int{countyZoom, b.ground.oneTile()} {
		found := map[string]series{}
		for n := range b.opt.counties {
			part := fmt.Sprintf("county %d %d", zoom, n)
			err := b.rounds(ctx, append(b.peers(), overHTTP(b.reli, "hex", gzipOnly)), 1,
				func(_ peer, round int) []task { return b.ground.county(b.random(part, round), zoom) },
				func(name string, t timed) { collect(found, name, milliseconds(t.elapsed), float64(t.bytes)/1000) })
			if err != nil {
				return err
			}
		}
		what := fmt.Sprintf("whole county, z%d (%d tiles)", zoom, len(tile.Covering(b.ground.bounds, zoom)))
		b.comparePeers(row{What: what + ", grid", Unit: "ms"}, found, 0, bar{}, tenth)
		if err := b.compareSizes(ctx, row{What: what + ", grid, gzipped", Unit: "KB", Bar: bar{valueAtMost, 150}}, zoom, found["Reli grid"].at(1)); err != nil {
			return err
		}
		b.compare(row{What: what + ", hex", Unit: "ms"}, found["Reli hex"].at(0), nil)
		b.compare(row{What: what + ", hex, gzipped", Unit: "KB"}, found["Reli hex"].at(1), nil)
	}
	return nil
}

// compareSizes adds the peers' tiles of one window, gzipped as Reli's are.
func (b *bench) compareSizes(ctx context.Context, r row, zoom int, ours []float64) error {
	for _, p := range b.peers()[1:] {
		if p.name == frontName {
			continue // is PostGIS again
		}
		c, err := p.open(ctx)
		if err != nil {
			return err
		}
		defer c.close()
		var out bytes.Buffer
		zip, err := gzip.NewWriterLevel(&out, servedLevel)
		if err != nil {
			return err
		}
		sum := 0
		for _, t := range b.ground.county(b.random("sizes", 0), zoom) {
			body, err := c.tile(ctx, t)
			if err != nil {
				return err
			}
			out.Reset()
			zip.Reset(&out)
			if _, err := zip.Write(body); err != nil {
				return err
			}
			if err := zip.Close(); err != nil {
				return err
			}
			sum += out.Len()
		}
		r.Peer = p.name
		b.compare(r, ours[:1], []float64{float64(sum) / 1000})
	}
	return nil
}

// larger compares with a county of ten times the incidents, if asked to.
func (b *bench) larger(ctx context.Context) error {
	if !b.opt.large {
		return nil
	}
	large, _, err := b.loaded(ctx, b.opt.largeIncidents, false)
	if err != nil {
		return err
	}
	defer large.close()
	for _, layer := range []string{"grid", "hex"} {
		small, more := overHTTP(b.reli, layer, gzipOnly), overHTTP(large, layer, gzipOnly)
		small.name, more.name = "small", "large"
		found := map[string]series{}
		if _, err := drive(ctx, more, b.ground.cold(b.random("larger", -1), b.opt.requests), 1); err != nil { // warms up
			return err
		}
		err := b.rounds(ctx, []peer{small, more}, 1,
			func(_ peer, round int) []task { return b.ground.cold(b.random("larger "+layer, round), b.opt.requests) },
			func(name string, t timed) { collect(found, name, t.percentiles()...) })
		if err != nil {
			return err
		}
		for i, p := range percentiles {
			b.compare(row{What: fmt.Sprintf("cold tile of %d incidents, p%.0f, %s", b.opt.largeIncidents, p, layer), Unit: "ms",
				Peer: fmt.Sprintf("Reli with %d", b.opt.incidents), Bar: bar{ratioAtMost, 2}}, found["large"].at(i), found["small"].at(i))
		}
	}
	complete, bytes := large.store.Current().Resident()
	b.fact("%d incidents in memory: %v, %d MB", b.opt.largeIncidents, complete, bytes/1_000_000)
	return nil
}

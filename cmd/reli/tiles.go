package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/tiles"
)

type tilesCmd struct {
	Export exportCmd `cmd:"" help:"Write the tiles of a selection into one PMTiles file."`
}

type exportCmd struct {
	File    string `arg:"" help:"File to write, say county.pmtiles." type:"path"`
	Layers  string `help:"hex, grid, village, township, county, or several joined by commas." default:"hex,grid,township"`
	Query   string `help:"Selection as in a tile's address." placeholder:"from=2026-01-01&to=2026-04-01"`
	MaxZoom uint32 `help:"Deepest zoom." default:"12"`
}

// Run writes the archive. It reads the data directory itself, so no server may
// be running on it.
func (c exportCmd) Run(p *process) error {
	layers, err := tiles.ParseLayers(c.Layers)
	if err != nil {
		return err
	}
	if c.MaxZoom > tiles.MaxZoom {
		return schemas.BadParameter("max-zoom", "tiles are made up to zoom %d", tiles.MaxZoom)
	}
	query, err := url.ParseQuery(c.Query)
	if err != nil {
		return schemas.BadParameter("query", "the selection is malformed")
	}
	if query.Get("measure") == string(cube.MeasureLevel) {
		return schemas.BadParameter("query", "levels change from day to day; an archive cannot tell them")
	}
	if findOwner(p.ctx, p.config.Data) != nil {
		return &schemas.Problem{Code: schemas.CodeInUse, Status: http.StatusConflict,
			Detail: "a server runs on this data directory; stop it or export from a copy"}
	}
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return err
	}
	defer a.close()
	sel, err := cube.ParseSelection(query, a.store.Current().Catalogue, a.store.Today())
	if err != nil {
		return err
	}
	if err := a.record(p.ctx, "tiles.export", filepath.Base(c.File), map[string]any{"layers": layers, "selection": sel.Canonical()}, nil); err != nil {
		return err
	}
	server := tiles.NewServer(tiles.Options{Store: a.store, CacheBytes: p.config.CacheBytes})
	bar := newProgress(p.stderr, p.now, "export", "tiles", 0)
	defer bar.finish()
	sum, err := server.Export(p.ctx, tiles.Export{Layers: layers, Selection: sel, MaxZoom: c.MaxZoom,
		Progress: func(done, total int) { bar.set(int64(done), int64(total)) }}, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d tiles, %d bytes\n", c.File, sum.Tiles, sum.Bytes)
	return err
}

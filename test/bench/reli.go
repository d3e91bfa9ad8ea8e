package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/tiles"
	"reli/web"
	"reli/web/ui"
)

// The defaults of `reli serve`.
const (
	residentBytes = 1 << 30
	cacheBytes    = 256 << 20
	timeZone      = "Asia/Shanghai"
)

// reli is the rooms wired as `reli serve` wires them, in this process so that
// a profile shows where a tile's time goes.
type reli struct {
	engine *engine.Engine
	db     *clickhouse.DB
	store  *cube.Store
	ingest *ingest.Ingester
	gate   sync.Mutex
	log    *os.File

	site    *web.Server
	server  *http.Server
	served  chan error
	address string
}

func startReli(ctx context.Context, dir string) (_ *reli, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &reli{}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.log, err = os.Create(filepath.Join(dir, "bench.log")); err != nil {
		return nil, err
	}
	logger := slog.New(slog.NewTextHandler(r.log, nil))
	if r.engine, err = engine.Start(ctx, engine.Config{DataDir: dir, Args: []string{childWord}, Logger: logger}); err != nil {
		return nil, err
	}
	if r.db, err = r.database(ctx, clickhouse.DefaultDatabase); err != nil {
		return nil, err
	}
	if _, err = clickhouse.Migrate(ctx, r.db, schemas.Migrations(), time.Now); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(timeZone)
	if err != nil {
		return nil, err
	}
	r.store, err = cube.Open(ctx, cube.Options{DB: r.db, Now: time.Now, Zone: zone, Logger: logger, Gate: &r.gate, ResidentBytes: residentBytes})
	if err != nil {
		return nil, err
	}
	r.ingest, err = ingest.New(ingest.Options{Store: r.db, Areas: r.areas(), Clock: time.Now, Random: rand.Reader,
		TimeZone: zone, Resolution: cube.StorageResolution, Gate: &r.gate})
	if err != nil {
		return nil, err
	}
	return r, r.serve(logger)
}

// database connects to a database of the engine, made where it is missing.
func (r *reli) database(ctx context.Context, name string) (*clickhouse.DB, error) {
	dial := engine.Dial(r.engine.Socket())
	return clickhouse.Open(ctx, clickhouse.Config{Database: name,
		Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }})
}

func (r *reli) areas() []area.Area {
	if tree := r.store.Current().Catalogue.Tree; tree != nil {
		return tree.All()
	}
	return nil
}

func (r *reli) serve(logger *slog.Logger) error {
	pages, err := fs.Sub(ui.Dist, "dist")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	r.site = web.New(web.Options{DB: r.db, Store: r.store, Ingest: r.ingest, Pages: pages, Logger: logger, Now: time.Now, Version: "bench",
		Tiles: tiles.NewServer(tiles.Options{Store: r.store, CacheBytes: cacheBytes})})
	r.server = &http.Server{Handler: r.site.Handler(), MaxHeaderBytes: web.MaxHeader}
	r.served, r.address = make(chan error, 1), listener.Addr().String()
	go func() { r.served <- r.server.Serve(listener) }()
	return nil
}

// loadAreas makes the areas of a file the division tree, as `reli areas`.
func (r *reli) loadAreas(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := ingest.ReadAreas(f)
	if err != nil {
		return err
	}
	shapes, err := ingest.MapAreas(rows)
	if err != nil {
		return err
	}
	tree, err := area.BuildTree(shapes)
	if err != nil {
		return err
	}
	if err := r.db.ReplaceAreas(ctx, schemas.DivisionSet, rows, cube.Paths(tree), uint64(time.Now().UnixNano())); err != nil {
		return err
	}
	if _, err := r.store.Reload(ctx, "areas"); err != nil {
		return err
	}
	return r.ingest.SetAreas(r.areas())
}

// take brings a file in, as `reli ingest`.
func (r *reli) take(ctx context.Context, path, profilePath string) (ingest.Report, error) {
	text, err := os.ReadFile(profilePath)
	if err != nil {
		return ingest.Report{}, err
	}
	profile, err := ingest.ParseProfile(text)
	if err != nil {
		return ingest.Report{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return ingest.Report{}, err
	}
	defer f.Close()
	report, err := r.ingest.Run(ctx, ingest.Input{Name: filepath.Base(path), Reader: f, Profile: profile})
	if err == nil && report.Quarantined > 0 {
		err = fmt.Errorf("%s: %d rows were refused: %v", path, report.Quarantined, report.Errors[0])
	}
	return report, err
}

func (r *reli) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if r.site != nil {
		r.site.Drain()
	}
	if r.server != nil {
		_ = r.server.Shutdown(ctx)
		<-r.served
	}
	if r.site != nil {
		r.site.Close()
	}
	if r.db != nil {
		_ = r.db.Close()
	}
	if r.engine != nil {
		_ = r.engine.Close(ctx)
	}
	if r.log != nil {
		_ = r.log.Close()
	}
}

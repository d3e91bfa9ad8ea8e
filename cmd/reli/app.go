package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
)

// closeTimeout bounds a clean stop of the engine.
const closeTimeout = 15 * time.Second

// app is the running rooms of one process that owns its data.
type app struct {
	config Config
	zone   *time.Location
	logger *slog.Logger
	now    func() time.Time

	engine *engine.Engine // nil with an external ClickHouse
	db     *clickhouse.DB
	store  *cube.Store
	ingest *ingest.Ingester
	gate   sync.Mutex // see cube.Options.Gate
}

// openApp starts the engine, brings the tables up to date, loads the newest
// settled state and makes everything ready to use. Close it.
func openApp(p *process, logger *slog.Logger) (_ *app, err error) {
	a := &app{config: p.config, logger: logger, now: p.now}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.zone, err = p.config.zone(); err != nil {
		return nil, err
	}
	if err := a.connect(p.ctx); err != nil {
		return nil, err
	}
	applied, err := clickhouse.Migrate(p.ctx, a.db, schemas.Migrations(), p.now)
	if err != nil {
		return nil, err
	}
	if applied > 0 {
		logger.Info("migrated", "applied", applied)
	}
	a.store, err = cube.Open(p.ctx, cube.Options{DB: a.db, Now: p.now, Zone: a.zone, Logger: logger,
		Gate: &a.gate, ResidentBytes: p.config.ResidentBytes})
	if err != nil {
		return nil, err
	}
	secret, err := ingestSecret(p.config.Data)
	if err != nil {
		return nil, err
	}
	a.ingest, err = ingest.New(ingest.Options{Secret: secret, Store: a.db, Areas: areasOf(a.store.Current()), Clock: p.now, Random: rand.Reader,
		TimeZone: a.zone, Resolution: cube.StorageResolution, Gate: &a.gate})
	return a, err
}

func areasOf(snap *cube.Snapshot) []area.Area {
	if snap.Catalogue.Tree == nil {
		return nil
	}
	return snap.Catalogue.Tree.All()
}

func (a *app) connect(ctx context.Context) error {
	if a.config.Clickhouse != "embedded" {
		var err error
		a.db, err = clickhouse.Open(ctx, clickhouse.Config{URL: a.config.Clickhouse})
		return err
	}
	if err := os.MkdirAll(a.config.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	program, err := executable()
	if err != nil {
		return err
	}
	a.engine, err = engine.Start(ctx, engine.Config{DataDir: a.config.Data, Library: a.config.Library,
		Executable: program, Args: []string{engineCommand}, Logger: a.logger})
	if err != nil {
		return err
	}
	dial := engine.Dial(a.engine.Socket())
	a.db, err = clickhouse.Open(ctx, clickhouse.Config{Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }})
	return err
}

// close gives everything back, in the order opposite to opening.
func (a *app) close() {
	if a.db != nil {
		if err := a.db.Close(); err != nil {
			a.logger.Warn("close connection", "error", err)
		}
	}
	if a.engine != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := a.engine.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.logger.Warn("stop engine", "error", err)
		}
	}
}

func hidePassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	return u.Redacted()
}

func newLogger(p *process) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.config.LogLevel)); err != nil {
		level = slog.LevelInfo // the enum of the flag allows nothing else
	}
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}

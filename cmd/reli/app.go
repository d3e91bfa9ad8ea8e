package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"reli/analytics/areaset"
	"reli/analytics/cube"
	"reli/analytics/matter"
	"reli/geo/area"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/schemas/deadlines"
	"reli/web/access"
	"reli/web/audit"
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

	deadlines *deadlines.Rules // nil where no dates are computed
	sets      *areaset.Service
	matters   *matter.Service // joins the reports of one matter

	trail     *audit.Log    // who did and saw what
	accounts  *access.Store // nil where nobody signs in
	backingUp sync.Mutex    // one backup at a time
	condition *condition    // nil with an external ClickHouse
	unclean   bool          // the last process was killed
	marked    bool          // the file that says so of this one is there
}

// openApp starts the engine, brings the tables up to date, loads the newest
// settled state and makes everything ready to use. Close it.
func openApp(p *process, logger *slog.Logger) (*app, error) {
	if _, err := os.Lstat(filepath.Join(p.config.Data, restoringFile)); err == nil {
		return nil, &schemas.Problem{Code: schemas.CodeDataDamaged, Status: http.StatusServiceUnavailable,
			Detail: fmt.Sprintf("%s was never restored to the end (%s): remove it and restore again", p.config.Data, restoringFile)}
	}
	return openRestored(p, logger)
}

// openRestored is openApp for data that are being restored.
func openRestored(p *process, logger *slog.Logger) (_ *app, err error) {
	a := &app{config: p.config, logger: logger, now: p.now}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.zone, err = p.config.zone(); err != nil {
		return nil, err
	}
	if a.config.Clickhouse == "embedded" {
		if a.condition, err = inspect(p.config.Data, logger); err != nil {
			return nil, err
		}
	}
	if err := a.connect(p.ctx); err != nil {
		return nil, err
	}
	if a.trail, err = openTrail(p, a); err != nil {
		return nil, err
	}
	if a.engine != nil {
		// Of a backup that was killed.
		if err := errors.Join(a.markRunning(), a.db.DropSnapshot(p.ctx), removeStages(p.config.Data)); err != nil {
			return nil, err
		}
	}
	applied, err := clickhouse.Migrate(p.ctx, a.db, schemas.Migrations(), p.now)
	if err != nil {
		return nil, err
	}
	if applied > 0 {
		logger.Info("migrated", "applied", applied)
	}
	if err := a.openStore(p); err != nil {
		return nil, err
	}
	secret, err := ingestSecret(p.config.Data)
	if err != nil {
		return nil, err
	}
	if a.deadlines, err = p.config.deadlines(); err != nil {
		return nil, err
	}
	joins, err := p.config.links()
	if err != nil {
		return nil, err
	}
	a.sets = areaset.New(a.db, a.store)
	a.matters = matter.New(matter.Options{DB: a.db, Rules: joins, Now: p.now, Zone: a.zone, Gate: &a.gate})
	words, err := p.config.triage()
	if err != nil {
		return nil, err
	}
	a.ingest, err = ingest.New(ingest.Options{Secret: secret, Deadlines: a.deadlines, Triage: words, Tone: p.config.Tone, Store: a.roomy(), Areas: areasOf(a.store.Current()), Clock: p.now, Random: rand.Reader,
		TimeZone: a.zone, Resolution: cube.StorageResolution, Gate: &a.gate})
	return a, err
}

// openStore loads the newest settled state and sees that it is whole.
func (a *app) openStore(p *process) error {
	if a.condition != nil {
		if err := a.lookOver(p.ctx); err != nil {
			return err
		}
	}
	before, err := a.db.CurrentVersion(p.ctx)
	if err != nil {
		return err
	}
	dirty, _, err := a.db.DirtyMonths(p.ctx, before.SettledSeq)
	if err != nil {
		return err
	}
	a.store, err = cube.Open(p.ctx, cube.Options{DB: a.db, Now: p.now, Zone: a.zone, Logger: a.logger,
		Gate: &a.gate, ResidentBytes: p.config.ResidentBytes})
	if err != nil {
		return err
	}
	a.behind(a.store.Current())
	if a.condition == nil {
		return nil
	}
	return a.countOver(p.ctx, before, len(dirty) > 0)
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
		Executable: program, Args: []string{engineCommand}, MemoryBytes: uint64(max(0, a.config.EngineBytes)), Logger: a.logger})
	if err != nil {
		return err
	}
	dial := engine.Dial(a.engine.Socket())
	a.db, err = clickhouse.Open(ctx, clickhouse.Config{Dial: func(ctx context.Context) (net.Conn, error) { return dial(ctx, "") }})
	return err
}

// close gives everything back, in the order opposite to opening.
func (a *app) close() {
	clean := a.listParts()
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
			clean = false
		}
	}
	if a.trail != nil {
		if err := a.trail.Close(); err != nil {
			a.logger.Warn("close audit trail", "error", err)
		}
	}
	if clean && a.marked {
		if err := os.Remove(filepath.Join(a.config.Data, runningFile)); err != nil {
			a.logger.Warn("the stop was clean but is not noted", "error", err)
		}
	}
}

// listParts writes the list of parts at the end, where there is something to
// list.
func (a *app) listParts() bool {
	if a.store == nil || a.condition == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := a.condition.write(ctx, a.db, a.store.Current().Version); err != nil {
		a.logger.Warn("the list of parts was not written", "error", err)
		return false
	}
	return true
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

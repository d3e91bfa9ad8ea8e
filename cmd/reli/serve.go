package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"reli/schemas"
	"reli/tiles"
	"reli/web"
	"reli/web/ui"
)

// Times of the HTTP server.
const (
	headerTimeout = 10 * time.Second // a slow client's header
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second // running requests at a stop
)

type serveCmd struct {
	Open bool `help:"Serve without sign-in; only on a loopback address." env:"RELI_OPEN"`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(p *process) error {
	if c.Open && !loopback(p.config.Listen) {
		return schemas.BadParameter("open", "serving without sign-in is for a loopback address, not %s", p.config.Listen)
	}
	logger := newLogger(p)
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	a, err := openApp(p, logger)
	if err != nil {
		return err
	}
	defer a.close()
	local, err := listenLocal(p.config.Data)
	if err != nil {
		return err
	}
	defer local.Close()
	ways, err := openDoors(p, c.Open)
	if err != nil {
		return err
	}
	defer ways.close()
	if err := a.recordStart(p.ctx, p.config, c.Open); err != nil {
		return err
	}
	served := a.serve(p, ways, listener, local)
	return errors.Join(served, a.record(p.ctx, "server.stop", version(), nil, served))
}

// serve answers on the listeners: the address that people use and the socket
// in the data directory that the other commands use.
func (a *app) serve(p *process, ways *doors, listeners ...net.Listener) error {
	pages, err := fs.Sub(ui.Dist, "dist")
	if err != nil {
		return err
	}
	under, err := p.config.baseMap()
	if err != nil {
		return err
	}
	defer under.Close()
	days, err := p.config.calendar()
	if err != nil {
		return err
	}
	reports, stopReports, err := a.followReports(p)
	if err != nil {
		return err
	}
	defer stopReports()
	ahead, stopAhead, err := a.keepAhead(p)
	if err != nil {
		return err
	}
	defer stopAhead()
	guard, err := p.config.guard(a.store)
	if err != nil {
		return err
	}
	response, err := a.response()
	if err != nil {
		return err
	}
	sound, err := a.tone()
	if err != nil {
		return err
	}
	duties, err := p.config.roster()
	if err != nil {
		return err
	}
	site := web.New(web.Options{Tone: sound, Response: response, Guard: guard, DB: a.db, Reports: reports, BaseMap: under, Calendar: days, Roster: duties, Store: a.store, Ingest: a.ingest, Matters: a.matters, Sets: a.sets, LoadAreas: a.loadAreas, Pages: pages,
		Tiles:   tiles.NewServer(tiles.Options{Store: a.store, Guard: guard, Levels: web.LevelsOf(response.Levels), CacheBytes: p.config.CacheBytes}),
		Outlook: ahead, Unsound: a.unsound,
		Audit: a.trail, Access: ways.access, OIDC: ways.oidc, TrustedProxies: ways.proxies, Origins: ways.origins,
		Logger: a.logger, Now: p.now, Version: version()})
	defer site.Close()
	defer ways.serveAdmin(p.ctx, site.Metrics())()
	a.accounts = ways.access
	defer a.keepParts(p.ctx)()
	defer watchClock(p.ctx, p.now, a.logger)()
	defer background(p.ctx, a.db.Watch)()
	server := &http.Server{Handler: a.local(site.Handler()), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: web.MaxHeader, ConnContext: web.MarkLocal, ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelWarn)}
	if ways.tls != nil {
		server.TLSConfig = ways.tls.config()
	}
	failed := make(chan error, len(listeners))
	for i, l := range listeners {
		go func() { failed <- ways.serve(server, l, i == 0) }()
	}
	if err := ways.announce(p, listeners[0].Addr()); err != nil {
		return err
	}
	select {
	case err = <-failed:
	case <-p.ctx.Done():
		site.Drain()
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if shut := server.Shutdown(ctx); shut != nil {
		a.logger.Warn("some requests did not end in time", "error", shut)
		_ = server.Close()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// loopback reports whether an address can only be reached from this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// localSocket is where the process that owns a data directory answers the
// other commands.
func localSocket(dataDir string) string { return filepath.Join(dataDir, "reli.sock") }

// listenLocal opens the socket. Who gets here owns the data directory (the
// engine's lock says so), so a socket that is left over is stale.
func listenLocal(dataDir string) (net.Listener, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	path := localSocket(dataDir)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove stale socket: %w", err)
	}
	l, err := listenUnix(path)
	if err != nil {
		return nil, fmt.Errorf("socket in the data directory: %w", err)
	}
	// Who gets here is an administrator: the owner alone, whatever the
	// directory's mode is.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("socket in the data directory: %w", err), l.Close())
	}
	return l, nil
}

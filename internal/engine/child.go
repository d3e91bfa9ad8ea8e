package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// ChildConfig is what the child process needs.
type ChildConfig struct {
	DataDir     string // Reli's data directory; the engine takes folders in it
	Library     string // path of libchdb.so
	Socket      string // unix socket to serve
	MemoryBytes uint64 // bound on the engine's memory; 0 leaves nine tenths of the machine's
	Connections int    // statements at once; 0 is 8
	Parent      io.Reader
	Logger      *slog.Logger
}

// ErrInUse says that another process has the data directory open.
var ErrInUse = errors.New("the data directory is in use by another process")

// Exit statuses of the child beside 0 and 1.
const ExitInUse = 75

// ExitCode is the status the child's process has to end with.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrInUse):
		return ExitInUse
	default:
		return 1
	}
}

// stopTime is how long running statements may take to end when the child stops.
const stopTime = 5 * time.Second

// RunChild loads the library, opens the data path and serves ClickHouse's HTTP
// interface on the socket until the context ends or Parent is at its end: the
// parent holds the other end of that pipe, so the child never outlives it.
//
// It takes over the process (the library's threads and allocator, the umask)
// and is to be called once, in a process of its own.
func RunChild(ctx context.Context, config ChildConfig) error {
	unix.Umask(0o077)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if config.Parent != nil {
		go func() {
			_, _ = io.Copy(io.Discard, config.Parent)
			cancel()
			// The process ends even where the engine hangs.
			time.AfterFunc(2*stopTime, func() { os.Exit(1) })
		}()
	}
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return err
	}
	unlock, err := lockData(filepath.Join(config.DataDir, lockFile))
	if err != nil {
		return err
	}
	defer unlock()
	s, err := openServer(config)
	if err != nil {
		return err
	}
	if err := s.serve(ctx, config.Socket); err != nil {
		return err
	}
	s.pool.close()
	// The data path was closed with the last connection. Of the library's own
	// threads some outlive this call once tables were made; the process's end,
	// which in Go runs no exit handlers, takes them.
	if s.pool.lib.shutdown() != 0 {
		config.Logger.Debug("engine threads left to the end of the process")
	}
	return nil
}

// lockData takes the data directory for this process. The lock goes with the
// process, however it ends.
func lockData(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is locked", ErrInUse, path)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = file.Close() }, nil
}

func openServer(config ChildConfig) (*server, error) {
	path, err := writeConfig(config.DataDir, config.MemoryBytes)
	if err != nil {
		return nil, err
	}
	// Before the library is loaded: its threads then begin confined.
	landlock, err := confine(config)
	if err != nil {
		return nil, err
	}
	lib, err := openLibrary(config.Library)
	if err != nil {
		return nil, err
	}
	lib.signals(0)
	size := config.Connections
	if size == 0 {
		size = defaultConnections
	}
	p, err := newPool(lib, []string{"--path=" + filepath.Join(config.DataDir, storeFolder), "--config-file=" + path}, size)
	if err != nil {
		return nil, err
	}
	timezone, err := p.control.conn.line("SELECT timezone()")
	if err != nil {
		return nil, err
	}
	return &server{pool: p, logger: config.Logger, timezone: timezone, landlock: landlock}, nil
}

// serve answers on the socket until the context ends and running statements
// have ended with it.
func (s *server) serve(ctx context.Context, socket string) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the socket of an earlier run: %w", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("listen on the engine's socket: %w", err)
	}
	base, stop := context.WithCancel(context.Background())
	defer stop()
	httpServer := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    16 << 20, // statements and parameters may come in the URL
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), stopTime/2)
	defer cancel()
	if httpServer.Shutdown(grace) != nil {
		stop() // kills the statements
		_ = httpServer.Close()
	}
	<-failed
	return s.await(stopTime / 2)
}

// await waits for the handlers that are still at work.
func (s *server) await(limit time.Duration) error {
	idle := make(chan struct{})
	go func() {
		s.active.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-time.After(limit):
		return errors.New("a statement did not end in time")
	}
}

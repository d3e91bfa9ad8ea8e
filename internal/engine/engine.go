package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

const (
	// startTime is how long a child may take to answer its first ping: 0.2 s on
	// an empty data directory, longer with thousands of parts to load.
	startTime = 2 * time.Minute
	// pingInterval is how often a starting child is asked.
	pingInterval = 10 * time.Millisecond
	// firstBackOff doubles with each failed restart up to lastBackOff. The
	// first restart is at once.
	firstBackOff = 100 * time.Millisecond
	lastBackOff  = time.Second
)

// Config says where the engine lives and how its child process is started.
type Config struct {
	DataDir     string   // Reli's data directory
	Library     string   // path of libchdb.so; empty: FindLibrary looks for it
	Executable  string   // program with the hidden command; empty: this program
	Args        []string // its arguments before those of the child, say "engine"
	Env         []string // of the child; nil: of this process's what holds no secret
	MemoryBytes uint64   // bound on the engine's memory; 0: nine tenths of the machine's
	Connections int      // statements at once; 0: 8
	Logger      *slog.Logger
}

// Engine is a child process with the engine in it, started again when it dies.
type Engine struct {
	config   Config
	socket   string
	tempDir  string // of the socket, where the data directory's path is too long
	recorded bool   // the socket's path is noted in the data directory
	tail     *tail
	stop     context.CancelFunc
	stopped  chan struct{} // the supervisor has ended
	mu       sync.Mutex
	ready    chan struct{} // closed while the child answers
	pid      int
	landlock int
	restarts int
	failure  error // why the supervisor gave up; read after stopped
}

// Start starts the child and waits until it answers. It returns ErrNoLibrary
// or ErrInUse, possibly wrapped, and otherwise an error with the child's last
// words. Close the engine when done.
func Start(ctx context.Context, config Config) (*Engine, error) {
	e, err := prepare(config)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	child, err := e.spawn()
	if err == nil {
		err = e.await(ctx, child)
	}
	if err != nil {
		stop()
		if child != nil {
			child.kill()
		}
		return nil, errors.Join(err, e.removeSocket())
	}
	if err := e.recordSocket(); err != nil {
		stop()
		child.kill()
		return nil, errors.Join(err, e.removeSocket())
	}
	e.saySandbox()
	go e.supervise(running, child)
	return e, nil
}

func prepare(config Config) (*Engine, error) {
	var err error
	if config.DataDir, err = filepath.Abs(config.DataDir); err != nil {
		return nil, err
	}
	if config.Library, err = FindLibrary(config.Library); err != nil {
		return nil, err
	}
	if config.Executable == "" {
		if config.Executable, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return nil, err
	}
	e := &Engine{config: config, stopped: make(chan struct{}), ready: make(chan struct{}), tail: newTail(config.Logger)}
	if e.socket, e.tempDir, err = chooseSocket(config.DataDir); err != nil {
		return nil, err
	}
	return e, nil
}

// Socket is the path of the unix socket; it stays the same over restarts.
func (e *Engine) Socket() string { return e.socket }

// PID is the child's process id, 0 while there is none.
func (e *Engine) PID() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pid
}

// Restarts counts how often the child was started again.
func (e *Engine) Restarts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.restarts
}

// Landlock is the version of the kernel's Landlock that confines the child, 0
// where the kernel has none and nothing does.
func (e *Engine) Landlock() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.landlock
}

// Ready waits until the child answers.
func (e *Engine) Ready(ctx context.Context) error {
	for {
		if isClosed(e.stopped) {
			return errors.Join(errors.New("the engine has ended"), e.failure)
		}
		e.mu.Lock()
		ready := e.ready
		e.mu.Unlock()
		select {
		case <-ready:
			return nil
		case <-e.stopped:
		case <-ctx.Done():
			return fmt.Errorf("the engine is not ready: %w", context.Cause(ctx))
		}
	}
}

// Close ends the child: running statements get a few seconds. When the context
// ends first the child is killed; nothing acknowledged is lost either way.
func (e *Engine) Close(ctx context.Context) error {
	e.stop()
	select {
	case <-e.stopped:
	case <-ctx.Done():
		if process, err := os.FindProcess(e.PID()); err == nil && e.PID() != 0 {
			_ = process.Kill()
		}
		<-e.stopped
	}
	return errors.Join(e.failure, e.removeSocket())
}

// await asks the child until it answers, and notes that it does.
func (e *Engine) await(ctx context.Context, child *process) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	transport := Transport(e.socket)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	again := time.NewTicker(pingInterval)
	defer again.Stop()
	for {
		if landlock, err := ping(ctx, client, child); err == nil {
			e.mu.Lock()
			e.landlock = landlock
			close(e.ready)
			e.mu.Unlock()
			return nil
		}
		select {
		case <-child.exited:
			return child.death()
		case <-ctx.Done():
			return fmt.Errorf("the engine does not answer: %w%s", context.Cause(ctx), e.tail.text())
		case <-again.C:
		}
	}
}

// ping asks whether this child answers: where the data directory is in use,
// the socket is another's. It gives the child's version of Landlock.
func ping(ctx context.Context, client *http.Client, child *process) (landlock int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine/ping", nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.Header.Get(pidHeader) != strconv.Itoa(child.command.Process.Pid) {
		return 0, ErrInUse
	}
	if landlock, err = strconv.Atoi(response.Header.Get(landlockHeader)); err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return landlock, err
}

// supervise starts the child again whenever it dies, until stopped.
func (e *Engine) supervise(ctx context.Context, child *process) {
	defer close(e.stopped)
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			e.failure = child.close()
			return
		case <-child.exited:
		}
		e.mu.Lock()
		e.ready, e.pid = make(chan struct{}), 0
		e.mu.Unlock()
		if time.Since(child.started) > lastBackOff {
			wait = 0
		}
		e.config.Logger.Error("engine ended, starting it again", "error", child.death(), "after", wait)
		if child, wait = e.restart(ctx, wait); child == nil {
			return
		}
	}
}

// restart waits and starts children until one answers; nil when stopped. It
// gives the time to wait before the next restart, should that one die at once.
func (e *Engine) restart(ctx context.Context, wait time.Duration) (*process, time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return nil, 0
		case <-time.After(wait):
		}
		wait = min(max(2*wait, firstBackOff), lastBackOff)
		e.mu.Lock()
		e.restarts++
		e.mu.Unlock()
		child, err := e.spawn()
		if err == nil {
			if err = e.await(ctx, child); err == nil {
				return child, wait
			}
			child.kill()
		}
		if ctx.Err() == nil {
			e.config.Logger.Error("engine does not start, trying again", "error", err, "after", wait)
		}
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

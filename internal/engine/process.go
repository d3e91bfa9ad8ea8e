package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// process is one run of the child.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	started time.Time
	exited  chan struct{}
	err     error // how it ended; read after exited
	tail    *tail
}

// spawn starts a child. Its standard input is a pipe from this process: the
// child stops when it closes, so also when this process dies.
func (e *Engine) spawn() (*process, error) {
	args := append(e.config.Args[:len(e.config.Args):len(e.config.Args)],
		"--data="+e.config.DataDir, "--library="+e.config.Library, "--socket="+e.socket,
		"--memory-bytes="+strconv.FormatUint(e.config.MemoryBytes, 10),
		"--connections="+strconv.Itoa(e.config.Connections))
	command := exec.Command(e.config.Executable, args...)
	if command.Env = e.config.Env; command.Env == nil {
		command.Env = childEnvironment(os.Environ())
	}
	command.Stderr = e.tail
	command.WaitDelay = time.Second
	// A process group of its own: a Ctrl-C on the terminal is the parent's.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	e.mu.Lock()
	e.pid = command.Process.Pid
	e.mu.Unlock()
	child := &process{command: command, stdin: stdin, started: time.Now(), exited: make(chan struct{}), tail: e.tail}
	go func() {
		child.err = command.Wait()
		close(child.exited)
	}()
	return child, nil
}

// close asks the child to stop and waits; it is killed if it does not. The
// error says that it did not stop cleanly.
func (p *process) close() error {
	_ = p.stdin.Close()
	select {
	case <-p.exited:
	case <-time.After(2*stopTime + time.Second):
		p.kill()
	}
	if p.err != nil {
		return fmt.Errorf("the engine did not stop cleanly: %w%s", p.err, p.tail.text())
	}
	return nil
}

func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.exited
}

// death words how the child ended, with its last lines.
func (p *process) death() error {
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && exit.ExitCode() == ExitInUse {
		return ErrInUse
	}
	if p.err == nil {
		return fmt.Errorf("the engine ended by itself%s", p.tail.text())
	}
	return fmt.Errorf("the engine died: %w%s", p.err, p.tail.text())
}

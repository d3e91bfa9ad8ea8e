package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// errNoPostGIS says why PostGIS cannot be measured here.
var errNoPostGIS = errors.New("PostGIS cannot be had here")

// Times of the private PostgreSQL server.
const (
	postgresStart = 30 * time.Second
	postgresStop  = 20 * time.Second
)

// postgresSettings are what an administrator would set for this machine and
// this load. The just-in-time compiler costs more than it gives in queries of
// milliseconds.
var postgresSettings = []string{"listen_addresses=", "shared_buffers=512MB", "effective_cache_size=4GB", "work_mem=64MB",
	"maintenance_work_mem=256MB", "random_page_cost=1.1", "jit=off", "max_connections=32", "autovacuum=off", "fsync=off"}

// postgres is a PostgreSQL server of our own, on a socket of its own.
type postgres struct {
	data, socket string // directories
	account      *syscall.Credential
	server       *exec.Cmd
	ended        chan error
}

// postgresPrograms finds the newest PostgreSQL that has PostGIS, and installs
// Debian's where there is none and this user may.
func postgresPrograms(ctx context.Context) (string, error) {
	if dir := findPostgres(); dir != "" {
		return dir, nil
	}
	if os.Geteuid() != 0 {
		return "", fmt.Errorf("%w: not installed, and only root can install it", errNoPostGIS)
	}
	for _, args := range [][]string{
		{"update", "-qq"},
		{"install", "-y", "-qq", "--no-install-recommends", "postgresql-15", "postgresql-15-postgis-3"},
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: apt-get %s: %w: %s", errNoPostGIS, args[0], err, lastLine(text))
		}
	}
	if dir := findPostgres(); dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("%w: installed, but not found", errNoPostGIS)
}

func findPostgres() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return ""
	}
	slices.Sort(found)
	for _, program := range slices.Backward(found) {
		dir := filepath.Dir(program)
		version := filepath.Base(filepath.Dir(dir))
		if _, err := os.Stat(filepath.Join("/usr/share/postgresql", version, "extension", "postgis.control")); err == nil {
			return dir
		}
	}
	return ""
}

func lastLine(text []byte) string {
	for end := len(text); end > 0; {
		start := end
		for start > 0 && text[start-1] != '\n' {
			start--
		}
		if start < end {
			return string(text[start:end])
		}
		end = start - 1
	}
	return ""
}

// startPostgres makes a data directory under cache and starts a server on it.
// As root it runs as the user postgres, because PostgreSQL refuses root.
func startPostgres(ctx context.Context, cache string) (_ *postgres, err error) {
	programs, err := postgresPrograms(ctx)
	if err != nil {
		return nil, err
	}
	p := &postgres{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.account, err = postgresAccount(); err != nil {
		return nil, err
	}
	if p.data, err = p.directory(cache, "postgis-"); err != nil {
		return nil, err
	}
	// A socket's path may not be longer than about 100 bytes.
	if p.socket, err = p.directory("", "reli-pg-"); err != nil {
		return nil, err
	}
	initdb := p.command(ctx, filepath.Join(programs, "initdb"), "-D", p.data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if text, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: initdb: %w: %s", errNoPostGIS, err, lastLine(text))
	}
	args := []string{"-D", p.data, "-k", p.socket}
	for _, s := range postgresSettings {
		args = append(args, "-c", s)
	}
	log, err := os.Create(filepath.Join(cache, "postgis.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	// Not tied to ctx: close stops the server, and in the right way.
	p.server = p.command(context.WithoutCancel(ctx), filepath.Join(programs, "postgres"), args...)
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		p.server = nil
		return nil, fmt.Errorf("%w: %w", errNoPostGIS, err)
	}
	p.ended = make(chan error, 1)
	go func() { p.ended <- p.server.Wait() }()
	return p, p.wait(ctx)
}

// postgresAccount is the user to run as; nil is this one.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPostGIS, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// directory makes a temporary directory that the server owns.
func (p *postgres) directory(in, pattern string) (string, error) {
	dir, err := os.MkdirTemp(in, pattern)
	if err == nil && p.account != nil {
		err = os.Chown(dir, int(p.account.Uid), int(p.account.Gid))
	}
	return dir, err
}

func (p *postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.account}
	return cmd
}

// wait waits until the server answers.
func (p *postgres) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStart)
	defer cancel()
	for {
		conn, err := p.connect(ctx)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case ended := <-p.ended:
			p.ended <- ended
			return fmt.Errorf("%w: the server ended: %w", errNoPostGIS, ended)
		case <-ctx.Done():
			return fmt.Errorf("%w: the server does not answer: %w", errNoPostGIS, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// close stops the server and removes what it left.
func (p *postgres) close() {
	if p.server != nil {
		_ = p.server.Process.Signal(syscall.SIGINT) // fast shutdown
		select {
		case <-p.ended:
		case <-time.After(postgresStop):
			_ = p.server.Process.Kill()
			<-p.ended
		}
	}
	for _, dir := range []string{p.data, p.socket} {
		if dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
}

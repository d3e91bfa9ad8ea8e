package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Kills of the long run; few without RELI_SOAK, so that the test itself is
// tested.
const (
	soakRounds  = 90
	soakFresh   = 10
	shortRounds = 3
	shortFresh  = 1
)

// survivor is a data directory whose server is killed and started again.
type survivor struct {
	dir          string
	url          atomic.Pointer[string]
	cmd          *server
	acknowledged atomic.Int64
	back         []time.Duration // from each kill to ready
}

// start starts the server until it stays: the engine of a killed one takes a
// moment to go.
func (v *survivor) start(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		cmd := command(context.WithoutCancel(t.Context()), "serve", "--data", v.dir, "--listen", "127.0.0.1:0", "--open")
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		s := &server{dir: v.dir, cmd: cmd, errs: &bytes.Buffer{}}
		cmd.Stderr = s.errs
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		if err == nil {
			s.url = strings.TrimSpace(strings.TrimPrefix(line, "Reli serves "))
			go func() { _, _ = io.Copy(io.Discard, out) }()
			v.cmd = s
			v.url.Store(&s.url)
			t.Cleanup(s.stop)
			return
		}
		_ = cmd.Wait()
		require.Equal(t, exitInUse, cmd.ProcessState.ExitCode(), "%s", s.errs)
		require.True(t, time.Now().Before(deadline), "it never started again: %s", s.errs)
	}
}

// send sends batches until ctx ends, each until it is acknowledged.
func (v *survivor) send(ctx context.Context, rows int) {
	for n := 0; ctx.Err() == nil; n++ {
		body := batchCSV(n, rows)
		for {
			resp, err := http.Post(*v.url.Load()+"/v1/incidents", "text/csv", strings.NewReader(body))
			if err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					break
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		v.acknowledged.Add(1)
	}
}

func (v *survivor) ready(t *testing.T) {
	t.Helper()
	var said string
	require.Eventually(t, func() bool {
		resp, err := http.Get(*v.url.Load() + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		said = string(body)
		return resp.StatusCode == http.StatusOK
	}, time.Minute, 5*time.Millisecond, "not ready: %s", said)
}

// kill kills the server, its engine or both, and waits until it is back.
func (v *survivor) kill(t *testing.T, what string) {
	t.Helper()
	pid := engineChild(t, v.cmd.cmd.Process.Pid)
	at := time.Now()
	if what != "server" {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if what != "engine" {
		require.NoError(t, v.cmd.cmd.Process.Kill())
		v.cmd.stop()
		v.start(t)
	}
	v.ready(t)
	v.back = append(v.back, time.Since(at))
}

var targets = []string{"server", "engine", "both"}

// TestKilledInEverything kills the server, the engine and both while batches
// come, parts are merged, the cube is exchanged and backups are made: nothing
// acknowledged is lost or doubled, the cube is what a computation from nothing
// gives, and no backup is half.
func TestKilledInEverything(t *testing.T) {
	t.Parallel()
	needEngine(t)
	rounds, fresh := shortRounds, shortFresh
	if os.Getenv("RELI_SOAK") != "" {
		rounds, fresh = soakRounds, soakFresh
	}
	const rows = 25
	v := &survivor{dir: filepath.Join(t.TempDir(), "data")}
	v.start(t)
	sending, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { v.send(sending, rows) })
	backups := 0
	for round := range rounds {
		before := v.acknowledged.Load()
		require.Eventually(t, func() bool { return v.acknowledged.Load() > before }, time.Minute, time.Millisecond)
		var backup *backupUnderWay
		if round%4 == 2 {
			backup = startBackup(t, v.dir)
			backups++
		}
		// Each kill meets another moment of the batch, of the settling after it
		// and of the backup.
		time.Sleep(time.Duration(61*round%700) * time.Millisecond)
		v.kill(t, targets[round%3])
		backup.whole(t)
	}
	stop()
	work.Wait()
	want := int(v.acknowledged.Load()) * rows
	v.cmd.settled(t, want)
	require.Contains(t, mustReli(t, "verify", "data", "--data", v.dir), fmt.Sprintf(" %d incidents", want))
	slices.Sort(v.back)
	t.Logf("%d kills (%d during backups): %d batches acknowledged, %d incidents on the map; ready again after %v (median), %v (worst)",
		rounds, backups, want/rows, want, v.back[len(v.back)/2].Round(time.Millisecond), v.back[len(v.back)-1].Round(time.Millisecond))

	for round := range fresh {
		killedAtFirstStart(t, round)
	}
}

// backupUnderWay is a `reli backup` beside a kill.
type backupUnderWay struct {
	to   string
	done chan struct{}
}

func startBackup(t *testing.T, dir string) *backupUnderWay {
	b := &backupUnderWay{to: filepath.Join(t.TempDir(), "backup"), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		_ = command(context.WithoutCancel(t.Context()), "backup", "--data", dir, "--to", b.to).Run() // it may fail: its server is killed
	}()
	return b
}

// whole sees that a backup is whole or not there.
func (b *backupUnderWay) whole(t *testing.T) {
	t.Helper()
	if b == nil {
		return
	}
	<-b.done
	if _, err := os.Stat(b.to); err == nil {
		require.NoError(t, faultOf(b.to))
	}
}

// killedAtFirstStart kills a server while it makes its tables.
func killedAtFirstStart(t *testing.T, round int) {
	t.Helper()
	v := &survivor{dir: filepath.Join(t.TempDir(), "data")}
	cmd := command(context.WithoutCancel(t.Context()), "serve", "--data", v.dir, "--listen", "127.0.0.1:0", "--open")
	require.NoError(t, cmd.Start())
	time.Sleep(time.Duration(150+90*round) * time.Millisecond)
	if targets[round%3] != "server" {
		if pid, ok := childOf(cmd.Process.Pid); ok {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	v.start(t)
	v.ready(t)
	sendUntilAcknowledged(t, v.cmd, batchCSV(0, 10))
	v.cmd.settled(t, 10)
	v.cmd.stop()
}

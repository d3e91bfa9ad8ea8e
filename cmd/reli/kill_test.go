package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEngineKilledDuringIngest kills the engine 20 times while two writers send
// batches, each one to five times, out of order and until it is acknowledged:
// nothing acknowledged is lost, nothing is counted twice, the cube is what a
// computation from nothing gives, and the service is back within five seconds.
func TestEngineKilledDuringIngest(t *testing.T) {
	needEngine(t)
	s := serve(t, t.TempDir())
	const rounds, rowsPerBatch = 20, 200
	var sent sync.WaitGroup
	copies := &repeated{rng: rand.New(rand.NewPCG(1, 2))}
	var acknowledged atomic.Int64
	for range 2 {
		sent.Go(func() {
			for {
				n, ok := copies.draw()
				if !ok {
					return
				}
				sendUntilAcknowledged(t, s, batchCSV(n, rowsPerBatch))
				acknowledged.Add(1)
			}
		})
	}
	for round := range rounds {
		// A kill meets a stream of batches at another moment each time.
		before := acknowledged.Load()
		require.Eventually(t, func() bool { return acknowledged.Load() > before }, 30*time.Second, time.Millisecond,
			"round %d: no batch went in", round)
		time.Sleep(time.Duration(37*round%200) * time.Millisecond)
		pid := engineChild(t, s.cmd.Process.Pid)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		killed := time.Now()
		require.Eventually(t, func() bool {
			resp, err := http.Get(s.url + "/readyz")
			if err != nil {
				return false
			}
			_ = resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		}, 5*time.Second, 20*time.Millisecond, "round %d: not back in time", round)
		t.Logf("round %d: back after %v", round, time.Since(killed).Round(time.Millisecond))
	}
	batches := copies.stop()
	sent.Wait()
	t.Logf("%d batches, acknowledged %d times", batches, acknowledged.Load())
	s.settled(t, batches*rowsPerBatch)

	var series struct{ Total int }
	s.json(t, "/v1/series?from=2025-01-01&to=2025-02-01", &series)
	require.Equal(t, batches*rowsPerBatch, series.Total)
	s.stop()
	again := serve(t, s.dir)
	again.settled(t, batches*rowsPerBatch)
	require.Contains(t, mustReli(t, "verify", "data", "--data", s.dir), "the cube equals a computation from nothing")
}

// repeated gives batches by their numbers, each one to five times, the copies of
// some of them mixed.
type repeated struct {
	mu      sync.Mutex
	rng     *rand.Rand
	copies  []int
	next    int
	stopped bool
}

const mixedCopies = 12

// draw gives the batch to send next; ok is false when all are sent.
func (r *repeated) draw() (n int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.copies) < mixedCopies && !r.stopped {
		for range 1 + r.rng.IntN(5) {
			r.copies = append(r.copies, r.next)
		}
		r.next++
	}
	if len(r.copies) == 0 {
		return 0, false
	}
	i, last := r.rng.IntN(len(r.copies)), len(r.copies)-1
	n, r.copies[i] = r.copies[i], r.copies[last]
	r.copies = r.copies[:last]
	return n, true
}

// stop makes draw give only what is begun, and tells how many batches that is.
func (r *repeated) stop() (batches int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	return r.next
}

func batchCSV(n, rows int) string {
	var b strings.Builder
	b.WriteString("source,source_id,occurred_at,lng,lat,crs,category\n")
	for i := range rows {
		fmt.Fprintf(&b, "grid,%d-%d,2025-01-%02dT10:00:00+08:00,%.5f,%.5f,WGS84,land\n", n, i, 1+i%28, 131+float64(i%50)/100, 46.5+float64(n%40)/100)
	}
	return b.String()
}

// sendUntilAcknowledged sends the same batch again until it is acknowledged,
// as a client would.
func sendUntilAcknowledged(t *testing.T, s *server, body string) {
	for range 600 {
		resp, err := http.Post(s.url+"/v1/incidents", "text/csv", strings.NewReader(body))
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a batch was never acknowledged")
}

// engineChild finds the engine process of a server.
func engineChild(t *testing.T, parent int) int {
	t.Helper()
	found := 0
	require.Eventually(t, func() (ok bool) {
		found, ok = childOf(parent)
		return ok
	}, 30*time.Second, 10*time.Millisecond, "the server has no engine child")
	return found
}

// childOf looks for a child of a process.
func childOf(parent int) (pid int, ok bool) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		// pid (name) state ppid …: the name may hold spaces.
		after := string(text[strings.LastIndexByte(string(text), ')')+1:])
		fields := strings.Fields(after)
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) && fields[0] != "Z" {
			pid, err = strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid, err == nil
		}
	}
	return 0, false
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// part is what was seen in one part of the run.
type part struct {
	took                           time.Duration
	tiles                          []time.Duration
	rows, statements, later, wrong int64
}

func (p part) rate() float64 { return float64(len(p.tiles)) / p.took.Seconds() }

func (p part) at(q float64) time.Duration {
	if len(p.tiles) == 0 {
		return 0
	}
	return p.tiles[min(len(p.tiles)-1, int(q*float64(len(p.tiles))))].Round(10 * time.Microsecond)
}

// tally collects a part while it runs.
type tally struct {
	mu                             sync.Mutex
	tiles                          []time.Duration
	rows, statements, later, wrong atomic.Int64
	said                           sync.Once
}

// judge counts an answer that is not 200.
func (t *tally) judge(resp *http.Response, err error) bool {
	switch {
	case err != nil:
	case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusNoContent:
		return true
	case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		t.later.Add(1)
		return false
	}
	t.wrong.Add(1)
	t.said.Do(func() {
		if err == nil {
			text, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
			err = fmt.Errorf("%s %s: %s %s", resp.Request.Method, resp.Request.URL.Path, resp.Status, text)
		}
		fmt.Fprintln(os.Stderr, "load: the first wrong answer:", err)
	})
	return false
}

// together runs kinds of clients at the same time, for so long.
func (g *ground) together(ctx context.Context, long time.Duration, kinds ...func(context.Context, *tally)) (part, error) {
	during, stop := context.WithTimeout(ctx, long)
	defer stop()
	var t tally
	var all sync.WaitGroup
	began := time.Now()
	for _, kind := range kinds {
		all.Go(func() { kind(during, &t) })
	}
	all.Wait()
	slices.Sort(t.tiles)
	return part{time.Since(began), t.tiles, t.rows.Load(), t.statements.Load(), t.later.Load(), t.wrong.Load()}, ctx.Err()
}

// watch samples the resident memory of a process every five seconds; what it
// gives stops that and tells how it grew.
func watch(pid int) (told func() string) {
	if pid == 0 {
		return func() string { return "" }
	}
	done, out := make(chan struct{}), make(chan string, 1)
	go func() {
		var x, y []float64
		began, tick := time.Now(), time.NewTicker(5*time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if mib, err := resident(pid); err == nil {
					x, y = append(x, time.Since(began).Minutes()), append(y, mib)
				}
			case <-done:
				out <- trend(x, y)
				return
			}
		}
	}()
	return func() string {
		close(done)
		return <-out
	}
}

// trend tells the line of least squares through the second half of the samples:
// the first half fills caches.
func trend(x, y []float64) string {
	x, y = x[len(x)/2:], y[len(y)/2:]
	if len(x) < 3 {
		return ""
	}
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	n := float64(len(x))
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	return fmt.Sprintf("memory of the server in the second half: %.0f to %.0f MiB, %+.1f MiB a minute\n", slices.Min(y), slices.Max(y), slope)
}

// resident gives the memory of a process in MiB.
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("cannot read statm")
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20), err
}

package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// peer is one way to a tile.
type peer struct {
	name string
	// open makes one client with a connection of its own.
	open func(ctx context.Context) (client, error)
}

// client asks for one tile at a time. The bytes are valid until it is asked
// again.
type client interface {
	tile(ctx context.Context, t task) ([]byte, error)
	close()
}

// timed is what one run took.
type timed struct {
	latencies []time.Duration // of each task, ascending
	elapsed   time.Duration
	processor time.Duration // of this process, where it was measured
	bytes     int64
}

// percentile is by nearest rank, in milliseconds.
func (t timed) percentile(p float64) float64 {
	rank := int(math.Ceil(p / 100 * float64(len(t.latencies))))
	return milliseconds(t.latencies[max(rank, 1)-1])
}

// percentiles of every latency row.
var percentiles = []float64{50, 95, 99}

func (t timed) percentiles() []float64 {
	var out []float64
	for _, p := range percentiles {
		out = append(out, t.percentile(p))
	}
	return out
}

// series holds what each round gave of several figures: figure → round.
type series [][]float64

// at gives one figure's rounds, nil where nothing was measured.
func (s series) at(figure int) []float64 {
	if s == nil {
		return nil
	}
	return s[figure]
}

// collect adds one round's figures of a peer.
func collect(found map[string]series, name string, values ...float64) {
	if found[name] == nil {
		found[name] = make(series, len(values))
	}
	for i, v := range values {
		found[name][i] = append(found[name][i], v)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// drive lets a number of clients do the tasks, each the next one that is
// left, on a heap without the garbage of the peer before.
func drive(ctx context.Context, p peer, tasks []task, clients int) (timed, error) {
	runtime.GC()
	return driveOn(ctx, p, tasks, clients)
}

func driveOn(ctx context.Context, p peer, tasks []task, clients int) (timed, error) {
	open := make([]client, 0, clients)
	defer func() {
		for _, c := range open {
			c.close()
		}
	}()
	for range clients {
		c, err := p.open(ctx)
		if err != nil {
			return timed{}, fmt.Errorf("%s: %w", p.name, err)
		}
		open = append(open, c)
	}
	out := timed{latencies: make([]time.Duration, len(tasks))}
	errs := make([]error, clients)
	var next, bytes atomic.Int64
	var wait sync.WaitGroup
	started := time.Now()
	for i, c := range open {
		wait.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(tasks)); n = next.Add(1) - 1 {
				began := time.Now()
				body, err := c.tile(ctx, tasks[n])
				out.latencies[n] = time.Since(began)
				if err != nil {
					errs[i] = fmt.Errorf("%s: tile %s, %s to %s: %w", p.name, tasks[n].tile, tasks[n].from, tasks[n].to, err)
					return
				}
				bytes.Add(int64(len(body)))
			}
		})
	}
	wait.Wait()
	out.elapsed, out.bytes = time.Since(started), bytes.Load()
	slices.Sort(out.latencies)
	for _, err := range errs {
		if err != nil {
			return timed{}, err
		}
	}
	return out, nil
}

// median of what rounds gave; the upper one of the middle two.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

package main

import (
	"context"
	"log/slog"
	"time"
)

const (
	// clockTolerance is how far a clock may go back unnoticed: what a time
	// service corrects by steps is less.
	clockTolerance = time.Minute
	// clockPoll is how often the clock is looked at.
	clockPoll = 5 * time.Second
)

// reading is a look at the two clocks.
type reading struct {
	wall  time.Time
	since time.Duration // by the clock that never goes back
}

// jump is by how much the wall clock moved between two readings beside the time
// that passed; negative where it went back.
func (r reading) jump(later reading) time.Duration {
	return later.wall.Round(0).Sub(r.wall.Round(0)) - (later.since - r.since)
}

// watchClock logs jumps of the wall clock until the function it gives is
// called. Nothing has to be
// mended: local days are taken from the clock for each request, the numbers of
// marks and versions only grow, and waits go by the clock that never goes back.
func watchClock(ctx context.Context, now func() time.Time, logger *slog.Logger) (stop func()) {
	return background(ctx, func(ctx context.Context) { logJumps(ctx, now, logger) })
}

// background runs work until the function it gives is called, which waits for
// its end.
func background(ctx context.Context, work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func logJumps(ctx context.Context, now func() time.Time, logger *slog.Logger) {
	started := time.Now()
	read := func() reading { return reading{wall: now(), since: time.Since(started)} }
	tick := time.NewTicker(clockPoll)
	defer tick.Stop()
	last := read()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next := read()
		switch jump := last.jump(next); {
		case jump < -clockTolerance:
			logger.Warn("the clock went back", "by", -jump.Round(time.Second))
		case jump > clockTolerance:
			logger.Info("the clock went ahead, or the machine slept", "by", jump.Round(time.Second))
		}
		last = next
	}
}

// Command load puts a running server under the load of a bad day and prints
// what its readers notice: warm tiles beside ingest and analysts, then beside
// hundreds of clients that hardly read.
//
//	go run ./test/load -url http://127.0.0.1:8080 -pid PID -minutes 5
//
// It is for measuring only. Its incidents stay in the store that it is pointed
// at, under the source "load-check". It ends with status 1 where an answer was
// neither right nor 503 with Retry-After.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

type options struct {
	url                              string
	pid                              int
	minutes, seconds                 float64
	clients, rows, analysts, dawdler int
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "http://127.0.0.1:8080", "server, without sign-in")
	flag.IntVar(&o.pid, "pid", 0, "process of the server, whose memory is watched")
	flag.Float64Var(&o.minutes, "minutes", 5, "how long tiles, ingest and analysts go together")
	flag.Float64Var(&o.seconds, "seconds", 30, "how long the tiles go alone, and beside slow clients")
	flag.IntVar(&o.clients, "clients", 64, "clients on warm tiles")
	flag.IntVar(&o.rows, "rows", 5000, "rows of ingest a second")
	flag.IntVar(&o.analysts, "analysts", 4, "analysts")
	flag.IntVar(&o.dawdler, "slow", 500, "slow clients")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bad, err := measure(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
	if bad > 0 {
		fmt.Fprintf(os.Stderr, "load: %d answers were wrong\n", bad)
		os.Exit(1)
	}
}

// measure runs the three parts and prints a line for each.
func measure(ctx context.Context, o options) (bad int64, err error) {
	g, err := lookAround(ctx, o)
	if err != nil {
		return 0, err
	}
	alone := time.Duration(o.seconds * float64(time.Second))
	if _, err := g.together(ctx, alone/3, g.readers); err != nil { // warms up
		return 0, err
	}
	idle, err := g.together(ctx, alone, g.readers)
	if err != nil {
		return 0, err
	}
	memory := watch(o.pid)
	busy, err := g.together(ctx, time.Duration(o.minutes*float64(time.Minute)), g.readers, g.writer, g.analysts)
	slope := memory()
	if err != nil {
		return 0, err
	}
	again, err := g.together(ctx, alone, g.readers)
	if err != nil {
		return 0, err
	}
	beside, err := g.together(ctx, alone, g.readers, g.dawdlers)
	if err != nil {
		return 0, err
	}
	fmt.Printf("| part | tiles/s | p50 | p99 | rows taken | statements | 503 with Retry-After | wrong |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, line := range []struct {
		name string
		part
	}{{fmt.Sprintf("%d clients on warm tiles", o.clients), idle}, {fmt.Sprintf("beside ingest of %d rows/s and %d analysts", o.rows, o.analysts), busy},
		{"warm tiles again", again}, {fmt.Sprintf("beside %d slow clients", o.dawdler), beside}} {
		fmt.Printf("| %s | %.0f | %v | %v | %d | %d | %d | %d |\n", line.name, line.rate(), line.at(.5), line.at(.99), line.rows, line.statements, line.later, line.wrong)
	}
	fmt.Printf("\np99 beside ingest and analysts: %.1f times that of idle (bar 4)\n", float64(busy.at(.99))/float64(idle.at(.99)))
	fmt.Printf("throughput beside slow clients: %.2f of that without (bar 0.8)\n%s", beside.rate()/again.rate(), slope)
	return idle.wrong + busy.wrong + again.wrong + beside.wrong, nil
}

// Command bench measures Reli beside its peers on this machine, in one run,
// at equal work: the same tiles and windows go to Reli over HTTP, to the bare
// engine's MVTEncode and to PostGIS' ST_AsMVT, in interleaved rounds, so that
// a busy machine hits all alike. It prints one Markdown table with the bars
// and their verdicts, and writes it beside a JSON of the same rows.
//
// It is not a test of behaviour: before it times anything it only checks that
// the peers' tiles say the same. `make bench` and its own test run it; nothing
// imports it. docs/performance.md explains the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"reli/internal/engine"
)

// childWord makes this program the engine's child.
const childWord = "engine"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program; it gives the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == childWord {
		return engine.ChildMain(ctx, args[1:], stdin, stderr)
	}
	opt, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	b := &bench{opt: opt, log: stderr}
	defer b.close()
	if err := b.measure(ctx); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	if err := b.write(stdout); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

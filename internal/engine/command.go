package engine

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"syscall"
)

// ChildMain is the hidden command that Start runs: it takes the arguments after
// Config.Args and gives the exit status of the process. Besides the end of
// stdin, SIGTERM stops it.
func ChildMain(ctx context.Context, args []string, stdin io.Reader, stderr io.Writer) int {
	config := ChildConfig{Parent: stdin, Logger: slog.New(slog.NewTextHandler(stderr, nil))}
	flags := flag.NewFlagSet("engine", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&config.DataDir, "data", "", "data directory")
	flags.StringVar(&config.Library, "library", "", "path of "+libraryFile)
	flags.StringVar(&config.Socket, "socket", "", "unix socket to serve")
	flags.Uint64Var(&config.MemoryBytes, "memory-bytes", 0, "bound on the engine's memory, 0 for its default")
	flags.IntVar(&config.Connections, "connections", 0, "statements at once, 0 for the default")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	err := RunChild(ctx, config)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "engine:", err)
	}
	return ExitCode(err)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"reli/internal/engine"
	"reli/schemas"
	"reli/web/audit"
)

// Exit codes; part of the contract.
const (
	exitOK      = 0
	exitFailed  = 1  // the command could not do its work
	exitUsage   = 2  // the command line or the configuration is wrong
	exitRows    = 3  // ingest took the input in, but refused some rows
	exitDamaged = 4  // verify found damage
	exitInUse   = 75 // another process owns the data directory
)

// cli is the command line.
type cli struct {
	Config

	Serve    serveCmd     `cmd:"" help:"Serve the map and the API."`
	Demo     demoCmd      `cmd:"" help:"Make the fictional county and load it."`
	Ingest   ingestCmd    `cmd:"" help:"Take incidents or transitions in from files."`
	Link     linkCmd      `cmd:"" help:"Join the reports of one matter, and undo it."`
	Areas    areasCmd     `cmd:"" help:"Load areas from a GeoJSON file."`
	Tiles    tilesCmd     `cmd:"" help:"Work with tiles."`
	Backtest backtestCmd  `cmd:"" help:"Measure how good the forecasts would have been on the loaded data."`
	Rules    policyCmd    `cmd:"" name:"policy" help:"Work with the rules of the four-level response."`
	User     userCmd      `cmd:"" help:"Keep accounts and tokens."`
	Report   reportCmd    `cmd:"" help:"Write a report of a period as HTML, XLSX, CSV, Arrow or JSON."`
	Backup   backupCmd    `cmd:"" help:"Write a backup of everything into a new folder, while the server runs."`
	Restore  restoreCmd   `cmd:"" help:"Restore a backup into an empty data directory."`
	Retain   retentionCmd `cmd:"" name:"retention" help:"Remove what is older than the rules keep, and write down what."`
	Verify   verifyCmd    `cmd:"" help:"See whether what is kept is what was written."`
	Show     configCmd    `cmd:"" name:"config" help:"Print the configuration in force."`
	Version  versionCmd   `cmd:"" help:"Print the version."`
}

// process is what a command may use of the process it runs in.
type process struct {
	ctx            context.Context
	config         Config
	getenv         func(string) string
	stdout, stderr io.Writer
	now            func() time.Time
}

// run runs one command and gives its exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == engineCommand {
		return engine.ChildMain(ctx, args[1:], stdin, stderr)
	}
	var c cli
	parsed, code := parse(&c, args, getenv, stdout, stderr)
	if parsed == nil {
		return code
	}
	p := &process{ctx: ctx, config: c.Config, getenv: getenv, stdout: stdout, stderr: stderr, now: time.Now}
	return exitCode(parsed.Run(p), stderr)
}

// engineCommand is the hidden command that the embedded engine's child runs.
const engineCommand = "engine"

func parse(c *cli, args []string, getenv func(string) string, stdout, stderr io.Writer) (*kong.Context, int) {
	// kong ends the process after --help; that must stay run's business.
	code, exited := exitOK, false
	file, err := readConfigFile(args, getenv)
	if err != nil {
		fmt.Fprintln(stderr, "reli:", err)
		return nil, exitUsage
	}
	parser, err := kong.New(c, kong.Name("reli"), kong.Description("Risk heat map and analytics for county governance."),
		kong.Writers(stdout, stderr), kong.Exit(func(n int) { code, exited = n, true }), kong.Resolvers(file), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "reli:", err)
		return nil, exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited:
		return nil, code
	case err != nil:
		fmt.Fprintln(stderr, "reli:", err)
		return nil, exitUsage
	}
	return parsed, exitOK
}

func exitCode(err error, stderr io.Writer) int {
	var coded interface{ exitCode() int }
	var found *damaged
	switch {
	case errors.As(err, &found):
		fmt.Fprintln(stderr, "reli:", err)
		return exitDamaged
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		fmt.Fprintln(stderr, "reli:", err)
		return coded.exitCode()
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "reli: stopped")
		return exitFailed
	case errors.Is(err, engine.ErrInUse), errors.Is(err, audit.ErrInUse):
		fmt.Fprintln(stderr, "reli: another process already serves this data directory")
		return exitInUse
	}
	fmt.Fprintln(stderr, "reli:", err)
	if p, ok := schemas.AsProblem(err); ok && p.Status == 400 {
		return exitUsage
	}
	return exitFailed
}

// executable is this program, for the engine's child.
func executable() (string, error) { return os.Executable() }

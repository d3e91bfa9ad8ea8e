package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

// bench is one run.
type bench struct {
	opt options
	log io.Writer

	reli       *reli
	store      string // its data directory
	ground     *ground
	bare       *bare
	postgres   *postgres
	front      *front // PostGIS behind a handler
	noPostgres string // why there is none

	facts []string // what was measured, for the head of the table
	rows  []row
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.log, "bench: %s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}

func (b *bench) fact(format string, args ...any) {
	b.facts = append(b.facts, fmt.Sprintf(format, args...))
}

// random gives the numbers of one part of the run; other parts may change
// without changing these.
func (b *bench) random(part string, round int) *rand.Rand {
	seed := b.opt.seed
	for _, c := range part {
		seed = seed*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, uint64(round)))
}

// measure does everything, one part after the other.
func (b *bench) measure(ctx context.Context) error {
	var err error
	if b.opt.cache, err = filepath.Abs(b.opt.cache); err != nil {
		return err
	}
	if err := os.MkdirAll(b.opt.cache, 0o755); err != nil {
		return err
	}
	b.fact("%s, %d processors, load %s at the start, %s", runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), load(), runtime.Version())
	for _, p := range b.chosen() {
		b.say("%s", p.name)
		if err := p.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	b.fact("load %s at the end", load())
	return nil
}

// part is one piece of the run; word names it for --only. Those without are
// done where a part that is compared needs them.
type part struct {
	word, name string
	do         func(context.Context) error
}

// alone are the parts that need neither a filled store nor peers nor the
// program.
var alone = []string{"ingest", "locate", "statistics"}

// chosen are the parts that --only leaves.
func (b *bench) chosen() []part {
	all := b.parts()
	if b.opt.only == "" {
		return all
	}
	only := strings.Split(b.opt.only, ",")
	peers := slices.ContainsFunc(only, func(word string) bool { return !slices.Contains(alone, word) })
	return slices.DeleteFunc(all, func(p part) bool {
		if p.word == "" {
			return !peers
		}
		return !slices.Contains(only, p.word)
	})
}

func (b *bench) parts() []part {
	return []part{
		{"", "building reli", b.build},
		{"", "preparing the peers", b.prepare},
		{"", "checking that the peers do equal work", b.check},
		{"cold", "cold tiles", b.cold},
		{"viewport", "viewports", b.viewports},
		{"county", "the whole county", b.counties},
		{"warm", "warm tiles", b.warm},
		{"response", "indicators and reports", b.response},
		{"settle", "a changed day", b.settle},
		{"large", "a larger county", b.larger},
		{"profile", "profile", b.profiled},
		{"encode", "encoders", b.encoders},
		{"", "stopping the peers", b.dropPeers},
		{"start", "starting", b.starts},
		{"ingest", "ingest", b.ingest},
		{"locate", "point in polygon", b.locate},
		{"statistics", "statistics", b.statistics},
	}
}

// load is the machine's load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func (b *bench) prepare(ctx context.Context) (err error) {
	if b.reli, b.store, err = b.loaded(ctx, b.opt.incidents, true); err != nil {
		return err
	}
	if b.ground, err = newGround(ctx, b.reli); err != nil {
		return err
	}
	if b.bare, err = newBare(ctx, b.reli); err != nil {
		return err
	}
	var version string
	var rollup uint64
	if err := b.bare.db.Row(ctx, `SELECT version(), (SELECT count() FROM daily)`, []any{&version, &rollup}); err != nil {
		return err
	}
	cat := b.reli.store.Current().Catalogue
	b.fact("the fictional county of size %s: %d grids, %d incidents, %s to %s; %d rows in the peers' daily rollup",
		b.opt.size, len(grids(b.reli)), cat.Incidents, cat.First, cat.Last, rollup)
	b.fact("bare engine: ClickHouse %s, the same child process as Reli's", version)
	if err := b.preparePostGIS(ctx); err != nil {
		return err
	}
	return b.transport(ctx)
}

func (b *bench) preparePostGIS(ctx context.Context) error {
	if !b.opt.postgis {
		b.noPostgres = "left out of this run"
		return nil
	}
	var err error
	b.postgres, err = startPostgres(ctx, b.opt.cache)
	if errors.Is(err, errNoPostGIS) {
		b.noPostgres = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.postgres.load(ctx, b.reli, b.bare); err != nil {
		return err
	}
	if b.front, err = newFront(ctx, b.postgres.peer()); err != nil {
		return err
	}
	version, err := b.postgres.version(ctx)
	b.fact("%s, its tables in memory, prepared statement", version)
	return err
}

// transport tells what a query costs before it does anything, on the way that
// the bare engine's tiles take.
func (b *bench) transport(ctx context.Context) error {
	var took []float64
	for range 200 {
		started := time.Now()
		var one uint8
		if err := b.bare.db.Row(ctx, `SELECT 1`, []any{&one}); err != nil {
			return err
		}
		took = append(took, milliseconds(time.Since(started)))
	}
	b.fact("the bare engine answers `SELECT 1` in %.2f ms by the same connection (its transport, part of its figures)", median(took))
	return nil
}

// Names of the peers in the table.
const (
	bareName    = "bare engine, the query alone"
	postgisName = "PostGIS, the query alone"
	frontName   = "PostGIS over HTTP, gzipped"
)

// peers that draw the grids, Reli first.
func (b *bench) peers() []peer {
	all := []peer{overHTTP(b.reli, "grid", gzipOnly), b.bare.peer()}
	if b.postgres != nil {
		all = append(all, b.postgres.peer(), b.front.peer(frontName))
	}
	return all
}

// check compares what the peers say before anything is timed, which also
// warms them up: geometry prepared, pages in memory, statements planned.
func (b *bench) check(ctx context.Context) error {
	shapes := map[string]orb.MultiPolygon{}
	for _, a := range grids(b.reli) {
		shapes[a.Code] = a.Geometry
	}
	r := b.random("check", 0)
	tasks := append(b.ground.cold(r, min(b.opt.requests, 60)), b.ground.county(r, countyZoom)...)
	tasks = append(tasks, b.ground.county(r, b.ground.oneTile())...)
	features, total, err := equalWork(ctx, b.peers(), tasks, shapes)
	if err != nil {
		return err
	}
	if total == 0 {
		return errors.New("the tiles compared hold no incident")
	}
	b.fact("equal work checked on %d tiles: %d features with %d incidents, the same in all of Reli, the bare engine%s",
		len(tasks), features, total, map[bool]string{true: " and PostGIS", false: ""}[b.postgres != nil])
	_, err = drive(ctx, overHTTP(b.reli, "hex", gzipOnly), tasks, 1)
	return err
}

func (b *bench) dropPeers(ctx context.Context) error {
	b.closePostGIS()
	err := b.bare.drop(ctx, b.reli)
	b.bare = nil
	b.reli.close()
	b.reli = nil
	return err
}

func (b *bench) closePostGIS() {
	if b.front != nil {
		b.front.close()
		b.front = nil
	}
	if b.postgres != nil {
		b.postgres.close()
		b.postgres = nil
	}
}

// close gives back what an error left.
func (b *bench) close() {
	b.closePostGIS()
	if b.reli != nil {
		b.reli.close()
	}
}

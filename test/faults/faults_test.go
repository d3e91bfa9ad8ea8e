package faults_test

import (
	"context"
	cryptorand "crypto/rand"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/test/database"
	"reli/test/faults"
)

func TestMain(m *testing.M) { os.Exit(database.Main(m)) }

// tries is how often a step is asked for before it has to work: the line breaks
// once in a run.
const tries = 3

// bench is a database behind a line, and one look at it without the line.
type bench struct {
	line   *faults.Line
	config clickhouse.Config
	plain  *clickhouse.DB
	zone   *time.Location
	sent   int // incidents of all runs
	failed int // steps that the line made fail
}

func newBench(t *testing.T) *bench {
	t.Helper()
	direct := database.Config(t)
	line, err := faults.NewLine(engine.Dial(database.Engine(t).Socket()), 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, line.Close()) })
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	return &bench{line: line, config: clickhouse.Config{Database: direct.Database, Dial: line.Dial}, plain: database.Open(t, direct), zone: zone}
}

// server is what one process has open.
type server struct {
	db    *clickhouse.DB
	store *cube.Store
	in    *ingest.Ingester
	push  *ingest.Gatherer
	gate  sync.Mutex
}

func (s *server) close() {
	if s.push != nil {
		s.push.Close()
	}
	if s.db != nil {
		_ = s.db.Close()
	}
}

// start is what a process does at its start.
func (b *bench) start(ctx context.Context) (_ *server, err error) {
	s := &server{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.db, err = clickhouse.Open(ctx, b.config); err != nil {
		return nil, err
	}
	if err := s.db.DropSnapshot(ctx); err != nil {
		return nil, err
	}
	if _, err := clickhouse.Migrate(ctx, s.db, schemas.Migrations(), time.Now); err != nil {
		return nil, err
	}
	s.store, err = cube.Open(ctx, cube.Options{DB: s.db, Now: time.Now, Zone: b.zone, Gate: &s.gate, ResidentBytes: 1 << 30, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s.in, err = ingest.New(ingest.Options{Store: s.db, Clock: time.Now, Random: cryptorand.Reader, TimeZone: b.zone, Resolution: cube.StorageResolution, Gate: &s.gate})
	if err != nil {
		return nil, err
	}
	s.push = ingest.NewGatherer(s.in)
	return s, nil
}

// again does a step until it works; each failure has to be clear: a Problem
// that says that the store is away or full, and no other.
func (b *bench) again(t *testing.T, name string, step func() error) {
	t.Helper()
	for range tries {
		err := step()
		if err == nil {
			return
		}
		b.failed++
		p, ok := schemas.AsProblem(err)
		_, met := b.line.Calls()
		require.True(t, ok, "%s: an error that nobody can act on: %v (met: %s)", name, err, met)
		require.Contains(t, []string{schemas.CodeUnavailable, schemas.CodeDiskFull}, p.Code, "%s: %v (met: %s)", name, err, met)
		require.GreaterOrEqual(t, p.Status, http.StatusInternalServerError)
	}
	t.Fatalf("%s: fails without a fault", name)
}

const columns = "source,source_id,occurred_at,lng,lat,crs,category\n"

// Incidents and steps of one run.
const (
	ofFile  = 6
	ofPush  = 3
	ofSteps = 2
)

func rows(source, prefix string, n int, category string) string {
	var b strings.Builder
	b.WriteString(columns)
	for i := range n {
		fmt.Fprintf(&b, "%s,%s%d,2025-03-%02dT10:00:00+08:00,131.%02d,46.6,WGS84,%s\n", source, prefix, i, 1+i, i, category)
	}
	return b.String()
}

// run is a small life of a server: it takes a file, a push and steps in,
// settles, answers from memory and with SQL, and clones its tables.
func (b *bench) run(t *testing.T, source string) {
	t.Helper()
	ctx := t.Context()
	var s *server
	b.again(t, "start", func() (err error) { s, err = b.start(ctx); return err })
	defer s.close()
	generic, err := ingest.BuiltinProfile("generic")
	require.NoError(t, err)
	steps, err := ingest.BuiltinProfile("generic-transitions")
	require.NoError(t, err)
	take := func(name, text string, p *ingest.Profile) {
		b.again(t, name, func() error {
			_, err := s.in.Run(ctx, ingest.Input{Name: name + ".csv", Reader: strings.NewReader(text), Profile: p})
			return err
		})
	}
	take("file", rows(source, "f", ofFile, "land")+source+",bad,yesterday,131.2,46.6,WGS84,land\n", generic)
	b.again(t, "push", func() error {
		_, err := s.push.Take(ctx, []byte(rows(source, "p", ofPush, "family")), ingest.Input{Name: "push", Profile: generic})
		return err
	})
	take("steps", "source,source_id,at,kind\n"+source+",f0,2025-03-20T08:00:00+08:00,resolve\n"+source+",p0,2025-03-21T08:00:00+08:00,resolve\n", steps)
	take("change", rows(source, "f", 1, "family"), generic)
	b.again(t, "settle", func() error { _, err := s.store.Settle(ctx, "test"); return err })
	b.sent += ofFile + ofPush
	b.again(t, "answer", func() error { return b.answers(ctx, t, s) })
	b.again(t, "clone", func() error {
		return s.store.Freeze(ctx, "test", func(ctx context.Context, _ *cube.Snapshot) error {
			snap, err := s.db.Snapshot(ctx)
			if err != nil {
				return err
			}
			sum, err := snap.Sums(ctx, nil)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(sum, func(s clickhouse.TableSum) bool { return s.Table == "incidents" })
			require.EqualValues(t, b.sent, sum[i].Rows, "a clone is whole or an error")
			return s.db.DropSnapshot(ctx)
		})
	})
}

// answers asks a store without memory: a wrong answer is worse than none.
func (b *bench) answers(ctx context.Context, t *testing.T, s *server) error {
	twin, err := cube.Open(ctx, cube.Options{DB: s.db, Now: time.Now, Zone: b.zone, Gate: &s.gate, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	for _, by := range []cube.Dimension{cube.DimensionTotal, cube.DimensionCategory} {
		groups, _, err := twin.Tallies(ctx, twin.Current(), b.question(by))
		if err != nil {
			return err
		}
		require.Equal(t, b.sent, counted(groups), "by %s", by)
	}
	return nil
}

func (b *bench) question(by cube.Dimension) cube.Query {
	from := cube.DayOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	return cube.Query{Selection: cube.Selection{From: from, To: from + 365}, By: by}
}

func counted(groups []cube.Group) (n int) {
	for _, g := range groups {
		n += int(g.Tally.Count)
	}
	return n
}

// sound looks past the line, as a process that starts anew: everything that was
// acknowledged is there once, and the cube is what the records give.
func (b *bench) sound(t *testing.T, source string) {
	t.Helper()
	ctx := t.Context()
	var incidents, quarantined, transitions, changed uint64
	require.NoError(t, b.plain.Row(ctx, `SELECT (SELECT count() FROM incidents FINAL WHERE source = {s:String}),
(SELECT count() FROM quarantine FINAL WHERE source = {s:String}), (SELECT count() FROM transitions FINAL WHERE source = {s:String}),
(SELECT countIf(category = 'family') FROM incidents FINAL WHERE source = {s:String} AND source_id = 'f0')`,
		[]any{&incidents, &quarantined, &transitions, &changed}, clickhouse.Param("s", source)))
	require.EqualValues(t, []uint64{ofFile + ofPush, 1, ofSteps, 1}, []uint64{incidents, quarantined, transitions, changed}, "incidents, refused rows, steps, changes")
	store, err := cube.Open(ctx, cube.Options{DB: b.plain, Now: time.Now, Zone: b.zone, Gate: &sync.Mutex{}, ResidentBytes: 1 << 30, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	groups, by, err := store.Tallies(ctx, store.Current(), b.question(cube.DimensionTotal))
	require.NoError(t, err)
	require.Equal(t, cube.ExecutorResident, by)
	require.Equal(t, b.sent, counted(groups), "on the map")
	differ, err := store.Audit(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, differ, "the cube differs from a computation from nothing")
}

// Every statement of a run breaks once, in each of four ways: each failure is
// told, nothing acknowledged is lost, and what is sent again is not doubled.
func TestTheNthStatementFails(t *testing.T) {
	b := newBench(t)
	b.run(t, "clean")
	b.line.Break(0, faults.None)
	b.run(t, "counted") // a start with all tables there
	calls, _ := b.line.Calls()
	b.sound(t, "counted")
	require.Zero(t, b.failed)
	ways := []faults.Fault{faults.Refused, faults.Lost, faults.Cut, faults.Full}
	type breakAt struct {
		at  int
		way faults.Fault
	}
	var all []breakAt
	for at := 1; at <= calls; at++ {
		for _, way := range ways {
			all = append(all, breakAt{at, way})
		}
	}
	if os.Getenv("RELI_SOAK") == "" {
		shuffled := rand.New(rand.NewPCG(1, 2))
		shuffled.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:min(len(all), sampled)]
	}
	for _, c := range all {
		source := fmt.Sprintf("%s-%d", c.way, c.at)
		b.line.Break(c.at, c.way)
		before := b.failed
		b.run(t, source)
		_, met := b.line.Calls()
		b.line.Break(0, faults.None)
		b.sound(t, source)
		require.False(t, t.Failed(), "%s at %d: %s", c.way, c.at, met)
		if b.failed == before {
			t.Logf("%s at %d was mended on the way: %s", c.way, c.at, met)
		}
	}
	t.Logf("%d of %d statements × %d ways broken: %d steps failed and were done again, %d incidents sent, none lost or doubled", len(all), calls, len(ways), b.failed, b.sent)
	require.Greater(t, b.failed, len(all)/2, "most breaks are noticed")
}

// sampled is how many breaks are tried without RELI_SOAK.
const sampled = 8

// The same for the tables being made: the Nth statement of the first start.
func TestTheNthStatementOfAFirstStartFails(t *testing.T) {
	b := newBench(t)
	b.line.Break(0, faults.None)
	s, err := b.start(t.Context())
	require.NoError(t, err)
	s.close()
	calls, _ := b.line.Calls()
	step := max(1, calls/2)
	if os.Getenv("RELI_SOAK") != "" {
		step = 1
	}
	for at := 1; at <= calls; at += step {
		fresh := newBench(t)
		fresh.line.Break(at, []faults.Fault{faults.Lost, faults.Refused, faults.Full}[at%3])
		fresh.run(t, "first")
		fresh.line.Break(0, faults.None)
		fresh.sound(t, "first")
		require.NoError(t, fresh.plain.Exec(t.Context(), "DROP DATABASE "+fresh.plain.Name()+" SYNC"))
	}
	t.Logf("a first start has %d statements", calls)
}

// Package county gives the tests of other packages a county on the real
// engine: the fictional one of package demo, a real city, or an empty one,
// taken in the way that every record goes.
//
// It is for tests only. Nothing that is built into the binary may import it.
package county

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/matter"
	"reli/demo"
	"reli/geo/area"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/schemas/links"
	"reli/test/database"
)

// today is the day after the demo county's last.
var today = time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)

// shared is what the tests of one package use together.
var shared struct {
	county lazy[*County]
	large  lazy[*County]
}

type lazy[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (l *lazy[T]) get(make func() (T, error)) (T, error) {
	l.once.Do(func() { l.value, l.err = make() })
	return l.value, l.err
}

// Main is the TestMain of a package that uses this one.
func Main(m *testing.M) int { return database.Main(m, closeShared) }

func closeShared() error {
	var errs []error
	for _, c := range []*County{shared.county.value, shared.large.value} {
		if c != nil {
			errs = append(errs, c.DB.Close())
		}
	}
	return errors.Join(errs...)
}

// Engine is the engine of the package's tests.
func Engine(t testing.TB) *engine.Engine { return database.Engine(t) }

// County is one database with everything that stands on it.
type County struct {
	DB     *clickhouse.DB
	Store  *cube.Store
	Ingest *ingest.Ingester
	Zone   *time.Location
	Now    func() time.Time
	Made   demo.Summary // of the fictional county

	gate sync.Mutex
	line line
}

// Shared gives the fictional county of size S, the same for all tests of the
// package. They must not change it.
func Shared(t testing.TB) *County {
	t.Helper()
	config, dir := database.Config(t), database.Scratch(t, "demo")
	c, err := shared.county.get(func() (*County, error) {
		c, err := open(config, "Asia/Shanghai")
		if err != nil {
			return nil, err
		}
		return c, c.fill(context.Background(), demo.Options{Dir: dir, Seed: 1})
	})
	require.NoError(t, err)
	return c
}

// Large gives a fictional county of another size, the same for all benchmarks
// of the package.
func Large(t testing.TB, size demo.Size) *County {
	t.Helper()
	config, dir := database.Config(t), database.Scratch(t, "large")
	c, err := shared.large.get(func() (*County, error) {
		c, err := open(config, "Asia/Shanghai")
		if err != nil {
			return nil, err
		}
		return c, c.fill(context.Background(), demo.Options{Size: size, Dir: dir, Seed: 1})
	})
	require.NoError(t, err)
	return c
}

// Made makes a fictional county of a test's own.
func Made(t testing.TB, options demo.Options) *County {
	t.Helper()
	c := Empty(t, "Asia/Shanghai")
	options.Dir = t.TempDir()
	require.NoError(t, c.fill(context.Background(), options))
	return c
}

// Empty makes a county of a test's own without areas and incidents.
func Empty(t testing.TB, zone string) *County {
	t.Helper()
	c, err := open(database.Config(t), zone)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.DB.Close()) })
	return c
}

// City loads one of the real cities that lie beside the repository, and skips
// the test where they are not there. root is the way to the repository.
func City(t testing.TB, root, profile, file, zone string) *County {
	t.Helper()
	path := filepath.Join(root, "..", "shared", "data", file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED, NOT TESTED on %s: the real city files are not beside the repository", profile)
	}
	c := Empty(t, zone)
	p, err := ingest.BuiltinProfile(profile)
	require.NoError(t, err)
	_, err = c.file(t.Context(), path, p)
	require.NoError(t, err)
	_, err = c.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	return c
}

// Twin opens a second store on the same tables; residentBytes of 0 makes it
// answer everything with SQL.
func (c *County) Twin(t testing.TB, residentBytes int64) *cube.Store {
	t.Helper()
	store, err := cube.Open(t.Context(), cube.Options{DB: c.DB, Now: c.Now, Zone: c.Zone, Gate: &c.gate,
		ResidentBytes: residentBytes, Logger: quiet()})
	require.NoError(t, err)
	return store
}

// Matters gives what joins the reports of matters.
func (c *County) Matters() *matter.Service {
	return matter.New(matter.Options{DB: c.DB, Rules: links.Default(), Now: c.Now, Zone: c.Zone, Gate: &c.gate})
}

// Take takes rows of CSV in, of the profile generic, and settles them.
func (c *County) Take(t testing.TB, rows string) {
	t.Helper()
	p, err := ingest.BuiltinProfile("generic")
	require.NoError(t, err)
	report, err := c.Ingest.Run(t.Context(), ingest.Input{Name: "test.csv", Reader: strings.NewReader(rows), Profile: p})
	require.NoError(t, err)
	require.Empty(t, report.Errors)
	_, err = c.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
}

// clock runs on from today, so that marks in time order stay in order.
func clock() func() time.Time {
	began := time.Now()
	return func() time.Time { return today.Add(time.Since(began)) }
}

func open(config clickhouse.Config, zone string) (*County, error) {
	now := clock()
	c := &County{Now: now}
	ctx := context.Background()
	var err error
	if c.Zone, err = time.LoadLocation(zone); err != nil {
		return nil, err
	}
	dial := config.Dial
	config.Dial = func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn, line: &c.line, closed: make(chan struct{})}, nil
	}
	if c.DB, err = clickhouse.Open(ctx, config); err != nil {
		return nil, err
	}
	if _, err := clickhouse.Migrate(ctx, c.DB, schemas.Migrations(), now); err != nil {
		return nil, err
	}
	c.Store, err = cube.Open(ctx, cube.Options{DB: c.DB, Now: now, Zone: c.Zone, Gate: &c.gate, ResidentBytes: 1 << 30,
		Logger: quiet()})
	if err != nil {
		return nil, err
	}
	c.Ingest, err = ingest.New(ingest.Options{Store: c.DB, Clock: now, Random: rand.Reader, TimeZone: c.Zone,
		Resolution: cube.StorageResolution, Gate: &c.gate})
	return c, err
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// fill takes a fictional county in.
func (c *County) fill(ctx context.Context, options demo.Options) error {
	var err error
	if c.Made, err = demo.Generate(ctx, options); err != nil {
		return err
	}
	file, err := os.Open(c.Made.Areas)
	if err != nil {
		return err
	}
	defer file.Close()
	areas, err := ingest.ReadAreas(file)
	if err != nil {
		return err
	}
	if err := c.LoadAreas(ctx, areas); err != nil {
		return err
	}
	for _, f := range append(c.Made.Incidents, c.Made.Transitions) {
		text, err := os.ReadFile(f.Profile)
		if err != nil {
			return err
		}
		p, err := ingest.ParseProfile(text)
		if err != nil {
			return err
		}
		if _, err := c.file(ctx, f.Path, p); err != nil {
			return err
		}
	}
	_, err = c.Store.Settle(ctx, "test")
	return err
}

func (c *County) file(ctx context.Context, path string, p *ingest.Profile) (ingest.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return ingest.Report{}, err
	}
	defer f.Close()
	return c.Ingest.Run(ctx, ingest.Input{Name: filepath.Base(path), Reader: f, Profile: p})
}

// LoadAreas makes areas the division tree, for the store, the cube and ingest.
func (c *County) LoadAreas(ctx context.Context, areas []schemas.Area) error {
	stored, err := c.DB.Areas(ctx, schemas.DivisionSet)
	if err != nil {
		return err
	}
	current, closed := cube.NextMap(stored, areas, cube.DayOf(c.Now().In(c.Zone)).Time())
	shapes, err := ingest.MapAreas(current)
	if err != nil {
		return err
	}
	tree, err := area.BuildTree(shapes)
	if err != nil {
		return err
	}
	version := uint64(c.Now().UnixNano())
	if err := c.DB.ReplaceAreas(ctx, schemas.DivisionSet, slices.Concat(current, closed),
		slices.Concat(cube.Paths(tree), cube.ClosedPaths(tree, closed)), version); err != nil {
		return err
	}
	months, err := c.DB.AllMonths(ctx, c.Zone.String())
	if err != nil {
		return err
	}
	if err := c.DB.MarkDirty(ctx, version, months); err != nil {
		return err
	}
	if _, err := c.Store.Reload(ctx, "areas"); err != nil {
		return err
	}
	return c.Ingest.SetAreas(c.Store.Current().Catalogue.Tree.All())
}

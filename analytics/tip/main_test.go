package tip_test

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/schemas"
	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

// office is a county with its levels and tips, at a time that a test moves.
type office struct {
	*county.County
	at     time.Time
	store  *cube.Store
	levels *level.Service
	tips   *tip.Service
}

func (o *office) now() time.Time { return o.at }

// newOffice is the shared county without levels and tips. Nothing else of it is
// changed.
func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{County: county.Shared(t)}
	for _, table := range []string{"levels", "level_overrides", "tips", "tip_events"} {
		require.NoError(t, o.DB.Exec(t.Context(), `TRUNCATE TABLE `+table))
	}
	o.at = o.County.Now()
	var err error
	o.store, err = cube.Open(t.Context(), cube.Options{DB: o.DB, Now: o.now, Zone: o.Zone, Gate: &sync.Mutex{}, ResidentBytes: 1 << 30, Logger: quiet()})
	require.NoError(t, err)
	o.start(t)
	return o
}

// start begins anew on the same data, as a process that starts does.
func (o *office) start(t testing.TB) {
	t.Helper()
	policy, err := level.Parse(bytes.Replace(schemas.DefaultPolicy(), []byte("overdue: {township: 8, village: 4}"), []byte("overdue: {township: 3, village: 2}"), 1))
	require.NoError(t, err)
	o.levels = level.New(level.Options{DB: o.DB, Store: o.store, Policy: policy, Now: o.now, Logger: quiet()})
	o.tips = tip.New(tip.Options{DB: o.DB, Store: o.store, Levels: o.levels, Now: o.now, Logger: quiet()})
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// issue computes the levels and makes the tips.
func (o *office) issue(t testing.TB) []tip.Tip {
	t.Helper()
	_, err := o.levels.Compute(t.Context())
	require.NoError(t, err)
	made, err := o.tips.Issue(t.Context())
	require.NoError(t, err)
	return made
}

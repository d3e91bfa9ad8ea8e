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
	"reli/demo"
	"reli/schemas"
	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

// office is a county with its levels and tips, at a time that a test moves.
type office struct {
	*county.County
	at     time.Time
	levels *level.Service
	tips   *tip.Service
}

func (o *office) now() time.Time { return o.at }

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{County: county.Made(t, demo.Options{Seed: 1, Incidents: 8000})}
	o.at = o.County.Now()
	o.start(t)
	return o
}

// start begins anew on the same data, as a process that starts does.
func (o *office) start(t testing.TB) {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := cube.Open(t.Context(), cube.Options{DB: o.DB, Now: o.now, Zone: o.Zone, Gate: &sync.Mutex{}, ResidentBytes: 1 << 30, Logger: quiet})
	require.NoError(t, err)
	policy, err := level.Parse(bytes.Replace(schemas.DefaultPolicy(), []byte("overdue: {township: 8, village: 4}"), []byte("overdue: {township: 3, village: 2}"), 1))
	require.NoError(t, err)
	o.Store = store
	o.levels = level.New(level.Options{DB: o.DB, Store: store, Policy: policy, Now: o.now, Logger: quiet})
	o.tips = tip.New(tip.Options{DB: o.DB, Store: store, Levels: o.levels, Now: o.now, Logger: quiet})
}

// issue computes the levels and makes the tips.
func (o *office) issue(t testing.TB) []tip.Tip {
	t.Helper()
	_, err := o.levels.Compute(t.Context())
	require.NoError(t, err)
	made, err := o.tips.Issue(t.Context())
	require.NoError(t, err)
	return made
}

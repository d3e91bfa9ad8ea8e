package reporting_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/series/reporting"
	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

// TestDelaysAreReadFromTheRecords takes 200 days of two sources in: one reports
// half of a day's matters three days late, the other knows one time only.
func TestDelaysAreReadFromTheRecords(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	var rows strings.Builder
	rows.WriteString("source,source_id,occurred_at,reported_at,category\n")
	last := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	for back := range 200 {
		day := last.AddDate(0, 0, -back).Format(time.DateOnly)
		for i := range 4 {
			delay := 0
			if i%2 == 1 {
				delay = 3
			}
			if delay <= back {
				fmt.Fprintf(&rows, "12345,%d-%d,%s 00:30:00,%s 23:30:00,land\n", back, i, day, last.AddDate(0, 0, delay-back).Format(time.DateOnly))
			}
		}
		fmt.Fprintf(&rows, "grid,%d,%s 09:00:00,%s 09:00:00,land\n", back, day, day)
	}
	c.Take(t, rows.String())
	s := reporting.New(c.DB, c.Store)
	snap := c.Store.Current()
	d, err := s.Delays(t.Context(), snap)
	require.NoError(t, err)
	require.Len(t, d.Sources, 2)
	require.Equal(t, "12345", d.Sources[0].Source)
	require.Equal(t, reporting.OwnDelays, d.Sources[0].Basis)
	require.Equal(t, "2025-12-31", d.Sources[0].AsOf.String())
	require.InDeltaSlice(t, []float64{.5, .5, .5}, d.Sources[0].Unreported, .001)
	require.Equal(t, reporting.OneTime, d.Sources[1].Basis)
	again, err := s.Delays(t.Context(), snap)
	require.NoError(t, err)
	require.Same(t, d, again, "one statement for a data version")
}

func TestAnEmptyStoreSaysNothing(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	d, err := reporting.New(c.DB, c.Store).Delays(t.Context(), c.Store.Current())
	require.NoError(t, err)
	_, ok := d.Unreported(20000, 20010)
	require.False(t, ok)
}

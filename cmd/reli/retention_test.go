package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRecordsAreRemovedByRuleAndTheMapKeepsItsNumbers(t *testing.T) {
	t.Parallel()
	needEngine(t)
	var b strings.Builder
	b.WriteString("source,source_id,occurred_at,closed_at,lng,lat,crs,category,text\n")
	row := func(id, day, closed string) {
		fmt.Fprintf(&b, "grid,%s,%sT10:00:00+08:00,%s,131.2,46.6,WGS84,land,太气人！\n", id, day, closed)
	}
	for i := range 30 {
		row(fmt.Sprint("a", i), fmt.Sprintf("2015-01-%02d", 1+i%28), "2015-03-01T10:00:00+08:00")
		row(fmt.Sprint("b", i), fmt.Sprintf("2015-02-%02d", 1+i%28), "2015-03-01T10:00:00+08:00")
	}
	row("open", "2015-02-03", "")
	dir := filepath.Join(t.TempDir(), "data")
	s := serve(t, dir, "--retain-records", "24", "--tone")
	sendUntilAcknowledged(t, s, b.String())
	s.settled(t, 61)
	january := func() int {
		var series struct{ Total int }
		s.json(t, "/v1/series?from=2015-01-01&to=2015-02-01", &series)
		return series.Total
	}
	run := func(more ...string) string {
		return mustReli(t, append([]string{"retention", "--data", dir, "--retain-records", "24"}, more...)...)
	}
	// The indicators are to know the months first; they settle by themselves.
	require.Eventually(t, func() bool { return strings.Contains(run("--dry-run"), "201501 incidents, 30 rows") }, time.Minute, 200*time.Millisecond)
	out := run()
	require.Contains(t, out, "201501 incidents, 30 rows, rule records keeps 24 months")
	require.Contains(t, out, "201501 tones, 30 rows, rule records keeps 24 months", "nothing of an incident stays behind")
	require.Contains(t, out, "held: 201502, rule records: 1 incidents are still open")
	require.Equal(t, 30, january(), "the daily numbers are kept")
	require.NotContains(t, run(), "201501", "the records are gone")
	require.Contains(t, mustReli(t, "verify", "data", "--data", dir), "sound")

	// A record that comes late does not make the month short.
	sendUntilAcknowledged(t, s, "source,source_id,occurred_at,lng,lat,crs,category\ngrid,late,2015-01-05T10:00:00+08:00,131.2,46.6,WGS84,land\n")
	s.stop()
	s = serve(t, dir, "--retain-records", "24", "--retain-cube", "24")
	require.Equal(t, 30, january())
	require.Contains(t, run("--retain-cube", "24"), "201501 cube, ")
	require.Zero(t, january())
	s.settled(t, 31)
}

func TestLimitsOfKeepingAreChecked(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--retain-records", "5"}, {"--retain-cube", "36"}, {"--retain-records", "48", "--retain-cube", "36"}} {
		_, errs, code := reli(t, append([]string{"retention", "--data", t.TempDir()}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, errs)
	}
	require.Equal(t, uint32(202401), before(time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), 24))
}

package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBacktestIsTheSameFromTheCommandAndThroughTheServer(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--end", demoEnd)
	alone := mustReli(t, "backtest", "--data", dir, "--level", "village", "--seed", "5", "--json")
	var report struct {
		Level  string
		Report struct {
			Seed     int
			Horizons []struct{ Methods []struct{ Method string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(alone), &report))
	require.Equal(t, "village", report.Level)
	require.Equal(t, 5, report.Report.Seed)
	require.Len(t, report.Report.Horizons[0].Methods, 4)

	_, errs, code := reli(t, "backtest", "--data", dir, "--level", "street")
	require.Equal(t, exitUsage, code, errs)

	serve(t, dir)
	require.Equal(t, alone, mustReli(t, "backtest", "--data", dir, "--level", "village", "--seed", "5", "--json"))
	require.Contains(t, mustReli(t, "backtest", "--data", dir, "--level", "village"), "| ")
	_, errs, code = reli(t, "backtest", "--data", dir, "--holdout", "51")
	require.Equal(t, exitUsage, code, errs)
}

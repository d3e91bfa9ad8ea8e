package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// timeless gives an answer without the time at which it was made.
func timeless(t *testing.T, text string) string {
	t.Helper()
	answer := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(text), &answer))
	require.NotEmpty(t, answer["made_at"])
	delete(answer, "made_at")
	plain, err := json.Marshal(answer)
	require.NoError(t, err)
	return string(plain)
}

// A server that starts on the demo county shows what the command has made, and
// makes nothing itself.
func TestDemoMakesForecastsAheadForTheServer(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	out := mustReli(t, "demo", "--data", dir, "--end", demoEnd, "--incidents", "1200", "--ahead", "main")
	require.Regexp(t, `made \d\d forecasts, backtests, warnings and hot spots in `, out)
	made := time.Now()
	s := serve(t, dir, "--ahead", "main")
	for _, path := range []string{"/v1/forecast?level=grid&limit=5", "/v1/backtest?level=village", "/v1/warnings?level=grid", "/v1/hotspots?layer=grid&method=scan"} {
		status, body := s.get(t, path)
		require.Equal(t, 200, status)
		var answer struct {
			MadeAt  time.Time `json:"made_at"`
			Stale   bool
			Version uint64 `json:"data_version"`
			State   struct{ Code string }
		}
		require.NoError(t, json.Unmarshal(body, &answer))
		require.Equal(t, "ok", answer.State.Code, path)
		require.True(t, answer.MadeAt.Before(made), path)
		require.False(t, answer.Stale, path)
		require.Positive(t, answer.Version)
	}
	_, errs, code := reli(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--backtest-hour", "24")
	require.Equal(t, exitUsage, code, errs)
}

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
	require.Len(t, report.Report.Horizons[0].Methods, 5, "the coherent forecasts too")

	_, errs, code := reli(t, "backtest", "--data", dir, "--level", "street")
	require.Equal(t, exitUsage, code, errs)

	serve(t, dir)
	require.Equal(t, timeless(t, alone), timeless(t, mustReli(t, "backtest", "--data", dir, "--level", "village", "--seed", "5", "--json")))
	require.Contains(t, mustReli(t, "backtest", "--data", dir, "--level", "village"), "| ")
	_, errs, code = reli(t, "backtest", "--data", dir, "--holdout", "51")
	require.Equal(t, exitUsage, code, errs)
}

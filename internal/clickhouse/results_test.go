package clickhouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

func result(name string, run uint64) clickhouse.Result {
	return clickhouse.Result{Kind: "forecast", Name: name, Run: run, DataVersion: 7, ModelVersion: "m-1", MadeAt: now.Truncate(time.Millisecond),
		ReadTo: time.Date(2025, 6, 9, 0, 0, 0, 0, time.UTC), Digest: 1 << 63}
}

func TestTheLastResultOfANameIsInForceAndTheRestIsCleared(t *testing.T) {
	db := migrated(t)
	rows := clickhouse.ResultRows{Scope: clickhouse.ResultScope{Layer: "hex", Resolution: 8, Category: "a,b"},
		Forecasts: []clickhouse.ForecastRow{{Place: "p", Name: "it's 一", Horizon: "week_1", From: now, To: now.AddDate(0, 0, 7), Expected: 1.5, Whole: 2,
			AtLeastOne: .7, Bounds: [6]uint32{1, 2, 0, 3, 0, 5}, Baseline: 1, State: "own_past", Verdict: "better", Gain: -.25, Use: "model"}}}
	save := func(r clickhouse.Result, stamp uint64, answer string) {
		require.NoError(t, db.SaveResult(t.Context(), r, stamp, []byte(answer), rows))
	}
	save(result("a", 1), 1, `{"n":1}`)
	save(result("b", 2), 2, `{"n":2}`)
	save(result("a", 3), 3, `{"n":3}`)
	stamped := result("b", 2)
	stamped.DataVersion = 8
	require.NoError(t, db.StampResults(t.Context(), 4, stamped))
	got, err := db.Results(t.Context())
	require.NoError(t, err)
	require.Equal(t, []clickhouse.Result{result("a", 3), stamped}, got)

	require.EqualValues(t, 3, one[uint64](t, db, `SELECT count() FROM forecasts`))
	require.NoError(t, db.ClearResults(t.Context()))
	require.Eventually(t, func() bool { return one[uint64](t, db, `SELECT count() FROM forecasts`) == 2 }, 30*time.Second, 50*time.Millisecond)
	answer, err := db.ResultAnswer(t.Context(), 3)
	require.NoError(t, err)
	require.JSONEq(t, `{"n":3}`, string(answer))
	require.Eventually(t, func() bool { _, err = db.ResultAnswer(t.Context(), 1); return err != nil }, 30*time.Second, 50*time.Millisecond)
	require.ErrorIs(t, err, clickhouse.ErrNoAnswer)
	require.Equal(t, "it's 一", one[string](t, db, `SELECT place_name FROM forecasts WHERE run = 3 AND lo95 = 0 AND hi95 = 5 AND hi80 = 3 AND resolution = 8 AND day_to = day_from + 7 AND gain = -0.25`))
}

func TestResultRowsOfEveryKindComeBack(t *testing.T) {
	db := migrated(t)
	upper, p := 4.5, .01
	rows := clickhouse.ResultRows{Scope: clickhouse.ResultScope{Layer: "grid"},
		Warnings: []clickhouse.WarningRow{
			{Category: "wage", Method: "ears_c2", Place: "g", From: now, To: now, Observed: 9, Expected: 2, Upper: &upper, P: 1e-9, PAdjusted: 1e-7, ReasonZh: "理由"},
			{Category: "land", Method: "permutation", Place: "h", From: now, To: now, Recurrence: &p, Members: []string{"h", "i's"}}},
		Hotspots: []clickhouse.HotspotRow{{Method: "rates", Basis: "rate", Place: "g", Lng: 131.5, Lat: 46.5, From: now, To: now, Class: "rates", Population: 12,
			PAdjusted: &p, Raw: &upper, Members: []string{"g"}}},
		Backtests: []clickhouse.BacktestRow{{Horizon: "week_1", Method: "model", Weeks: 52, Holdout: 17, Cases: 5, LogScore: 1, RPS: 2, Coverage90: .9, Hit5: .3, Skill: .05, Verdict: "better"}}}
	require.NoError(t, db.SaveResult(t.Context(), result("x", 5), 5, []byte(`{}`), rows))
	require.Equal(t, []string{"h", "i's"}, one[[]string](t, db, `SELECT members FROM warnings WHERE upper IS NULL AND recurrence_years = 0.01 AND category = 'land'`))
	require.Equal(t, "理由", one[string](t, db, `SELECT reason_zh FROM warnings WHERE upper = 4.5 AND recurrence_years IS NULL AND observed = 9`))
	require.EqualValues(t, 12, one[uint64](t, db, `SELECT population FROM hotspots WHERE lng = 131.5 AND raw_rate = 4.5 AND smoothed_rate IS NULL AND p_adjusted = 0.01 AND data_version = 7`))
	require.EqualValues(t, 17, one[uint16](t, db, `SELECT holdout_weeks FROM backtests WHERE weeks = 52 AND skill = 0.05 AND hit_5 = 0.3 AND verdict = 'better'`))
}

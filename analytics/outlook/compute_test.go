package outlook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/outlook"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/test/county"
)

func openOn(t testing.TB, c *county.County) *outlook.Service {
	t.Helper()
	s, err := outlook.Open(t.Context(), c.Store, c.DB, c.Now)
	require.NoError(t, err)
	return s
}

func number[T any](t testing.TB, c *county.County, sql string, params ...any) T {
	t.Helper()
	var v T
	require.NoError(t, c.DB.Row(t.Context(), sql, []any{&v}, params...))
	return v
}

// inForce is what SQL has to add to see the answers in force only.
const inForce = ` run IN (SELECT run FROM results FINAL)`

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// answers are those that a page opens with.
func answers(t testing.TB, c *county.County, s *outlook.Service) (out []string) {
	t.Helper()
	from, to := s.StandardWindow()
	sel := planted(c, 0, 1)
	sel.From, sel.To = from, to
	for _, name := range []string{"village", "grid", "hex"} {
		l := layer(t, name)
		out = append(out, text(t, forecastOf(t, s, outlook.ForecastRequest{Layer: l})))
		w, err := s.Warnings(t.Context(), outlook.WarningsRequest{Layer: l})
		require.NoError(t, err)
		b, err := s.Backtest(t.Context(), outlook.BacktestRequest{Layer: l})
		require.NoError(t, err)
		out = append(out, text(t, w), text(t, b))
		for _, method := range []string{outlook.MethodGiStar, outlook.MethodScan, outlook.MethodEmerging} {
			h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: l, Selection: sel, Method: method})
			require.NoError(t, err)
			out = append(out, text(t, h))
		}
	}
	return out
}

// block is a county of two townships, four villages and twenty grids, round
// the places of even, with incidents that come evenly, and a dozen more on the
// last day.
func block(t testing.TB) *county.County {
	t.Helper()
	c := county.Empty(t, "Asia/Shanghai")
	var features []string
	add := func(level, code, parent string, west, south, east, north float64) {
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"code":%q,"parent":%q,"level":%q,"name":%q,"population":%d},
"geometry":{"type":"Polygon","coordinates":[[[%[6]v,%[7]v],[%[8]v,%[7]v],[%[8]v,%[9]v],[%[6]v,%[9]v],[%[6]v,%[7]v]]]}}`,
			code, parent, level, "区"+code, 100+len(features), west, south, east, north))
	}
	column := func(i int) float64 { return 130.995 + .01*float64(i) }
	row := func(i int) float64 { return 46.496 + .008*float64(i) }
	add("county", "c", "", column(0), row(0), column(10), row(2))
	for y := range 2 {
		township := fmt.Sprintf("t%d", y)
		add("township", township, "c", column(0), row(y), column(10), row(y+1))
		for x := range 10 {
			village := fmt.Sprintf("%sv%d", township, x/5)
			if x%5 == 0 {
				add("village", village, township, column(x), row(y), column(x+5), row(y+1))
			}
			add("grid", fmt.Sprintf("%sg%d", village, x%5), village, column(x), row(y), column(x+1), row(y+1))
		}
	}
	areas, err := ingest.ReadAreas(strings.NewReader(`{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`))
	require.NoError(t, err)
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	c.Take(t, even(c, rand.New(rand.NewPCG(7, 8)), 400, 20, 8, 12))
	return c
}

func TestStoredAnswersAreServedAsTheyWereMade(t *testing.T) {
	c := block(t)
	s := openOn(t, c)
	fractions := []float64{}
	began := time.Now()
	made, err := s.Compute(t.Context(), outlook.Work{Extent: outlook.ExtentMain, Progress: func(done, total int) {
		fractions = append(fractions, float64(done)/float64(total))
	}})
	require.NoError(t, err)
	require.Equal(t, 36, made.Made)
	require.Zero(t, made.Confirmed+made.Current)
	require.InDelta(t, 1, fractions[len(fractions)-1], 0)
	require.IsNonDecreasing(t, fractions)
	first := answers(t, c, s)
	version := c.Store.Current().Version
	for _, a := range first {
		require.Contains(t, a, fmt.Sprintf(`"data_version":%d,"model_version":%q,"made_at":"2026-`, version, outlook.ModelVersion))
		require.Contains(t, a, `"stale":false`)
	}

	again := openOn(t, c)
	require.Equal(t, first, answers(t, c, again), "a new start shows the same, to the last byte")
	started := time.Now()
	done, err := again.Compute(t.Context(), outlook.Work{Extent: outlook.ExtentMain})
	require.NoError(t, err)
	require.Equal(t, outlook.Tally{Current: made.Made}, done, "and computes nothing")
	require.Less(t, time.Since(started), time.Since(began))

	t.Run("as rows for SQL", func(t *testing.T) {
		f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "grid"), Horizon: "four_weeks"})
		require.EqualValues(t, len(f.Places), number[uint64](t, c, `SELECT count() FROM forecasts WHERE layer = 'grid' AND horizon = 'four_weeks' AND`+inForce))
		top := f.Places[0]
		require.Equal(t, top.Name, number[string](t, c, `SELECT place_name FROM forecasts WHERE layer = 'grid' AND horizon = 'four_weeks' AND`+inForce+` ORDER BY expected DESC LIMIT 1`))
		require.InDelta(t, top.Horizon[0].AtLeastOne, number[float64](t, c, `SELECT p_any FROM forecasts WHERE place = {p:String} AND horizon = 'four_weeks' AND lo95 <= lo80 AND hi50 <= hi80 AND`+inForce, clickhouse.Param("p", top.ID)), 0)
		for _, level := range []string{"township", "village", "grid"} {
			f := forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, level), Horizon: "week_1"})
			require.EqualValues(t, f.Total[0].Whole-f.Rest[0].Whole, number[uint64](t, c, `SELECT sum(whole) FROM forecasts WHERE layer = {l:String} AND horizon = 'week_1' AND`+inForce, clickhouse.Param("l", level)))
		}
		w, err := s.Warnings(t.Context(), outlook.WarningsRequest{Layer: layer(t, "grid")})
		require.NoError(t, err)
		require.EqualValues(t, len(w.Alarms), number[uint64](t, c, `SELECT count() FROM warnings WHERE layer = 'grid' AND`+inForce))
		require.Equal(t, w.Alarms[0].ReasonZh, number[string](t, c, `SELECT reason_zh FROM warnings WHERE layer = 'grid' AND category = {c:String} AND`+inForce+` ORDER BY p, place LIMIT 1`, clickhouse.Param("c", w.Alarms[0].Category)))
		require.Positive(t, number[uint64](t, c, `SELECT count() FROM hotspots WHERE method = 'rates' AND layer = 'village' AND smoothed_rate > 0 AND`+inForce))
		require.EqualValues(t, 5, number[uint64](t, c, `SELECT uniq(method) FROM backtests WHERE layer = 'township' AND`+inForce))
		require.Zero(t, number[uint64](t, c, `SELECT count() FROM results WHERE data_version != {v:UInt64}`, clickhouse.Param("v", version)))
	})
}

// small is a county of a few hundred incidents.
func small(t testing.TB) *county.County {
	c := county.Empty(t, "Asia/Shanghai")
	c.Take(t, even(c, rand.New(rand.NewPCG(5, 6)), 200, 8, 3, 0))
	return c
}

func TestAChangeIsConfirmedWhereItLeavesTheWholeWeeksAndMadeAgainWhereNot(t *testing.T) {
	c := small(t)
	s := openOn(t, c)
	work := outlook.Work{Extent: outlook.ExtentMain}
	first, err := s.Compute(t.Context(), work)
	require.NoError(t, err)
	require.Positive(t, first.Made)
	forecast := func(s *outlook.Service) *outlook.Forecast {
		return forecastOf(t, s, outlook.ForecastRequest{Layer: layer(t, "hex")})
	}
	before := forecast(s)
	require.False(t, before.Stale)

	// One more today: no whole week changes.
	row := "s,extra-%d,%sT09:00:00,131,46.5,WGS84,land\n"
	c.Take(t, header+fmt.Sprintf(row, 1, c.Store.Today()))
	second, err := s.Compute(t.Context(), work)
	require.NoError(t, err)
	require.Equal(t, outlook.Tally{Confirmed: first.Made}, second)
	same := forecast(s)
	require.Equal(t, before.MadeAt, same.MadeAt)
	require.Equal(t, c.Store.Current().Version, same.DataVersion)
	same.Made, before.Made = outlook.Made{}, outlook.Made{}
	require.Equal(t, before, same)

	// Ten weeks ago: forecasts, warnings and hot spots change; the backtest is
	// measured again in the night only.
	c.Take(t, header+fmt.Sprintf(row, 2, c.Store.Today()-70))
	day, err := s.Compute(t.Context(), work)
	require.NoError(t, err)
	require.Positive(t, day.Made)
	f := forecast(s)
	require.False(t, f.Stale)
	require.Less(t, f.HowGood.DataVersion, f.DataVersion)
	night, err := s.Compute(t.Context(), outlook.Work{Extent: outlook.ExtentMain, Night: true})
	require.NoError(t, err)
	require.Equal(t, 2, night.Made, "the backtest, and the forecast that shows it")
	f = forecast(s)
	require.Equal(t, f.HowGood.DataVersion, f.DataVersion)
	require.NotContains(t, number[[]string](t, c, `SELECT groupArray(toString(run)) FROM forecasts WHERE NOT`+inForce), "0")
	b, err := s.Backtest(t.Context(), outlook.BacktestRequest{Layer: layer(t, "hex")})
	require.NoError(t, err)
	require.NotNil(t, b.Report.Detection, "the night measures the warnings too")
}

func TestWhileNewerAnswersAreMadeTheOldOnesAreShownAsStale(t *testing.T) {
	c := small(t)
	s := openOn(t, c)
	log := &strings.Builder{}
	_, err := s.Compute(t.Context(), outlook.Work{Extent: outlook.ExtentAll})
	require.NoError(t, err)
	request := outlook.ForecastRequest{Layer: layer(t, "hex"), Limit: everything}
	old, err := s.Forecast(t.Context(), request)
	require.NoError(t, err)

	c.Take(t, header+fmt.Sprintf("s,late,%sT09:00:00,131,46.5,WGS84,land\n", c.Store.Today()-70))
	now, err := s.Forecast(t.Context(), request)
	require.NoError(t, err)
	require.False(t, now.Stale, "nobody keeps the answers, so this one is made now")
	require.Greater(t, now.DataVersion, old.DataVersion)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Keep(ctx, outlook.KeepOptions{Extent: outlook.ExtentAll, Hour: 2, Zone: c.Zone, Logger: slog.New(slog.NewTextHandler(log, nil))})
	}()
	seen := map[bool]bool{}
	require.Eventually(t, func() bool {
		f, err := s.Forecast(t.Context(), request)
		require.NoError(t, err)
		if f.Stale {
			require.Equal(t, old.DataVersion, f.DataVersion)
		}
		seen[f.Stale] = true
		return !f.Stale && f.DataVersion == c.Store.Current().Version && f.MadeAt.After(old.MadeAt)
	}, time.Minute, time.Millisecond)
	cancel()
	<-done
	require.True(t, seen[false])
	require.NotContains(t, log.String(), "level=ERROR")
}

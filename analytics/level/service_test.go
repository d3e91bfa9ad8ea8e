package level_test

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/county"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func serviceAt(t testing.TB, c *county.County, store *cube.Store, now func() time.Time) *level.Service {
	t.Helper()
	return level.New(level.Options{DB: c.DB, Store: store, Policy: defaultPolicy(t), Now: now, Logger: quiet()})
}

// forgotten is the shared county without levels and overrides. Nothing else of
// it is changed.
func forgotten(t testing.TB) *county.County {
	t.Helper()
	c := county.Shared(t)
	for _, table := range []string{"levels", "level_overrides"} {
		require.NoError(t, c.DB.Exec(t.Context(), `TRUNCATE TABLE `+table))
	}
	return c
}

// storeAt opens a county's data as they are seen at another time.
func storeAt(t testing.TB, c *county.County, now func() time.Time) *cube.Store {
	t.Helper()
	store, err := cube.Open(t.Context(), cube.Options{DB: c.DB, Now: now, Zone: c.Zone, Gate: &sync.Mutex{}, ResidentBytes: 1 << 30, Logger: quiet()})
	require.NoError(t, err)
	return store
}

// TestTheInputsAreThoseOfTheCube compares what the levels are made from with
// the cube's own answers, for every area of every tier on several days.
func TestTheInputsAreThoseOfTheCube(t *testing.T) {
	c := county.Shared(t)
	tree := c.Store.Current().Catalogue.Tree
	for _, back := range []cube.Day{0, 1, 30, 200} {
		day := c.Store.Today() - back
		got := map[string]map[string]int64{}
		add := func(code, what string, by int64) {
			for _, up := range tree.Path(code) {
				if got[up] == nil {
					got[up] = map[string]int64{}
				}
				got[up][what] += by
			}
		}
		// asked for over a span, so that both the clamped past and the changes
		// from day to day are in the sum
		first := int32(day) - 40
		require.NoError(t, c.DB.LevelFacts(t.Context(), c.Zone.String(), first, int32(day), func(f clickhouse.LevelFact) {
			require.GreaterOrEqual(t, f.Day, first)
			add(f.Place, f.What, f.Change)
		}))
		for _, tier := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
			for what, q := range map[string]cube.Selection{
				"open":    {From: day - 400, To: day + 1, Measure: cube.MeasureOpen},
				"overdue": {From: day - 400, To: day + 1, Measure: cube.MeasureOverdue},
				"new":     {From: day - 27, To: day + 1, Measure: cube.MeasureCount},
				"week":    {From: day - 7, To: day, Measure: cube.MeasureCount},
				"base":    {From: day - 63, To: day - 7, Measure: cube.MeasureCount},
			} {
				groups, _, err := c.Store.Tallies(t.Context(), c.Store.Current(), cube.Query{Selection: q, By: cube.Dimension(tier.String())})
				require.NoError(t, err)
				want := map[string]int64{}
				for _, g := range groups {
					v, _ := q.Measure.Value(g.Tally)
					want[g.Key] = int64(v)
				}
				for _, a := range tree.AtLevel(tier) {
					require.Equal(t, want[a.Code], got[a.Code][what], "%s of %s on %s", what, a.Code, day)
				}
			}
		}
	}
}

func TestLevelsAreTheSameOnEveryWayToThem(t *testing.T) {
	c := forgotten(t)
	s := serviceAt(t, c, c.Store, c.Now)
	first, err := s.Compute(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, first)
	board := s.Board()
	require.Equal(t, c.Store.Today(), board.Day)
	require.Equal(t, c.Store.Current().Catalogue.Tree.Len(), board.Evaluated)

	again, err := s.Compute(t.Context())
	require.NoError(t, err)
	require.Empty(t, again)
	requireSameEntries(t, board, s.Board())
	require.Equal(t, board.Revision, s.Board().Revision)

	reopened := serviceAt(t, c, c.Store, c.Now)
	changes, err := reopened.Compute(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes, "a restart changes nothing")
	requireSameEntries(t, board, reopened.Board())

	stored, err := reopened.On(t.Context(), board.Day-1)
	require.NoError(t, err)
	require.NotEmpty(t, stored.Entries)
	for _, b := range []*level.Board{board, stored} {
		requireBoard(t, c, b)
	}
}

// requireBoard holds what is true of every board.
func requireBoard(t testing.TB, c *county.County, b *level.Board) {
	t.Helper()
	for _, e := range b.Entries {
		a, known := c.Store.Current().Catalogue.Tree.Get(e.Area)
		require.True(t, known)
		require.EqualValues(t, a.Level, e.Tier)
		sum := 0
		for _, contribution := range e.Contributions {
			sum += contribution.Points
		}
		require.Equal(t, e.Score, sum)
		require.Equal(t, e.Level != level.None, e.Body.ID != "", "a coloured area names exactly one body")
		require.NotEmpty(t, e.ReasonZh)
		require.NotEmpty(t, e.ReasonEn)
		require.LessOrEqual(t, e.Since, e.Day)
		require.Equal(t, b.Day, e.Day)
	}
}

// TestDayByDayOrAtOnceIsTheSame computes the same days in one go and one after
// the other, as a server that runs does.
func TestDayByDayOrAtOnceIsTheSame(t *testing.T) {
	c := forgotten(t)
	start := c.Now()
	at := start.AddDate(0, 0, -12)
	now := func() time.Time { return at }
	s := serviceAt(t, c, storeAt(t, c, now), now)
	for range 13 {
		_, err := s.Compute(t.Context())
		require.NoError(t, err)
		at = at.AddDate(0, 0, 1)
	}
	require.NoError(t, c.DB.Exec(t.Context(), `CREATE TABLE stepwise AS levels`))
	defer func() { require.NoError(t, c.DB.Exec(t.Context(), `DROP TABLE stepwise`)) }()
	require.NoError(t, c.DB.Exec(t.Context(), `EXCHANGE TABLES stepwise AND levels`))
	at = start.AddDate(0, 0, -12)
	_, err := serviceAt(t, c, storeAt(t, c, now), now).Compute(t.Context())
	require.NoError(t, err)
	at = start
	_, err = serviceAt(t, c, storeAt(t, c, now), now).Compute(t.Context())
	require.NoError(t, err)
	var rows, differ uint64
	const columns = `day, area, level, since, ruled, ruled_since, bare, score, points, body, reason_zh`
	require.NoError(t, c.DB.Row(t.Context(), `SELECT count(), countIf(n = 1) FROM
(SELECT `+columns+`, count() AS n FROM (SELECT `+columns+` FROM levels FINAL UNION ALL SELECT `+columns+` FROM stepwise FINAL) GROUP BY ALL)`,
		[]any{&rows, &differ}))
	require.Greater(t, rows, uint64(1000))
	require.Zero(t, differ)
}

func TestAnOverrideHoldsUntilItsEndAndIsKept(t *testing.T) {
	c := forgotten(t)
	at := c.Now()
	now := func() time.Time { return at }
	s := serviceAt(t, c, storeAt(t, c, now), now)
	_, err := s.Compute(t.Context())
	require.NoError(t, err)
	var plain area.Area
	for _, a := range c.Store.Current().Catalogue.Tree.AtLevel(area.Township) {
		if s.Board().Level(a.Code) == level.None {
			plain = a
		}
	}
	require.NotEmpty(t, plain.Code)

	o, err := s.SetOverride(t.Context(), plain.Code, level.Orange, "重点时段", "admin", at.Add(time.Hour))
	require.NoError(t, err)
	changes, err := s.Compute(t.Context())
	require.NoError(t, err)
	require.Equal(t, []level.Change{{Area: plain.Code, Was: level.None, Is: level.Orange}}, changes)
	e, _ := s.Board().Find(plain.Code)
	require.Equal(t, level.None, e.Ruled)
	require.Contains(t, e.ReasonZh, "人工调整为橙色Ⅱ级：重点时段")
	require.NotEmpty(t, e.Body.ID)
	standing, ok := s.Board().Override(e)
	require.True(t, ok)
	require.Equal(t, o.ID, standing.ID)
	require.Equal(t, o.EndsAt.UTC(), s.Next().UTC())

	at = at.Add(2 * time.Hour)
	changes, err = s.Compute(t.Context())
	require.NoError(t, err)
	require.Equal(t, []level.Change{{Area: plain.Code, Was: level.Orange, Is: level.None}}, changes, "an override ends by itself, without a minimum stay")

	_, err = s.SetOverride(t.Context(), plain.Code, level.Blue, "再观察", "admin", at.Add(time.Hour))
	require.NoError(t, err)
	_, err = s.LiftOverride(t.Context(), plain.Code, "已平稳", "admin")
	require.NoError(t, err)
	changes, err = s.Compute(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes)
	kept, err := s.Overrides(t.Context(), plain.Code)
	require.NoError(t, err)
	require.Len(t, kept, 3)
	require.True(t, kept[2].Lifted)
}

func TestAnOverrideThatCannotBeIsRefused(t *testing.T) {
	c := county.Shared(t)
	s := serviceAt(t, c, c.Store, c.Now)
	tree := c.Store.Current().Catalogue.Tree
	small := tree.AtLevel(area.Grid)[0]
	for _, a := range tree.AtLevel(area.Grid) {
		if a.Population > 0 && a.Population < small.Population {
			small = a
		}
	}
	soon := c.Now().Add(time.Hour)
	for field, err := range map[string]error{
		"area":    second(s.SetOverride(t.Context(), "nowhere", level.Blue, "r", "a", soon)),
		"reason":  second(s.SetOverride(t.Context(), small.Code, level.Blue, " ", "a", soon)),
		"level":   second(s.SetOverride(t.Context(), small.Code, level.Red, "r", "a", soon)),
		"ends_at": second(s.SetOverride(t.Context(), small.Code, level.Blue, "r", "a", c.Now().Add(-time.Hour))),
	} {
		p, ok := schemas.AsProblem(err)
		require.True(t, ok, field)
		require.Equal(t, field, p.Field)
	}
	for _, reason := range []string{"张三 13912345678", strings.Repeat("长", 501), "身份证 99010119900101123X"} {
		_, err := s.SetOverride(t.Context(), small.Code, level.Blue, reason, "a", soon)
		require.Error(t, err, reason)
	}
}

func second(_ level.Override, err error) error { return err }

func TestSimulateTellsWhatAnotherPolicyWouldHaveChanged(t *testing.T) {
	c := county.Shared(t)
	was := defaultPolicy(t)
	to := c.Store.Today() - 1
	same, err := level.Simulate(t.Context(), c.DB, c.Store, was, defaultPolicy(t), to-59, to)
	require.NoError(t, err)
	require.Empty(t, same.Differences)
	require.Equal(t, same.OldSteps, same.NewSteps)
	require.Positive(t, same.OldSteps)

	would := parsed(t, strings.NewReplacer("at: 20\n", "at: 26\n", "version: \"2026.1\"", "version: stricter").Replace(string(schemas.DefaultPolicy())))
	sim, err := level.Simulate(t.Context(), c.DB, c.Store, was, would, to-59, to)
	require.NoError(t, err)
	require.NotEmpty(t, sim.Differences)
	days, off := 0, 0
	for old := range sim.AreaDays {
		for fresh, n := range sim.AreaDays[old] {
			days += n
			if old != fresh {
				off += n
			}
		}
	}
	require.Equal(t, 60*sim.Areas, days)
	require.Greater(t, sim.AreaDays[1][0], off*9/10) // what rises later may also fall later
	listed := 0
	for _, d := range sim.Differences {
		listed += int(d.To-d.From) + 1
	}
	require.Equal(t, off, listed)
	text := sim.Text()
	require.Contains(t, text, "2026.1 → stricter")
	require.Contains(t, text, "blue → none")
}

func TestAnEmptyCountyHasAnEmptyBoard(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := serviceAt(t, c, c.Store, c.Now)
	changes, err := s.Compute(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes)
	require.Zero(t, s.Board().Day)
}

// BenchmarkCompute is what a settled change costs on a county of size S.
func BenchmarkCompute(b *testing.B) {
	c := county.Shared(b)
	s := serviceAt(b, c, c.Store, c.Now)
	_, err := s.Compute(b.Context())
	require.NoError(b, err)
	for b.Loop() {
		_, err := s.Compute(b.Context())
		require.NoError(b, err)
	}
}

func requireSameEntries(t testing.TB, want, got *level.Board) {
	t.Helper()
	require.Len(t, got.Entries, len(want.Entries))
	for i := range want.Entries {
		require.Equal(t, want.Entries[i], got.Entries[i])
	}
}

package disclose_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/schemas"
	"reli/test/county"
)

func guard(t testing.TB, c *county.County, change func(*disclose.Policy)) *disclose.Guard {
	t.Helper()
	p := disclose.Restricted(5)
	if change != nil {
		change(&p)
	}
	g, err := disclose.New(c.Store, p)
	require.NoError(t, err)
	return g
}

// year is the demo county's year.
func year(t testing.TB) cube.Selection {
	return cube.Selection{From: day(t, "2025-01-01"), To: day(t, "2026-01-01"), Measure: cube.MeasureCount}
}

var levels = []area.Level{area.County, area.Township, area.Village, area.Grid}

func TestOpenPolicyChangesNothing(t *testing.T) {
	c := county.Shared(t)
	g := guard(t, c, func(p *disclose.Policy) { *p = disclose.Policy{K: 1} })
	snap := c.Store.Current()
	sel := cube.Selection{From: day(t, "2025-03-03"), To: day(t, "2025-04-10"), Measure: cube.MeasureOpen, Hours: 0xff00,
		Categories: []string{"land", "neighbour"}, Status: cube.StatusClosed}
	same := func(want cube.Field, got disclose.Field) {
		require.Equal(t, want.Executor, got.Executor)
		require.Equal(t, want.Len, got.Len)
		for i := range want.Len {
			require.Equal(t, want.Tally(i), got.Tally(i))
			require.Equal(t, want.Tally(i).Count, got.Cell(i).Count)
		}
	}
	for _, level := range levels {
		want, err := c.Store.AreaField(t.Context(), snap, sel, level)
		require.NoError(t, err)
		got, err := g.AreaField(t.Context(), snap, sel, level)
		require.NoError(t, err)
		same(want, got)
	}
	want, err := c.Store.CellField(t.Context(), snap, sel, 9)
	require.NoError(t, err)
	got, err := g.CellField(t.Context(), snap, sel, 9)
	require.NoError(t, err)
	same(want, got)
	require.Equal(t, snap.Cells(9), got.Cells)

	query := cube.Query{Selection: sel, By: cube.DimensionHour}
	groups, executor, err := c.Store.Tallies(t.Context(), snap, query)
	require.NoError(t, err)
	guarded, guardedBy, err := g.Tallies(t.Context(), snap, query)
	require.NoError(t, err)
	require.Equal(t, executor, guardedBy)
	require.Len(t, guarded, len(groups))
	for i, group := range groups {
		require.Equal(t, group, guarded[i].Group)
	}

	points, err := g.Series(t.Context(), snap, sel, cube.StepWeek)
	require.NoError(t, err)
	require.Len(t, points, 6)
	total, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
	require.NoError(t, err)
	var sum int64
	for _, p := range points {
		sum += p.Cell.Count
	}
	require.Equal(t, total[0].Count, sum)
}

func TestRestrictedAnswersAreTrue(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	for _, period := range []disclose.Period{disclose.Month, disclose.Quarter} {
		g := guard(t, c, func(p *disclose.Policy) { p.Period = period })
		sel := year(t)
		sel.From, sel.To = day(t, "2025-04-01"), day(t, "2025-07-01")
		for _, level := range levels {
			raw, err := c.Store.AreaField(t.Context(), snap, sel, level)
			require.NoError(t, err)
			got, err := g.AreaField(t.Context(), snap, sel, level)
			require.NoError(t, err)
			require.Equal(t, disclose.ExecutorProtected, got.Executor)
			for i := range raw.Len {
				requireTrue(t, raw.Tally(i).Count, got.Cell(i), got.Tally(i), 5)
			}
		}
		for _, by := range []cube.Dimension{cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel, cube.DimensionTotal, cube.DimensionTownship} {
			raw, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: by})
			require.NoError(t, err)
			got, _, err := g.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: by})
			require.NoError(t, err)
			counts := map[string]int64{}
			for _, r := range raw {
				counts[r.Key] = r.Count
			}
			for _, group := range got {
				requireTrue(t, counts[group.Key], group.Cell, group.Tally, 5)
				delete(counts, group.Key)
			}
			require.Empty(t, counts, "what is suppressed is there all the same")
		}
	}
}

func requireTrue(t *testing.T, raw int64, c disclose.Cell, tally cube.Tally, k int64) {
	t.Helper()
	require.LessOrEqual(t, c.Low, raw)
	require.GreaterOrEqual(t, c.High, raw)
	require.Equal(t, c.Count, tally.Count)
	if raw > 0 && raw < k {
		require.Equal(t, disclose.Suppressed, c.State)
		require.True(t, c.Low <= 1 && c.High >= k-1 || c.High-c.Low+1 >= k, "%d to %d", c.Low, c.High)
	}
	switch c.State {
	case disclose.Zero:
		require.Zero(t, raw)
	case disclose.Exact:
		require.Equal(t, raw, c.Count)
		require.GreaterOrEqual(t, raw, k)
	case disclose.Range:
		require.GreaterOrEqual(t, c.Low, k)
		require.GreaterOrEqual(t, c.Count, c.Low)
		require.LessOrEqual(t, c.Count, c.High)
	default:
		require.Zero(t, c.Count)
		require.Positive(t, c.High)
	}
}

func TestQuestionsThatDependOnTheSnapshotAreRefused(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	tree := snap.Catalogue.Tree
	township, grid := tree.AtLevel(area.Township)[0].Code, tree.AtLevel(area.Grid)[0].Code
	g := guard(t, c, func(p *disclose.Policy) { p.Finest = area.Village })
	refused := func(err error) {
		t.Helper()
		problem, ok := schemas.AsProblem(err)
		require.True(t, ok, err)
		require.Equal(t, 400, problem.Status)
	}
	sel := year(t)
	sel.Categories = []string{"land"}
	_, err := g.AreaField(t.Context(), snap, sel, area.Township)
	refused(err)
	_, err = g.CellField(t.Context(), snap, sel, 7)
	refused(err)
	sel.Area = township
	_, _, err = g.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
	refused(err)
	_, _, err = g.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionCategory})
	refused(err)
	sel = year(t)
	sel.Area = grid
	_, err = g.AreaField(t.Context(), snap, sel, area.Township)
	refused(err)
	_, _, err = g.Tallies(t.Context(), snap, cube.Query{Selection: year(t), By: cube.DimensionTotal, Within: snap.Cells(5)[0]})
	refused(err)
	_, _, err = g.Tallies(t.Context(), snap, cube.Query{Selection: year(t), By: cube.DimensionCell, Resolution: 5})
	refused(err)
	_, err = g.Series(t.Context(), snap, year(t), cube.StepWeek)
	refused(err)
	hexagonal := guard(t, c, func(p *disclose.Policy) { p.Family = disclose.Hexagons })
	_, err = hexagonal.AreaField(t.Context(), snap, year(t), area.Township)
	refused(err)
	sel.Area = township
	_, err = hexagonal.CellField(t.Context(), snap, sel, 7)
	refused(err)
}

func TestAnAreaLimitsTheAnswer(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	tree := snap.Catalogue.Tree
	g := guard(t, c, nil)
	sel := year(t)
	whole, err := g.AreaField(t.Context(), snap, sel, area.Village)
	require.NoError(t, err)
	scope := tree.AtLevel(area.Township)[2].Code
	sel.Area = scope
	limited, err := g.AreaField(t.Context(), snap, sel, area.Village)
	require.NoError(t, err)
	for i, a := range tree.AtLevel(area.Village) {
		want := disclose.Cell{}
		if a.Parent == scope {
			want = whole.Cell(i)
		}
		require.Equal(t, want, limited.Cell(i))
	}
	above, err := g.AreaField(t.Context(), snap, sel, area.County)
	require.NoError(t, err)
	total, _, err := g.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
	require.NoError(t, err)
	require.Equal(t, total[0].Cell, above.Cell(0), "the county shows what was selected in it")
	hexes, err := g.CellField(t.Context(), snap, sel, 7)
	require.NoError(t, err)
	all, err := g.CellField(t.Context(), snap, year(t), 7)
	require.NoError(t, err)
	require.Positive(t, hexes.Len)
	require.Less(t, hexes.Len, all.Len)
}

func TestDivisionOfTownships(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	g := guard(t, c, func(p *disclose.Policy) { p.Divide, p.Period = area.Township, disclose.Quarter })
	sel := cube.Selection{From: day(t, "2025-04-01"), To: day(t, "2025-07-01"), Measure: cube.MeasureCount, Categories: []string{"neighbour"}}
	raw, err := c.Store.AreaField(t.Context(), snap, sel, area.Township)
	require.NoError(t, err)
	got, err := g.AreaField(t.Context(), snap, sel, area.Township)
	require.NoError(t, err)
	shown := 0
	for i := range raw.Len {
		requireTrue(t, raw.Tally(i).Count, got.Cell(i), got.Tally(i), 5)
		if s := got.Cell(i).State; s == disclose.Exact || s == disclose.Range {
			shown++
		}
	}
	require.Positive(t, shown)
	_, err = g.AreaField(t.Context(), snap, sel, area.County)
	require.Error(t, err, "one level is divided, not two")
}

func TestChangesNeedBothSides(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	g := guard(t, c, nil)
	now := year(t)
	now.From, now.To = day(t, "2025-06-01"), day(t, "2025-07-01")
	before := now
	before.From, before.To = day(t, "2025-05-01"), day(t, "2025-06-01")
	change := now
	change.Measure = cube.MeasureChange
	fields := map[string]disclose.Field{}
	for name, sel := range map[string]cube.Selection{"now": now, "before": before, "change": change} {
		f, err := g.AreaField(t.Context(), snap, sel, area.Village)
		require.NoError(t, err)
		fields[name] = f
	}
	suppressed := 0
	for i := range fields["now"].Len {
		got := fields["change"].Tally(i)
		if fields["now"].Cell(i).State == disclose.Suppressed || fields["before"].Cell(i).State == disclose.Suppressed {
			suppressed++
			require.Equal(t, disclose.Suppressed, fields["change"].Cell(i).State)
			require.Equal(t, cube.Tally{}, got)
			continue
		}
		require.Equal(t, fields["now"].Cell(i).Count, got.Count)
		require.Equal(t, fields["before"].Cell(i).Count, got.Base)
	}
	require.Positive(t, suppressed)
}

func TestASelectionThatLeavesStops(t *testing.T) {
	c := county.Shared(t)
	g := guard(t, c, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.AreaField(ctx, c.Store.Current(), year(t), area.Grid)
	require.True(t, errors.Is(err, context.Canceled), err)
	f, err := g.AreaField(t.Context(), c.Store.Current(), year(t), area.Grid)
	require.NoError(t, err, "the one who left spoiled nothing")
	require.Equal(t, 609, f.Len)
}

func TestManyViewersAtOnceSeeOneTable(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	g := guard(t, c, nil)
	var wait sync.WaitGroup
	cells := make([][]disclose.Cell, 16)
	for v := range cells {
		wait.Go(func() {
			f, err := g.CellField(t.Context(), snap, year(t), 6+v%2)
			if err != nil {
				return
			}
			if f, err = g.AreaField(t.Context(), snap, year(t), area.Village); err != nil {
				return
			}
			for i := range f.Len {
				cells[v] = append(cells[v], f.Cell(i))
			}
		})
	}
	wait.Wait()
	for _, got := range cells {
		require.Equal(t, cells[0], got)
		require.Len(t, got, 157)
	}
	require.Equal(t, 12, g.TablesForTest())
}

func TestHexagonsCanBeTheGroundInstead(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	g := guard(t, c, func(p *disclose.Policy) { p.Family, p.Resolution = disclose.Hexagons, 6 })
	for _, window := range [][2]string{{"2025-05-01", "2025-06-01"}, {"2025-01-01", "2026-01-01"}} {
		sel := year(t)
		sel.From, sel.To = day(t, window[0]), day(t, window[1])
		for _, res := range []int{4, 6, 9} {
			got, err := g.CellField(t.Context(), snap, sel, res)
			require.NoError(t, err)
			require.Equal(t, min(res, 6), got.Resolution)
			raw, err := c.Store.CellField(t.Context(), snap, sel, got.Resolution)
			require.NoError(t, err)
			counts := map[hex.Cell]int64{}
			for i, cell := range snap.Cells(got.Resolution) {
				counts[cell] = raw.Tally(i).Count
			}
			shown := 0
			for i, cell := range got.Cells {
				requireTrue(t, counts[cell], got.Cell(i), got.Tally(i), 5)
				delete(counts, cell)
				if s := got.Cell(i).State; s == disclose.Exact || s == disclose.Range {
					shown++
				}
			}
			for _, n := range counts {
				require.Zero(t, n, "only empty cells are left out")
			}
			require.Positive(t, shown)
		}
	}
	total, _, err := g.Tallies(t.Context(), snap, cube.Query{Selection: year(t), By: cube.DimensionTotal})
	require.NoError(t, err)
	raw, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: year(t), By: cube.DimensionTotal})
	require.NoError(t, err)
	requireTrue(t, raw[0].Count, total[0].Cell, total[0].Tally, 5)
	require.InEpsilon(t, raw[0].Count, total[0].Cell.Count, 0.01)
}

func TestSeriesHasEveryPeriodOfTheWindow(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	for period, want := range map[disclose.Period]int{disclose.Month: 12, disclose.Quarter: 4} {
		g := guard(t, c, func(p *disclose.Policy) { p.Period = period })
		sel := cube.Selection{From: day(t, "2025-01-20"), To: day(t, "2026-01-01"), Categories: []string{"land"}}
		points, err := g.Series(t.Context(), snap, sel, cube.Step(period))
		require.NoError(t, err)
		require.Len(t, points, want)
		require.Equal(t, "2025-01-01", points[0].From.String())
		for i, p := range points {
			one := year(t)
			one.From, one.To, one.Categories = p.From, cube.Day(20454), sel.Categories // 20454 is 2026-01-01
			if i+1 < len(points) {
				one.To = points[i+1].From
			}
			raw, _, err := c.Store.Tallies(t.Context(), snap, cube.Query{Selection: one, By: cube.DimensionTotal})
			require.NoError(t, err)
			requireTrue(t, raw[0].Count, p.Cell, cube.Tally{Count: p.Cell.Count}, 5)
		}
	}
}

func TestRoundingCoarsensWhatIsShown(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	plain, err := guard(t, c, nil).AreaField(t.Context(), snap, year(t), area.Village)
	require.NoError(t, err)
	rounded, err := guard(t, c, func(p *disclose.Policy) { p.Rounding = 10 }).AreaField(t.Context(), snap, year(t), area.Village)
	require.NoError(t, err)
	for i := range plain.Len {
		a, b := plain.Cell(i), rounded.Cell(i)
		require.Zero(t, b.Count%10)
		require.Zero(t, b.Low%10)
		require.Zero(t, b.High%10)
		require.LessOrEqual(t, b.Low, a.Low)
		require.GreaterOrEqual(t, b.High, a.High)
		require.Equal(t, a.State == disclose.Suppressed, b.State == disclose.Suppressed)
		require.Equal(t, a.State == disclose.Zero, b.State == disclose.Zero)
	}
}

// How much a restricted viewer still sees of the demo county at k = 5.
func TestMostOfTheCountyStaysVisible(t *testing.T) {
	c := county.Shared(t)
	snap := c.Store.Current()
	share := func(period disclose.Period, months int, level area.Level) float64 {
		g := guard(t, c, func(p *disclose.Policy) { p.Period = period })
		var all, seen int64
		for m := 0; m < 12; m += months {
			sel := cube.Selection{From: month(m), To: month(m + months), Measure: cube.MeasureCount}
			raw, err := c.Store.AreaField(t.Context(), snap, sel, level)
			require.NoError(t, err)
			got, err := g.AreaField(t.Context(), snap, sel, level)
			require.NoError(t, err)
			for i := range raw.Len {
				n := raw.Tally(i).Count
				all += n
				if s := got.Cell(i).State; s == disclose.Exact || s == disclose.Range {
					seen += n
				}
			}
		}
		return 100 * float64(seen) / float64(all)
	}
	for _, level := range levels {
		month, summed, quarter := share(disclose.Month, 1, level), share(disclose.Month, 3, level), share(disclose.Quarter, 3, level)
		t.Logf("%-9s by month %5.1f %%, three months of them %5.1f %%, by quarter %5.1f %%", level, month, summed, quarter)
		require.LessOrEqual(t, month, summed)
		if level <= area.Township {
			require.Equal(t, 100.0, month)
			require.Equal(t, 100.0, quarter)
		}
	}
	g := guard(t, c, nil)
	for _, by := range divisions {
		exact, groups := 0, 0
		for m := range 12 {
			sel := cube.Selection{From: month(m), To: month(m + 1), Measure: cube.MeasureCount}
			got, _, err := g.Tallies(t.Context(), snap, cube.Query{Selection: sel, By: by})
			require.NoError(t, err)
			for _, group := range got {
				groups++
				if group.Cell.State == disclose.Exact {
					exact++
				}
			}
		}
		t.Logf("%-9s by month: %d of %d groups exact", by, exact, groups)
	}
}

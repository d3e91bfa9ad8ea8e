package cube

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/geo/hex"
	"reli/schemas"
)

// filled is a world in two stores, one in memory, one that asks ClickHouse,
// with the facts of its records.
func filled(t *testing.T, seed uint64, n int) (w *world, stores []*Store, facts []fact) {
	t.Helper()
	db := newDB(t)
	w = newWorld(t, seed)
	w.loadAreas(t, db)
	incidents, transitions := w.records(n)
	z := zone(t, shanghai)
	write(t, db, incidents, transitions, monthsOf(z, incidents...)...)
	stores = []*Store{openStore(t, db, shanghai, inMemory), openStore(t, db, shanghai, notInMemory)}
	return w, stores, factsOf(z, treeOf(t, w.areas), incidents, transitions)
}

func TestTheCatalogueKnowsWhatIsThere(t *testing.T) {
	w, stores, facts := filled(t, 31, 400)
	for _, s := range stores {
		cat := s.Current().Catalogue
		var located, placed int64
		first, last := facts[0].opened, facts[0].opened
		of := map[string]uint64{}
		for _, f := range facts {
			first, last = min(first, f.opened), max(last, f.opened)
			of[f.source]++
			if f.cell != 0 {
				located++
			}
			if f.township != "" {
				placed++
			}
		}
		require.Equal(t, int64(len(facts)), cat.Incidents)
		require.Equal(t, uint64(len(facts)), s.Current().Incidents)
		require.Equal(t, located, cat.Located)
		require.Equal(t, placed, cat.Placed)
		require.Equal(t, [2]Day{first, last}, [2]Day{cat.First, cat.Last})
		require.Len(t, cat.Activity, len(of))
		for _, a := range cat.Activity {
			require.Equal(t, of[a.Source], a.Incidents)
			require.Equal(t, now.Unix(), a.IngestedAt)
			require.Positive(t, a.LastReportedAt)
		}
		require.True(t, cat.HasCategory("it's"), "a code of the data")
		require.True(t, cat.HasCategory("wage"), "a code of the dictionary")
		require.False(t, cat.HasCategory("nonsense"))
		require.True(t, cat.HasSource("矛盾"))
		require.True(t, cat.HasChannel("a&b=c"))
		require.False(t, cat.HasChannel(""), "no filter")
		require.True(t, cat.HasArea("t0v1g0"))
		require.False(t, cat.HasArea("nowhere"))
		require.Len(t, cat.Tree.All(), len(w.areas))
		require.True(t, cat.HasBounds)
		for _, c := range s.Current().Cells(frameResolution) {
			require.True(t, cat.Extent.Contains(c.Center()))
		}
		require.Equal(t, stores[0].Current().Catalogue.Extent, cat.Extent)
	}
}

// Without areas the cells frame the map: where most incidents are, the same
// from either executor.
func TestCellsFrameAMapWithoutAreas(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 37)
	incidents, _ := w.records(500)
	for i := range incidents {
		incidents[i].Cell = w.cells[0]
	}
	stray := hex.Cell(w.cells[len(w.cells)-1])
	incidents[0].Cell = uint64(stray)
	write(t, db, incidents, nil, monthsOf(time.UTC, incidents...)...)
	memory, sql := openStore(t, db, "UTC", inMemory).Current().Catalogue, openStore(t, db, "UTC", notInMemory).Current().Catalogue
	require.True(t, memory.HasBounds)
	require.Equal(t, memory.Bounds, sql.Bounds)
	require.True(t, memory.Bounds.Contains(hex.Cell(w.cells[0]).Center()))
	require.False(t, memory.Bounds.Contains(stray.Center()), "one stray incident does not shrink the map")
	require.True(t, memory.Extent.Contains(stray.Center()))
}

func TestAnEmptyStoreAnswersNothing(t *testing.T) {
	db := newDB(t)
	for _, bound := range []int64{inMemory, notInMemory} {
		s := openStore(t, db, shanghai, bound)
		cat := s.Current().Catalogue
		require.Zero(t, cat.Incidents)
		require.Zero(t, cat.First)
		require.False(t, cat.HasBounds)
		require.False(t, cat.HasArea("c"))
		for _, by := range dimensions {
			groups, _, err := s.Tallies(t.Context(), s.Current(), Query{By: by, Selection: Selection{From: 1, To: 65535, Measure: MeasureDays, Area: "c"}})
			require.NoError(t, err)
			require.Empty(t, groups)
		}
		field, err := s.CellField(t.Context(), s.Current(), Selection{From: 1, To: 2}, 8)
		require.NoError(t, err)
		require.Zero(t, field.Len)
	}
}

func TestWhatNoExecutorCanAnswerIsRefused(t *testing.T) {
	_, stores, _ := filled(t, 32, 10)
	tooFine := stores[0].Current().Cells(10)[0].Children(11)[0]
	for _, s := range stores {
		for field, q := range map[string]Query{
			"by":         {By: "moon"},
			"resolution": {By: DimensionCell, Resolution: 11},
			"cell":       {By: DimensionTotal, Within: tooFine},
		} {
			q.Selection = Selection{From: 1, To: 2, Measure: MeasureCount}
			_, _, err := s.Tallies(t.Context(), s.Current(), q)
			problem, ok := schemas.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, http.StatusBadRequest, problem.Status)
			require.Equal(t, field, problem.Field)
		}
		for _, res := range []int{-1, 11} {
			_, err := s.CellField(t.Context(), s.Current(), Selection{From: 1, To: 2}, res)
			require.Error(t, err)
			require.Nil(t, s.Current().Cells(res))
		}
	}
}

// A field holds for each key what a query gives for it, from either executor.
func TestFieldsHoldWhatQueriesGive(t *testing.T) {
	w, stores, facts := filled(t, 33, 600)
	tree := treeOf(t, w.areas)
	for range 25 {
		q := w.query()
		q.Within = 0
		for i, s := range stores {
			q.By, q.Resolution = DimensionCell, w.rng.IntN(StorageResolution+1)
			want := map[string]Tally{}
			for _, g := range answer(facts, q) {
				want[g.Key] = g.Tally
			}
			field, err := s.CellField(t.Context(), s.Current(), q.Selection, q.Resolution)
			require.NoError(t, err)
			require.Equal(t, []Executor{ExecutorResident, ExecutorSQL}[i], field.Executor)
			cells := s.Current().Cells(q.Resolution)
			require.Len(t, cells, field.Len)
			for k, c := range cells {
				require.Equal(t, want[strconv.FormatUint(uint64(c), 10)], field.Tally(k), q.Selection.Canonical())
			}
			for _, level := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
				q.By = Dimension(level.String())
				want := map[string]Tally{}
				for _, g := range answer(facts, q) {
					want[g.Key] = g.Tally
				}
				field, err := s.AreaField(t.Context(), s.Current(), q.Selection, level)
				require.NoError(t, err)
				areas := tree.AtLevel(level)
				require.Len(t, areas, field.Len)
				for k, a := range areas {
					require.Equal(t, want[a.Code], field.Tally(k), "%s: %s", a.Code, q.Selection.Canonical())
				}
			}
		}
	}
}

func add(sum *Tally, t Tally) {
	sum.Count, sum.Open, sum.Overdue, sum.Closed = sum.Count+t.Count, sum.Open+t.Open, sum.Overdue+t.Overdue, sum.Closed+t.Closed
	sum.Weight, sum.Base = sum.Weight+t.Weight, sum.Base+t.Base
}

// Nothing is lost or doubled between the levels of cells and of areas.
func TestChildrenSumToTheirParents(t *testing.T) {
	w, stores, facts := filled(t, 34, 600)
	s, tree := stores[0], treeOf(t, w.areas)
	for _, m := range []Measure{MeasureCount, MeasureOverdue, MeasureWeighted, MeasureClosed, MeasureChange} {
		sel := Selection{From: DayOf(w.from) + 30, To: DayOf(w.from) + 200, Measure: m}
		cells := func(res int) map[hex.Cell]Tally {
			field, err := s.CellField(t.Context(), s.Current(), sel, res)
			require.NoError(t, err)
			out := map[hex.Cell]Tally{}
			for i, c := range s.Current().Cells(res) {
				out[c] = field.Tally(i)
			}
			return out
		}
		for res := StorageResolution; res > 0; res-- {
			sums := map[hex.Cell]Tally{}
			for c, tally := range cells(res) {
				sum := sums[c.Parent(res-1)]
				add(&sum, tally)
				sums[c.Parent(res-1)] = sum
			}
			require.Equal(t, cells(res-1), sums, "%s, resolution %d", m, res)
		}
		groups := answer(facts, Query{Selection: sel, By: DimensionTotal})
		require.Len(t, groups, 1)
		for _, level := range []area.Level{area.County, area.Township, area.Village, area.Grid} {
			field, err := s.AreaField(t.Context(), s.Current(), sel, level)
			require.NoError(t, err)
			var sum Tally
			for i := range tree.AtLevel(level) {
				add(&sum, field.Tally(i))
			}
			coarser := slices.DeleteFunc(slices.Clone(facts), func(f fact) bool {
				return map[area.Level]string{area.County: f.county, area.Township: f.township, area.Village: f.village, area.Grid: f.grid}[level] != ""
			})
			for _, g := range answer(coarser, Query{Selection: sel, By: DimensionTotal}) {
				add(&sum, g.Tally) // those without an area of the level
			}
			require.Equal(t, groups[0].Tally, sum, "%s by %s", m, level)
		}
	}
}

// The areas of a version stay those it was made with; Reload brings new ones.
func TestReplacedAreasComeWithAReload(t *testing.T) {
	w, stores, _ := filled(t, 35, 300)
	s := stores[0]
	z := zone(t, shanghai)
	count := func(code string) (n int64) {
		groups, _, err := s.Tallies(t.Context(), s.Current(), Query{By: DimensionTotal, Selection: Selection{From: 1, To: 65535, Area: code}})
		require.NoError(t, err)
		for _, g := range groups {
			n += g.Count
		}
		return n
	}
	county := count("c")
	require.Positive(t, county)
	require.Positive(t, count("t2"))
	w.areas = slices.DeleteFunc(w.areas, func(a schemas.Area) bool { return a.Code == "t2" })
	require.NoError(t, s.opt.DB.ReplaceAreas(t.Context(), schemas.DivisionSet, w.areas, Paths(treeOf(t, w.areas)), 2))
	settled(t, s, []schemas.Incident{at(w.incident(1000), "2030-01-01")})
	require.True(t, s.Current().Catalogue.HasArea("t2"), "a settle keeps the areas")
	months, err := s.opt.DB.AllMonths(t.Context(), z.String())
	require.NoError(t, err)
	require.NoError(t, s.opt.DB.MarkDirty(t.Context(), seq.Add(1), months))
	_, err = s.Reload(t.Context(), "areas")
	require.NoError(t, err)
	require.False(t, s.Current().Catalogue.HasArea("t2"))
	require.Zero(t, count("t2"), "an unknown area is empty, not everything")
	require.Less(t, count("c"), county, "what lay in the area that is gone lies nowhere now")
	require.Equal(t, int64(301), count(""))
}

// Areas that come without a Reload do not tear a version apart.
func TestTheFirstAreasWaitForAReload(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 36)
	s := openStore(t, db, shanghai, inMemory)
	settled(t, s, []schemas.Incident{w.incident(1)})
	w.loadAreas(t, db)
	settled(t, s, []schemas.Incident{w.incident(2)})
	require.False(t, s.Current().Catalogue.HasArea("c"))
	_, err := s.Reload(t.Context(), "areas")
	require.NoError(t, err)
	require.True(t, s.Current().Catalogue.HasArea("c"))
	field, err := s.AreaField(t.Context(), s.Current(), Selection{From: 1, To: 2}, area.Township)
	require.NoError(t, err)
	require.Equal(t, 3, field.Len)
}

// A code that a profile brings is named before an incident has it.
func TestBroughtCodesAreKnown(t *testing.T) {
	db := newDB(t)
	require.NoError(t, db.SaveDictionary(t.Context(), "category", []schemas.Entry{{Code: "graffiti", Zh: "涂鸦", En: "Graffiti"}}, 1))
	s := openStore(t, db, "UTC", inMemory)
	require.True(t, s.Current().Catalogue.HasCategory("graffiti"))
	require.True(t, slices.Contains(s.Current().Catalogue.Categories, schemas.Entry{Code: "graffiti", Zh: "涂鸦", En: "Graffiti"}))
	require.Equal(t, Today(now, time.UTC), s.Today())
}

package cube

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo/hex"
)

// somePlaces are numbered as those of smallCounty.
func somePlaces(t testing.TB) places { return numberPlaces(treeOf(t, smallCounty(t))) }

func TestPlacesAreNumberedInPreorder(t *testing.T) {
	tree := treeOf(t, smallCounty(t))
	p := numberPlaces(tree)
	require.Empty(t, p.code[0], "number 0 is no area")
	require.Equal(t, uint32(1), p.end[0])
	require.Len(t, p.code, len(tree.All())+1)
	for _, a := range tree.All() {
		n := p.number[a.Code]
		require.Equal(t, a.Code, p.code[n])
		for _, b := range tree.All() {
			m := p.number[b.Code]
			inside := slices.Contains(tree.Path(b.Code), a.Code)
			require.Equal(t, inside, m >= n && m < p.end[n], "%s in %s", b.Code, a.Code)
		}
	}
	none := numberPlaces(nil)
	require.Equal(t, []string{""}, none.code)
}

// oneRow draws an incident; few cells and days, so that keys have many rows.
func oneRow(t *rapid.T, cells []hex.Cell, placeCount int, first, last Day) row {
	opened := uint16(rapid.IntRange(int(first), int(last)).Draw(t, "opened"))
	later := func(name string) uint16 {
		if d := rapid.SampledFrom([]int{-1, 0, 7, 30, 90, -1}).Draw(t, name); d >= 0 {
			return uint16(min(int(opened)+d, 65535))
		}
		return 0
	}
	return row{cell: rapid.SampledFrom(cells).Draw(t, "cell"), place: rapid.Uint32Range(0, uint32(placeCount-1)).Draw(t, "place"),
		opened: opened, closed: later("closed"), due: later("due"),
		hour: rapid.Uint8Range(0, 23).Draw(t, "hour"), category: rapid.Uint8Range(0, 2).Draw(t, "category"), source: rapid.Uint8Range(0, 1).Draw(t, "source"),
		channel: rapid.Uint8Range(0, 1).Draw(t, "channel"), class: rapid.Uint8Range(0, 15).Draw(t, "class")}
}

func someCells(t testing.TB) []hex.Cell {
	t.Helper()
	cells := []hex.Cell{0}
	for _, c := range newWorld(t, 1).cells[:8] {
		cells = append(cells, hex.Cell(c))
	}
	return cells
}

var someCodes = &codebook{category: []string{"family", "wage", "land"}, source: []string{"12345", "grid"}, channel: []string{"", "visit"}}

// content writes a resident cube so that equal ones have equal texts; rows of
// one key and day have no order.
func content(t require.TestingT, r *Resident) []string {
	var out []string
	order := func(kind string, key func(int) string, start []uint32, c *columns) {
		require.Equal(t, uint32(0), start[0])
		require.Equal(t, len(c.opened), int(start[len(start)-1]))
		for k := range len(start) - 1 {
			low, high := int(start[k]), int(start[k+1])
			require.True(t, slices.IsSorted(c.opened[low:high]), "days ascend within a key")
			var rows []string
			for i := low; i < high; i++ {
				place := uint32(0)
				if c.place != nil {
					place = c.place[i]
				}
				rows = append(rows, fmt.Sprint(kind, key(k), c.opened[i], c.closed[i], c.due[i], c.hour[i], c.category[i], c.source[i], c.channel[i], c.class[i], place))
			}
			slices.Sort(rows)
			out = append(out, rows...)
		}
	}
	require.True(t, slices.IsSorted(r.cells))
	order("cell ", func(k int) string { return fmt.Sprint(uint64(r.cells[k]), " ") }, r.cellStart, &r.byCell)
	require.Len(t, r.placeStart, len(r.places.code)+1)
	order("place ", func(k int) string { return r.places.code[k] + " " }, r.placeStart, &r.byPlace)
	return out
}

func TestReplacingDaysEqualsBuildingAnew(t *testing.T) {
	cells, pl := someCells(t), somePlaces(t)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []row {
			return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row { return oneRow(t, cells, len(pl.code), 20000, 20120) }), 0, 60).Draw(t, name)
		}
		rows := draw("rows")
		r := buildResident(pl, someCodes, rows)
		for range rapid.IntRange(1, 3).Draw(t, "settles") {
			days := rapid.SliceOfNDistinct(rapid.Uint16Range(20000, 20121), 1, 60, rapid.ID).Draw(t, "days")
			fresh := slices.DeleteFunc(draw("fresh"), func(x row) bool { return !slices.Contains(days, x.opened) })
			before := content(t, r)
			next := r.replaceDays(someCodes, days, fresh)
			require.Equal(t, before, content(t, r), "the old version is still whole")
			rows = append(slices.DeleteFunc(slices.Clone(rows), func(x row) bool { return slices.Contains(days, x.opened) }), fresh...)
			again := buildResident(pl, someCodes, rows)
			require.Equal(t, content(t, again), content(t, next))
			require.Equal(t, again.cells, next.cells, "cells without a row vanish")
			require.Equal(t, again.cellStart, next.cellStart)
			require.Equal(t, again.placeStart, next.placeStart)
			require.Equal(t, again.Bytes(), next.Bytes())
			r = next
		}
	})
}

func TestAResidentCubeHoldsItsRows(t *testing.T) {
	cells, pl := someCells(t), somePlaces(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row { return oneRow(t, cells, len(pl.code), 1, 65535) }), 0, 80).Draw(t, "rows")
		r := buildResident(pl, someCodes, rows)
		content(t, r)
		require.Equal(t, len(rows), r.Rows())
		for res := range StorageResolution + 1 {
			parents, start := r.at(res)
			require.True(t, slices.IsSorted(parents))
			require.Len(t, start, len(parents)+1)
			for i, parent := range parents {
				want := 0
				for _, x := range rows {
					if x.cell != 0 && x.cell.Parent(res) == parent {
						want++
					}
				}
				require.Equal(t, want, int(start[i+1]-start[i]))
				require.Positive(t, want)
			}
		}
	})
}

// Every way of counting gives what looking at each row gives.
func TestATallyIsACountOfRows(t *testing.T) {
	cells, pl := someCells(t), somePlaces(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row { return oneRow(t, cells, len(pl.code), 20000, 20200) }), 0, 120).Draw(t, "rows")
		r := buildResident(pl, someCodes, rows)
		s := aSelection(t)
		s.Area = rapid.SampledFrom([]string{"", "c", "t1", "t0v1g0", "nowhere"}).Draw(t, "area")
		s.From = Day(rapid.IntRange(19990, 20210).Draw(t, "first"))
		s.To = s.From + Day(rapid.IntRange(1, 220).Draw(t, "length"))
		var facts []fact
		for _, x := range rows {
			f := fact{opened: Day(x.opened), closed: Day(x.closed), due: Day(x.due), hour: int(x.hour), cell: x.cell, category: someCodes.category[x.category],
				source: someCodes.source[x.source], channel: someCodes.channel[x.channel], scale: x.class & 3, urgency: x.class >> 2}
			for code, n := range pl.number { // any of them tells the area
				if code != "" && x.place >= n && x.place < pl.end[n] && code == s.Area {
					f.county = code
				}
			}
			facts = append(facts, f)
		}
		want := Tally{}
		if groups := answer(facts, Query{Selection: s, By: DimensionTotal}); len(groups) > 0 {
			want = groups[0].Tally
		}
		p := compilePlan(s, r, defaultWeights())
		low, high := r.scope(s.Area)
		require.Equal(t, want, p.tally(&r.byPlace, int(r.placeStart[low]), int(r.placeStart[high]), false), s.Canonical())
		require.Equal(t, want, p.tally(&r.byCell, 0, r.Rows(), false), s.Canonical())
		var sum Tally
		for k := range r.cells {
			tally := p.tally(&r.byCell, int(r.cellStart[k]), int(r.cellStart[k+1]), true)
			sum.Count, sum.Open, sum.Overdue, sum.Closed = sum.Count+tally.Count, sum.Open+tally.Open, sum.Overdue+tally.Overdue, sum.Closed+tally.Closed
			sum.Weight, sum.Base = sum.Weight+tally.Weight, sum.Base+tally.Base
		}
		sum.Median = want.Median // of parts it cannot be made
		require.Equal(t, want, sum, "cell by cell, where days are searched: %s", s.Canonical())
	})
}

func TestAPlanIsKeptForItsSelectionAndVersion(t *testing.T) {
	pl := somePlaces(t)
	snap := &Snapshot{resident: buildResident(pl, someCodes, nil)}
	var plans planCache
	s := Selection{From: 1, To: 2, Categories: []string{"wage", "family"}}
	p := plans.compile(snap, s, defaultWeights())
	s.Categories = []string{"family", "wage"}
	require.Same(t, p, plans.compile(snap, s, defaultWeights()), "equal selections share a plan")
	codes, err := someCodes.with([]string{"new"}, nil, nil)
	require.NoError(t, err)
	next := &Snapshot{resident: buildResident(pl, codes, nil)}
	require.NotSame(t, p, plans.compile(next, s, defaultWeights()))
	for i := range 10 * maxPlans {
		plans.compile(snap, Selection{From: Day(i + 1), To: Day(i + 2)}, defaultWeights())
		require.LessOrEqual(t, len(plans.plans), maxPlans)
	}
}

func TestACodebookOnlyGrows(t *testing.T) {
	first, err := (*codebook)(nil).with([]string{"b", "a"}, []string{"s"}, nil)
	require.NoError(t, err)
	second, err := first.with([]string{"c", "a"}, nil, []string{""})
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, first.category)
	require.Equal(t, []string{"b", "a", "c"}, second.category, "numbers that are given stay")
	require.Equal(t, []string{"s"}, second.source)
	var many []string
	for i := range 257 {
		many = append(many, fmt.Sprint(i))
	}
	_, err = first.with(nil, many, nil)
	require.ErrorIs(t, err, errTooManyCodes)
	_, err = first.with(nil, many[:255], nil)
	require.NoError(t, err, "256 codes fit a byte")
}

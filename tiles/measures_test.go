package tiles_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/geo/hex"
	"reli/schemas"
	"reli/test/county"
	"reli/tiles"
)

// selections filter by every kind of parameter.
func selections(t *testing.T) []cube.Selection {
	t.Helper()
	base := window(t)
	filtered := base
	filtered.Categories = []string{"neighbour", "land"}
	filtered.Weekdays, filtered.Hours = 0b0011_1110, 1<<9|1<<10|1<<15
	return []cube.Selection{base, filtered}
}

func TestEveryMeasureOnAPlaceIsTheAnswerOfSQL(t *testing.T) {
	c := county.Shared(t)
	s, sql, snap := newServer(c.Store), c.Twin(t, 0), c.Store.Current()
	const zoom = 9
	for _, base := range selections(t) {
		base.Categories = known(snap, base.Categories)
		for _, measure := range cube.Measures() {
			sel := base
			sel.Measure = measure.Code
			for _, layer := range allLayers() {
				q := cube.Query{Selection: sel, By: cube.Dimension(layer)}
				if layer == tiles.LayerHex {
					if measure.AreasOnly {
						continue
					}
					q.By, q.Resolution = cube.DimensionCell, tiles.Resolution(zoom)
				}
				groups, executor, err := sql.Tallies(t.Context(), sql.Current(), q)
				require.NoError(t, err)
				require.Equal(t, cube.ExecutorSQL, executor)
				shown := drawAll(t, s, snap, sel, zoom, false, layer).places[layer]
				what := fmt.Sprintf("%s of %s", measure.Code, layer)
				compare(t, what, snap, sel, layer, groups, shown)
			}
		}
	}
}

// known keeps codes that the data have; the first ones where none is.
func known(snap *cube.Snapshot, codes []string) []string {
	var out []string
	for _, c := range codes {
		if snap.Catalogue.HasCategory(c) {
			out = append(out, c)
		}
	}
	if len(codes) > 0 && len(out) == 0 {
		out = []string{snap.Catalogue.Categories[0].Code, snap.Catalogue.Categories[1].Code}
	}
	return out
}

func compare(t *testing.T, what string, snap *cube.Snapshot, sel cube.Selection, layer tiles.Layer, groups []cube.Group, shown map[string]place) {
	t.Helper()
	tallies := map[string]cube.Tally{}
	for _, g := range groups {
		id := g.Key
		if layer == tiles.LayerHex {
			n, err := strconv.ParseUint(g.Key, 10, 64)
			require.NoError(t, err)
			id = hex.Cell(n).String()
		}
		tallies[id] = g.Tally
	}
	var rates map[string]float64
	if sel.Measure == cube.MeasureRate {
		rates = smoothed(snap, layer, tallies)
	}
	for id, p := range shown {
		want, ok := sel.Measure.Value(tallies[id])
		if rates != nil {
			want, ok = rates[id]
		}
		require.Equal(t, tallies[id].Count, p.count, "count with %s %s", what, id)
		require.Equal(t, ok, p.hasValue, "%s %s is defined", what, id)
		require.InDelta(t, want, p.value, 1e-9*max(1, math.Abs(want)), "%s %s", what, id)
		delete(tallies, id)
	}
	for id, left := range tallies {
		value, _ := sel.Measure.Value(left)
		require.Zero(t, value, "%s %s is not shown", what, id)
		require.Zero(t, left.Count, "%s %s is not shown", what, id)
	}
}

// smoothed computes Marshall's global empirical-Bayes rates by the formulas of
// the paper, with the populations of a layer.
func smoothed(snap *cube.Snapshot, layer tiles.Layer, tallies map[string]cube.Tally) map[string]float64 {
	var people, cases, n float64
	areas := snap.Catalogue.Tree.AtLevel(layer.Level())
	for _, a := range areas {
		people, cases, n = people+float64(a.Population), cases+float64(tallies[a.Code].Count), n+1
	}
	b := cases / people
	var s2 float64
	for _, a := range areas {
		x := float64(tallies[a.Code].Count) / float64(a.Population)
		s2 += float64(a.Population) * math.Pow(x-b, 2) / people
	}
	spread := math.Max(s2-b/(people/n), 0)
	out := map[string]float64{}
	for _, a := range areas {
		x := float64(tallies[a.Code].Count) / float64(a.Population)
		trust := 0.0
		if spread > 0 {
			trust = spread / (spread + b/float64(a.Population))
		}
		out[a.Code] = 10_000 * (b + (x-b)*trust)
	}
	return out
}

func TestStatesOfATownshipAreThoseOfTheRecords(t *testing.T) {
	c := county.Shared(t)
	s, sel := newServer(c.Store), window(t)
	for measure, expression := range map[cube.Measure]string{
		cube.MeasureCount:  `toFloat64(count())`,
		cube.MeasureOpen:   `toFloat64(countIf(NOT done))`,
		cube.MeasureClosed: `100 * countIf(done) / count()`,
	} {
		sel.Measure = measure
		shown := drawAll(t, s, c.Store.Current(), sel, 8, false, tiles.LayerTownship).places[tiles.LayerTownship]
		compared := 0
		// The fictional county closes an incident by its record; one that was
		// opened again has no closing there.
		err := c.DB.Each(t.Context(), fmt.Sprintf(`SELECT p.township, %s FROM (
SELECT area, closed_at != 0 AND toDate(closed_at, '%s') < '%s' AS done FROM incidents FINAL
WHERE toDate(occurred_at, '%[2]s') >= '%[4]s' AND toDate(occurred_at, '%[2]s') < '%[3]s') AS i
INNER JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = i.area
WHERE p.township != '' GROUP BY p.township`, expression, c.Zone, sel.To, sel.From), func(scan func(...any) error) error {
			var code string
			var want float64
			if err := scan(&code, &want); err != nil {
				return err
			}
			require.InDelta(t, want, shown[code].value, 1e-9, "%s of %s", measure, code)
			compared++
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 9, compared)
	}
}

func TestARateNeedsPeople(t *testing.T) {
	c := county.Shared(t)
	sel := window(t)
	sel.Measure = cube.MeasureRate
	_, _, err := newServer(c.Store).Tile(t.Context(), tiles.Request{Layers: allLayers(), Tile: tileIn(c, 9), Selection: sel})
	problem, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, schemas.CodeBadParameter, problem.Code)
}

func TestNothingIsShownOfAnEmptyCounty(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := newServer(c.Store)
	for _, measure := range cube.Measures() {
		sel := window(t)
		sel.Measure = measure.Code
		for _, layer := range allLayers() {
			if measure.AreasOnly && layer == tiles.LayerHex {
				continue
			}
			require.Empty(t, ask(t, s, sel, tileIn(c, 9), layer).Body, "%s of %s", measure.Code, layer)
			legend, err := s.Legend(t.Context(), sel, layer, 9, tiles.SchemeQuantile)
			require.NoError(t, err)
			require.Zero(t, legend.Total)
			require.Empty(t, legend.Breaks)
			require.Len(t, legend.Colors["dark"], 1)
		}
	}
}

func TestTheLegendAddsUpToTheTiles(t *testing.T) {
	c := county.Shared(t)
	s := newServer(c.Store)
	for _, measure := range cube.Measures() {
		sel := window(t)
		sel.Measure = measure.Code
		for _, layer := range []tiles.Layer{tiles.LayerHex, tiles.LayerVillage} {
			if measure.AreasOnly && layer == tiles.LayerHex {
				continue
			}
			legend, err := s.Legend(t.Context(), sel, layer, 9, tiles.SchemeQuantile)
			require.NoError(t, err)
			a := drawAll(t, s, c.Store.Current(), sel, 9, false, layer)
			require.Equal(t, legend.Total, a.total(layer), "%s of %s", measure.Code, layer)
			least, most, features := math.Inf(1), math.Inf(-1), 0
			for _, p := range a.places[layer] {
				if p.count > 0 {
					features++
				}
				if p.hasValue && (p.value != 0 || measure.Signed && (p.count > 0)) {
					least, most = min(least, p.value), max(most, p.value)
				}
			}
			require.Equal(t, legend.Features, features)
			require.InDelta(t, legend.Max, most, 1e-9, "%s of %s", measure.Code, layer)
			require.InDelta(t, legend.Min, least, 1e-9, "%s of %s", measure.Code, layer)
			require.NotEmpty(t, legend.Breaks, "%s of %s", measure.Code, layer)
			for theme, colours := range legend.Colors {
				require.Len(t, colours, len(legend.Breaks)+1, theme)
			}
		}
	}
}

package sqlbench_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/demo"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/county"
	"reli/web/access"
)

// results fills the tables that other parts of the program compute.
func results(t *testing.T, c *county.County, inside, outside string) {
	t.Helper()
	for _, code := range []string{inside, outside} {
		p := clickhouse.Param("code", code)
		for _, sql := range []string{
			`INSERT INTO levels (day, area, tier, level, revision) SELECT '2025-06-01', {code:String}, 4, 3, 1`,
			`INSERT INTO tips (id, seq, area, tier, level) SELECT concat('2025-', {code:String}), 1, {code:String}, 4, 3`,
			`INSERT INTO tip_events (tip, kind, at) SELECT concat('2025-', {code:String}), 'ack', now64(3)`,
			`INSERT INTO forecasts (run, layer, category, place, expected) SELECT 7, 'grid', 'land', {code:String}, 2`,
			`INSERT INTO warnings (run, layer, category, place, observed) SELECT 7, 'grid', 'land', {code:String}, 2`,
			`INSERT INTO hotspots (run, layer, category, place, incidents) SELECT 7, 'grid', 'land', {code:String}, 2`,
			`INSERT INTO courses (opened, county, township, village, grid, category, source)
				SELECT '2025-06-01', county, township, village, grid, 'land', 'grid' FROM area_paths FINAL WHERE code = {code:String}`,
		} {
			require.NoError(t, c.DB.Exec(t.Context(), sql, p), sql)
		}
	}
	require.NoError(t, c.DB.Exec(t.Context(), `INSERT INTO courses (opened, township, category, source) SELECT '2025-06-01', 'elsewhere', 'wage', '12345'`))
	require.NoError(t, c.DB.Exec(t.Context(), `INSERT INTO results (kind, name, run) SELECT 'forecast', 'forecast grid', 7`))
}

// TestAScopeCutsEveryView compares what a scope shows with the same condition
// asked by one who sees everything.
func TestAScopeCutsEveryView(t *testing.T) {
	c := county.Made(t, demo.Options{Seed: 3})
	b := newBench(t, c)
	tree := c.Store.Current().Catalogue.Tree
	townships := tree.AtLevel(area.Township)
	mine, other := townships[0].Code, townships[1].Code
	grids := tree.AtLevel(area.Grid)
	gridIn := func(township string) string {
		for _, g := range grids {
			if path := tree.Path(g.Code); len(path) > 1 && path[1] == township {
				return g.Code
			}
		}
		return ""
	}
	myGrid, otherGrid := gridIn(mine), gridIn(other)
	results(t, c, myGrid, otherGrid)
	all := analyst(cube.Scope{})
	for _, s := range []struct {
		scope cube.Scope
		where map[string]string // view → the same condition in words
	}{
		{cube.Scope{Areas: []string{mine}}, map[string]string{
			"v_incidents": "township = '" + mine + "'", "v_daily": "township = '" + mine + "'", "v_areas": "township = '" + mine + "'",
			"v_levels": "area = '" + myGrid + "'", "v_tips": "area = '" + myGrid + "'", "v_forecasts": "place = '" + myGrid + "'",
			"v_warnings": "place = '" + myGrid + "'", "v_hotspots": "place = '" + myGrid + "'", "v_indicators": "township = '" + mine + "'",
			"v_dictionary": "1"}},
		{cube.Scope{Areas: []string{myGrid, other}, Categories: []string{"land", "family"}, Sources: []string{"grid"}}, map[string]string{
			"v_incidents": "(grid = '" + myGrid + "' OR township = '" + other + "') AND category IN ('land', 'family') AND source = 'grid'",
			"v_daily":     "(grid = '" + myGrid + "' OR township = '" + other + "') AND category IN ('land', 'family') AND source = 'grid'",
			"v_areas":     "grid = '" + myGrid + "' OR township = '" + other + "'",
			"v_levels":    "0", "v_tips": "0", "v_forecasts": "0", "v_warnings": "0", "v_hotspots": "0", // of all sources
			"v_indicators": "township IN ('" + mine + "', '" + other + "')", "v_dictionary": "1"}},
		{cube.Scope{Categories: []string{"family"}}, map[string]string{
			"v_incidents": "category = 'family'", "v_daily": "category = 'family'", "v_areas": "1", "v_levels": "0", "v_tips": "0",
			"v_forecasts": "0", "v_warnings": "0", "v_hotspots": "0", "v_indicators": "category = 'family'", "v_dictionary": "1"}},
		{cube.Scope{Areas: []string{""}}, map[string]string{"v_incidents": "0", "v_daily": "0", "v_areas": "0", "v_levels": "0",
			"v_tips": "0", "v_forecasts": "0", "v_warnings": "0", "v_hotspots": "0", "v_indicators": "0", "v_dictionary": "1"}},
		{cube.Scope{Areas: []string{"x') OR 1 = 1 --"}}, map[string]string{"v_incidents": "0", "v_daily": "0", "v_areas": "0", "v_levels": "0",
			"v_tips": "0", "v_forecasts": "0", "v_warnings": "0", "v_hotspots": "0", "v_indicators": "0", "v_dictionary": "1"}},
	} {
		p := analyst(s.scope)
		require.Len(t, s.where, len(b.Catalogue().Views), "each view is tried")
		for view, where := range s.where {
			want := number(t, b, all, "count()) FROM "+view+" WHERE "+where)
			require.Equal(t, want, number(t, b, p, "count()) FROM "+view), "%s in %+v", view, s.scope)
			require.Equal(t, want, number(t, b, p, "count()) FROM "+view+" WHERE "+where), "%s in %+v", view, s.scope)
			if want > 0 && where != "1" {
				require.Less(t, want, number(t, b, all, "count()) FROM "+view), "the scope cuts %s", view)
			}
		}
	}
	leaks(t, c, mine, other, otherGrid)
}

// leaks tries to learn of rows outside in every way that a query has: joins,
// IN, subqueries, unions, and conditions that fail on such a row alone.
func leaks(t *testing.T, c *county.County, mine, other, otherGrid string) {
	b := newBench(t, c)
	p := analyst(cube.Scope{Areas: []string{mine}})
	for _, sql := range []string{
		"countIf(township = '" + other + "')) FROM v_incidents",
		"count()) FROM v_daily AS a JOIN v_daily AS b ON a.day = b.day WHERE b.township = '" + other + "'",
		"count()) FROM numbers(1) AS n LEFT JOIN v_areas AS a ON 1 = 1 WHERE a.code = '" + otherGrid + "'",
		"count()) FROM v_areas WHERE (code, parent) IN (SELECT grid, village FROM v_daily WHERE township = '" + other + "')",
		"count()) FROM (SELECT * FROM (SELECT * FROM v_incidents) WHERE township = '" + other + "')",
		"exists(SELECT 1 FROM v_incidents WHERE township = '" + other + "'))",
		"sum(n)) FROM (SELECT 0 AS n UNION ALL SELECT count() FROM v_daily WHERE township = '" + other + "')",
		"(WITH x AS (SELECT * FROM v_levels) SELECT count() FROM x WHERE area = '" + otherGrid + "'))",
		"countIf('" + otherGrid + "' IN (SELECT area FROM v_tips))) FROM numbers(1)",
		"uniq(township) - 1) FROM v_incidents",
	} {
		require.Zero(t, number(t, b, p, sql), sql)
	}
	cell, err := ask(t, b, p, "SELECT cell FROM v_incidents WHERE cell != '' LIMIT 1", nil)
	require.NoError(t, err)
	good := "stringToH3('" + cell.Rows[0][0].(string) + "')"
	shapes := []string{
		"SELECT count() FROM @ WHERE #", "SELECT count() FROM (SELECT *, # AS x FROM @) WHERE x ORDER BY 1",
		"SELECT countIf(#) FROM @", "SELECT # AS x FROM @ ORDER BY x LIMIT 1",
		"SELECT count() FROM numbers(3) AS n JOIN (SELECT 1 AS one, # AS x FROM @) AS v ON n.number = v.one AND v.x",
	}
	traps := []string{
		"intDiv(1, if(%s, 0, 1)) = 1", "h3ToParent(if(%s, 0, " + good + "), 1) > 0",
		"toUInt8(if(%s, 'x', '1')) = 1", "length(range(if(%s, 100000000, 1))) = 1",
	}
	for _, view := range []struct {
		name, outside string
		traps, shapes int // how many of them
	}{
		{"v_incidents", "area = '" + otherGrid + "'", 4, 5}, {"v_daily", "township = '" + other + "'", 4, 5},
		{"v_incidents", "township != '" + mine + "'", 2, 2}, {"v_daily", "grid = '" + otherGrid + "' AND category != ''", 2, 2},
		{"v_areas", "code = '" + otherGrid + "'", 2, 2}, {"v_indicators", "township = '" + other + "'", 2, 2},
		{"v_levels", "area = '" + otherGrid + "'", 2, 1}, {"v_tips", "area = '" + otherGrid + "'", 2, 1},
		{"v_forecasts", "place = '" + otherGrid + "'", 2, 1}, {"v_warnings", "place = '" + otherGrid + "'", 2, 1},
		{"v_hotspots", "place = '" + otherGrid + "'", 2, 1},
	} {
		for _, trap := range traps[:view.traps] {
			condition := fmt.Sprintf(trap, view.outside)
			for _, shape := range shapes[:view.shapes] {
				sql := strings.NewReplacer("@", view.name, "#", condition).Replace(shape)
				_, err := ask(t, b, p, sql, nil)
				require.NoError(t, err, "a row outside makes it fail: %s", sql)
			}
		}
	}
}

// TestAScopeLooksAtTheNewestVersion corrects a category: the old version of
// the record must not show to the old category's department.
func TestAScopeLooksAtTheNewestVersion(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	b := newBench(t, c)
	for version, category := range []string{"land", "family"} {
		require.NoError(t, c.DB.Exec(t.Context(), `INSERT INTO incidents (source, source_id, version, occurred_at, category)
			SELECT 'grid', 'a', {version:UInt64}, toDateTime('2025-06-01 20:00:00', 'UTC'), {category:String}`,
			clickhouse.Param("version", uint64(version+1)), clickhouse.Param("category", category)))
	}
	require.Zero(t, number(t, b, analyst(cube.Scope{Categories: []string{"land"}}), "count()) FROM v_incidents"))
	got, err := ask(t, b, analyst(cube.Scope{Categories: []string{"family"}}), "SELECT category, toString(day) FROM v_incidents", nil)
	require.NoError(t, err)
	require.Equal(t, [][]any{{"family", "2025-06-02"}}, got.Rows, "the day is the local one")
}

func TestOnlyAnalystsAndAdministratorsAsk(t *testing.T) {
	b := newBench(t, county.Shared(t))
	for _, role := range append(access.Roles(), "", "nobody") {
		p := access.Principal{ID: "x", Role: role}
		_, err := ask(t, b, p, "SELECT 1", nil)
		if role == access.RoleAnalyst || role == access.RoleAdministrator {
			require.NoError(t, err, role)
			continue
		}
		requireCode(t, err, schemas.CodeForbidden)
		_, err = b.List(t.Context(), p)
		requireCode(t, err, schemas.CodeForbidden)
		_, err = b.History(t.Context(), p)
		requireCode(t, err, schemas.CodeForbidden)
	}
}

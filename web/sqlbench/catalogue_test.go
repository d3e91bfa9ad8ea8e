package sqlbench_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/views"
	"reli/test/county"
)

var (
	low  = regexp.MustCompile(`LowCardinality\(([^()]*)\)`)
	read = regexp.MustCompile(`table_name: ([^, ]+)`)
)

// TestTheCatalogueIsTheStore compares every view, column, type and table of
// the catalogue with what the store has.
func TestTheCatalogueIsTheStore(t *testing.T) {
	c := county.Shared(t)
	catalogue := views.Load()
	var known []string
	for _, table := range catalogue.Tables {
		known = append(known, table.Name)
	}
	used := map[string]bool{}
	for _, v := range catalogue.Views {
		var columns []views.Column
		require.NoError(t, c.DB.Each(t.Context(), "DESCRIBE TABLE "+v.Name, func(scan func(...any) error) error {
			var name, kind, a, b, comment, codec, ttl string
			if err := scan(&name, &kind, &a, &b, &comment, &codec, &ttl); err != nil {
				return err
			}
			require.NotContains(t, kind, "LowCardinality", "%s.%s: its dictionary would tell of rows outside a scope", v.Name, name)
			columns = append(columns, views.Column{Name: name, Type: low.ReplaceAllString(kind, "$1")})
			return nil
		}))
		require.Len(t, v.Columns, len(columns), v.Name)
		for i, column := range v.Columns {
			require.Equal(t, columns[i].Name, column.Name, v.Name)
			require.Equal(t, columns[i].Type, column.Type, "%s.%s", v.Name, column.Name)
			require.NotEmpty(t, column.Zh, "%s.%s", v.Name, column.Name)
			require.NotEmpty(t, column.En, "%s.%s", v.Name, column.Name)
		}
		var text string
		require.NoError(t, c.DB.Row(t.Context(), "SELECT as_select FROM system.tables WHERE database = {database:String} AND name = {name:String}",
			[]any{&text}, clickhouse.Param("database", c.DB.Name()), clickhouse.Param("name", v.Name)))
		if v.Name != "v_dictionary" {
			require.Contains(t, text, "LIMIT 1000000000000", "%s would let a query's conditions down to the scope's", v.Name)
		}
		require.NoError(t, c.DB.Each(t.Context(), "EXPLAIN QUERY TREE run_passes = 1 "+text, func(scan func(...any) error) error {
			var line string
			if err := scan(&line); err != nil {
				return err
			}
			found := read.FindStringSubmatch(line)
			if found == nil {
				return nil
			}
			table := strings.TrimPrefix(found[1], c.DB.Name()+".")
			if below, ok := catalogue.View(table); ok {
				require.Subset(t, v.Reads, below.Reads, v.Name)
				return nil
			}
			require.Contains(t, known, table, "%s reads a table without a rule of scope", v.Name)
			require.Contains(t, v.Reads, table, "%s reads it", v.Name)
			used[table] = true
			return nil
		}))
	}
	for _, table := range known {
		require.True(t, used[table], "no view reads %s", table)
	}
}

func TestEveryFunctionOfTheCatalogueExists(t *testing.T) {
	c := county.Shared(t)
	catalogue := views.Load()
	var names []string
	names = append(append(names, catalogue.Functions.Aggregate...), catalogue.Functions.Window...)
	for _, list := range catalogue.Functions.Scalar {
		names = append(names, list...)
	}
	parsed := []string{"lambda", "exists", "grouping"} // by the parser alone, under these names
	var there []struct {
		Name string `ch:"name"`
	}
	require.NoError(t, c.DB.Select(t.Context(), &there, "SELECT lower(name) AS name FROM system.functions"))
	var all []string
	for _, f := range there {
		all = append(all, f.Name)
	}
	for _, name := range names {
		if !slices.Contains(parsed, name) {
			require.Contains(t, all, strings.ToLower(name))
		}
	}
	calls := catalogue.Calls()
	for _, name := range []string{"file", "eval", "sleep", "dictGet", "url", "executable", "getSetting", "hostName", "sumState", "arrayReduce"} {
		require.False(t, calls(name), name)
	}
}

// TestTheDictionaryViewHasTheEmbeddedDictionary keeps the migration's copy of
// the dictionary and the dictionary itself equal.
func TestTheDictionaryViewHasTheEmbeddedDictionary(t *testing.T) {
	b := newBench(t, county.Shared(t))
	got, err := ask(t, b, analyst(cube.Scope{}), "SELECT kind, code, zh, en FROM v_dictionary", nil)
	require.NoError(t, err)
	rows := map[string][]any{}
	for _, row := range got.Rows {
		rows[row[0].(string)+" "+row[1].(string)] = row
	}
	d := schemas.LoadDictionary()
	for kind, entries := range map[string][]schemas.Entry{"category": d.Categories, "source": d.Sources, "channel": d.Channels,
		"scale": d.Scales, "urgency": d.Urgencies, "status": d.Statuses, "level": d.Levels} {
		for _, e := range entries {
			require.Equal(t, []any{kind, e.Code, e.Zh, e.En}, rows[kind+" "+e.Code])
		}
	}
}

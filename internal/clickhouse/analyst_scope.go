package clickhouse

import (
	"slices"
	"strings"

	"reli/schemas/views"
)

// Territory is what a principal may see: codes of areas, each with everything
// below it, of categories and of sources. An empty set means "all"; the sets
// are joined by "and".
type Territory struct {
	Areas, Categories, Sources []string
}

// territory writes the setting additional_table_filters: a condition for each
// table that a view reads. It is on the tables and not on the views: a
// condition on a view stands beside those of the query, and a division by zero
// in these would tell of rows outside.
func (a *Analyst) territory(t Territory) string {
	if len(t.Areas) == 0 && len(t.Categories) == 0 && len(t.Sources) == 0 {
		return ""
	}
	var parts []string
	for _, table := range a.catalogue.Tables {
		if condition := a.condition(table, t); condition != "" {
			parts = append(parts, quote(a.db.name+"."+table.Name)+": "+quote(condition))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// condition cuts one table; "0" hides it, "" leaves it whole.
func (a *Analyst) condition(table views.Table, t Territory) string {
	if table.Everyone {
		return ""
	}
	var all []string
	if areas := codes(t.Areas); len(t.Areas) > 0 {
		all = append(all, a.within(table, areas))
	}
	for _, set := range []struct {
		codes  []string
		column string
		every  bool
	}{{t.Categories, table.Category, table.EveryCategory}, {t.Sources, table.Source, table.EverySource}} {
		switch {
		case len(set.codes) == 0 || set.every:
		case set.column == "":
			return "0"
		default:
			all = append(all, set.column+" IN "+list(set.codes))
		}
	}
	return strings.Join(all, " AND ")
}

// within cuts a table to areas.
func (a *Analyst) within(table views.Table, areas []string) string {
	if len(areas) == 0 || len(table.Path) == 0 && table.Area == "" {
		return "0"
	}
	if len(table.Path) > 0 {
		return pathIn(table.Path, areas)
	}
	below := " FROM " + a.db.name + ".area_paths FINAL WHERE removed = 0 AND " + pathIn([]string{"county", "township", "village", "grid"}, areas)
	if table.Upward {
		return table.Area + " IN (SELECT arrayJoin([county, township, village, grid])" + below + ")"
	}
	return table.Area + " IN (SELECT code" + below + ")"
}

func pathIn(columns, areas []string) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = column + " IN " + list(areas)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// codes leaves out the empty code: it would be every row without an area.
func codes(areas []string) []string {
	return slices.DeleteFunc(slices.Clone(areas), func(code string) bool { return code == "" })
}

func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

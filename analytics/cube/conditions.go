package cube

import "strings"

// Conditions writes what a Selection and its scope pick as the WHERE of a
// statement, with its parameters, {from:Date} and {to:Date} among them. It is
// for tables that carry the cube's columns with the cube's meaning.
func (s Selection) Conditions(cat *Catalogue) (string, []any) {
	where, params := Query{Selection: s, By: DimensionTotal}.where(cat, MeasureInfo{})
	return strings.Join(where, "\nAND "), params
}

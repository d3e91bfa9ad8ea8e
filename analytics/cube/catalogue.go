package cube

import (
	"cmp"
	"slices"

	"reli/geo"
	"reli/geo/area"
	"reli/schemas"
)

// Catalogue is what a data version knows: areas, codes in use, and the span
// of days. It is immutable.
type Catalogue struct {
	Tree       *area.Tree // nil where no areas are loaded
	Categories []schemas.Entry
	Sources    []schemas.Entry
	Channels   []schemas.Entry
	First      Day // first day with an incident, 0 without any
	Last       Day // last day with an incident
	Incidents  int64
	Located    int64      // incidents that have a cell
	Placed     int64      // incidents that have a township or finer area
	Bounds     geo.Bounds // what a map should show first
	Extent     geo.Bounds // everything that is drawn lies in it
	HasBounds  bool
	Activity   []SourceActivity
}

// SourceActivity says what a source has delivered.
type SourceActivity struct {
	Source         string `ch:"source"`
	Incidents      uint64 `ch:"incidents"`
	LastReportedAt int64  `ch:"last_reported_at"` // Unix seconds
	IngestedAt     int64  `ch:"ingested_at"`      // Unix seconds
}

// HasCategory reports whether code is a category.
func (c *Catalogue) HasCategory(code string) bool { return has(c.Categories, code) }

// HasSource reports whether code is a source.
func (c *Catalogue) HasSource(code string) bool { return has(c.Sources, code) }

// HasChannel reports whether code is a channel.
func (c *Catalogue) HasChannel(code string) bool { return has(c.Channels, code) }

// HasArea reports whether code is an area of the division tree.
func (c *Catalogue) HasArea(code string) bool {
	if c.Tree == nil {
		return false
	}
	_, ok := c.Tree.Get(code)
	return ok
}

// Frame is what a map should show first to a principal with a scope: the areas
// of the scope, or everything; ok is false where there is nothing to show.
func (c *Catalogue) Frame(scope Scope) (b geo.Bounds, ok bool) {
	if len(scope.Areas) == 0 || !c.HasBounds {
		return c.Bounds, c.HasBounds
	}
	b = geo.EmptyBounds()
	if c.Tree != nil {
		for _, code := range scope.Areas {
			b = b.Union(c.Tree.Bounds(code))
		}
	}
	if b.IsEmpty() {
		return c.Bounds, true
	}
	return b, true
}

// has searches entries, which are sorted by code. The empty code stands for
// "unknown" in the data; it cannot be asked for, as it means "all" there.
func has(entries []schemas.Entry, code string) bool {
	if code == "" {
		return false
	}
	_, ok := slices.BinarySearchFunc(entries, code, func(e schemas.Entry, c string) int { return cmp.Compare(e.Code, c) })
	return ok
}

// merge joins dictionary entries with codes that only the data know; a code
// without a name is its own name. Sorted by code.
func merge(used []string, known ...[]schemas.Entry) []schemas.Entry {
	byCode := map[string]schemas.Entry{}
	for _, code := range used {
		byCode[code] = schemas.Entry{Code: code, Zh: code, En: code}
	}
	for _, list := range known {
		for _, e := range list {
			byCode[e.Code] = e
		}
	}
	out := make([]schemas.Entry, 0, len(byCode))
	for _, e := range byCode {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b schemas.Entry) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// used gives the codes of the small dimensions.
func (c *Catalogue) used() (category, source, channel []string) {
	return codesOf(c.Categories), codesOf(c.Sources), codesOf(c.Channels)
}

func codesOf(entries []schemas.Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Code
	}
	return out
}

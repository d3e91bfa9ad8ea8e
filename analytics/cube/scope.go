package cube

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Scope is what a principal may see at all: every Selection of his is cut to
// it. An empty set means "all"; the sets are joined by "and". With Areas, an
// incident that has no area is in no scope.
type Scope struct {
	Areas      []string `json:"areas,omitempty"` // division areas, each with everything below it
	Categories []string `json:"categories,omitempty"`
	Sources    []string `json:"sources,omitempty"`
	// Protected leaves the principal no raw count: a Store refuses him, and
	// analytics/disclose answers.
	Protected bool `json:"protected,omitempty"`
}

// raw refuses a scope that may see no raw count. It is the last door: who
// forgets to ask analytics/disclose gives no answer rather than a count.
func (s Scope) raw() error {
	if !s.Protected {
		return nil
	}
	return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden,
		Detail: "only counts that are protected against disclosure are shown to you, and there are none for this question"}
}

// Empty reports whether the scope leaves everything visible.
func (s Scope) Empty() bool {
	return len(s.Areas) == 0 && len(s.Categories) == 0 && len(s.Sources) == 0 && !s.Protected
}

// Canonical gives the one text of the scope, "" for the empty one: equal
// scopes have equal texts. It is part of every key under which an answer is
// kept.
func (s Scope) Canonical() string {
	var b strings.Builder
	writeSet(&b, "scope_area", s.Areas)
	writeSet(&b, "scope_category", s.Categories)
	writeSet(&b, "scope_source", s.Sources)
	if s.Protected {
		b.WriteString("&protected=1")
	}
	return b.String()
}

// WithoutAreas gives the scope over all places, for statistics that are made
// of the whole county and listed for a part of it.
func (s Scope) WithoutAreas() Scope {
	s.Areas = nil
	return s
}

// Holds reports whether an area lies in the scope: it is one of the scope's
// areas or below one.
func (s Scope) Holds(tree *area.Tree, code string) bool {
	if len(s.Areas) == 0 {
		return true
	}
	return tree != nil && slices.ContainsFunc(tree.Path(code), func(step string) bool { return slices.Contains(s.Areas, step) })
}

// Shows reports whether an area may be named to a principal with this scope:
// it lies in the scope, or above one of its areas. What lies above shows the
// counts of the scope's part alone.
func (s Scope) Shows(tree *area.Tree, code string) bool {
	return s.Holds(tree, code) || tree != nil && slices.ContainsFunc(s.Areas, func(own string) bool { return slices.Contains(tree.Path(own), code) })
}

// Within gives the highest areas of the scope that lie in an area ("" for
// everything): together they are all of it that may be seen. Without areas in
// the scope it is the area itself.
func (s Scope) Within(tree *area.Tree, code string) []string {
	if len(s.Areas) == 0 || (code != "" && s.Holds(tree, code)) {
		return []string{code}
	}
	if tree == nil {
		return nil
	}
	var out []string
	for _, own := range slices.Compact(slices.Sorted(slices.Values(s.Areas))) {
		path := tree.Path(own)
		if len(path) == 0 || (code != "" && !slices.Contains(path, code)) {
			continue
		}
		if above := path[:len(path)-1]; !slices.ContainsFunc(above, func(c string) bool { return slices.Contains(s.Areas, c) }) {
			out = append(out, own)
		}
	}
	return out
}

// shown tells which areas of a level a scope shows, nil where it shows all.
func (s *Snapshot) shown(scope Scope, level area.Level) func(i int) bool {
	if len(scope.Areas) == 0 {
		return nil
	}
	numbers, codes := s.levels[level], s.resident.places.code
	visible := make([]bool, len(numbers))
	for i, n := range numbers {
		visible[i] = scope.Shows(s.Catalogue.Tree, codes[n])
	}
	return func(i int) bool { return visible[i] }
}

// placeSpan is a range [low, high) of place numbers.
type placeSpan struct{ low, high uint32 }

// spans gives the places that a Selection may count, ascending and apart:
// those of its area that lie in its scope.
func (r *Resident) spans(s Selection) []placeSpan {
	low, high := r.scope(s.Area)
	if len(s.Scope.Areas) == 0 {
		return []placeSpan{{low, high}}
	}
	var own []placeSpan
	for _, code := range s.Scope.Areas {
		from, to := r.scope(code)
		if code != "" && max(from, low) < min(to, high) {
			own = append(own, placeSpan{max(from, low), min(to, high)})
		}
	}
	slices.SortFunc(own, func(a, b placeSpan) int { return cmp.Compare(a.low, b.low) })
	var out []placeSpan
	for _, sp := range own { // areas are nested or apart: the first of two that meet holds the other
		if n := len(out); n == 0 || out[n-1].high <= sp.low {
			out = append(out, sp)
		}
	}
	return out
}

// both gives the codes that two filters leave; none means that one of them
// leaves nothing of the other, which is not the filter that leaves all.
func both(filter, scope []string) (codes []string, none bool) {
	switch {
	case len(scope) == 0:
		return filter, false
	case len(filter) == 0:
		return scope, false
	}
	for _, c := range filter {
		if slices.Contains(scope, c) {
			codes = append(codes, c)
		}
	}
	return codes, len(codes) == 0
}

// where writes the conditions of a scope.
func (s Scope) where(cat *Catalogue, add func(string, ...any)) {
	if len(s.Areas) > 0 {
		byColumn := map[string][]string{}
		for _, code := range s.Areas {
			if code == "" {
				continue // would be every incident without an area
			}
			column := areaColumn(cat, code)
			byColumn[column] = append(byColumn[column], code)
		}
		inside, params := []string{`0`}, []any(nil)
		for _, column := range []string{"county", "township", "village", "grid"} {
			if codes := byColumn[column]; len(codes) > 0 {
				inside = append(inside, column+` IN {scope_`+column+`:Array(String)}`)
				params = append(params, clickhouse.Param("scope_"+column, codes))
			}
		}
		add(`(`+strings.Join(inside, " OR ")+`)`, params...)
	}
	for _, f := range []struct {
		column string
		codes  []string
	}{{"category", s.Categories}, {"source", s.Sources}} {
		if len(f.codes) > 0 {
			add(f.column+` IN {scope_`+f.column+`:Array(String)}`, clickhouse.Param("scope_"+f.column, f.codes))
		}
	}
}

package area

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"reli/geo"
)

// The codes of a TreeError.
const (
	CodeEmpty          = "empty_code"
	CodeDuplicate      = "duplicate_code"
	CodeUnknownParent  = "unknown_parent"
	CodeCycle          = "cycle"
	CodeLevelOrder     = "level_order"     // a parent that is not exactly one level up
	CodePrefixMismatch = "prefix_mismatch" // a digit code that does not continue its parent's
	CodeBadGeometry    = "bad_geometry"    // a corner that is not a position, or a ring of fewer than three
)

// maxTreeErrors limits how many faults BuildTree lists: enough to mend a file
// by, not a second file.
const maxTreeErrors = 100

// TreeError is one fault of one area.
type TreeError struct {
	Code     string
	AreaCode string
	Parent   string
}

// Error names the fault, the area and its parent.
func (e *TreeError) Error() string {
	return fmt.Sprintf("area %q under %q: %s", e.AreaCode, e.Parent, e.Code)
}

// Tree is a checked set of areas: counties at the top, then townships,
// villages and grids, each under exactly one parent one level up.
type Tree struct {
	areas    []Area // ascending by code
	index    map[string]int
	children map[string][]string
	bounds   []geo.Bounds
}

// BuildTree checks and links areas; it keeps a copy of the slice but shares the
// geometries, which must not change afterwards. Areas without geometry are
// fine. All faults (the first 100, ascending by area code) come back in one
// joined error of *TreeError values.
func BuildTree(areas []Area) (*Tree, error) {
	t := &Tree{
		areas:    slices.Clone(areas),
		index:    make(map[string]int, len(areas)),
		children: make(map[string][]string, len(areas)),
	}
	slices.SortStableFunc(t.areas, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	for i, a := range t.areas {
		if _, seen := t.index[a.Code]; !seen {
			t.index[a.Code] = i
		}
	}
	var faults []error
	for i, a := range t.areas {
		if code := t.fault(i); code != "" {
			faults = append(faults, &TreeError{Code: code, AreaCode: a.Code, Parent: a.Parent})
			if len(faults) == maxTreeErrors {
				break
			}
		}
		t.children[a.Parent] = append(t.children[a.Parent], a.Code)
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	t.collectBounds()
	return t, nil
}

// fault is the first thing wrong with area i, "" if nothing is.
func (t *Tree) fault(i int) string {
	a := t.areas[i]
	if a.Code == "" {
		return CodeEmpty
	}
	if t.index[a.Code] != i {
		return CodeDuplicate
	}
	if !validGeometry(a) {
		return CodeBadGeometry
	}
	if a.Parent == "" {
		switch a.Level {
		case County:
			return ""
		case Unknown:
			return CodeLevelOrder
		}
		return CodeUnknownParent
	}
	if _, known := t.index[a.Parent]; !known {
		return CodeUnknownParent
	}
	if t.circular(a.Code) {
		return CodeCycle
	}
	parent := t.areas[t.index[a.Parent]]
	if a.Level > Grid || parent.Level == Unknown || parent.Level+1 != a.Level {
		return CodeLevelOrder
	}
	if !prefixAgrees(a.Code, parent) {
		return CodePrefixMismatch
	}
	return ""
}

// circular says whether code is its own ancestor. It looks up only as far as
// loops occur in practice: a longer one breaks the order of levels as well.
func (t *Tree) circular(code string) bool {
	const farthest = 16
	at := code
	for range farthest {
		i, known := t.index[at]
		if !known || t.areas[i].Parent == "" {
			return false
		}
		if at = t.areas[i].Parent; at == code {
			return true
		}
	}
	return false
}

// prefixAgrees checks the digit codes of DB6101/T 3185 and the statistical
// list: 6 digits of the county, 9 of the township, 12 of the village and 15 of
// the grid, shorter ones filled with zeros. Other codes are opaque and pass.
func prefixAgrees(code string, parent Area) bool {
	significant := 3 * (1 + int(parent.Level))
	if !digitCode(code) || !digitCode(parent.Code) || len(parent.Code) < significant {
		return true
	}
	return len(code) > significant && code[:significant] == parent.Code[:significant]
}

func digitCode(s string) bool {
	switch len(s) {
	case 6, 9, 12, 15:
		return digits(s)
	}
	return false
}

func validGeometry(a Area) bool {
	for _, polygon := range a.Geometry {
		for _, ring := range polygon {
			if len(ring) < 3 {
				return false
			}
			for _, p := range ring {
				if geo.FromPoint(p).Check() != nil {
					return false
				}
			}
		}
	}
	return true
}

// collectBounds fills bounds from the finest level up, so that an area without
// geometry has the rectangle of its descendants.
func (t *Tree) collectBounds() {
	t.bounds = make([]geo.Bounds, len(t.areas))
	for i, a := range t.areas {
		t.bounds[i] = geo.BoundsOf(a.Geometry)
	}
	for level := Grid; level >= County; level-- {
		for i, a := range t.areas {
			if a.Level != level || len(a.Geometry) > 0 {
				continue
			}
			for _, child := range t.children[a.Code] {
				t.bounds[i] = t.bounds[i].Union(t.bounds[t.index[child]])
			}
		}
	}
}

// Len is the number of areas.
func (t *Tree) Len() int { return len(t.areas) }

// All lists every area, ascending by code. The slice is a copy.
func (t *Tree) All() []Area { return slices.Clone(t.areas) }

// Get finds an area by code.
func (t *Tree) Get(code string) (Area, bool) {
	i, ok := t.index[code]
	if !ok {
		return Area{}, false
	}
	return t.areas[i], true
}

// Children lists the codes right under an area, ascending; of "" the codes of
// the counties. Nil if there are none.
func (t *Tree) Children(code string) []string { return slices.Clone(t.children[code]) }

// Path lists the codes from the county down to the area itself; nil for an
// unknown code.
func (t *Tree) Path(code string) []string {
	var out []string
	for a, ok := t.Get(code); ok; a, ok = t.Get(a.Parent) {
		out = append(out, a.Code)
	}
	slices.Reverse(out)
	return out
}

// Ancestor is the code of the area at a level that holds the given one, itself
// included; "" if there is none.
func (t *Tree) Ancestor(code string, level Level) string {
	for a, ok := t.Get(code); ok; a, ok = t.Get(a.Parent) {
		if a.Level == level {
			return a.Code
		}
	}
	return ""
}

// AtLevel lists the areas of a level, ascending by code.
func (t *Tree) AtLevel(level Level) []Area {
	var out []Area
	for _, a := range t.areas {
		if a.Level == level {
			out = append(out, a)
		}
	}
	return out
}

// Bounds is the rectangle of an area's geometry or, without one, of its
// descendants'; empty if there is none and for an unknown code.
func (t *Tree) Bounds(code string) geo.Bounds {
	i, ok := t.index[code]
	if !ok {
		return geo.EmptyBounds()
	}
	return t.bounds[i]
}

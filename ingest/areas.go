package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"reli/geo/area"
	"reli/geo/hex"
)

// places is the map that rows are located on: the tree of divisions, the
// index of its finest areas, and the hexagon that stands for each grid. It
// never changes; a new map is a new value.
type places struct {
	resolution int
	tree       *area.Tree          // nil when no areas are loaded
	index      *area.Index         // of the areas without children
	leaves     []leaf              // the same, by their number in the index
	cells      map[string]hex.Cell // grid code → hexagon of its interior point
	names      func() *placeNames  // made when a row first brings a name in place of a code
}

// leaf is an area that points are located in.
type leaf struct{ code, grid string } // grid is code where it is a grid, else ""

// newPlaces prepares areas for location. The errors are those of
// area.BuildTree.
func newPlaces(areas []area.Area, resolution int) (*places, error) {
	p := &places{resolution: resolution}
	p.names = sync.OnceValue(func() *placeNames { return newPlaceNames(p.tree) })
	if len(areas) == 0 {
		return p, nil
	}
	tree, err := area.BuildTree(areas)
	if err != nil {
		return nil, err
	}
	var leaves []area.Area
	for _, a := range areas {
		if len(a.Geometry) > 0 && len(tree.Children(a.Code)) == 0 {
			leaves = append(leaves, a)
		}
	}
	p.tree, p.index, p.cells = tree, area.NewIndex(leaves), map[string]hex.Cell{}
	slices.SortStableFunc(leaves, func(a, b area.Area) int { return cmp.Compare(a.Code, b.Code) })
	for _, a := range leaves {
		if a.Level != area.Grid {
			p.leaves = append(p.leaves, leaf{code: a.Code})
			continue
		}
		p.leaves = append(p.leaves, leaf{code: a.Code, grid: a.Code})
		point, ok := interiorPoint(a.Geometry)
		if !ok {
			continue // a sliver without inside: its records stay without a hexagon
		}
		if p.cells[a.Code], err = hex.FromLngLat(point, resolution); err != nil {
			return nil, fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	return p, nil
}

// known says whether code is an area of the level.
func (p *places) known(code string, level area.Level) bool {
	if code == "" || p.tree == nil {
		return false
	}
	a, ok := p.tree.Get(code)
	return ok && a.Level == level
}

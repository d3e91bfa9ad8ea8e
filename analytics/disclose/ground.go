package disclose

import (
	"slices"
	"sync"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/geo/hex"
)

// ground is the one division of space that is protected. Node 0 is
// everything, with a place or without.
type ground struct {
	parents Hierarchy
	tree    *area.Tree // nil where there are no areas
	codes   []string   // of areas, by node
	nodes   map[string]int32
	levels  map[area.Level][]int32 // nodes in the order of the tree's AtLevel
	cells   []hex.Cell             // with hexagons: by node, 0 for node 0
	finest  area.Level

	mu    sync.Mutex
	hexes map[int]hexagons // by resolution
}

// hexagons are cells and the nodes that each is made of.
type hexagons struct {
	cells   []hex.Cell
	members [][]int32
}

func groundOfAreas(tree *area.Tree, finest area.Level) *ground {
	g := &ground{parents: Hierarchy{-1}, tree: tree, codes: []string{""}, nodes: map[string]int32{"": 0},
		levels: map[area.Level][]int32{}, finest: finest, hexes: map[int]hexagons{}}
	if tree == nil {
		return g
	}
	for level := area.County; level <= finest; level++ {
		for _, a := range tree.AtLevel(level) {
			n := int32(len(g.codes))
			g.codes = append(g.codes, a.Code)
			g.parents = append(g.parents, g.nodes[a.Parent])
			g.nodes[a.Code] = n
			g.levels[level] = append(g.levels[level], n)
		}
	}
	return g
}

func groundOfHexagons(snap *cube.Snapshot, finest int) *ground {
	g := &ground{parents: Hierarchy{-1}, cells: []hex.Cell{0}, hexes: map[int]hexagons{},
		codes: []string{""}, nodes: map[string]int32{"": 0}}
	above := map[hex.Cell]int32{}
	for res := range finest + 1 {
		here := map[hex.Cell]int32{}
		layer := hexagons{cells: snap.Cells(res)}
		for _, c := range layer.cells {
			n := int32(len(g.cells))
			here[c] = n
			layer.members = append(layer.members, []int32{n})
			g.cells = append(g.cells, c)
			parent := int32(0)
			if res > 0 {
				parent = above[c.Parent(res-1)]
			}
			g.parents = append(g.parents, parent)
		}
		g.hexes[res] = layer
		above = here
	}
	return g
}

// hexagons gives the cells of a resolution with the nodes that make them.
// With areas, each finest area is whole in the cell of the middle of its
// rectangle, so that a hexagon is a sum of protected counts and tells nothing
// more; what lies in no finest area is on no hexagon.
func (g *ground) hexagons(res int) (hexagons, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h, ok := g.hexes[res]; ok || g.tree == nil {
		return h, nil
	}
	inner := make([]bool, len(g.parents))
	for _, p := range g.parents[1:] {
		inner[p] = true
	}
	members := map[hex.Cell][]int32{}
	var h hexagons
	for i, code := range g.codes {
		if i == 0 || inner[i] {
			continue
		}
		bounds := g.tree.Bounds(code)
		if bounds.IsEmpty() {
			continue
		}
		c, err := hex.FromLngLat(bounds.Center(), res)
		if err != nil {
			return h, err
		}
		if members[c] == nil {
			h.cells = append(h.cells, c)
		}
		members[c] = append(members[c], int32(i))
	}
	slices.Sort(h.cells)
	for _, c := range h.cells {
		h.members = append(h.members, members[c])
	}
	g.hexes[res] = h
	return h, nil
}

// depth gives the number of nodes above a node.
func (g *ground) depth(node int32) int {
	d := 0
	for ; node > 0; node = g.parents[node] {
		d++
	}
	return d
}

// within reports whether a node lies in the area of node scope.
func (g *ground) within(node, scope int32) bool {
	for node > scope {
		node = g.parents[node]
	}
	return node == scope
}

// seen gives the node whose count a node shows where a Selection is limited
// to scope: itself inside, the scope above it, none (-1) elsewhere.
func (g *ground) seen(node, scope int32) int32 {
	switch {
	case g.within(node, scope):
		return node
	case g.within(scope, node):
		return scope
	}
	return -1
}

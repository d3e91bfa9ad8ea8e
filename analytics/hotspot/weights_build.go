package hotspot

import (
	"math"
	"slices"
)

// FromNeighbours builds binary weights from one list of positions a cell, as
// polygon contiguity or a hexagon's ring gives them. Order and repeats do not
// matter; a position outside the map or the cell itself is refused. The lists
// need not be symmetric.
func FromNeighbours(neighbours [][]int) (*Weights, error) {
	n := len(neighbours)
	if n == 0 {
		return nil, Refuse(TooFew, "neighbours", "no cells")
	}
	if n > math.MaxInt32 {
		return nil, Refuse(TooMany, "neighbours", "more cells than a position can number")
	}
	w := &Weights{start: make([]int, n+1)}
	var row []int32
	for i, list := range neighbours {
		row = row[:0]
		for _, j := range list {
			if j < 0 || j >= n {
				return nil, RefuseAt(BadNeighbour, "neighbours", i, "names a position outside the map")
			}
			if j == i {
				return nil, RefuseAt(BadNeighbour, "neighbours", i, "names the cell itself")
			}
			row = append(row, int32(j))
		}
		slices.Sort(row)
		w.column = append(w.column, slices.Compact(row)...)
		w.start[i+1] = len(w.column)
	}
	return w, nil
}

// FromRings builds binary weights for keyed cells: ring(cell) returns the keys
// around a cell (a GridDisk of H3 will do: the cell itself is skipped), and keys
// that are not among cells are outside the map. Row i belongs to cells[i].
func FromRings[K comparable](cells []K, ring func(K) []K) (*Weights, error) {
	position := make(map[K]int, len(cells))
	for i, cell := range cells {
		if _, seen := position[cell]; seen {
			return nil, RefuseAt(BadNeighbour, "cells", i, "is listed twice")
		}
		position[cell] = i
	}
	neighbours := make([][]int, len(cells))
	for i, cell := range cells {
		for _, key := range ring(cell) {
			if j, inside := position[key]; inside && j != i {
				neighbours[i] = append(neighbours[i], j)
			}
		}
	}
	return FromNeighbours(neighbours)
}

// FromPairs builds symmetric binary weights for n cells from pairs of positions
// that touch, each pair in either order.
func FromPairs(n int, pairs [][2]int) (*Weights, error) {
	if n <= 0 {
		return nil, Refuse(TooFew, "n", "no cells")
	}
	neighbours := make([][]int, n)
	for p, pair := range pairs {
		a, b := pair[0], pair[1]
		if a < 0 || a >= n || b < 0 || b >= n {
			return nil, RefuseAt(BadNeighbour, "pairs", p, "names a position outside the map")
		}
		neighbours[a] = append(neighbours[a], b)
		neighbours[b] = append(neighbours[b], a)
	}
	return FromNeighbours(neighbours)
}

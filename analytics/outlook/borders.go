package outlook

import (
	"math"

	"reli/geo/area"
	"reli/geo/hex"
)

// cornerScale rounds corners to 1e-6 degrees (0.1 m), the last digit of survey
// files, so that a corner is found again in the neighbour's ring.
const cornerScale = 1e6

// touching is how many corners two areas must have in common to be neighbours:
// the two ends of a shared edge. Areas that meet in one corner are none (rook
// contiguity).
const touching = 2

// contiguity gives, for each area of a level in the order of AtLevel, the
// positions of those it shares a border with. It is computed once a tree.
func (s *Service) contiguity(tree *area.Tree, level area.Level) [][]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := borderKey{tree, level}
	if b, ok := s.borders[k]; ok {
		return b
	}
	for old := range s.borders {
		if old.tree != tree {
			delete(s.borders, old)
		}
	}
	b := sharedBorders(tree.AtLevel(level))
	s.borders[k] = b
	return b
}

func sharedBorders(areas []area.Area) [][]int {
	type corner struct{ x, y int64 }
	owners := map[corner][]int32{}
	for i, a := range areas {
		for _, polygon := range a.Geometry {
			for _, ring := range polygon {
				for _, p := range ring {
					c := corner{int64(math.Round(p[0] * cornerScale)), int64(math.Round(p[1] * cornerScale))}
					if at := owners[c]; len(at) == 0 || at[len(at)-1] != int32(i) {
						owners[c] = append(at, int32(i))
					}
				}
			}
		}
	}
	common := map[[2]int32]int{}
	for _, at := range owners {
		for n, i := range at {
			for _, j := range at[n+1:] {
				common[[2]int32{i, j}]++
			}
		}
	}
	out := make([][]int, len(areas))
	for pair, n := range common {
		if n >= touching {
			i, j := int(pair[0]), int(pair[1])
			out[i], out[j] = append(out[i], j), append(out[j], i)
		}
	}
	return out
}

// ringNeighbours gives the positions of the cells around each cell.
func ringNeighbours(cells []hex.Cell) [][]int {
	at := make(map[hex.Cell]int, len(cells))
	for i, c := range cells {
		at[c] = i
	}
	out := make([][]int, len(cells))
	for i, c := range cells {
		for _, n := range c.Ring(1) {
			if j, ok := at[n]; ok {
				out[i] = append(out[i], j)
			}
		}
	}
	return out
}

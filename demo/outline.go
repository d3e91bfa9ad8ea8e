package demo

import "fmt"

// halfEdges is the mesh as directed edges that know their neighbours, so that
// the outline of any set of cells can be walked.
type halfEdges struct {
	from []int32 // corner each half-edge starts at
	next []int32 // next half-edge of the same cell
	twin []int32 // same edge seen from the other cell, none on the county's outline
	cell []int32
}

func (m *mesh) halfEdges() *halfEdges {
	h := &halfEdges{}
	at := make(map[edge]int32, 6*len(m.cells))
	for c, ring := range m.cells {
		first := int32(len(h.from))
		for k, a := range ring {
			id := first + int32(k)
			at[edge{a, ring[(k+1)%len(ring)]}] = id
			h.from = append(h.from, a)
			h.next = append(h.next, first+int32((k+1)%len(ring)))
			h.cell = append(h.cell, int32(c))
		}
	}
	h.twin = make([]int32, len(h.from))
	for id := range h.twin {
		e := edge{h.from[id], h.from[h.next[id]]}
		if t, ok := at[e.turned()]; ok {
			h.twin[id] = t
		} else {
			h.twin[id] = none
		}
	}
	return h
}

// outlines walks the ring of half-edges around each group of cells. Group of
// a cell is group[cell]; groups are numbered from 0. A group that is not one
// piece without a hole is refused.
func (h *halfEdges) outlines(group []int32, groups int) ([][]int32, error) {
	rings := make([][]int32, groups)
	done := make([]bool, len(h.from))
	border := func(id int32) bool {
		t := h.twin[id]
		return t == none || group[h.cell[t]] != group[h.cell[id]]
	}
	for id := range h.from {
		start := int32(id)
		if done[id] || !border(start) {
			continue
		}
		g := group[h.cell[id]]
		if rings[g] != nil {
			return nil, fmt.Errorf("demo: area %d of %d is not in one piece", g, groups)
		}
		for e := start; !done[e]; {
			done[e] = true
			rings[g] = append(rings[g], e)
			e = h.next[e]
			for !border(e) {
				e = h.next[h.twin[e]]
			}
		}
	}
	return rings, nil
}

// inOnePiece says whether the cells together have one outline and no hole.
func inOnePiece(cells []polygon) bool {
	m := newMesh(cells)
	if m.check() != nil {
		return false
	}
	_, err := m.halfEdges().outlines(make([]int32, len(cells)), 1)
	return err == nil
}

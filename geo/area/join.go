package area

import (
	"math"
	"slices"
)

// eachTouching visits the sides, ascending and apart from each other, that
// share more than a hairline with the stretch from low to high.
func eachTouching(sides []side, low, high float64, visit func(side)) {
	from, _ := slices.BinarySearchFunc(sides, low, func(o side, at float64) int {
		if o.high <= at {
			return -1
		}
		return 1
	})
	for _, o := range sides[from:] {
		if o.low >= high {
			return
		}
		if math.Min(high, o.high)-math.Max(low, o.low) > crossTolerance {
			visit(o)
		}
	}
}

// extend appends a side or, if its piece comes last already, lengthens that.
func extend(sides []side, next side) []side {
	if n := len(sides); n > 0 && sides[n-1].piece == next.piece {
		sides[n-1].high = next.high
		return sides
	}
	return append(sides, next)
}

// joinAlong joins the pieces on both sides of the border between two bands.
func (s *sweep) joinAlong(below, above []side) {
	for _, a := range above {
		eachTouching(below, a.low, a.high, func(b side) { s.uniteSame(a.piece, b.piece) })
	}
}

// uniteSame joins two pieces that touch if they are the same kind of fault of
// the same areas.
func (s *sweep) uniteSame(i, j int) {
	p, q := &s.pieces[i], &s.pieces[j]
	if p.kind == q.kind && p.a == q.a && p.b == q.b {
		s.unite(i, j)
	}
}

func (s *sweep) unite(i, j int) {
	a, b := s.root(i), s.root(j)
	s.joined[max(a, b)] = min(a, b)
}

func (s *sweep) root(i int) int32 {
	at := int32(i)
	for s.joined[at] != at {
		s.joined[at] = s.joined[s.joined[at]]
		at = s.joined[at]
	}
	return at
}

// crowded says which edges lie where areas overlap or leave the outline; nil
// if nowhere do they. It answers by buckets of the index, so a few more.
func (s *sweep) crowded() func(*edge) bool {
	g := &s.index.grid
	var marked []bool
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.kind == Gap {
			continue
		}
		if marked == nil {
			marked = make([]bool, g.size())
		}
		low := math.Min(p.y0[0], p.y0[1])
		high := math.Max(p.y1[0], p.y1[1])
		for row := g.row(low); row <= g.row(high); row++ {
			for column := g.column(p.x0); column <= g.column(p.x1); column++ {
				marked[row*g.columns+column] = true
			}
		}
	}
	if marked == nil {
		return nil
	}
	return func(e *edge) bool {
		found := false
		g.along(e, func(bucket int) { found = found || marked[bucket] })
		return found
	}
}

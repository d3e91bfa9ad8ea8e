package area

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"reli/geo"
)

// middle is the centre of a piece between its four corners.
func (p *piece) middle() geo.LngLat {
	return geo.LngLat{Lng: (p.x0 + p.x1) / 2, Lat: (p.y0[0] + p.y0[1] + p.y1[0] + p.y1[1]) / 4}
}

// squareMetres is the size of the trapezoid at the scale of its middle.
func (p *piece) squareMetres() float64 {
	height := (p.y1[0] + p.y1[1] - p.y0[0] - p.y0[1]) / 2
	mx, my := geo.MetresPerDegree(p.middle().Lat)
	return height * my * (p.x1 - p.x0) * mx
}

// A group is the pieces of one fault.
type group struct {
	pieces  []int
	size    float64 // square metres
	largest int
	largeSq float64
}

// faults adds up the joined pieces and names the neighbours of gaps.
func (s *sweep) faults() []Fault {
	groups := map[int32]*group{}
	open := s.root(0)
	for i := 1; i < len(s.pieces); i++ {
		root := s.root(i)
		if root == open {
			continue
		}
		g := groups[root]
		if g == nil {
			g = &group{}
			groups[root] = g
		}
		size := s.pieces[i].squareMetres()
		g.pieces = append(g.pieces, i)
		g.size += size
		if size > g.largeSq {
			g.largest, g.largeSq = i, size
		}
	}
	var out []Fault
	for _, g := range groups {
		if g.size < SliverSquareMetres {
			continue
		}
		p := s.pieces[g.largest]
		if p.kind == Gap {
			p.a, p.b = s.neighbours(g.pieces)
		}
		out = append(out, Fault{
			Kind: p.kind, A: s.code(p.a), B: s.code(p.b), SquareMetres: g.size, At: p.middle(),
		})
	}
	return out
}

func (s *sweep) code(number int32) string {
	if number == none {
		return ""
	}
	return s.index.codes[number]
}

// neighbours are the two areas that hold the longest parts of a gap's edge, in
// ascending order.
func (s *sweep) neighbours(pieces []int) (a, b int32) {
	lengths := map[int]float64{}
	for _, i := range pieces {
		p := &s.pieces[i]
		mx, my := geo.MetresPerDegree(p.middle().Lat)
		width := (p.x1 - p.x0) * mx
		s.credit(lengths, p.lower, math.Hypot(width, (p.y0[1]-p.y0[0])*my))
		s.credit(lengths, p.over, math.Hypot(width, (p.y1[1]-p.y1[0])*my))
		s.creditUpright(lengths, p.x0, p.y0[0], p.y1[0], my)
		s.creditUpright(lengths, p.x1, p.y0[1], p.y1[1], my)
	}
	areas := slices.SortedFunc(maps.Keys(lengths), func(i, j int) int {
		return cmp.Or(cmp.Compare(lengths[j], lengths[i]), cmp.Compare(i, j))
	})
	switch len(areas) {
	case 0:
		return none, none
	case 1:
		return int32(areas[0]), none
	}
	return int32(min(areas[0], areas[1])), int32(max(areas[0], areas[1]))
}

func (s *sweep) credit(lengths map[int]float64, line int32, metres float64) {
	if line == none {
		return
	}
	for _, owner := range s.lines[line].owners {
		lengths[owner] += metres
	}
}

// creditUpright credits the vertical lines at a longitude with the stretch
// they share with a piece's side; the sweep itself never meets them.
func (s *sweep) creditUpright(lengths map[int]float64, x, low, high, metresPerDegree float64) {
	from, _ := slices.BinarySearchFunc(s.lines, x, func(l line, x float64) int {
		if l.a[0] < x {
			return -1
		}
		return 1
	})
	for i := from; i < len(s.lines) && s.lines[i].a[0] == x; i++ {
		l := &s.lines[i]
		if shared := math.Min(high, l.b[1]) - math.Max(low, l.a[1]); l.vertical() && shared > 0 {
			s.credit(lengths, int32(i), shared*metresPerDegree)
		}
	}
}

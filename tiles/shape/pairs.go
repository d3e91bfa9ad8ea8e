package shape

import "math"

// eachNearPair calls visit once for every two segments whose rectangles meet.
func eachNearPair(segments []segment, visit func(a, b *segment)) {
	if len(segments) <= fewSegments {
		for i := range segments {
			for j := i + 1; j < len(segments); j++ {
				if near(&segments[i], &segments[j]) {
					visit(&segments[i], &segments[j])
				}
			}
		}
		return
	}
	g := newGrid(segments)
	for cell := range g.starts[:len(g.starts)-1] {
		members := g.members[g.starts[cell]:g.starts[cell+1]]
		for i, m := range members {
			a := &segments[m]
			for _, n := range members[i+1:] {
				if b := &segments[n]; near(a, b) && g.owner(a, b) == cell {
					visit(a, b)
				}
			}
		}
	}
}

func near(a, b *segment) bool {
	return min(a.a.X, a.b.X) <= max(b.a.X, b.b.X) && min(b.a.X, b.b.X) <= max(a.a.X, a.b.X) &&
		min(a.a.Y, a.b.Y) <= max(b.a.Y, b.b.Y) && min(b.a.Y, b.b.Y) <= max(a.a.Y, a.b.Y)
}

// grid sorts segments into the square cells that their rectangles meet.
type grid struct {
	all     box
	size    int32 // of a cell
	columns int32
	starts  []int32 // cell → where its members begin
	members []int32 // places of segments
}

// maxEntries is how many cells a segment may take on average before the cells
// are made larger: a bound on memory, as long slanted segments meet many.
const maxEntries = 16

func newGrid(segments []segment) *grid {
	g := &grid{all: noBox()}
	for i := range segments {
		g.all.add(segments[i].a)
		g.all.add(segments[i].b)
	}
	width, height := float64(g.all.max.X-g.all.min.X)+1, float64(g.all.max.Y-g.all.min.Y)+1
	n := float64(len(segments))
	size := max(1, math.Sqrt(width*height/n), max(width, height)/(4*n))
	for ; ; size *= 2 {
		g.size = int32(math.Ceil(size))
		g.columns = (g.all.max.X-g.all.min.X)/g.size + 1
		if g.count(segments) <= maxEntries*len(segments) {
			break
		}
	}
	g.fill(segments)
	return g
}

func (g *grid) column(x int32) int32 { return (x - g.all.min.X) / g.size }
func (g *grid) row(y int32) int32    { return (y - g.all.min.Y) / g.size }

func (g *grid) cells(s *segment) (left, top, right, bottom int32) {
	return g.column(min(s.a.X, s.b.X)), g.row(min(s.a.Y, s.b.Y)), g.column(max(s.a.X, s.b.X)), g.row(max(s.a.Y, s.b.Y))
}

// owner is the one cell in which a pair is compared: the north-west corner of
// the rectangle that both share.
func (g *grid) owner(a, b *segment) int {
	x := max(min(a.a.X, a.b.X), min(b.a.X, b.b.X))
	y := max(min(a.a.Y, a.b.Y), min(b.a.Y, b.b.Y))
	return int(g.row(y))*int(g.columns) + int(g.column(x))
}

func (g *grid) count(segments []segment) int {
	total := 0
	for i := range segments {
		left, top, right, bottom := g.cells(&segments[i])
		total += int(right-left+1) * int(bottom-top+1)
	}
	return total
}

func (g *grid) fill(segments []segment) {
	rows := g.row(g.all.max.Y) + 1
	each := func(visit func(cell int, segment int32)) {
		for i := range segments {
			left, top, right, bottom := g.cells(&segments[i])
			for y := top; y <= bottom; y++ {
				for x := left; x <= right; x++ {
					visit(int(y)*int(g.columns)+int(x), int32(i))
				}
			}
		}
	}
	g.starts = make([]int32, int(rows)*int(g.columns)+1)
	each(func(cell int, _ int32) { g.starts[cell+1]++ })
	for c := 1; c < len(g.starts); c++ {
		g.starts[c] += g.starts[c-1]
	}
	g.members = make([]int32, g.starts[len(g.starts)-1])
	next := append([]int32(nil), g.starts...)
	each(func(cell int, segment int32) {
		g.members[next[cell]] = segment
		next[cell]++
	})
}

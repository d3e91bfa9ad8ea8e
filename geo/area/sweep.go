package area

import (
	"math"
	"slices"
)

const (
	// A trapezoid thinner than this, in degrees, is a hairline and no fault; it
	// is a hundred times the rounding of a coordinate and 1 µm on the ground.
	hairline = 1e-11
	// Lines that cross by less than this at both ends of a strip do not cross,
	// and pieces that touch on less do not belong together.
	crossTolerance = hairline
)

// border stands for a side of the band where a line is expected.
const border = -1

// crossing is a part of a line where it passes a strip.
type crossing struct {
	part        int     // border for the band's own sides
	left, right float64 // latitudes at the strip's sides
}

func (c *crossing) middle() float64 { return (c.left + c.right) / 2 }

// piece is faulty ground between two lines of one band and two longitudes. Its
// four corners lie on the lines.
type piece struct {
	kind        FaultKind
	a, b        int32 // areas that lie there, none for neither
	lower, over int32 // lines, none for the band's own sides
	bottom, top int32 // parts
	x0, x1      float64
	y0, y1      [2]float64 // latitudes of bottom and top at x0 and at x1
}

// none stands for no area and no line.
const none = -1

// side is a stretch on the border of a strip or band that belongs to a piece.
type side struct {
	low, high float64
	piece     int
}

// sweep is the state of the line that moves eastward through one band after
// the other.
type sweep struct {
	index  *Index
	lines  []line
	framed bool
	pieces []piece // pieces[0] stands for the open ground
	joined []int32 // union-find over pieces

	band         *band
	active       []crossing // the parts under the sweep line, from south to north
	cover, frame int        // on the band's lower side
	fresh        bool       // an upright line stands at the strip's west side
	before, now  []side     // what the last strip and this one show eastward
	floor, roof  []side     // pieces on the band's lower and upper side
	scratch      []int
}

// sweepLines finds all faulty pieces and joins those that touch.
func sweepLines(x *Index, lines []line, framed bool) *sweep {
	s := &sweep{index: x, lines: lines, framed: framed}
	s.pieces = []piece{{kind: Gap, a: none, b: none}}
	s.joined = []int32{0}
	if len(lines) == 0 {
		return s
	}
	bands := newBands(lines)
	var below []side
	for k := range bands {
		s.run(&bands[k])
		if k == 0 {
			s.open(s.floor)
		}
		s.joinAlong(below, s.floor)
		below = slices.Clone(s.roof)
	}
	s.open(below)
	return s
}

// open joins the gaps on the rim of everything to the open ground. With an
// outline there are none.
func (s *sweep) open(rim []side) {
	for _, r := range rim {
		if s.pieces[r.piece].kind == Gap {
			s.unite(0, r.piece)
		}
	}
}

func (s *sweep) run(b *band) {
	s.band = b
	s.active, s.before = s.active[:0], s.before[:0]
	s.floor, s.roof = s.floor[:0], s.roof[:0]
	s.cover, s.frame = 0, 0
	part, step := 0, 0
	for i := 0; i+1 < len(b.stops); i++ {
		x0, x1 := b.stops[i].x, b.stops[i+1].x
		s.active = slices.DeleteFunc(s.active, func(c crossing) bool { return b.parts[c.part].b[0] <= x0 })
		for ; part < len(b.parts) && b.parts[part].a[0] <= x0; part++ {
			s.active = append(s.active, crossing{part: part})
		}
		for ; step < len(b.steps) && b.steps[step].x <= x0; step++ {
			s.cover += b.steps[step].cover
			s.frame += b.steps[step].frame
		}
		s.fresh = s.fresh || b.stops[i].hard
		// A strip thinner than a hairline holds nothing, but would join what
		// does not belong together.
		if x1-x0 >= hairline {
			s.strip(x0, x1)
		}
	}
}

// strip handles the ground between two longitudes; where lines cross it splits
// itself at the crossing. Sorted by their middles, some two neighbours cross if
// any two lines do, and each split takes one crossing away.
func (s *sweep) strip(x0, x1 float64) {
	for i := range s.active {
		c := &s.active[i]
		c.left, c.right = s.band.parts[c.part].at(x0), s.band.parts[c.part].at(x1)
	}
	insertionSort(s.active)
	for i := 1; i < len(s.active); i++ {
		low, high := &s.active[i-1], &s.active[i]
		left, right := high.left-low.left, high.right-low.right
		if math.Min(left, right) < -crossTolerance && math.Max(left, right) > crossTolerance {
			if x := x0 + (x1-x0)*left/(left-right); x > x0 && x < x1 {
				s.strip(x0, x)
				s.strip(x, x1)
				return
			}
		}
	}
	s.cut(x0, x1)
}

// insertionSort orders lines by the latitude of their middles. From one strip
// to the next hardly any change places.
func insertionSort(active []crossing) {
	for i := 1; i < len(active); i++ {
		c := active[i]
		m := c.middle()
		k := i
		for k > 0 && active[k-1].middle() > m {
			active[k] = active[k-1]
			k--
		}
		active[k] = c
	}
}

// cut goes through a strip without crossings from south to north.
func (s *sweep) cut(x0, x1 float64) {
	s.now = s.now[:0]
	cover, frame := s.cover, s.frame
	bottom := crossing{part: border, left: s.band.low, right: s.band.low}
	for i := 0; i <= len(s.active); i++ {
		top := crossing{part: border, left: s.band.high, right: s.band.high}
		if i < len(s.active) {
			top = s.active[i]
		}
		if kind := s.kind(cover, frame); kind != "" && s.wide(bottom, top) {
			s.ground(kind, x0, x1, bottom, top)
		}
		if i < len(s.active) {
			l := &s.lines[s.band.parts[top.part].line]
			cover += l.cover
			frame += l.frame
		}
		bottom = top
	}
	s.before, s.now = s.now, s.before
	s.fresh = false
}

func (s *sweep) kind(cover, frame int) FaultKind {
	switch {
	case cover > 1:
		return Overlap
	case s.framed && cover == 1 && frame < 1:
		return Outside
	case cover < 1 && (!s.framed || frame > 0):
		return Gap
	}
	return ""
}

// wide says whether two lines are further apart than a hairline, measured
// across the steeper one.
func (s *sweep) wide(bottom, top crossing) bool {
	steep := math.Max(s.steepness(bottom), s.steepness(top))
	return top.middle()-bottom.middle() >= hairline*math.Sqrt(1+steep*steep)
}

func (s *sweep) steepness(c crossing) float64 {
	if c.part == border {
		return 0
	}
	return math.Abs(s.band.parts[c.part].slope())
}

// ground adds a faulty trapezoid: the piece to its west goes on if it lies
// between the same lines, else a new piece begins and joins those it touches.
func (s *sweep) ground(kind FaultKind, x0, x1 float64, bottom, top crossing) {
	number, extended := s.westOf(kind, bottom, top)
	if extended {
		p := &s.pieces[number]
		p.x1, p.y0[1], p.y1[1] = x1, bottom.right, top.right
	} else {
		number = s.begin(kind, x0, x1, bottom, top)
		eachTouching(s.before, bottom.left, top.left, func(o side) { s.uniteSame(number, o.piece) })
	}
	if n := len(s.now); n > 0 && bottom.right-s.now[n-1].high < hairline {
		s.uniteSame(number, s.now[n-1].piece)
	}
	s.now = append(s.now, side{low: bottom.right, high: top.right, piece: number})
	if bottom.part == border {
		s.floor = extend(s.floor, side{low: x0, high: x1, piece: number})
	}
	if top.part == border {
		s.roof = extend(s.roof, side{low: x0, high: x1, piece: number})
	}
}

// westOf finds the piece between the same two lines in the strip before.
func (s *sweep) westOf(kind FaultKind, bottom, top crossing) (number int, ok bool) {
	if s.fresh {
		return 0, false
	}
	eachTouching(s.before, bottom.left, top.left, func(o side) {
		p := &s.pieces[o.piece]
		if p.kind == kind && p.bottom == int32(bottom.part) && p.top == int32(top.part) {
			number, ok = o.piece, true
		}
	})
	return number, ok
}

// begin adds a piece and asks the index whose ground it is.
func (s *sweep) begin(kind FaultKind, x0, x1 float64, bottom, top crossing) int {
	p := piece{
		kind: kind, a: none, b: none, x0: x0, x1: x1,
		bottom: int32(bottom.part), top: int32(top.part),
		lower: s.lineOf(bottom), over: s.lineOf(top),
		y0: [2]float64{bottom.left, bottom.right}, y1: [2]float64{top.left, top.right},
	}
	if kind != Gap {
		s.scratch = s.index.covering((x0+x1)/2, (bottom.middle()+top.middle())/2, s.scratch[:0])
		if len(s.scratch) > 0 {
			p.a = int32(s.scratch[0])
		}
		if len(s.scratch) > 1 {
			p.b = int32(s.scratch[1])
		}
	}
	s.pieces = append(s.pieces, p)
	s.joined = append(s.joined, int32(len(s.joined)))
	return len(s.pieces) - 1
}

func (s *sweep) lineOf(c crossing) int32 {
	if c.part == border {
		return none
	}
	return int32(s.band.parts[c.part].line)
}

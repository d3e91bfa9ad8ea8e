package area

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"reli/geo"
)

const (
	// The sweep's work grows with lines times lines that lie above each other;
	// cutting the map into horizontal bands makes the second factor small. A
	// quarter of the square root of all lines was fastest for 400,000 of them.
	bandsPerRoot = 0.25
	maxBands     = 512
	// Open ground is drawn around the map, in degrees, so that it hangs
	// together.
	openMargin = 1e-3
)

// A band is one horizontal slice of the map with the parts of the lines in it.
type band struct {
	low, high float64
	parts     []part // ascending by west end, none vertical
	steps     []step // ascending by longitude
	stops     []stop // ascending, unique by longitude
}

// A part is the stretch of a line within a band.
type part struct {
	a, b orb.Point
	line int
}

func (p *part) slope() float64 { return (p.b[1] - p.a[1]) / (p.b[0] - p.a[0]) }

// at is the latitude of the part at a longitude within its span; the ends are
// exact.
func (p *part) at(x float64) float64 {
	if x >= p.b[0] {
		return p.b[1]
	}
	return p.a[1] + p.slope()*(x-p.a[0])
}

// A step is where a line passes the lower side of a band: walking eastward
// along that side, the number of areas and outlines changes.
type step struct {
	x            float64
	cover, frame int
}

// A stop is a longitude where something begins or ends. It is hard if an
// upright line stands there: what lies between the same two lines before and
// after it can be different ground.
type stop struct {
	x    float64
	hard bool
}

// newBands cuts the rectangle of all lines, with a margin, into bands.
func newBands(lines []line) []band {
	b := geo.EmptyBounds()
	for i := range lines {
		l := &lines[i]
		b = b.Extend(geo.FromPoint(l.a)).Extend(geo.FromPoint(l.b))
	}
	b = geo.Bounds{West: b.West - openMargin, South: b.South - openMargin, East: b.East + openMargin, North: b.North + openMargin}
	n := max(1, min(maxBands, int(math.Sqrt(float64(len(lines)))*bandsPerRoot)))
	height := (b.North - b.South) / float64(n)
	border := func(k int) float64 {
		if k == n {
			return b.North
		}
		return b.South + height*float64(k)
	}
	bands := make([]band, n)
	for k := range bands {
		bands[k] = band{low: border(k), high: border(k + 1), stops: []stop{{x: b.West}, {x: b.East}}}
	}
	for i := range lines {
		l := &lines[i]
		south, north := math.Min(l.a[1], l.b[1]), math.Max(l.a[1], l.b[1])
		// One band of slack on each side absorbs the rounding of the division.
		k0 := max(0, int((south-b.South)/height)-1)
		k1 := min(n-1, int((north-b.South)/height)+1)
		for k := k0; k <= k1; k++ {
			bands[k].add(l, i)
		}
	}
	for k := range bands {
		bands[k].finish()
	}
	return bands
}

// add takes the stretch of a line in (low, high]. A line that passes a border
// passes it at the same longitude for both bands.
func (b *band) add(l *line, number int) {
	aSide, bSide := b.side(l.a[1]), b.side(l.b[1])
	if (aSide < 0) != (bSide < 0) {
		x := l.atLat(b.low)
		// Inside is above an eastward line that counts +1, hence west of it
		// where it climbs.
		sign := -1
		if aSide > bSide {
			sign = 1
		}
		b.steps = append(b.steps, step{x: x, cover: sign * l.cover, frame: sign * l.frame})
		b.stops = append(b.stops, stop{x: x})
	}
	if aSide == bSide && aSide != 0 {
		return
	}
	p := part{a: b.cut(l, l.a, aSide), b: b.cut(l, l.b, bSide), line: number}
	upright := p.a[0] >= p.b[0]
	b.stops = append(b.stops, stop{p.a[0], upright}, stop{p.b[0], upright})
	if !upright {
		b.parts = append(b.parts, p)
	}
}

// side is -1 below the band, 1 above and 0 in it.
func (b *band) side(y float64) int {
	switch {
	case y <= b.low:
		return -1
	case y > b.high:
		return 1
	}
	return 0
}

func (b *band) cut(l *line, end orb.Point, side int) orb.Point {
	switch side {
	case -1:
		return orb.Point{l.atLat(b.low), b.low}
	case 1:
		return orb.Point{l.atLat(b.high), b.high}
	}
	return end
}

func (b *band) finish() {
	slices.SortStableFunc(b.parts, func(p, q part) int { return cmp.Compare(p.a[0], q.a[0]) })
	slices.SortStableFunc(b.steps, func(p, q step) int { return cmp.Compare(p.x, q.x) })
	slices.SortFunc(b.stops, func(p, q stop) int { return cmp.Compare(p.x, q.x) })
	kept := b.stops[:1]
	for _, s := range b.stops[1:] {
		if last := &kept[len(kept)-1]; s.x == last.x {
			last.hard = last.hard || s.hard
		} else {
			kept = append(kept, s)
		}
	}
	b.stops = kept
}

package area

import (
	"cmp"
	"math"
	"slices"

	"reli/geo"
)

const (
	// More buckets mean fewer of them on an edge and fewer exact tests, until
	// the lattice no longer fits the processor's cache: for 14,216 areas 64 took
	// a quarter longer and 256 a tenth less, at twice the memory and time to
	// build. A bucket is 4 bytes.
	bucketsPerArea = 128
	minBuckets     = 1 << 12
	maxBuckets     = 1 << 22
)

// Index finds the area of a position. It lays a lattice over the map; most
// buckets lie wholly inside one area and answer at once, the others list the
// areas whose outline passes, which are then tested exactly.
type Index struct {
	codes  []string // ascending
	shapes []shape
	grid   lattice
	// cells holds one number a bucket: 0 nothing there, n > 0 wholly inside
	// area n-1 and no other, n < 0 a list at lists[-n].
	cells []int32
	lists []uint32 // length, then entries ascending by area
}

// An entry of a list is an area number shifted left once; the low bit says
// that the bucket lies wholly inside.
const entryInside = 1

// NewIndex prepares the areas, normally those of one level; areas of several
// levels lie on top of each other and the lowest code wins. The order of the
// areas, the direction and the start of their rings make no difference. Areas
// without geometry and rings with a corner that is not finite are never found;
// BuildTree refuses the latter.
func NewIndex(areas []Area) *Index {
	order := slices.Clone(areas)
	slices.SortStableFunc(order, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	x := &Index{codes: make([]string, len(order)), shapes: make([]shape, len(order))}
	bounds := geo.EmptyBounds()
	inParts(len(order), func(_, from, to int) {
		for i := from; i < to; i++ {
			x.codes[i], x.shapes[i] = order[i].Code, newShape(order[i].Geometry)
		}
	})
	for i := range x.shapes {
		bounds = bounds.Union(x.shapes[i].bounds)
	}
	if bounds.IsEmpty() {
		return x
	}
	x.grid = newLattice(bounds, len(order))
	x.fill(x.entries())
	return x
}

// Len is the number of areas.
func (x *Index) Len() int { return len(x.codes) }

// Locate finds the area that holds p. A position within EdgeTolerance of the
// outlines of several areas belongs to the lowest code among them.
func (x *Index) Locate(p geo.LngLat) (code string, ok bool) {
	n, ok := x.Find(p)
	if !ok {
		return "", false
	}
	return x.codes[n], true
}

// Find is Locate for callers that keep something of their own for each area:
// n is the area's place among the codes in ascending order, from 0.
func (x *Index) Find(p geo.LngLat) (n int, ok bool) {
	bucket, ok := x.grid.bucket(p.Lng, p.Lat)
	if !ok {
		return 0, false
	}
	cell := x.cells[bucket]
	if cell > 0 {
		return int(cell - 1), true
	}
	if cell == 0 {
		return 0, false
	}
	start := uint32(-cell)
	for _, entry := range x.lists[start+1 : start+1+x.lists[start]] {
		if entry&entryInside != 0 {
			return int(entry >> 1), true
		}
		if inside, on := x.shapes[entry>>1].test(p.Lng, p.Lat); inside || on {
			return int(entry >> 1), true
		}
	}
	return 0, false
}

// covering appends the numbers of all areas that hold x, y by the even-odd
// rule alone, without tolerance.
func (x *Index) covering(lng, lat float64, out []int) []int {
	bucket, ok := x.grid.bucket(lng, lat)
	if !ok || x.cells[bucket] == 0 {
		return out
	}
	cell := x.cells[bucket]
	if cell > 0 {
		return append(out, int(cell-1))
	}
	start := uint32(-cell)
	for _, entry := range x.lists[start+1 : start+1+x.lists[start]] {
		area := int(entry >> 1)
		if entry&entryInside == 0 {
			if inside, _ := x.shapes[area].test(lng, lat); !inside {
				continue
			}
		}
		out = append(out, area)
	}
	return out
}

type bucketEntry struct{ bucket, entry uint32 }

// entries lists for each area, ascending, the buckets on its outline and those
// wholly inside.
func (x *Index) entries() []bucketEntry {
	parts := make([][]bucketEntry, partsOf(len(x.shapes)))
	inParts(len(x.shapes), func(part, from, to int) { parts[part] = x.entriesOf(from, to) })
	return slices.Concat(parts...)
}

// entriesOf gives the entries of some areas.
func (x *Index) entriesOf(from, to int) []bucketEntry {
	var out []bucketEntry
	touched := make([]int32, x.grid.size())
	for i := from; i < to; i++ {
		s := &x.shapes[i]
		if len(s.edges) == 0 {
			continue
		}
		stamp := int32(i + 1)
		for k := range s.edges {
			x.grid.along(&s.edges[k], func(bucket int) {
				if touched[bucket] != stamp {
					touched[bucket] = stamp
					out = append(out, bucketEntry{uint32(bucket), uint32(i) << 1})
				}
			})
		}
		out = x.interior(out, i, touched)
	}
	return out
}

// interior walks the rows of an area's rectangle. Between two buckets on the
// outline the buckets are all inside or all outside, so one test a run will do.
func (x *Index) interior(out []bucketEntry, area int, touched []int32) []bucketEntry {
	g, s, stamp := &x.grid, &x.shapes[area], int32(area+1)
	c0, c1 := g.column(s.bounds.West), g.column(s.bounds.East)
	for row := g.row(s.bounds.South); row <= g.row(s.bounds.North); row++ {
		known, inside := false, false
		for column := c0; column <= c1; column++ {
			bucket := row*g.columns + column
			if touched[bucket] == stamp {
				known = false
				continue
			}
			if !known {
				inside, _ = s.test(g.center(column, row))
				known = true
			}
			if inside {
				out = append(out, bucketEntry{uint32(bucket), uint32(area)<<1 | entryInside})
			}
		}
	}
	return out
}

// fill packs the entries by bucket, keeping their order.
func (x *Index) fill(entries []bucketEntry) {
	counts := make([]uint32, x.grid.size())
	for _, e := range entries {
		counts[e.bucket]++
	}
	x.cells = make([]int32, x.grid.size())
	x.lists = make([]uint32, 1, 1+len(entries)) // position 0 stays free: -0 is 0
	for _, e := range entries {
		if counts[e.bucket] == 1 && e.entry&entryInside != 0 {
			x.cells[e.bucket] = int32(e.entry>>1) + 1
			continue
		}
		if x.cells[e.bucket] == 0 {
			x.cells[e.bucket] = -int32(len(x.lists))
			x.lists = append(x.lists, 0)
			x.lists = slices.Grow(x.lists, int(counts[e.bucket]))[:len(x.lists)+int(counts[e.bucket])]
		}
		start := uint32(-x.cells[e.bucket])
		x.lists[start]++
		x.lists[start+x.lists[start]] = e.entry
	}
}

// lattice is a regular division of a rectangle into buckets, row by row from
// the south-west.
type lattice struct {
	bounds        geo.Bounds
	columns, rows int
	perLng        float64 // buckets per degree
	perLat        float64
}

func newLattice(b geo.Bounds, areas int) lattice {
	const margin = 4 * EdgeTolerance
	b = geo.Bounds{West: b.West - margin, South: b.South - margin, East: b.East + margin, North: b.North + margin}
	n := float64(max(minBuckets, min(maxBuckets, bucketsPerArea*areas)))
	width, height := b.East-b.West, b.North-b.South
	columns := int(math.Max(1, math.Min(n, math.Sqrt(n*width/height))))
	rows := max(1, int(n)/columns)
	return lattice{
		bounds: b, columns: columns, rows: rows,
		perLng: float64(columns) / width, perLat: float64(rows) / height,
	}
}

func (g *lattice) size() int { return g.columns * g.rows }

// bucket is the number of the bucket that holds x, y, and false outside the
// lattice and for NaN.
func (g *lattice) bucket(x, y float64) (int, bool) {
	if !(x >= g.bounds.West && x <= g.bounds.East && y >= g.bounds.South && y <= g.bounds.North) || g.columns == 0 {
		return 0, false
	}
	return g.row(y)*g.columns + g.column(x), true
}

func (g *lattice) column(x float64) int {
	return max(0, min(g.columns-1, int((x-g.bounds.West)*g.perLng)))
}

func (g *lattice) row(y float64) int {
	return max(0, min(g.rows-1, int((y-g.bounds.South)*g.perLat)))
}

func (g *lattice) center(column, row int) (x, y float64) {
	return g.bounds.West + (float64(column)+0.5)/g.perLng, g.bounds.South + (float64(row)+0.5)/g.perLat
}

// along visits every bucket that comes within twice the tolerance of an edge:
// the surplus absorbs the rounding of bucket borders.
func (g *lattice) along(e *edge, visit func(bucket int)) {
	const reach = 2 * EdgeTolerance
	r0, r1 := g.row(e.ay-reach), g.row(e.by+reach)
	slope := 0.0
	if e.by > e.ay {
		slope = (e.bx - e.ax) / (e.by - e.ay)
	}
	for row := r0; row <= r1; row++ {
		x0, x1 := e.ax, e.bx
		if r0 < r1 && e.by > e.ay {
			bottom := g.bounds.South + float64(row)/g.perLat - reach
			top := bottom + 1/g.perLat + 2*reach
			x0 = e.ax + slope*(math.Max(bottom, e.ay)-e.ay)
			x1 = e.ax + slope*(math.Min(top, e.by)-e.ay)
		}
		x0, x1 = math.Min(x0, x1), math.Max(x0, x1)
		lo, hi := math.Min(e.ax, e.bx), math.Max(e.ax, e.bx)
		x0, x1 = math.Max(lo, x0)-reach, math.Min(hi, x1)+reach
		for column := g.column(x0); column <= g.column(x1); column++ {
			visit(row*g.columns + column)
		}
	}
}

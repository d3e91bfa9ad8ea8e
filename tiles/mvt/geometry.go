package mvt

import "reli/geo/tile"

// Extent is the number of units along a tile's edge.
const Extent = tile.Extent

// MaxZoom is the deepest zoom of world pixels: Extent·2^18 = 2^30, so positions
// a whole world beyond either edge still fit an int32, and so do differences
// between positions inside the world.
const MaxZoom = 18

// Point is a position in world pixels of one zoom: x east and y south from the
// north-west corner of the Web Mercator square, Extent units to a tile.
type Point struct{ X, Y int32 }

// Ring is a closed line without a repeated last point.
type Ring []Point

// Polygon is an exterior ring and the holes in it.
type Polygon []Ring

// Area2 returns twice the signed area in square units (surveyor's formula):
// positive for rings that run clockwise on the screen, as y points south, which
// is what the format asks of exterior rings. It is exact for rings that span
// less than 2^30 units.
func (r Ring) Area2() int64 {
	if len(r) < 3 {
		return 0
	}
	o := r[0]
	var sum int64
	for i := 1; i+1 < len(r); i++ {
		ax, ay := int64(r[i].X-o.X), int64(r[i].Y-o.Y)
		bx, by := int64(r[i+1].X-o.X), int64(r[i+1].Y-o.Y)
		sum += ax*by - bx*ay
	}
	return sum
}

// GeomType is the type of a feature's geometry as the format numbers it.
type GeomType uint8

// The geometry types of the format.
const (
	Unknown    GeomType = 0
	MultiPoint GeomType = 1
	LineString GeomType = 2
	Polygons   GeomType = 3
)

// Geometry is one feature's geometry at one zoom, ready to be copied into any
// tile of that zoom. It is immutable and may be shared; its bytes belong to the
// arena that made it. The zero value is no geometry and is never written.
type Geometry struct {
	first Point  // where the first MoveTo goes, in world pixels
	moves uint32 // command integer of the first MoveTo, 0: nothing
	kind  GeomType
	tail  []byte // everything after the first position
}

// Empty reports whether there is nothing to write.
func (g Geometry) Empty() bool { return g.moves == 0 }

// arenaBlock is how many bytes an arena takes from the heap at a time: about
// 3,000 hexagons.
const arenaBlock = 64 << 10

// Arena makes geometries and holds their bytes together, away from the garbage
// collector's view of single objects. The zero value is ready. An arena is for
// one goroutine; the geometries it made are not bound to one.
type Arena struct {
	block   []byte
	scratch []byte
	ring    Ring
}

// Reset forgets every geometry made so far, which must no longer be in use, and
// lets their bytes be taken again.
func (a *Arena) Reset() { a.block = a.block[:0] }

// Polygons prepares polygons in world pixels. Points that repeat the one before
// them are left out, rings run the way the format wants (exteriors positive,
// holes negative), and rings without an area are dropped, holes with their
// exterior. Empty is returned when nothing is left. Rings must not touch or
// cross each other or themselves: that is the caller's word, see package shape.
func (a *Arena) Polygons(polygons ...Polygon) Geometry {
	e := emitter{out: a.scratch[:0]}
	for _, polygon := range polygons {
		for i, ring := range polygon {
			a.ring = appendDistinct(a.ring[:0], ring)
			area := a.ring.Area2()
			if area != 0 {
				e.ring(a.ring, (area > 0) != (i == 0))
			} else if i == 0 {
				break
			}
		}
	}
	a.scratch = e.out
	if !e.started {
		return Geometry{}
	}
	return Geometry{first: e.first, moves: uint32(command(commandMoveTo, 1)), kind: Polygons, tail: a.keep(e.out)}
}

// Points prepares one feature of one or several points in world pixels.
func (a *Arena) Points(points ...Point) Geometry {
	if len(points) == 0 {
		return Geometry{}
	}
	e := emitter{out: a.scratch[:0], at: points[0]}
	for _, p := range points[1:] {
		e.delta(p)
	}
	a.scratch = e.out
	return Geometry{first: points[0], moves: uint32(command(commandMoveTo, len(points))), kind: MultiPoint, tail: a.keep(e.out)}
}

// keep copies b into the arena.
func (a *Arena) keep(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	if cap(a.block)-len(a.block) < len(b) {
		a.block = make([]byte, 0, max(arenaBlock, len(b)))
	}
	from := len(a.block)
	a.block = append(a.block, b...)
	return a.block[from:len(a.block):len(a.block)]
}

// emitter writes the commands of one feature except its first MoveTo.
type emitter struct {
	out     []byte
	first   Point
	at      Point // the cursor, which ClosePath does not move
	started bool
}

// ring writes one ring of at least three points, backwards if reverse.
func (e *emitter) ring(r Ring, reverse bool) {
	start := r[0]
	if e.started {
		e.out = appendVarint(e.out, command(commandMoveTo, 1))
		e.delta(start)
	} else {
		e.started, e.first, e.at = true, start, start
	}
	e.out = appendVarint(e.out, command(commandLineTo, len(r)-1))
	if reverse {
		for i := len(r) - 1; i > 0; i-- {
			e.delta(r[i])
		}
	} else {
		for _, p := range r[1:] {
			e.delta(p)
		}
	}
	e.out = append(e.out, byte(command(commandClosePath, 1)))
}

func (e *emitter) delta(p Point) {
	e.out = appendVarint(e.out, zigzag(p.X-e.at.X))
	e.out = appendVarint(e.out, zigzag(p.Y-e.at.Y))
	e.at = p
}

// appendDistinct appends r without points that repeat the one before them, the
// last and first included.
func appendDistinct(dst Ring, r Ring) Ring {
	for _, p := range r {
		if len(dst) == 0 || dst[len(dst)-1] != p {
			dst = append(dst, p)
		}
	}
	for len(dst) > 1 && dst[len(dst)-1] == dst[0] {
		dst = dst[:len(dst)-1]
	}
	return dst
}

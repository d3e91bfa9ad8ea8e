// Package hex gives every room its hexagons: H3 cells as plain numbers, their
// family tree, their outlines and the cells that cover a shape.
//
// It is the only importer of uber/h3-go, so the C library behind it has one
// door. Questions the bits of an index can answer (resolution, parent, range
// of children) never cross that door. It keeps no state and is safe for
// concurrent use.
package hex

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	h3 "github.com/uber/h3-go/v4"

	"reli/geo"
)

// MaxResolution is the finest H3 resolution (cells of about 0.9 m²).
const MaxResolution = 15

// MaxCells limits what one call may return: 32 MiB of indexes, ten times a
// county at resolution 10. Without it one careless request fills the memory.
const MaxCells = 1 << 22

// MaxRings limits k of Disk and Ring for the same reason (785,000 cells).
const MaxRings = 511

// The errors of this package.
var (
	ErrInvalid    = errors.New("hex: not an H3 cell")
	ErrResolution = errors.New("hex: resolution is not in 0..15")
	ErrTooMany    = errors.New("hex: more cells than one call may return")
)

// Cell is an H3 index; 0 is no cell. Other values come from FromLngLat, Parse
// and the methods here, or from the store, where they were checked on the way
// in. Unsigned order is the order of the tree: descendants of one cell are
// neighbours in it.
type Cell uint64

// Layout of an index (H3 documentation, "H3 index"): 4 bits of resolution from
// bit 52, 7 bits of base cell from bit 45, then fifteen 3-bit digits, coarsest
// first; the digits below the resolution are 7.
const (
	resolutionShift = 52
	resolutionMask  = Cell(0xF) << resolutionShift
	digitBits       = 3
	textLength      = 15
)

// FromLngLat is the cell at a resolution that holds p. It refuses what
// geo.New refuses with the same error, and a resolution outside 0..15 with
// ErrResolution.
func FromLngLat(p geo.LngLat, res int) (Cell, error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	if err := checkResolution(res); err != nil {
		return 0, err
	}
	c, err := h3.LatLngToCell(h3.LatLng{Lat: p.Lat, Lng: p.Lng}, res)
	if err != nil {
		return 0, fmt.Errorf("hex: locate %v, %v: %w", p.Lng, p.Lat, err)
	}
	return Cell(c), nil
}

// Parse reads the text form: exactly 15 lower-case hexadecimal digits, so that
// a cell has one spelling and a spelling can be a cache key. Anything else
// gives an error that wraps ErrInvalid.
func Parse(s string) (Cell, error) {
	v, err := strconv.ParseUint(s, 16, 64)
	c := Cell(v)
	if err != nil || len(s) != textLength || c.String() != s || !c.Valid() {
		return 0, fmt.Errorf("%w: %q", ErrInvalid, s)
	}
	return c, nil
}

// Valid asks the library whether c is a cell.
func (c Cell) Valid() bool { return c>>63 == 0 && h3.Cell(c).IsValid() }

// String is the text form, 15 hexadecimal digits; "0" for no cell.
func (c Cell) String() string { return strconv.FormatUint(uint64(c), 16) }

// Resolution is 0 (coarsest) to 15.
func (c Cell) Resolution() int { return int(c & resolutionMask >> resolutionShift) }

// Parent is the ancestor of c at a resolution not finer than its own, c itself
// at its own; 0 for any other resolution.
func (c Cell) Parent(res int) Cell {
	if res < 0 || res > c.Resolution() {
		return 0
	}
	return c.with(res) | tail(res)
}

// ChildRange gives the lowest and the highest index that a descendant of c at
// a resolution can have. All its descendants, and no other cell of that
// resolution, lie between, ends included. 0, 0 for a coarser resolution than
// c's or one beyond 15.
func (c Cell) ChildRange(res int) (lo, hi Cell) {
	own := c.Resolution()
	if res < own || res > MaxResolution {
		return 0, 0
	}
	base := c.with(res) &^ tail(own)
	var sixes Cell
	for r := own + 1; r <= res; r++ {
		sixes |= digit(6, r)
	}
	return base | tail(res), base | sixes | tail(res)
}

// Children are the descendants of c at a resolution, ascending: 7 a level, 6
// of a pentagon. Nil where ChildRange is 0, 0 and when there would be more
// than MaxCells.
func (c Cell) Children(res int) []Cell {
	own := c.Resolution()
	if res < own || res > MaxResolution {
		return nil
	}
	n := 1
	for range res - own {
		if n *= 7; n > MaxCells {
			return nil
		}
	}
	return c.appendChildren(make([]Cell, 0, n), res)
}

func (c Cell) appendChildren(out []Cell, res int) []Cell {
	if c.Resolution() == res {
		return append(out, c)
	}
	for _, child := range c.nextLevel() {
		if child != 0 {
			out = child.appendChildren(out, res)
		}
	}
	return out
}

// nextLevel are the children one level down by digit; the deleted digit 1 of a
// pentagon is 0.
func (c Cell) nextLevel() (out [7]Cell) {
	res := c.Resolution() + 1
	base := c.with(res) &^ digit(7, res)
	for d := range out {
		out[d] = base | digit(Cell(d), res)
	}
	if c.isPentagon() {
		out[1] = 0
	}
	return out
}

// isPentagon asks the library only about the few cells whose digits are all 0.
func (c Cell) isPentagon() bool {
	const digits = 1<<resolutionShift>>7 - 1
	return c&digits == tail(c.Resolution()) && h3.Cell(c).IsPentagon()
}

// Center is the middle of the cell; the zero LngLat if c is not a cell.
func (c Cell) Center() geo.LngLat {
	if !c.Valid() {
		return geo.LngLat{}
	}
	return c.center()
}

// center is Center of a known cell; the library gives some position for
// anything else.
func (c Cell) center() geo.LngLat {
	p, err := h3.Cell(c).LatLng()
	if err != nil {
		return geo.LngLat{}
	}
	return geo.LngLat{Lng: p.Lng, Lat: p.Lat}
}

// Boundary is the outline of the cell: an open ring, counter-clockwise, 5 to
// 10 corners; nil if c is not a cell. Longitudes are continuous around the
// cell's centre, so those of a cell on the antimeridian can pass ±180°. The
// cell that holds a pole is not a ring in degrees; its corners are returned as
// they are.
func (c Cell) Boundary() []geo.LngLat {
	if !c.Valid() {
		return nil
	}
	corners, err := h3.Cell(c).Boundary()
	if err != nil {
		return nil
	}
	center := c.center()
	out := make([]geo.LngLat, len(corners))
	for i, p := range corners {
		out[i] = geo.LngLat{Lng: nearest(p.Lng, center.Lng), Lat: p.Lat}
	}
	return out
}

// Disk is c and every cell at most k steps away, ascending; nil if c is not a
// cell or k is not in 0..MaxRings.
func (c Cell) Disk(k int) []Cell {
	if k < 0 || k > MaxRings || !c.Valid() {
		return nil
	}
	cells, err := h3.Cell(c).GridDisk(k)
	if err != nil {
		return nil
	}
	return sorted(cells)
}

// Ring is every cell exactly k steps away, ascending; nil under the conditions
// of Disk.
func (c Cell) Ring(k int) []Cell {
	if k < 0 || k > MaxRings || !c.Valid() {
		return nil
	}
	rings, err := h3.Cell(c).GridDiskDistances(k)
	if err != nil || len(rings) <= k {
		return nil
	}
	return sorted(rings[k])
}

// CircumradiusDegrees is how far the corners of c lie from its centre, as
// degrees of longitude and of latitude: widening a rectangle by it catches
// every position from which the cell can reach into the rectangle. Near a pole
// the longitude is 180°. 0, 0 if c is not a cell.
func CircumradiusDegrees(c Cell) (lng, lat float64) {
	if !c.Valid() {
		return 0, 0
	}
	corners, err := h3.Cell(c).Boundary()
	if err != nil {
		return 0, 0
	}
	center := c.center()
	var r float64
	for _, p := range corners {
		r = math.Max(r, h3.GreatCircleDistanceRads(h3.LatLng{Lat: center.Lat, Lng: center.Lng}, p))
	}
	return capWidth(center.Lat, r), r * 180 / math.Pi
}

func (c Cell) with(res int) Cell { return c&^resolutionMask | Cell(res)<<resolutionShift }

// tail is the bits of the unused digits below res, all set.
func tail(res int) Cell { return 1<<(digitBits*(MaxResolution-res)) - 1 }

func digit(d Cell, res int) Cell { return d << (digitBits * (MaxResolution - res)) }

// nearest moves lng by full turns to within 180° of origin.
func nearest(lng, origin float64) float64 {
	return lng - 360*math.Round((lng-origin)/360)
}

func checkResolution(res int) error {
	if res < 0 || res > MaxResolution {
		return fmt.Errorf("%w: %d", ErrResolution, res)
	}
	return nil
}

func sorted(cells []h3.Cell) []Cell {
	out := make([]Cell, len(cells))
	for i, c := range cells {
		out[i] = Cell(c)
	}
	slices.Sort(out)
	return out
}

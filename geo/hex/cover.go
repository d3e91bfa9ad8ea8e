package hex

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	h3 "github.com/uber/h3-go/v4"

	"reli/geo"
)

const (
	// earthRadiusKm is the sphere H3 measures on.
	earthRadiusKm = 6371.007180918475
	// Upper bounds in mean edge lengths, on the whole sphere and at every
	// resolution: the largest distance from centre to corner (sampled: 1.104)
	// and from a cell's centre to any point of any descendant (sampled: 1.138).
	// A test samples both again.
	circumradiusEdges = 1.15
	familyEdges       = 1.30
)

// CoverBounds lists every cell at a resolution whose hexagon may share a
// position with b, ascending: the cells whose centre lies in b widened by one
// circumradius. A few of them may not touch b; none that touches it is missing,
// however small b is and wherever it lies, poles and antimeridian included. An
// empty b gives no cells. Errors: ErrResolution, ErrTooMany, and
// *geo.CoordinateError for numbers that are not bounds.
func CoverBounds(b geo.Bounds, res int) ([]Cell, error) {
	if err := checkResolution(res); err != nil {
		return nil, err
	}
	if b == geo.EmptyBounds() {
		return nil, nil
	}
	if _, err := geo.NewBounds(b.West, b.South, b.East, b.North); err != nil {
		return nil, err
	}
	roots, err := h3.Res0Cells()
	if err != nil {
		return nil, fmt.Errorf("hex: base cells: %w", err)
	}
	w := walk{bounds: b, res: res}
	for r := range w.reach {
		edges := familyEdges
		if r == res {
			edges = circumradiusEdges
		}
		if w.reach[r], err = edgeRadians(r); err != nil {
			return nil, err
		}
		w.reach[r] *= edges
	}
	for _, root := range sorted(roots) {
		if err := w.visit(root); err != nil {
			return nil, err
		}
	}
	return w.out, nil
}

// walk descends the tree of cells. A cell whose family cannot reach the bounds
// is dropped; one whose family lies inside is taken whole by arithmetic on its
// index; only those on the edge ask the library where they are.
type walk struct {
	bounds geo.Bounds
	res    int
	reach  [MaxResolution + 1]float64 // radians, by resolution
	out    []Cell
}

func (w *walk) visit(c Cell) error {
	res := c.Resolution()
	center := c.center()
	span := capBounds(center, w.reach[res])
	if !touches(span, w.bounds) {
		return nil
	}
	if res == w.res || within(span, w.bounds) {
		return w.take(c)
	}
	for _, child := range c.nextLevel() {
		if child == 0 {
			continue
		}
		if err := w.visit(child); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) take(c Cell) error {
	count := math.Pow(7, float64(w.res-c.Resolution()))
	if float64(len(w.out))+count > MaxCells {
		return fmt.Errorf("%w: over %d at resolution %d", ErrTooMany, MaxCells, w.res)
	}
	w.out = c.appendChildren(w.out, w.res)
	return nil
}

// Fill lists the cells at a resolution whose centre lies in p, ascending:
// shapes that do not overlap share none, so it can split a map. Edges are
// straight in degrees; shapes wider than 180° or across the antimeridian are
// not for it. Errors: ErrResolution, ErrTooMany, and *geo.CoordinateError for
// a corner that is not a position.
func Fill(p orb.MultiPolygon, res int) ([]Cell, error) {
	if err := checkResolution(res); err != nil {
		return nil, err
	}
	var out []Cell
	for _, polygon := range p {
		shape, err := toLoops(polygon, res)
		if err != nil {
			return nil, err
		}
		if b := geo.BoundsOf(polygon); !(b.West < b.East && b.South < b.North) {
			continue // no ground; the library fails on it
		}
		cells, err := h3.PolygonToCells(shape, res)
		if err != nil {
			return nil, fmt.Errorf("hex: fill polygon: %w", err)
		}
		out = append(out, sorted(cells)...)
	}
	return unique(out), nil
}

// Cover lists every cell at a resolution that may share a position with p,
// ascending: Fill and everything near the edge of p. Some cells may lie up to
// one ring outside. Errors as Fill.
func Cover(p orb.MultiPolygon, res int) ([]Cell, error) {
	out, err := Fill(p, res)
	if err != nil {
		return nil, err
	}
	edge, err := edgeRadians(res)
	if err != nil {
		return nil, err
	}
	t := tracer{res: res, step: edge / 2 * 180 / math.Pi, seen: map[Cell]bool{}}
	for _, polygon := range p {
		for _, ring := range polygon {
			if err := t.ring(ring); err != nil {
				return nil, err
			}
		}
	}
	for c := range t.seen {
		out = append(out, c.Disk(1)...)
	}
	return unique(out), nil
}

// tracer collects the cells along rings. With two samples half an edge apart
// no point of the line is further than a quarter edge from a sampled cell, so
// the sampled cells and their neighbours hold the whole line.
type tracer struct {
	res  int
	step float64 // degrees
	seen map[Cell]bool
}

func (t *tracer) ring(r orb.Ring) error {
	for i := range r {
		a, b := r[i], r[(i+1)%len(r)]
		length := math.Hypot(b[0]-a[0], b[1]-a[1])
		n := int(math.Ceil(length/t.step)) + 1
		if n > MaxCells {
			return fmt.Errorf("%w: along an edge", ErrTooMany)
		}
		for j := range n {
			f := float64(j) / float64(n)
			p := geo.LngLat{Lng: a[0] + (b[0]-a[0])*f, Lat: a[1] + (b[1]-a[1])*f}
			if p == (geo.LngLat{}) {
				continue // a line may pass through 0, 0; its other samples are near enough
			}
			c, err := FromLngLat(p, t.res)
			if err != nil {
				return err
			}
			t.seen[c] = true
		}
		if len(t.seen) > MaxCells {
			return fmt.Errorf("%w: along a ring", ErrTooMany)
		}
	}
	return nil
}

// toLoops checks the corners and the size before the library allocates.
func toLoops(polygon orb.Polygon, res int) (h3.GeoPolygon, error) {
	var shape h3.GeoPolygon
	for i, ring := range polygon {
		loop := make(h3.GeoLoop, 0, len(ring))
		for _, p := range ring {
			if err := geo.FromPoint(p).Check(); err != nil && p != (orb.Point{}) {
				return h3.GeoPolygon{}, err
			}
			loop = append(loop, h3.LatLng{Lat: p[1], Lng: p[0]})
		}
		if n := len(loop); n > 1 && loop[0] == loop[n-1] {
			loop = loop[:n-1]
		}
		if i == 0 {
			shape.GeoLoop = loop
		} else if len(loop) > 2 {
			shape.Holes = append(shape.Holes, loop)
		}
	}
	b := geo.BoundsOf(polygon)
	mean, err := h3.HexagonAreaAvgKm2(res)
	if err != nil {
		return h3.GeoPolygon{}, fmt.Errorf("hex: cell area: %w", err)
	}
	x0, y0 := geo.EqualArea(geo.LngLat{Lng: b.West, Lat: b.South})
	x1, y1 := geo.EqualArea(geo.LngLat{Lng: b.East, Lat: b.North})
	if (x1-x0)*(y1-y0)/1e6/mean > MaxCells {
		return h3.GeoPolygon{}, fmt.Errorf("%w: over %d at resolution %d", ErrTooMany, MaxCells, res)
	}
	return shape, nil
}

func unique(cells []Cell) []Cell {
	slices.Sort(cells)
	return slices.Compact(cells)
}

// edgeRadians is the mean edge length of a resolution as an angle.
func edgeRadians(res int) (float64, error) {
	km, err := h3.HexagonEdgeLengthAvgKm(res)
	if err != nil {
		return 0, fmt.Errorf("hex: edge length: %w", err)
	}
	return km / earthRadiusKm, nil
}

// capWidth is the half width in degrees of longitude of a spherical cap of
// radius r (radians) around a latitude in degrees; 180 when the cap holds a
// pole.
func capWidth(lat, r float64) float64 {
	phi := math.Abs(lat) * math.Pi / 180
	if phi+r >= math.Pi/2 {
		return 180
	}
	return math.Asin(math.Sin(r)/math.Cos(phi)) * 180 / math.Pi
}

// capBounds is the rectangle around a cap; its longitudes may pass ±180°.
func capBounds(center geo.LngLat, r float64) geo.Bounds {
	lng, lat := capWidth(center.Lat, r), r*180/math.Pi
	return geo.Bounds{
		West: center.Lng - lng, South: center.Lat - lat,
		East: center.Lng + lng, North: center.Lat + lat,
	}
}

// touches and within compare a cap's rectangle with bounds on the circle of
// longitudes.
func touches(span, b geo.Bounds) bool {
	return turned(span, func(s geo.Bounds) bool { return s.Intersects(b) })
}

func within(span, b geo.Bounds) bool {
	return turned(span, func(s geo.Bounds) bool {
		return b.West <= s.West && s.East <= b.East && b.South <= s.South && s.North <= b.North
	})
}

func turned(span geo.Bounds, test func(geo.Bounds) bool) bool {
	for _, turn := range [3]float64{0, -360, 360} {
		s := span
		s.West += turn
		s.East += turn
		if test(s) {
			return true
		}
	}
	return false
}

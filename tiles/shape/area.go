package shape

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"reli/tiles/mvt"
)

// MaxZoom is the deepest zoom shapes are prepared for. Borders are kept in its
// world pixels: 7 cm at the equator, and positions nearer than that are one.
//
// All arithmetic on its positions, half units included, fits 64 bits.
const MaxZoom = 17

// Buffer is how far, in tile units, geometry reaches beyond a tile's edges.
const Buffer = 64

// Area is one feature of a layer: its code and its shape in degrees. Rings may
// run either way and may repeat the first point at the end.
type Area struct {
	Code     string
	Geometry orb.MultiPolygon
}

// Options say how much detail is kept.
type Options struct {
	// Tolerance is how far a simplified border may be from the true one before
	// rounding, in tile units; 0 keeps every vertex where a border bends.
	Tolerance float64
	// FullDetail is the zoom from which borders are not simplified but only
	// rounded, as clients show its tiles enlarged: the declared maxzoom.
	FullDetail int
	// ClipAbove is the longer side, in tile units, above which areas are clipped
	// to the tile and its buffer. Smaller ones are written whole.
	ClipAbove int32
	// Crowd is the number of areas from which a layer is a crowd. Where its
	// areas are a few pixels wide, its bytes count for more than the shapes that
	// nobody can see: all borders then run along whole pixels, and areas of a
	// pixel or two are upright rectangles. 0: never.
	Crowd int
}

// Defaults are half a pixel on a map of 512-pixel tiles, full detail
// from zoom 14, clipping of what is larger than a quarter of a tile, and a
// crowd of more areas than a county of the usual size has.
func Defaults() Options {
	return Options{Tolerance: 4, FullDetail: 14, ClipAbove: mvt.Extent / 4, Crowd: 4000}
}

// ErrNoShape is in the error of [Build] for an area whose geometry has no area.
var ErrNoShape = errors.New("shape: no ring with an area")

// Layer is a set of areas, one level of a division. It is safe for concurrent
// use.
type Layer struct {
	mesh  *mesh
	place int // among the layers of the mesh
	codes []string
}

// Build prepares layers of areas that share their borders. Levels that show
// the same county belong in one call: their common borders are then simplified
// alike. Areas keep their order. Zooms are computed when first asked for.
func Build(options Options, layers ...[]Area) ([]*Layer, error) {
	m := &mesh{options: options}
	var out []*Layer
	for place, areas := range layers {
		l := &Layer{mesh: m, place: place}
		var shapes [][]mvt.Ring
		for _, area := range areas {
			rings := project(area.Geometry)
			if len(rings) == 0 {
				return nil, fmt.Errorf("area %q: %w", area.Code, ErrNoShape)
			}
			l.codes = append(l.codes, area.Code)
			shapes = append(shapes, rings)
		}
		m.shapes = append(m.shapes, shapes)
		out = append(out, l)
	}
	m.build()
	return out, nil
}

// Len returns the number of areas.
func (l *Layer) Len() int { return len(l.codes) }

// Code returns the code of area i, in the order given to [Build].
func (l *Layer) Code(i int) string { return l.codes[i] }

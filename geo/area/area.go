// Package area holds the administrative map: the tree of divisions with their
// codes, the index that finds the area of a position, and the check that a set
// of polygons covers its ground without gap and overlap (全覆盖、不交叉).
//
// It reads no files and knows no database: ingest and web hand it areas and
// keep what it returns. Trees and indexes never change once built and are safe
// for concurrent use; a new map is a new tree and a new index.
package area

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"reli/geo"
)

// Level is the rank of an area in the tree, coarse to fine.
type Level uint8

// The levels. Unknown is the zero value and is refused by BuildTree.
const (
	Unknown Level = iota
	County
	Township
	Village
	Grid
)

var levelNames = [...]string{"unknown", "county", "township", "village", "grid"}

// String is the name used in URLs and files.
func (l Level) String() string {
	if int(l) >= len(levelNames) {
		return levelNames[Unknown]
	}
	return levelNames[l]
}

// ParseLevel is the inverse of String for the four real levels.
func ParseLevel(s string) (Level, error) {
	for l := County; l <= Grid; l++ {
		if levelNames[l] == s {
			return l, nil
		}
	}
	return Unknown, fmt.Errorf("area: unknown level %q", s)
}

// Area is one division or grid. Code is an opaque string, unique in its set;
// where codes are the 12-digit statistical or the 15-digit grid codes, their
// prefixes must agree with the tree. Geometry is in degrees, exterior rings
// first, holes after; ring direction does not matter. Population 0 is unknown.
type Area struct {
	Code, Parent, Name string
	Level              Level
	Population         uint32
	Geometry           orb.MultiPolygon
}

// SquareMetres is the area of p on the ellipsoid, holes taken off, computed on
// the cylindrical equal-area projection of its corners. Edges count as
// straight there, which differs from straight in degrees by about 1 in 10^5
// for kilometre-long edges.
func SquareMetres(p orb.MultiPolygon) float64 {
	var total float64
	for _, polygon := range p {
		for i, ring := range polygon {
			a := math.Abs(ringSquareMetres(ring))
			if i > 0 {
				a = -a
			}
			total += a
		}
	}
	return total
}

func ringSquareMetres(r orb.Ring) float64 {
	if len(r) < 3 {
		return 0
	}
	// Relative to the first corner: the products of full coordinates would
	// lose seven digits.
	x0, y0 := geo.EqualArea(geo.FromPoint(r[0]))
	var sum, px, py float64
	for _, p := range r[1:] {
		x, y := geo.EqualArea(geo.FromPoint(p))
		x, y = x-x0, y-y0
		sum += px*y - x*py
		px, py = x, y
	}
	return sum / 2
}

package area

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"

	"reli/geo"
)

// FaultKind says how a map breaks the rule “全覆盖、不交叉”.
type FaultKind string

// The kinds of fault.
const (
	Gap     FaultKind = "gap"     // ground that belongs to no area
	Overlap FaultKind = "overlap" // ground that belongs to two areas or more
	Outside FaultKind = "outside" // ground of an area beyond the outline
)

// SliverSquareMetres is the size below which a fault is ignored. Where a
// corner of one area meets the middle of its neighbour's edge, the two lines
// cannot agree to the last digit: with seven decimals they part by up to half
// a centimetre, 0.5 m² on 200 m. That is finer than any survey of a grid
// boundary.
const SliverSquareMetres = 0.5

// Fault is one connected piece of ground where the map is wrong.
//
// A and B are codes, A < B. Of an overlap they are the two lowest codes of the
// areas that lie there (B is empty if one area covers itself twice), of a gap
// the two areas that share the longest part of its edge (B is empty in a hole
// of a single area). Outside names the area in A.
type Fault struct {
	Kind         FaultKind
	A, B         string
	SquareMetres float64
	At           geo.LngLat // inside the fault, in its largest part
}

// CheckTopology finds the gaps and overlaps among areas, normally all of one
// level, and compares them with an outline. Without an outline (nil) a gap is
// ground enclosed by areas; a bay open to the outside is not one. Faults
// smaller than SliverSquareMetres, or nowhere wider than a micrometre, are
// ignored. The faults come in order of kind, A, B and position.
//
// Polygon edges are straight in degrees; square metres are measured on the
// ellipsoid with the scale at the place of each piece.
//
// How: edges that two neighbours share corner by corner cancel out, which
// leaves the outer edge of the map and the edges of faults. A line sweeps over
// those from west to east and cuts the ground between them into trapezoids on
// which the number of areas is constant; faulty trapezoids that touch are one
// fault. Nothing depends on how lines meet, so rounding can move a fault's edge
// by a hair but cannot lose or invent one. Where areas overlap, a second sweep
// also keeps the shared edges, to tell one pair of areas from the next.
func CheckTopology(areas []Area, outline orb.MultiPolygon) []Fault {
	x := NewIndex(areas)
	framed := outline != nil
	s := sweepLines(x, openLines(x, areas, outline, func(*edge) bool { return false }), framed)
	if crowded := s.crowded(); crowded != nil {
		s = sweepLines(x, openLines(x, areas, outline, crowded), framed)
	}
	faults := s.faults()
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
			cmp.Compare(a.At.Lng, b.At.Lng), cmp.Compare(a.At.Lat, b.At.Lat),
		)
	})
	return faults
}

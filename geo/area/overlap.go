package area

import (
	"cmp"
	"math"
	"slices"
)

// Share is the part of a grid's ground that lies in an area of another map.
type Share struct {
	Grid, Code   string
	SquareMetres float64
	Share        float64 // of the grid's ground, at most 1
	Chosen       bool    // the grid belongs to this area: the greatest share, the lower code of two
}

// Overlay lays a map over another, normally 片区 over grids, and gives what
// every grid shares with every area, in the order of grid and code. Shares
// smaller than SliverSquareMetres are none. A grid that lies in no area is not
// in the answer. Ground on which areas of one of the maps overlap counts where
// the lowest codes lie, as in CheckTopology.
func Overlay(grids, areas []Area) []Share {
	const lower, upper = "0", "1" // grids go before areas in the order of codes
	all := make([]Area, 0, len(grids)+len(areas))
	size := make(map[string]float64, len(grids))
	for _, g := range grids {
		size[g.Code] = SquareMetres(g.Geometry)
		all = append(all, Area{Code: lower + g.Code, Geometry: g.Geometry})
	}
	for _, a := range areas {
		all = append(all, Area{Code: upper + a.Code, Geometry: a.Geometry})
	}
	type key struct{ grid, code string }
	ground := map[key]float64{}
	for _, f := range CheckTopology(all, nil) {
		if f.Kind == Overlap && f.A[:1] == lower && f.B != "" && f.B[:1] == upper {
			ground[key{f.A[1:], f.B[1:]}] += f.SquareMetres
		}
	}
	out := make([]Share, 0, len(ground))
	for k, metres := range ground {
		out = append(out, Share{Grid: k.grid, Code: k.code, SquareMetres: metres, Share: math.Min(1, metres/size[k.grid])})
	}
	slices.SortFunc(out, func(a, b Share) int { return cmp.Or(cmp.Compare(a.Grid, b.Grid), cmp.Compare(a.Code, b.Code)) })
	for low := 0; low < len(out); {
		best, high := low, low
		for ; high < len(out) && out[high].Grid == out[low].Grid; high++ {
			// Two halves are never equal to the last digit: a thousandth apart is.
			if out[high].Share > out[best].Share+1e-3 {
				best = high
			}
		}
		out[best].Chosen = true
		low = high
	}
	return out
}

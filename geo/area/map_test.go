package area

import (
	"fmt"
	"math/rand/v2"

	"github.com/paulmach/orb"

	"reli/geo"
)

// A quilt is a fictional map: columns × rows crooked patches near 46.7 N,
// 131.1 E that share every edge, corner by corner.
type quilt struct {
	columns, rows int
	step          float64 // degrees
	bends         int     // extra corners on each shared edge
	corners       [][]orb.Point
	edges         map[[4]int][]orb.Point
}

const quiltWest, quiltSouth = 131.1, 46.7

func newQuilt(columns, rows, bends int, step float64, seed uint64) *quilt {
	r := rand.New(rand.NewPCG(seed, 7))
	q := &quilt{columns: columns, rows: rows, step: step, bends: bends, edges: map[[4]int][]orb.Point{}}
	for y := range rows + 1 {
		line := make([]orb.Point, columns+1)
		for x := range line {
			line[x] = orb.Point{
				quiltWest + step*(float64(x)+0.5*(r.Float64()-0.5)),
				quiltSouth + step*(float64(y)+0.5*(r.Float64()-0.5)),
			}
		}
		q.corners = append(q.corners, line)
	}
	for y := range rows + 1 {
		for x := range columns + 1 {
			if x < columns {
				q.bend(r, x, y, x+1, y)
			}
			if y < rows {
				q.bend(r, x, y, x, y+1)
			}
		}
	}
	return q
}

func (q *quilt) bend(r *rand.Rand, x0, y0, x1, y1 int) {
	a, b := q.corners[y0][x0], q.corners[y1][x1]
	for i := range q.bends {
		f := float64(i+1) / float64(q.bends+1)
		off := q.step * 0.1 * (r.Float64() - 0.5)
		q.edges[[4]int{x0, y0, x1, y1}] = append(q.edges[[4]int{x0, y0, x1, y1}], orb.Point{
			a[0] + (b[0]-a[0])*f - off*(b[1]-a[1])/q.step,
			a[1] + (b[1]-a[1])*f + off*(b[0]-a[0])/q.step,
		})
	}
}

// walk is the line from one corner to a neighbouring one, without its end.
func (q *quilt) walk(x0, y0, x1, y1 int) []orb.Point {
	out := []orb.Point{q.corners[y0][x0]}
	if line, ok := q.edges[[4]int{x0, y0, x1, y1}]; ok {
		return append(out, line...)
	}
	line := q.edges[[4]int{x1, y1, x0, y0}]
	for i := len(line) - 1; i >= 0; i-- {
		out = append(out, line[i])
	}
	return out
}

func (q *quilt) code(x, y int) string { return fmt.Sprintf("990101001201%06d", y*q.columns+x) }

func (q *quilt) patch(x, y int) Area {
	var ring orb.Ring
	ring = append(ring, q.walk(x, y, x+1, y)...)
	ring = append(ring, q.walk(x+1, y, x+1, y+1)...)
	ring = append(ring, q.walk(x+1, y+1, x, y+1)...)
	ring = append(ring, q.walk(x, y+1, x, y)...)
	ring = append(ring, ring[0])
	return Area{Code: q.code(x, y), Level: Grid, Geometry: orb.MultiPolygon{{ring}}}
}

// areas lists the patches, at most limit of them, row by row.
func (q *quilt) areas(limit int) []Area {
	var out []Area
	for y := range q.rows {
		for x := range q.columns {
			if len(out) < limit {
				out = append(out, q.patch(x, y))
			}
		}
	}
	return out
}

// outline is the edge of the whole quilt.
func (q *quilt) outline() orb.MultiPolygon {
	var ring orb.Ring
	for x := range q.columns {
		ring = append(ring, q.walk(x, 0, x+1, 0)...)
	}
	for y := range q.rows {
		ring = append(ring, q.walk(q.columns, y, q.columns, y+1)...)
	}
	for x := q.columns; x > 0; x-- {
		ring = append(ring, q.walk(x, q.rows, x-1, q.rows)...)
	}
	for y := q.rows; y > 0; y-- {
		ring = append(ring, q.walk(0, y, 0, y-1)...)
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}
}

func (q *quilt) randomPoint(r *rand.Rand) geo.LngLat {
	return geo.LngLat{
		Lng: quiltWest + q.step*float64(q.columns)*r.Float64(),
		Lat: quiltSouth + q.step*float64(q.rows)*r.Float64(),
	}
}

// city is the size the index and the check are measured at: 14,216 grids.
func city() (*quilt, []Area) {
	q := newQuilt(119, 120, 6, 0.01, 1)
	return q, q.areas(14216)
}

package shape

import (
	"math"

	"reli/tiles/mvt"
)

// keep is the weight of a vertex that is never left out.
const keep = math.MaxFloat32

// weigh returns, for every vertex of a line, the tolerance up to which Douglas
// and Peucker's method (1973) keeps it. One pass serves every zoom: the line at a
// tolerance is the vertices that weigh more.
func weigh(line mvt.Ring) []float32 {
	weights := make([]float32, len(line))
	last := len(line) - 1
	weights[0], weights[last] = keep, keep
	type part struct {
		from, to int
		most     float32
	}
	stack := []part{{to: last, most: keep}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		farthest, distance := 0, -1.0
		for i := p.from + 1; i < p.to; i++ {
			if d := distanceToSegment(line[i], line[p.from], line[p.to]); d > distance {
				farthest, distance = i, d
			}
		}
		if farthest == 0 {
			continue
		}
		weight := min(float32(distance), p.most)
		if line[p.from] == line[p.to] {
			weight = p.most // a closed line keeps its two far ends
		}
		weights[farthest] = weight
		stack = append(stack, part{from: p.from, to: farthest, most: weight}, part{from: farthest, to: p.to, most: weight})
	}
	return weights
}

func distanceToSegment(p, a, b mvt.Point) float64 {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	px, py := float64(p.X-a.X), float64(p.Y-a.Y)
	if square := dx*dx + dy*dy; square > 0 {
		t := min(1, max(0, (px*dx+py*dy)/square))
		px, py = px-t*dx, py-t*dy
	}
	return math.Sqrt(px*px + py*py)
}

package demo

import "math"

// point is a place on the plane of the fictional county, in metres: x grows
// to the east, y to the north, the origin is the county's centre.
type point struct{ x, y float64 }

func (p point) sub(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) dot(q point) float64 { return p.x*q.x + p.y*q.y }
func (p point) dist(q point) float64 {
	return math.Hypot(p.x-q.x, p.y-q.y)
}

// lerp is the point a share t of the way from p to q.
func (p point) lerp(q point, t float64) point {
	return point{p.x + (q.x-p.x)*t, p.y + (q.y-p.y)*t}
}

// polygon is a ring of points, counter-clockwise, not closed.
type polygon []point

// area is the signed area in square metres, positive when counter-clockwise.
func (g polygon) area() float64 {
	sum := 0.0
	for i, p := range g {
		q := g[(i+1)%len(g)]
		sum += p.x*q.y - q.x*p.y
	}
	return sum / 2
}

// centroid is the centre of mass.
func (g polygon) centroid() point {
	var sum, cx, cy float64
	o := g[0] // relative to one corner: no cancellation far from the origin
	for i := range g {
		p, q := g[i].sub(o), g[(i+1)%len(g)].sub(o)
		w := p.x*q.y - q.x*p.y
		sum += w
		cx += (p.x + q.x) * w
		cy += (p.y + q.y) * w
	}
	if sum == 0 {
		return o
	}
	return point{o.x + cx/(3*sum), o.y + cy/(3*sum)}
}

// clip keeps the part where n·p ≤ c, written over dst. The input is convex,
// and so is the result; it is empty when nothing is left.
func (g polygon) clip(n point, c float64, dst polygon) polygon {
	dst = dst[:0]
	if len(g) == 0 {
		return dst
	}
	prev := g[len(g)-1]
	dPrev := n.dot(prev) - c
	for _, p := range g {
		d := n.dot(p) - c
		if (d <= 0) != (dPrev <= 0) {
			dst = append(dst, prev.lerp(p, dPrev/(dPrev-d)))
		}
		if d <= 0 {
			dst = append(dst, p)
		}
		prev, dPrev = p, d
	}
	if len(dst) < 3 {
		return dst[:0]
	}
	return dst
}

// contains reports whether p lies inside the convex polygon or on its edge.
func (g polygon) contains(p point) bool {
	for i, a := range g {
		b := g[(i+1)%len(g)]
		if (b.x-a.x)*(p.y-a.y)-(b.y-a.y)*(p.x-a.x) < 0 {
			return false
		}
	}
	return len(g) > 0
}

// bounds is the smallest upright box around the polygon.
func (g polygon) bounds() (lo, hi point) {
	lo, hi = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, p := range g {
		lo = point{math.Min(lo.x, p.x), math.Min(lo.y, p.y)}
		hi = point{math.Max(hi.x, p.x), math.Max(hi.y, p.y)}
	}
	return lo, hi
}

// simple reports whether no two edges cross. Quadratic: for the small rings
// of single cells only.
func (g polygon) simple() bool {
	n := len(g)
	for i := range n {
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue
			}
			if cross(g[i], g[(i+1)%n], g[j], g[(j+1)%n]) {
				return false
			}
		}
	}
	return true
}

// cross reports whether the segments ab and cd meet.
func cross(a, b, c, d point) bool {
	side := func(p, q, r point) float64 { return (q.x-p.x)*(r.y-p.y) - (q.y-p.y)*(r.x-p.x) }
	return side(a, b, c)*side(a, b, d) <= 0 && side(c, d, a)*side(c, d, b) <= 0
}

// sharpest is the smallest inner angle in degrees.
func (g polygon) sharpest() float64 {
	least := 360.0
	n := len(g)
	for i := range n {
		u, v := g[(i+1)%n].sub(g[i]), g[(i+n-1)%n].sub(g[i])
		angle := math.Atan2(u.x*v.y-u.y*v.x, u.dot(v)) * 180 / math.Pi
		if angle < 0 {
			angle += 360
		}
		least = math.Min(least, angle)
	}
	return least
}

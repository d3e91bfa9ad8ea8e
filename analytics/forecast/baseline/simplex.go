package baseline

import (
	"math"
	"slices"
)

const (
	// simplexTolerance of the objective, relative to its value at the start:
	// the square root of the machine's precision.
	simplexTolerance = 1.4901161193847656e-08
	// simplexWall stands for a value that is not finite.
	simplexWall = 1e35
	// simplexEdge is the first edge, as a share of the largest parameter.
	simplexEdge = .1
)

// simplex is the state of a direct search by Nelder & Mead with the
// coefficients 1, ½ and 2 (Nash 1990, Compact Numerical Methods for Computers,
// algorithm 19). Its steps are those of R's optim, so that published fits can
// be repeated digit by digit.
type simplex struct {
	f             func([]float64) float64
	corners       [][]float64
	values        []float64
	lowest, worst int
	evaluations   int
	size          float64
}

// minimise looks for the lowest value of f from start, where f is finite, with
// little more than so many evaluations, and returns the best point.
func minimise(f func([]float64) float64, start []float64, evaluations int) []float64 {
	s := newSimplex(f, start)
	tolerance := simplexTolerance * (math.Abs(s.values[0]) + simplexTolerance)
	for again := true; again && s.evaluations <= evaluations; {
		s.rank()
		if s.values[s.worst] <= s.values[s.lowest]+tolerance {
			break
		}
		again = s.step()
	}
	s.rank()
	return s.corners[s.lowest]
}

func newSimplex(f func([]float64) float64, start []float64) *simplex {
	edge := 0.0
	for _, v := range start {
		edge = max(edge, simplexEdge*math.Abs(v))
	}
	if edge == 0 {
		edge = simplexEdge
	}
	s := &simplex{f: f, size: edge * float64(10*len(start))}
	s.add(slices.Clone(start))
	for i := range start {
		corner := slices.Clone(start)
		corner[i] += edge
		s.add(corner)
	}
	return s
}

func (s *simplex) add(corner []float64) {
	s.corners = append(s.corners, corner)
	s.values = append(s.values, s.at(corner))
}

func (s *simplex) at(x []float64) float64 {
	s.evaluations++
	if v := s.f(x); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return v
	}
	return simplexWall
}

// rank finds the lowest corner, staying at the one before among equals, and
// the first of the worst.
func (s *simplex) rank() {
	s.worst = s.lowest
	for j, v := range s.values {
		if v < s.values[s.lowest] {
			s.lowest = j
		}
		if v > s.values[s.worst] {
			s.worst = j
		}
	}
}

// step moves the worst corner, or shrinks all towards the lowest; false says
// that shrinking no longer makes the simplex smaller.
func (s *simplex) step() bool {
	centre := s.centre()
	bad, low, high := s.corners[s.worst], s.values[s.lowest], s.values[s.worst]
	mirrored := between(centre, bad, 2, -1)
	value := s.at(mirrored)
	if value < low {
		far := between(mirrored, centre, 2, -1)
		if v := s.at(far); v < value {
			mirrored, value = far, v
		}
		s.corners[s.worst], s.values[s.worst] = mirrored, value
		return true
	}
	if value < high {
		s.corners[s.worst], s.values[s.worst] = mirrored, value
	}
	near := between(s.corners[s.worst], centre, .5, .5)
	if v := s.at(near); v < s.values[s.worst] {
		s.corners[s.worst], s.values[s.worst] = near, v
		return true
	}
	return value < high || s.shrink()
}

// centre of all corners but the worst.
func (s *simplex) centre() []float64 {
	c := make([]float64, len(s.corners[0]))
	for i := range c {
		for j, corner := range s.corners {
			if j != s.worst {
				c[i] += corner[i]
			}
		}
		c[i] /= float64(len(c))
	}
	return c
}

func (s *simplex) shrink() bool {
	best, size := s.corners[s.lowest], 0.0
	for j, corner := range s.corners {
		if j == s.lowest {
			continue
		}
		for i, v := range corner {
			corner[i] = .5*(v-best[i]) + best[i]
			size += math.Abs(corner[i] - best[i])
		}
	}
	if size >= s.size {
		return false
	}
	s.size = size
	for j, corner := range s.corners {
		if j != s.lowest {
			s.values[j] = s.at(corner)
		}
	}
	return true
}

// between is p·x + q·y.
func between(x, y []float64, p, q float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = p*x[i] + q*y[i]
	}
	return out
}

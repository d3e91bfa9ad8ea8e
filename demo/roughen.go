package demo

import (
	"math"
	"math/rand/v2"
)

const (
	roughness     = 0.24 // farthest a corner moves, of the distance to its nearest neighbour
	roughAngle    = 35.0 // degrees, least inner angle of a cell that was moved
	roughAttempts = 4
)

// roughen moves every corner a little, so that borders that were cut straight
// across many cells, above all those of the townships, lose the ruler's look.
// A move that would harm a cell beside it is not made.
func (m *mesh) roughen(rng *rand.Rand) {
	c := newCollapser(m)
	for id := range m.corners {
		for range roughAttempts {
			direction, far := 2*math.Pi*rng.Float64(), roughness*math.Sqrt(rng.Float64())
			if c.move(int32(id), direction, far) {
				break
			}
		}
	}
}

// move shifts one corner in a direction by a share of the distance to its
// nearest neighbour, and says whether it did.
func (c *collapser) move(id int32, direction, share float64) bool {
	near := math.Inf(1)
	old := c.m.corners[id]
	for _, n := range c.neighbours(id) {
		near = math.Min(near, old.dist(c.m.corners[n]))
	}
	if math.IsInf(near, 1) {
		return true // closed up: belongs to no cell
	}
	least := make([]float64, len(c.touch[id]))
	for i, cell := range c.touch[id] {
		least[i] = math.Min(roughAngle, c.m.polygon(c.m.cells[cell]).sharpest())
	}
	c.m.corners[id] = point{old.x + share*near*math.Cos(direction), old.y + share*near*math.Sin(direction)}
	for i, cell := range c.touch[id] {
		if g := c.m.polygon(c.m.cells[cell]); !g.simple() || g.sharpest() < least[i] {
			c.m.corners[id] = old
			return false
		}
	}
	return true
}

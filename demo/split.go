package demo

import (
	"errors"
	"math"
	"math/rand/v2"
)

const (
	lloydRounds   = 3    // rounds to the centroids before areas are looked at (DOMAIN.md part 3)
	balanceRounds = 14   // rounds that move the weights until areas are near their targets
	splitAttempts = 12   // new seeds before a split is given up
	leastShare    = 0.45 // of the wanted area
	// leastRoundness refuses cells longer than about three times their width;
	// 4π·area/perimeter² is 1 for a circle, 0.785 for a square.
	leastRoundness = 0.57
)

var errSplit = errors.New("demo: no acceptable split found")

// split divides a convex region into convex cells whose areas are near the
// targets (any unit, only their proportions count): Poisson-disc seeds, Lloyd
// rounds, then a weighted Voronoi diagram (power diagram) whose weights are
// moved until the areas fit. Cell i belongs to target i, and cell 0 is
// the one nearest to the middle.
func split(region polygon, targets []float64, rng *rand.Rand) ([]polygon, error) {
	if len(targets) == 1 {
		return []polygon{region}, nil
	}
	total := 0.0
	for _, t := range targets {
		total += t
	}
	scale := region.area() / total
	want := make([]float64, len(targets))
	for i, t := range targets {
		want[i] = t * scale
	}
	var best []polygon
	bestScore := 0.0
	for range splitAttempts {
		d := newDiagram(region, poissonDisc(region, len(targets), rng))
		d.lloyd()
		d.middleFirst(region.centroid())
		d.balance(want)
		score := d.quality(want)
		if score > bestScore {
			best, bestScore = clonePolygons(d.cells), score
		}
		if bestScore >= 1 {
			break
		}
	}
	if best == nil {
		return nil, errSplit
	}
	return best, nil
}

// poissonDisc throws n seeds into the region, none nearer to another than a
// distance that shrinks only when there is no more room.
func poissonDisc(region polygon, n int, rng *rand.Rand) []point {
	lo, hi := region.bounds()
	radius := 0.8 * math.Sqrt(region.area()/float64(n))
	seeds := make([]point, 0, n)
	for misses := 0; len(seeds) < n; {
		p := point{lo.x + rng.Float64()*(hi.x-lo.x), lo.y + rng.Float64()*(hi.y-lo.y)}
		if region.contains(p) && farFrom(p, seeds, radius) {
			seeds = append(seeds, p)
			misses = 0
			continue
		}
		if misses++; misses > 60 {
			radius *= 0.92
			misses = 0
		}
	}
	return seeds
}

func farFrom(p point, seeds []point, radius float64) bool {
	for _, s := range seeds {
		if p.dist(s) < radius {
			return false
		}
	}
	return true
}

// diagram is a power diagram inside a convex region: a point belongs to the
// seed with the least |p−s|²−w.
type diagram struct {
	region  polygon
	seeds   []point
	weights []float64 // square metres
	cells   []polygon
	scratch polygon
}

func newDiagram(region polygon, seeds []point) *diagram {
	d := &diagram{region: region, seeds: seeds,
		weights: make([]float64, len(seeds)), cells: make([]polygon, len(seeds))}
	d.cut()
	return d
}

// cut computes every cell by clipping the region with all bisectors.
// Quadratic, which is cheap for the few hundred seeds of one region.
func (d *diagram) cut() {
	for i, s := range d.seeds {
		cell := append(d.cells[i][:0], d.region...)
		for j, t := range d.seeds {
			if i == j {
				continue
			}
			n := point{2 * (t.x - s.x), 2 * (t.y - s.y)}
			c := t.dot(t) - s.dot(s) - d.weights[j] + d.weights[i]
			d.scratch = cell.clip(n, c, d.scratch)
			cell, d.scratch = d.scratch, cell
		}
		d.cells[i] = cell
	}
}

// lloyd moves every seed to the centroid of its cell, a few times.
func (d *diagram) lloyd() {
	for range lloydRounds {
		for i, cell := range d.cells {
			d.seeds[i] = cell.centroid()
		}
		d.cut()
	}
}

// middleFirst makes the seed nearest to c the first.
func (d *diagram) middleFirst(c point) {
	best := 0
	for i, s := range d.seeds {
		if s.dist(c) < d.seeds[best].dist(c) {
			best = i
		}
	}
	d.seeds[0], d.seeds[best] = d.seeds[best], d.seeds[0]
	d.cut()
}

// balance moves seeds and weights until the areas are near the wanted ones.
func (d *diagram) balance(want []float64) {
	for range balanceRounds {
		for i, cell := range d.cells {
			if len(cell) == 0 {
				d.weights[i] += want[i] // it was swallowed: let it come back
				continue
			}
			d.seeds[i] = cell.centroid()
			// A hexagon's area grows by about 1.7 per unit of weight.
			d.weights[i] += 0.4 * (want[i] - cell.area())
		}
		d.cut()
	}
}

// quality is 1 or more when every cell is acceptable: not much smaller than
// wanted, and round rather than long.
func (d *diagram) quality(want []float64) float64 {
	worst := math.Inf(1)
	for i, cell := range d.cells {
		if len(cell) == 0 {
			return 0
		}
		perimeter := 0.0
		for k, p := range cell {
			perimeter += p.dist(cell[(k+1)%len(cell)])
		}
		area := cell.area()
		roundness := 4 * math.Pi * area / (perimeter * perimeter)
		worst = math.Min(worst, math.Min(area/want[i]/leastShare, roundness/leastRoundness))
	}
	return worst
}

func clonePolygons(cells []polygon) []polygon {
	out := make([]polygon, len(cells))
	for i, c := range cells {
		out[i] = append(polygon(nil), c...)
	}
	return out
}

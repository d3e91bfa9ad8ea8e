package demo

import (
	"errors"
	"math"
	"math/rand/v2"
	"sort"
)

const (
	communitySquareKm = 1.0 // of one community in a town, about 0.14 km² a grid
	outsideShare      = 2.6 // seeds outside the county for each township: their cells shape the outline
	areaSpread        = 0.22
	partitionAttempts = 60
	farthestCorner    = 1.5 // of the radius of a circle as large as the county
)

var errOutline = errors.New("demo: no outline in one piece found")

// leaf is one grid of the partition: a convex cell and where it belongs.
// Place counts communities first, then villages, within the township.
type leaf struct {
	township, place int
	cell            polygon
}

// partition divides a fictional county into townships, each township into a
// town zone with communities and the villages around it, and each of those
// into grids. The leaves cover the county without a gap; where two regions
// meet, corners of one may lie on an edge of the other (mesh mends that).
func partition(s shape, plans []townshipPlan, rng *rand.Rand) ([]leaf, error) {
	townships, err := splitTownships(s, plans, rng)
	if err != nil {
		return nil, err
	}
	leaves := make([]leaf, 0, s.grids)
	for i, region := range townships {
		places, err := splitPlaces(region, plans[i], rng)
		if err != nil {
			return nil, err
		}
		for k, place := range places {
			cells, err := split(place, spread(plans[i].grids[k], 1, rng), rng)
			if err != nil {
				return nil, err
			}
			for _, c := range readingOrder(cells) {
				leaves = append(leaves, leaf{township: i, place: k, cell: c})
			}
		}
	}
	return leaves, nil
}

// splitTownships makes the cells of the townships in the order of the plans;
// the first, the county's seat, is the most central. The outline comes about
// by dropping the cells of seeds that lie outside, so it is not convex.
func splitTownships(s shape, plans []townshipPlan, rng *rand.Rand) ([]polygon, error) {
	want, mean := townshipAreas(s, plans)
	total := int(math.Round((1 + outsideShare) * float64(s.townships)))
	side := math.Sqrt(float64(total) * mean)
	region := polygon{{-side / 2, -side / 2}, {side / 2, -side / 2}, {side / 2, side / 2}, {-side / 2, side / 2}}
	for range partitionAttempts {
		d := newDiagram(region, poissonDisc(region, total, rng))
		d.lloyd()
		d.nearestFirst(uneven(rng))
		targets := make([]float64, total)
		for i := range targets {
			targets[i] = mean
		}
		copy(targets, want)
		d.balance(targets)
		cells := d.cells[:s.townships]
		if d.quality(targets) > 0.9 && inOnePiece(cells) && compact(cells) {
			return clonePolygons(cells), nil
		}
	}
	return nil, errOutline
}

// compact says whether the county has no far-off corner. That also keeps it
// away from the edge of the square that was divided, where its outline would
// be straight.
func compact(cells []polygon) bool {
	area, far := 0.0, 0.0
	for _, c := range cells {
		area += c.area()
		for _, p := range c {
			far = math.Max(far, p.dist(point{}))
		}
	}
	return far < farthestCorner*math.Sqrt(area/math.Pi)
}

// townshipAreas are the wanted areas in square metres, and their mean.
func townshipAreas(s shape, plans []townshipPlan) (want []float64, mean float64) {
	places, villages := 0, 0
	for _, p := range plans {
		places += p.communities
		villages += p.villages()
	}
	village := (s.squareKm - communitySquareKm*float64(places)) / float64(villages)
	for _, p := range plans {
		want = append(want, 1e6*(village*float64(p.villages())+communitySquareKm*float64(p.communities)))
	}
	return want, s.squareKm * 1e6 / float64(len(plans))
}

// uneven is a distance from the middle that grows faster in some directions,
// so that the county is not round.
func uneven(rng *rand.Rand) func(point) float64 {
	type wave struct{ size, phase float64 }
	waves := [3]wave{}
	for k := range waves {
		waves[k] = wave{0.12 * rng.Float64() / float64(k+1), 2 * math.Pi * rng.Float64()}
	}
	return func(p point) float64 {
		angle, factor := math.Atan2(p.y, p.x), 1.0
		for k, w := range waves {
			factor += w.size * math.Sin(float64(k+2)*angle+w.phase)
		}
		return p.dist(point{}) * factor
	}
}

// nearestFirst orders the seeds by a distance.
func (d *diagram) nearestFirst(distance func(point) float64) {
	sort.SliceStable(d.seeds, func(i, j int) bool { return distance(d.seeds[i]) < distance(d.seeds[j]) })
	d.cut()
}

// splitPlaces gives the cells of one township's communities and villages.
func splitPlaces(region polygon, plan townshipPlan, rng *rand.Rand) ([]polygon, error) {
	town := communitySquareKm * 1e6 * float64(plan.communities)
	village := math.Max((region.area()-town)/float64(plan.villages()), communitySquareKm*1e6)
	targets := append([]float64{town}, spread(plan.villages(), village, rng)...)
	cells, err := split(region, targets, rng)
	if err != nil {
		return nil, err
	}
	communities, err := split(cells[0], spread(plan.communities, 1, rng), rng)
	if err != nil {
		return nil, err
	}
	return append(communities, cells[1:]...), nil
}

// spread gives n sizes around a mean.
func spread(n int, mean float64, rng *rand.Rand) []float64 {
	sizes := make([]float64, n)
	for i := range sizes {
		sizes[i] = mean * math.Exp(areaSpread*rng.NormFloat64())
	}
	return sizes
}

// readingOrder sorts the grids of a village from west to east in rows from
// north to south, the order in which they are numbered.
func readingOrder(cells []polygon) []polygon {
	centre := func(i int) point { return cells[i].centroid() }
	sort.SliceStable(cells, func(i, j int) bool { return centre(i).y > centre(j).y })
	rows := int(math.Sqrt(float64(len(cells))))
	out := make([]polygon, 0, len(cells))
	for r := range rows {
		row := cells[r*len(cells)/rows : (r+1)*len(cells)/rows]
		sort.SliceStable(row, func(i, j int) bool { return row[i].centroid().x < row[j].centroid().x })
		out = append(out, row...)
	}
	return out
}

package demo

import (
	"fmt"
	"math"
	"math/rand/v2"

	"reli/schemas"
)

const (
	countyPrefix = "990101" // no province has the division prefix 99

	centreLng, centreLat = 131.1, 46.7
	metresPerDegree      = 111_195.0 // of latitude, on a sphere of 6,371 km
	microDegrees         = 1e6       // coordinates are written with 6 decimals, about 0.1 m

	longestStep = 260.0 // metres between two points of a border
	leastSteps  = 5     // points along even a short border

	townPeople              = 998 // mean people of a grid in town (DOMAIN.md 1.1, item 2.14)
	leastPeople, mostPeople = 200, 500
)

// vertex is a point of a border in millionths of a degree, as it is written.
type vertex struct{ lng, lat int32 }

// place is an area of the division tree. Its ring is closed, counter-clockwise.
type place struct {
	code, parent, name string
	level              schemas.Level
	population         uint32
	ring               []vertex

	township, village int // numbers of the township and village it is or belongs to
	town              bool
	centre            point // of a grid, on the flat plane
}

// county is the whole tree: one root, then townships, villages and grids, each
// level in the order of the codes' making.
type county struct {
	root                       place
	townships, villages, grids []place
}

// newCounty makes the division tree of a size. The same seed makes the same.
func newCounty(s shape, seed uint64) (*county, error) {
	plans := s.plan(stream(seed, "plan"))
	leaves, err := partition(s, plans, stream(seed, "partition"))
	if err != nil {
		return nil, err
	}
	cells := make([]polygon, len(leaves))
	for i, l := range leaves {
		cells[i] = l.cell
	}
	m := newMesh(cells)
	m.collapseShortEdges()
	m.roughen(stream(seed, "rough"))
	if err := m.check(); err != nil {
		return nil, err
	}
	c := &county{}
	c.nameAll(plans, stream(seed, "names"))
	c.addGrids(leaves, plans, stream(seed, "people"))
	c.addPeople()
	return c, c.draw(m, newWarp(stream(seed, "warp")))
}

// nameAll makes the root, the townships and the villages with their codes.
func (c *county) nameAll(plans []townshipPlan, rng *rand.Rand) {
	c.root = place{code: countyPrefix + "000000", name: countyName, level: schemas.LevelCounty}
	names := townNames(len(plans), rng)
	towns, rural := 100, 200 // bands of 镇 and 乡 (DOMAIN.md 2.2)
	for t, plan := range plans {
		number, kind := &rural, "乡"
		if plan.town {
			number, kind = &towns, "镇"
		}
		prefix := fmt.Sprintf("%s%03d", countyPrefix, *number)
		*number++
		c.townships = append(c.townships, place{code: prefix + "000", parent: c.root.code,
			name: names[t] + kind, level: schemas.LevelTownship, township: t})
		stems := placeNames(len(plan.grids), rng)
		for k := range plan.grids {
			v := place{code: fmt.Sprintf("%s%03d", prefix, 200+k-plan.communities), parent: prefix + "000",
				name: stems[k] + "村", level: schemas.LevelVillage, township: t, village: len(c.villages)}
			if k < plan.communities {
				v.code, v.name, v.town = fmt.Sprintf("%s%03d", prefix, 1+k), stems[k]+"社区", true
			}
			c.villages = append(c.villages, v)
		}
	}
}

// addGrids makes the grids in the order of the leaves, numbered from 1 inside
// each village.
func (c *county) addGrids(leaves []leaf, plans []townshipPlan, rng *rand.Rand) {
	first := make([]int, len(plans)) // number of each township's first village
	for t := 1; t < len(plans); t++ {
		first[t] = first[t-1] + len(plans[t-1].grids)
	}
	number, last := 0, -1
	for _, l := range leaves {
		v := first[l.township] + l.place
		if v != last {
			number, last = 0, v
		}
		number++
		village := c.villages[v]
		people := leastPeople + rng.IntN(mostPeople-leastPeople+1)
		if village.town {
			people = int(townPeople * math.Exp(0.2*rng.NormFloat64()-0.02))
		}
		c.grids = append(c.grids, place{code: fmt.Sprintf("%s%03d", village.code, number), parent: village.code,
			name: village.name + "第" + chineseNumber(number) + "网格", level: schemas.LevelGrid,
			population: uint32(people), township: l.township, village: v, town: village.town,
			centre: l.cell.centroid()})
	}
}

// addPeople sums the population of the grids upwards.
func (c *county) addPeople() {
	for _, g := range c.grids {
		c.villages[g.village].population += g.population
		c.townships[g.township].population += g.population
		c.root.population += g.population
	}
}

// draw gives every place its ring: all levels from the same half-edges and the
// same points along them.
func (c *county) draw(m *mesh, w warp) error {
	h := m.halfEdges()
	borders := newBorders(m, h, w)
	levels := []struct {
		places []place
		group  func(cell int) int
	}{
		{c.grids, func(cell int) int { return cell }},
		{c.villages, func(cell int) int { return c.grids[cell].village }},
		{c.townships, func(cell int) int { return c.grids[cell].township }},
	}
	group := make([]int32, len(c.grids))
	for _, level := range levels {
		for cell := range group {
			group[cell] = int32(level.group(cell))
		}
		rings, err := h.outlines(group, len(level.places))
		if err != nil {
			return err
		}
		for i, ring := range rings {
			level.places[i].ring = borders.ring(ring)
		}
	}
	rings, err := h.outlines(make([]int32, len(c.grids)), 1)
	if err != nil {
		return err
	}
	c.root.ring = borders.ring(rings[0])
	return nil
}

// borders holds the points along every edge of the mesh, bent by the warp.
type borders struct {
	m      *mesh
	h      *halfEdges
	w      warp
	points [][]vertex // per half-edge that runs from the lower corner to the higher, without its end
}

func newBorders(m *mesh, h *halfEdges, w warp) *borders {
	b := &borders{m: m, h: h, w: w, points: make([][]vertex, len(h.from))}
	for id, from := range h.from {
		to := h.from[h.next[id]]
		if from < to || h.twin[id] == none {
			b.points[id] = b.along(m.corners[from], m.corners[to])
		}
	}
	return b
}

// along subdivides one straight edge: the start and the points between.
func (b *borders) along(p, q point) []vertex {
	length := p.dist(q)
	steps := max(2, int(math.Ceil(length/math.Min(longestStep, length/leastSteps+20))))
	out := make([]vertex, steps)
	for i := range out {
		out[i] = toVertex(b.w.at(p.lerp(q, float64(i)/float64(steps))))
	}
	return out
}

// ring joins the points of half-edges to a closed ring.
func (b *borders) ring(edges []int32) []vertex {
	var out []vertex
	for _, id := range edges {
		if pts := b.points[id]; pts != nil {
			out = append(out, pts...)
			continue
		}
		pts := b.points[b.h.twin[id]]
		out = append(out, toVertex(b.w.at(b.m.corners[b.h.from[id]])))
		for i := len(pts) - 1; i > 0; i-- {
			out = append(out, pts[i])
		}
	}
	return append(out, out[0])
}

// toVertex puts a point of the plane on the globe.
func toVertex(p point) vertex {
	lat := centreLat + p.y/metresPerDegree
	lng := centreLng + p.x/(metresPerDegree*math.Cos(centreLat*math.Pi/180))
	return vertex{int32(math.Round(lng * microDegrees)), int32(math.Round(lat * microDegrees))}
}

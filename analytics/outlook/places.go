package outlook

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/paulmach/orb/planar"

	"reli/analytics/cube"
	"reli/geo"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/schemas"
)

// places are the places of a layer with their neighbours; the order is that
// of the tree's AtLevel or of the snapshot's Cells.
type places struct {
	layer      Layer
	ids        []string
	names      []string // "" for hexagons
	parents    []string // code of the area above, "" for hexagons
	population []float64
	centers    []geo.LngLat
	neighbours [][]int
	index      map[string]int // by key of the cube
}

// placesOf lists the places of a layer inside an area ("" for all) and a
// scope. Hexagons are those that ever had an incident, by their centre.
func (s *Service) placesOf(snap *cube.Snapshot, l Layer, within string, scope cube.Scope) (*places, error) {
	if l.Name == LayerHex {
		return hexPlaces(snap, l, within, scope)
	}
	tree := snap.Catalogue.Tree
	all, borders := tree.AtLevel(l.level()), s.contiguity(tree, l.level())
	if len(all) > maxPlaces {
		return nil, tooManyPlaces(len(all))
	}
	p := &places{layer: l, index: map[string]int{}}
	position := make([]int, len(all)) // in p, −1 for those outside
	for i, a := range all {
		position[i] = -1
		if within != "" && !slices.Contains(tree.Path(a.Code), within) || !scope.Holds(tree, a.Code) {
			continue
		}
		position[i] = len(p.ids)
		p.index[a.Code] = len(p.ids)
		p.ids, p.names, p.parents = append(p.ids, a.Code), append(p.names, a.Name), append(p.parents, a.Parent)
		p.population = append(p.population, float64(a.Population))
		p.centers = append(p.centers, centerOf(tree, a))
	}
	p.neighbours = make([][]int, len(p.ids))
	for i, from := range position {
		if from < 0 {
			continue
		}
		for _, j := range borders[i] {
			if to := position[j]; to >= 0 {
				p.neighbours[from] = append(p.neighbours[from], to)
			}
		}
	}
	return p, nil
}

func centerOf(tree *area.Tree, a area.Area) geo.LngLat {
	if len(a.Geometry) == 0 {
		return tree.Bounds(a.Code).Center()
	}
	c, _ := planar.CentroidArea(a.Geometry)
	return geo.LngLat{Lng: c.Lon(), Lat: c.Lat()}
}

func hexPlaces(snap *cube.Snapshot, l Layer, within string, scope cube.Scope) (*places, error) {
	cells := snap.Cells(l.Resolution)
	if within != "" || len(scope.Areas) > 0 {
		var inside []area.Area
		for _, code := range scope.Within(snap.Catalogue.Tree, within) {
			a, _ := snap.Catalogue.Tree.Get(code)
			inside = append(inside, a)
		}
		index := area.NewIndex(inside)
		cells = slices.DeleteFunc(slices.Clone(cells), func(c hex.Cell) bool {
			_, inside := index.Locate(c.Center())
			return !inside
		})
	}
	if len(cells) > maxPlaces {
		return nil, tooManyPlaces(len(cells))
	}
	p := &places{layer: l, index: make(map[string]int, len(cells)), neighbours: ringNeighbours(cells),
		names: make([]string, len(cells)), parents: make([]string, len(cells)), population: make([]float64, len(cells))}
	for i, c := range cells {
		p.index[strconv.FormatUint(uint64(c), 10)] = i
		p.ids, p.centers = append(p.ids, c.String()), append(p.centers, c.Center())
	}
	return p, nil
}

func tooManyPlaces(n int) error {
	return schemas.BadParameter("level", "%d places are more than %d: choose a coarser level or resolution", n, maxPlaces)
}

// hasPopulation reports whether every place has one.
func (p *places) hasPopulation() bool {
	return !slices.Contains(p.population, 0) && len(p.population) > 0
}

// counts are events of each place in each step, dense and in the order of the
// places.
type counts struct {
	steps int
	n     [][]int64 // nil for a place without an incident
}

// sum adds up the steps [from, to) of a place.
func (c counts) sum(place, from, to int) (total int64) {
	if c.n[place] == nil {
		return 0
	}
	for _, v := range c.n[place][from:to] {
		total += v
	}
	return total
}

func (c counts) total() (n int64) {
	for i := range c.n {
		n += c.sum(i, 0, c.steps)
	}
	return n
}

// countPlaces reads the counts of a Selection for places, step by step. The
// Selection's area is not passed on: the places already lie in it.
func (s *Service) countPlaces(ctx context.Context, snap *cube.Snapshot, p *places, sel cube.Selection, step cube.Step) (counts, error) {
	if p.layer.Name == LayerHex {
		sel.Area = ""
	}
	frames, err := s.store.Frames(ctx, snap, sel, p.layer.dimension(), p.layer.Resolution, step)
	if err != nil {
		return counts{}, fmt.Errorf("count %s: %w", p.layer, err)
	}
	c := counts{steps: len(frames.Begins), n: make([][]int64, len(p.ids))}
	for i, k := range frames.Keys {
		if at, ok := p.index[k]; ok {
			c.n[at] = frames.Counts[i]
		}
	}
	return c, nil
}

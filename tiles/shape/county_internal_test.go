package shape

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"reli/geo"
	"reli/geo/tile"
	"reli/tiles/mvt"
)

// county is a made-up division: grids whose corners are moved about and whose
// borders wind, villages of two by two grids, and the outline of all.
type county struct {
	grids, villages []Area
	outline         Area
}

const west, south, degrees = 104.0, 30.0, 0.6

// newCounty makes n by n grids, n even. With steps bends a border; where one
// village meets another, only the grids have the corner on its border's middle
// if straight, so that vertices are missing on one side.
func newCounty(seed uint64, n, steps int, straight bool) county {
	random := rand.New(rand.NewPCG(seed, 3))
	size := degrees / float64(n)
	corners := make([][]orb.Point, n+1)
	for y := range corners {
		corners[y] = make([]orb.Point, n+1)
		for x := range corners[y] {
			p := orb.Point{west + float64(x)*size, south + float64(y)*size}
			if !straight {
				p[0] += (random.Float64() - 0.5) * 0.4 * size
				p[1] += (random.Float64() - 0.5) * 0.4 * size
			}
			corners[y][x] = p
		}
	}
	line := func(a, b orb.Point) []orb.Point {
		out := []orb.Point{a}
		for i := 1; i < steps; i++ {
			t := float64(i) / float64(steps)
			p := orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
			if !straight { // sideways, and little near the ends: lines never cross
				bend := (random.Float64() - 0.5) * 0.3 * min(t, 1-t)
				p[0] += bend * (b[1] - a[1])
				p[1] -= bend * (b[0] - a[0])
			}
			out = append(out, p)
		}
		return append(out, b)
	}
	across, up := map[[2]int][]orb.Point{}, map[[2]int][]orb.Point{}
	for y := range n + 1 {
		for x := range n + 1 {
			if x < n {
				across[[2]int{x, y}] = line(corners[y][x], corners[y][x+1])
			}
			if y < n {
				up[[2]int{x, y}] = line(corners[y][x], corners[y+1][x])
			}
		}
	}
	// block is the ring around k by k grids.
	block := func(x, y, k int) orb.MultiPolygon {
		var ring orb.Ring
		add := func(l []orb.Point, back bool) {
			if straight && k > 1 {
				l = []orb.Point{l[0], l[len(l)-1]}
			}
			for i := range l {
				if back {
					ring = append(ring, l[len(l)-1-i])
				} else {
					ring = append(ring, l[i])
				}
			}
		}
		for i := range k {
			add(across[[2]int{x + i, y}], false)
		}
		for i := range k {
			add(up[[2]int{x + k, y + i}], false)
		}
		for i := k - 1; i >= 0; i-- {
			add(across[[2]int{x + i, y + k}], true)
		}
		for i := k - 1; i >= 0; i-- {
			add(up[[2]int{x, y + i}], true)
		}
		if straight && k > 1 {
			ring = withoutMiddles(ring)
		}
		return orb.MultiPolygon{{ring}}
	}
	var c county
	for y := range n {
		for x := range n {
			c.grids = append(c.grids, Area{Code: fmt.Sprintf("g%03d%03d", y, x), Geometry: block(x, y, 1)})
			if x%2 == 0 && y%2 == 0 {
				c.villages = append(c.villages, Area{Code: fmt.Sprintf("v%03d%03d", y, x), Geometry: block(x, y, 2)})
			}
		}
	}
	c.outline = Area{Code: "county", Geometry: block(0, 0, n)}
	return c
}

// withoutMiddles keeps the corners of an upright rectangle.
func withoutMiddles(ring orb.Ring) orb.Ring {
	b := ring.Bound()
	return orb.Ring{b.Min, {b.Max[0], b.Min[1]}, b.Max, {b.Min[0], b.Max[1]}}
}

func (c county) build(t testing.TB, options Options) (grids, villages, outline *Layer) {
	t.Helper()
	layers, err := Build(options, c.grids, c.villages, []Area{c.outline})
	if err != nil {
		t.Fatal(err)
	}
	return layers[0], layers[1], layers[2]
}

// all asks for the polygons of a layer at a zoom: clipping is set above nothing.
func (z *Zoom) all() [][]mvt.Polygon {
	out := make([][]mvt.Polygon, len(z.features))
	for i := range z.features {
		out[i] = z.features[i].polygons
	}
	return out
}

// middleTile is the tile of zoom z in the middle of the county.
func middleTile(z int) tile.ID {
	return tile.At(geo.LngLat{Lng: west + degrees/2, Lat: south + degrees/2}, z)
}

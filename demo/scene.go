package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

const (
	heavyTail      = 0.85 // spread of a grid's own intensity, log-normal
	townFactor     = 1.3  // a person in town is heard of more often
	hotGrids       = 8    // grids of one hot spot
	hotExcess      = 4.0  // at its height a hot spot adds this many times a mean grid's count to each of them
	gridsPerCounty = 609  // there is one set of hot spots for so many grids
)

// HotSpot is a planted concentration, for those who test whether it is found.
type HotSpot struct {
	Grid     string  // grid at its centre
	Category string  // what most of its matters are about
	Grows    bool    // otherwise it dies out
	From, To float64 // share of the period in which it grows or fades

	grids    []int32
	running  []float64
	category int
}

// strength is 0 to 1 at a share t of the period.
func (h HotSpot) strength(t float64) float64 {
	x := math.Min(1, math.Max(0, (t-h.From)/(h.To-h.From)))
	x = x * x * (3 - 2*x)
	if h.Grows {
		return x
	}
	return 1 - x
}

// scene says where matters arise: a heavy-tailed intensity over the grids,
// and hot spots on top of it.
type scene struct {
	county *county
	alias  aliasTable
	hot    []HotSpot
	peak   float64 // share of all matters that one hot spot has at its height
}

func newScene(c *county, rng *rand.Rand) *scene {
	weights := make([]float64, len(c.grids))
	for i, g := range c.grids {
		weights[i] = math.Pow(float64(g.population), 0.8) * math.Exp(heavyTail*rng.NormFloat64())
		if g.town {
			weights[i] *= townFactor
		}
	}
	s := &scene{county: c, alias: newAliasTable(weights),
		peak: hotGrids * hotExcess / float64(len(c.grids))}
	for range max(1, len(c.grids)/gridsPerCounty) {
		s.plant(rng)
	}
	return s
}

// plant adds three hot spots that grow, one after the other, and one that
// dies out.
func (s *scene) plant(rng *rand.Rand) {
	kinds := []HotSpot{
		{Category: "wage", Grows: true, From: 0.30, To: 0.75},
		{Category: "land", Grows: true, From: 0.50, To: 0.90},
		{Category: "expropriation", Grows: true, From: 0.65, To: 1},
		{Category: "property", From: 0.25, To: 0.65},
	}
	for _, h := range kinds {
		for k, c := range categories {
			if c.code == h.Category {
				h.category = k
			}
		}
		inTown := h.Category == "wage" || h.Category == "property"
		centre := rng.IntN(len(s.county.grids))
		for s.county.grids[centre].town != inTown || s.isHot(centre) {
			centre = rng.IntN(len(s.county.grids))
		}
		h.Grid = s.county.grids[centre].code
		h.grids = s.nearest(centre, hotGrids)
		shares := make([]float64, len(h.grids))
		for i := range shares {
			shares[i] = 1 / (1 + 0.3*float64(i))
		}
		h.running = cumulative(shares)
		s.hot = append(s.hot, h)
	}
}

// isHot says whether a grid belongs to a hot spot already.
func (s *scene) isHot(grid int) bool {
	return slices.ContainsFunc(s.hot, func(h HotSpot) bool { return slices.Contains(h.grids, int32(grid)) })
}

// nearest lists the n grids whose centres are nearest to a grid's.
func (s *scene) nearest(centre, n int) []int32 {
	grids := s.county.grids
	all := make([]int32, 0, 256)
	reach := math.Sqrt(float64(n)) * s.spacing(centre)
	for len(all) < n {
		all = all[:0]
		for i := range grids {
			if grids[i].centre.dist(grids[centre].centre) <= reach {
				all = append(all, int32(i))
			}
		}
		reach *= 1.5
	}
	at := func(i int) float64 { return grids[all[i]].centre.dist(grids[centre].centre) }
	sort.Slice(all, func(i, j int) bool { return at(i) < at(j) || at(i) == at(j) && all[i] < all[j] })
	return all[:n]
}

// spacing is about the distance from a grid to its neighbours, in metres.
func (s *scene) spacing(grid int) float64 {
	b := newFrame(s.county.grids[grid].ring)
	return math.Max(b.width, b.height) * math.Cos(centreLat*math.Pi/180) * metresPerDegree
}

// where draws the grid of a matter on a share t of the period, and the hot
// spot it belongs to, or nil.
func (s *scene) where(t float64, rng *rand.Rand) (grid int, hot *HotSpot) {
	u := rng.Float64()
	if all := s.peak * float64(len(s.hot)); u < all {
		h := &s.hot[int(u/s.peak)]
		if rng.Float64() < h.strength(t) {
			return int(h.grids[pick(h.running, rng.Float64())]), h
		}
	}
	return s.alias.draw(rng), nil
}

// aliasTable draws from fixed weights in constant time (Walker 1977, Vose's
// construction).
type aliasTable struct {
	keep  []float64
	other []int32
}

func newAliasTable(weights []float64) aliasTable {
	n := len(weights)
	t := aliasTable{keep: make([]float64, n), other: make([]int32, n)}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	var small, large []int32
	for i, w := range weights {
		t.keep[i], t.other[i] = w*float64(n)/total, int32(i)
		if t.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		t.other[s] = l
		if t.keep[l] -= 1 - t.keep[s]; t.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, rest := range [][]int32{small, large} {
		for _, i := range rest {
			t.keep[i] = 1 // what rounding left over
		}
	}
	return t
}

func (t aliasTable) draw(rng *rand.Rand) int {
	i := rng.IntN(len(t.keep))
	if rng.Float64() < t.keep[i] {
		return i
	}
	return int(t.other[i])
}

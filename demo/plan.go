package demo

import (
	"fmt"
	"math/rand/v2"
)

// Size is one of the three sizes of the fictional division tree.
type Size string

// Sizes: a county's year, a city, a province.
const (
	SizeS Size = "S" // 609 grids, 9,000 incidents
	SizeM Size = "M" // 14,216 grids, 1,000,000 incidents
	SizeL Size = "L" // 150,000 grids, 100,000,000 incidents
)

// ParseSize reads S, M or L, in either case.
func ParseSize(s string) (Size, error) {
	switch s {
	case "S", "s":
		return SizeS, nil
	case "M", "m":
		return SizeM, nil
	case "L", "l":
		return SizeL, nil
	}
	return "", fmt.Errorf("demo: unknown size %q: S, M or L", s)
}

// shape is what a size asks for. The lists are repeated over the townships.
type shape struct {
	townships   int
	towns       int   // of the townships, how many are 镇 (codes 100–199); the rest are 乡 (200–399)
	villages    []int // villages and communities per township
	communities []int // of them, communities (居委会)
	grids       int
	squareKm    float64
	incidents   int64
}

func (s Size) shape() (shape, error) {
	// One root holds at most 100 towns and 200 rural townships: the bands of
	// the township codes. A province therefore has larger townships, not more.
	switch s {
	case SizeS:
		return shape{townships: 9, towns: 5, grids: 609, squareKm: 2400, incidents: 9_000,
			villages:    []int{24, 25, 16, 17, 18, 17, 21, 14, 5},
			communities: []int{14, 7, 3, 2, 2, 1, 1, 1, 1}}, nil
	case SizeM:
		return shape{townships: 210, towns: 70, grids: 14_216, squareKm: 24_000, incidents: 1_000_000,
			villages:    []int{24, 25, 16, 17, 18, 17, 21, 14, 5},
			communities: []int{14, 7, 3, 2, 2, 1, 1, 1, 1}}, nil
	case SizeL:
		return shape{townships: 300, towns: 100, grids: 150_000, squareKm: 180_000, incidents: 100_000_000,
			villages:    []int{128},
			communities: []int{61, 45, 33, 27, 23, 19, 19, 17, 17}}, nil
	}
	return shape{}, fmt.Errorf("demo: unknown size %q: S, M or L", string(s))
}

// Grids per place: 6–8 in the communities of a town, 2–4 in a village.
const (
	leastTownGrids, mostTownGrids       = 6, 8
	leastVillageGrids, mostVillageGrids = 2, 4
)

// townshipPlan says how many grids each place of a township has. Communities
// come first.
type townshipPlan struct {
	town        bool // 镇, otherwise 乡
	communities int
	grids       []int // per community and village
}

func (t townshipPlan) villages() int { return len(t.grids) - t.communities }

// plan draws the number of grids of every place so that they add up exactly.
func (s shape) plan(rng *rand.Rand) []townshipPlan {
	plans := make([]townshipPlan, s.townships)
	type slot struct{ township, place int }
	var slots []slot
	sum := 0
	for i := range plans {
		p := townshipPlan{town: i < s.towns,
			communities: s.communities[i%len(s.communities)],
			grids:       make([]int, s.villages[i%len(s.villages)])}
		for k := range p.grids {
			least, most := leastVillageGrids, mostVillageGrids
			if k < p.communities {
				least, most = leastTownGrids, mostTownGrids
			}
			p.grids[k] = least + rng.IntN(most-least+1)
			sum += p.grids[k]
			slots = append(slots, slot{i, k})
		}
		plans[i] = p
	}
	for sum != s.grids {
		at := slots[rng.IntN(len(slots))]
		n := &plans[at.township].grids[at.place]
		least, most := leastVillageGrids, mostVillageGrids
		if at.place < plans[at.township].communities {
			least, most = leastTownGrids, mostTownGrids
		}
		switch {
		case sum < s.grids && *n < most:
			*n++
			sum++
		case sum > s.grids && *n > least:
			*n--
			sum--
		}
	}
	return plans
}

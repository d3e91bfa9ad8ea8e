package disclose_test

import (
	"math/rand/v2"
	"testing"

	"reli/analytics/disclose"
)

// city is the hierarchy of 14,216 grids in 3,500 villages and 170 townships,
// with counts of a heavy tail, mostly small.
func city(r *rand.Rand) (disclose.Hierarchy, []int64) {
	const townships, villages, grids = 170, 3_500, 14_216
	h := disclose.Hierarchy{-1, 0}
	for i := range townships + villages + grids {
		switch {
		case i < townships:
			h = append(h, 1)
		case i < townships+villages:
			h = append(h, int32(2+(i-townships)*townships/villages))
		default:
			h = append(h, int32(2+townships+(i-townships-villages)*villages/grids))
		}
	}
	counts := make([]int64, len(h))
	for i := len(h) - 1; i >= 0; i-- {
		if i >= len(h)-grids {
			counts[i] = int64(r.ExpFloat64() * r.ExpFloat64() * 3)
		}
		if h[i] >= 0 {
			counts[h[i]] += counts[i]
		}
	}
	return h, counts
}

func BenchmarkProtectOneTable(b *testing.B) {
	h, counts := city(rand.New(rand.NewPCG(1, 1)))
	for b.Loop() {
		if _, err := disclose.Protect(h, counts, 5); err != nil {
			b.Fatal(err)
		}
	}
}

// A year of months with 21 categories: more than the guard ever makes, which
// divides by category at one level only.
func BenchmarkProtect252Tables(b *testing.B) {
	h, counts := city(rand.New(rand.NewPCG(1, 1)))
	for b.Loop() {
		for range 12 * 21 {
			if _, err := disclose.Protect(h, counts, 5); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkProtectParts(b *testing.B) {
	counts := []int64{40, 31, 22, 18, 9, 9, 8, 7, 7, 6, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0}
	total := disclose.Known{Low: 182, High: 182, Estimate: 182}
	for b.Loop() {
		if _, err := disclose.ProtectParts(total, counts, nil, 5); err != nil {
			b.Fatal(err)
		}
	}
}

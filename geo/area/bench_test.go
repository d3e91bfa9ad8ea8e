package area

import (
	"math/rand/v2"
	"testing"

	"reli/geo"
)

func BenchmarkLocate(b *testing.B) {
	q, areas := city()
	x := NewIndex(areas)
	r := rand.New(rand.NewPCG(3, 4))
	points := make([]geo.LngLat, 1<<16)
	for i := range points {
		points[i] = q.randomPoint(r)
	}
	found, i := 0, 0
	for b.Loop() {
		if _, ok := x.Locate(points[i&(len(points)-1)]); ok {
			found++
		}
		i++
	}
	b.ReportMetric(float64(found)/float64(i), "found/op")
}

func BenchmarkNewIndex(b *testing.B) {
	_, areas := city()
	for b.Loop() {
		NewIndex(areas)
	}
}

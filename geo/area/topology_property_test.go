package area

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

func TestAnyPlantedFaultIsFoundAloneAndInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQuilt(6, 5, rapid.IntRange(0, 4).Draw(t, "bends"), 0.02, rapid.Uint64().Draw(t, "seed"))
		areas := q.areas(30)
		x, y := rapid.IntRange(1, 4).Draw(t, "x"), rapid.IntRange(1, 3).Draw(t, "y")
		side := rapid.IntRange(0, 3).Draw(t, "side")
		stretch := rapid.IntRange(0, q.bends).Draw(t, "stretch")
		size := rapid.Float64Range(1, 2000).Draw(t, "size")
		outward := rapid.Bool().Draw(t, "outward")
		i := y*6 + x
		areas[i] = dent(areas[i], side*(q.bends+1)+stretch, size, outward)
		neighbour := [4]string{q.code(x, y-1), q.code(x+1, y), q.code(x, y+1), q.code(x-1, y)}[side]
		var outline orb.MultiPolygon
		if rapid.Bool().Draw(t, "framed") {
			outline = q.outline()
		}
		faults := CheckTopology(areas, outline)
		require.Len(t, faults, 1)
		f := faults[0]
		require.Equal(t, outward, f.Kind == Overlap)
		require.Equal(t, min(areas[i].Code, neighbour), f.A)
		require.Equal(t, max(areas[i].Code, neighbour), f.B)
		require.InEpsilon(t, size, f.SquareMetres, 1e-3)
		var holders int
		for _, a := range areas {
			s := newShape(a.Geometry)
			if inside, _ := s.test(f.At.Lng, f.At.Lat); inside {
				holders++
			}
		}
		require.Equal(t, map[FaultKind]int{Overlap: 2, Gap: 0}[f.Kind], holders)
	})
}

func TestCornersOnTheMiddleOfANeighboursEdgeAreNoFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQuilt(5, 5, 2, 0.03, rapid.Uint64().Draw(t, "seed"))
		areas := q.areas(25)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "corners"), 1))
		for i := range areas {
			var ring orb.Ring
			eachEdge(areas[i].Geometry[0][0], func(a, b orb.Point) {
				f := r.Float64()
				ring = append(ring, a, orb.Point{a[0] + (b[0]-a[0])*f, a[1] + (b[1]-a[1])*f})
			})
			areas[i].Geometry = orb.MultiPolygon{{ring}}
		}
		require.Empty(t, CheckTopology(areas, nil))
		require.Empty(t, CheckTopology(areas, q.outline()))
	})
}

// commonSquareDegrees is the area two simple rings share by another road: each
// ring is a signed sum of the ground under its edges, and the ground two edges
// have in common is an integral of the lower of two lines.
func commonSquareDegrees(a, b orb.Ring) float64 {
	const floor = -100
	var sum float64
	eachLine(orb.MultiPolygon{{a}}, func(p [2]orb.Point, s int) {
		eachLine(orb.MultiPolygon{{b}}, func(q [2]orb.Point, t int) {
			x0, x1 := math.Max(p[0][0], q[0][0]), math.Min(p[1][0], q[1][0])
			if x0 >= x1 {
				return
			}
			y := func(l [2]orb.Point, x float64) float64 {
				return l[0][1] + (l[1][1]-l[0][1])*(x-l[0][0])/(l[1][0]-l[0][0]) - floor
			}
			d0, d1 := y(p, x0)-y(q, x0), y(p, x1)-y(q, x1)
			low := func(x float64) float64 { return math.Min(y(p, x), y(q, x)) }
			area := (low(x0) + low(x1)) / 2 * (x1 - x0)
			if d0*d1 < 0 {
				xc := x0 + (x1-x0)*d0/(d0-d1)
				area = (low(x0)+low(xc))/2*(xc-x0) + (low(xc)+low(x1))/2*(x1-xc)
			}
			sum += float64(s*t) * area
		})
	})
	return sum
}

func star(t *rapid.T, name string, x, y float64) orb.Ring {
	n := rapid.IntRange(3, 14).Draw(t, name)
	var ring orb.Ring
	for i := range n {
		r := rapid.Float64Range(0.01, 0.1).Draw(t, name)
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring = append(ring, orb.Point{x + r*cos, y + r*sin})
	}
	return append(ring, ring[0])
}

func TestOverlapAndGapSizesAgreeWithAnIndependentIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// On the equator a square degree is nearly the same everywhere.
		a := star(t, "a", 10, 0)
		b := star(t, "b", 10+rapid.Float64Range(-0.1, 0.1).Draw(t, "dx"), rapid.Float64Range(-0.1, 0.1).Draw(t, "dy"))
		areas := []Area{
			{Code: "a", Level: Grid, Geometry: orb.MultiPolygon{{a}}},
			{Code: "b", Level: Grid, Geometry: orb.MultiPolygon{{b}}},
		}
		frame := orb.MultiPolygon{{{{9.5, -0.5}, {10.5, -0.5}, {10.5, 0.5}, {9.5, 0.5}, {9.5, -0.5}}}}
		got := map[FaultKind]float64{}
		for _, f := range CheckTopology(areas, frame) {
			got[f.Kind] += f.SquareMetres
		}
		mx, my := geo.MetresPerDegree(0)
		common := commonSquareDegrees(a, b) * mx * my
		union := (math.Abs(planarArea(a))+math.Abs(planarArea(b)))*mx*my - common
		require.InDelta(t, common, got[Overlap], 1e-4*common+20)
		require.InEpsilon(t, mx*my-union, got[Gap], 1e-4)
	})
}

func BenchmarkCheckTopology(b *testing.B) {
	q, _ := city()
	areas, outline := q.areas(q.columns*q.rows), q.outline()
	for b.Loop() {
		if faults := CheckTopology(areas, outline); len(faults) != 0 {
			b.Fatal(faults[0])
		}
	}
}

// Nothing matches: every corner is moved by about a metre on its own.
func BenchmarkCheckTopologyOfASloppyMap(b *testing.B) {
	_, areas := city()
	r := rand.New(rand.NewPCG(8, 8))
	for _, a := range areas {
		for i := range a.Geometry[0][0] {
			a.Geometry[0][0][i][0] += 1e-5 * r.Float64()
		}
	}
	n := 0
	for b.Loop() {
		n = len(CheckTopology(areas, nil))
	}
	b.ReportMetric(float64(n), "faults")
}

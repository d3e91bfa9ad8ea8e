package area

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

func TestInteriorPointsFindTheirOwnGrid(t *testing.T) {
	areas := newQuilt(21, 29, 3, 0.03, 5).areas(609)
	x := NewIndex(areas)
	require.Equal(t, 609, x.Len())
	for _, a := range areas {
		center, _ := planar.CentroidArea(a.Geometry)
		code, ok := x.Locate(geo.FromPoint(center))
		require.True(t, ok)
		require.Equal(t, a.Code, code)
	}
}

// holders are the codes of all areas that hold p, edges included, ascending,
// by comparing p with every edge of every area.
func holders(areas []Area, p geo.LngLat) []string {
	var out []string
	for _, a := range areas {
		if !a.Geometry.Bound().Pad(0.001).Contains(p.Point()) {
			continue // only to save time
		}
		near := false
		for _, e := range shapeEdges(a.Geometry) {
			near = near || e.near(p.Lng, p.Lat)
		}
		if near || planar.MultiPolygonContains(a.Geometry, p.Point()) {
			out = append(out, a.Code)
		}
	}
	slices.Sort(out)
	return out
}

func TestAPointOnASharedEdgeGoesToTheLowerCodeHoweverTheMapIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQuilt(5, 4, rapid.IntRange(0, 3).Draw(t, "bends"), 0.02, rapid.Uint64().Draw(t, "seed"))
		areas := q.areas(20)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 3))
		once, again := NewIndex(areas), NewIndex(shuffle(r, areas))
		for _, a := range areas {
			eachEdge(a.Geometry[0][0], func(from, to orb.Point) {
				for _, f := range []float64{0, 0.5, r.Float64()} {
					p := geo.LngLat{Lng: from[0] + (to[0]-from[0])*f, Lat: from[1] + (to[1]-from[1])*f}
					code, ok := once.Locate(p)
					require.True(t, ok)
					require.Equal(t, holders(areas, p)[0], code)
					require.LessOrEqual(t, code, a.Code)
					code2, _ := again.Locate(p)
					require.Equal(t, code, code2)
				}
			})
		}
	})
}

func TestLocateAgreesWithAskingEveryPolygon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQuilt(8, 7, 3, 0.02, rapid.Uint64().Draw(t, "seed"))
		areas := q.areas(50) // the last row is not full
		hole := rapid.IntRange(0, 49).Draw(t, "hole")
		areas[hole].Geometry[0] = append(areas[hole].Geometry[0], smallSquare(areas[hole], 0.004))
		areas[3].Geometry = append(areas[3].Geometry, areas[45].Geometry...) // an exclave, and an overlap
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "points"), 3))
		x := NewIndex(shuffle(r, areas))
		for range 100 {
			p := q.randomPoint(r)
			want := holders(areas, p)
			code, ok := x.Locate(p)
			if len(want) == 0 {
				require.False(t, ok)
				require.Empty(t, code)
				continue
			}
			require.Equal(t, want[0], code)
			require.Len(t, x.covering(p.Lng, p.Lat, nil), len(want))
		}
	})
}

func TestAPointAtTheLatitudeOfACornerIsCountedOnce(t *testing.T) {
	q := newQuilt(6, 6, 3, 0.02, 8)
	areas := q.areas(36)
	x := NewIndex(areas)
	r := rand.New(rand.NewPCG(6, 6))
	for _, a := range areas {
		for _, corner := range a.Geometry[0][0] {
			p := q.randomPoint(r)
			p.Lat = corner[1]
			want := holders(areas, p)
			code, ok := x.Locate(p)
			require.Equal(t, len(want) > 0, ok)
			if ok {
				require.Equal(t, want[0], code)
			}
		}
	}
}

func TestAHairBesideAnEdgeIsOnIt(t *testing.T) {
	box := func(code string, w, e float64) Area {
		return Area{Code: code, Geometry: orb.MultiPolygon{{{{w, 46}, {e, 46}, {e, 47}, {w, 47}}}}}
	}
	x := NewIndex([]Area{box("2", 131, 132), box("1", 132, 133)})
	locate := func(lng, lat float64) string {
		code, _ := x.Locate(geo.LngLat{Lng: lng, Lat: lat})
		return code
	}
	require.Equal(t, "1", locate(132, 46.5))
	require.Equal(t, "1", locate(132-0.9*EdgeTolerance, 46.5))
	require.Equal(t, "2", locate(132-1.1*EdgeTolerance, 46.5))
	require.Equal(t, "2", locate(131, 46))
	require.Equal(t, "2", locate(131-0.9*EdgeTolerance, 46.5))
	require.Equal(t, "", locate(131-1.1*EdgeTolerance, 46.5))
	require.Equal(t, "1", locate(133, 47))
	require.Equal(t, "", locate(133, 47+1.1*EdgeTolerance))
}

func TestPointsOutsideAndNonsenseAreNotFound(t *testing.T) {
	areas := newQuilt(3, 3, 1, 0.02, 4).areas(9)
	empty := Area{Code: "0", Level: Grid}
	broken := Area{Code: "00", Level: Grid, Geometry: orb.MultiPolygon{{{{131, 46}, {math.NaN(), 46}, {132, 47}}}}}
	full := NewIndex(append(areas, empty, broken))
	none := NewIndex(nil)
	shapeless := NewIndex([]Area{empty, broken})
	for _, p := range []geo.LngLat{
		{}, {Lng: 180, Lat: 90}, {Lng: -180, Lat: -90}, {Lng: math.NaN(), Lat: 46}, {Lng: 131, Lat: math.NaN()},
		{Lng: math.Inf(1), Lat: math.Inf(-1)}, {Lng: quiltWest - 1, Lat: quiltSouth},
	} {
		for _, x := range []*Index{full, none, shapeless} {
			_, ok := x.Locate(p)
			require.False(t, ok, p)
		}
	}
	require.Empty(t, none.covering(1, 1, nil))
}

func TestAMapAroundThePoleAndTheAntimeridianIsPlainDegrees(t *testing.T) {
	x := NewIndex([]Area{
		{Code: "cap", Geometry: orb.MultiPolygon{{{{-180, 88}, {180, 88}, {180, 90}, {-180, 90}}}}},
		{Code: "fiji-east", Geometry: orb.MultiPolygon{{{{-180, -18}, {-179, -18}, {-179, -17}, {-180, -17}}}}},
		{Code: "fiji-west", Geometry: orb.MultiPolygon{{{{179, -18}, {180, -18}, {180, -17}, {179, -17}}}}},
	})
	for want, p := range map[string]geo.LngLat{
		"cap": {Lng: 77, Lat: 90}, "fiji-east": {Lng: -180, Lat: -17.5}, "fiji-west": {Lng: 180, Lat: -17.5},
	} {
		code, _ := x.Locate(p)
		require.Equal(t, want, code)
	}
}

func TestAMillionPointsAreLocatedInTimeByManyAtOnce(t *testing.T) {
	q, areas := city()
	x := NewIndex(areas)
	start := time.Now()
	var workers sync.WaitGroup
	var found [2]int
	for w := range found {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 5))
			for range 500_000 {
				if _, ok := x.Locate(q.randomPoint(r)); ok {
					found[w]++
				}
			}
		})
	}
	workers.Wait()
	require.Less(t, time.Since(start), 10*time.Second)
	require.Greater(t, found[0]+found[1], 950_000)
}

func FuzzLocate(f *testing.F) {
	areas := newQuilt(4, 4, 2, 0.02, 4).areas(16)
	x := NewIndex(areas)
	f.Add(131.12, 46.72)
	f.Add(math.NaN(), math.Inf(1))
	f.Add(areas[5].Geometry[0][0][0][0], areas[5].Geometry[0][0][0][1])
	f.Fuzz(func(t *testing.T, lng, lat float64) {
		p := geo.LngLat{Lng: lng, Lat: lat}
		code, ok := x.Locate(p)
		want := holders(areas, p)
		require.Equal(t, len(want) > 0, ok)
		if ok {
			require.Equal(t, want[0], code)
		}
	})
}

package area

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/geo"
)

// dent moves ground across the edge from corner i to corner i+1 of an area's
// ring: it adds a corner at the middle of the edge, pushed outward (overlap)
// or inward (gap) so that the triangle measures the given square metres.
func dent(a Area, i int, squareMetres float64, outward bool) Area {
	ring := slices.Clone(a.Geometry[0][0])
	p, q := ring[i], ring[i+1]
	mx, my := geo.MetresPerDegree((p[1] + q[1]) / 2)
	dx, dy := (q[0]-p[0])*mx, (q[1]-p[1])*my
	length := math.Hypot(dx, dy)
	height := 2 * squareMetres / length
	if !outward {
		height = -height
	}
	// The rings of a quilt run counter-clockwise: outside is to the right.
	tip := orb.Point{(p[0]+q[0])/2 + dy/length*height/mx, (p[1]+q[1])/2 - dx/length*height/my}
	a.Geometry = orb.MultiPolygon{{slices.Insert(ring, i+1, tip)}}
	return a
}

func TestPlantedOverlapAndGapAreFoundWithBothCodesAndSize(t *testing.T) {
	q := newQuilt(21, 29, 3, 0.03, 5) // 609 grids, about 2,400 km²
	areas := q.areas(609)
	require.Len(t, areas, 609)
	require.Empty(t, CheckTopology(areas, nil))
	require.Empty(t, CheckTopology(areas, q.outline()))

	eastEdge := q.bends + 2 // the second stretch of the eastern side
	i, j := 5*21+7, 20*21+3
	areas[i] = dent(areas[i], eastEdge, 50, true)
	areas[j] = dent(areas[j], eastEdge, 50, false)
	for _, outline := range []orb.MultiPolygon{nil, q.outline()} {
		faults := CheckTopology(areas, outline)
		require.Len(t, faults, 2)
		require.Equal(t, Gap, faults[0].Kind)
		require.Equal(t, []string{q.code(3, 20), q.code(4, 20)}, []string{faults[0].A, faults[0].B})
		require.InDelta(t, 50, faults[0].SquareMetres, 0.01)
		require.Equal(t, Overlap, faults[1].Kind)
		require.Equal(t, []string{q.code(7, 5), q.code(8, 5)}, []string{faults[1].A, faults[1].B})
		require.InDelta(t, 50, faults[1].SquareMetres, 0.01)
	}
}

func TestFaultsDoNotDependOnOrderDirectionOrStart(t *testing.T) {
	q := newQuilt(6, 6, 2, 0.02, 9)
	areas := q.areas(36)
	areas[14] = dent(areas[14], 1, 300, true)
	areas[21] = dent(areas[21], 4, 80, false)
	areas[28].Geometry[0] = append(areas[28].Geometry[0], smallSquare(areas[28], 1e-4))
	want := CheckTopology(areas, q.outline())
	require.Len(t, want, 3)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		shuffled := shuffle(r, areas)
		require.Equal(t, want, CheckTopology(shuffled, q.outline()))
	}
}

// smallSquare is a hole around an area's middle, of a given side in degrees.
func smallSquare(a Area, side float64) orb.Ring {
	c := a.Geometry.Bound().Center()
	h := side / 2
	return orb.Ring{{c[0] - h, c[1] - h}, {c[0] - h, c[1] + h}, {c[0] + h, c[1] + h}, {c[0] + h, c[1] - h}, {c[0] - h, c[1] - h}}
}

// shuffle reorders areas and turns and reverses their rings at random.
func shuffle(r *rand.Rand, areas []Area) []Area {
	out := slices.Clone(areas)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	for i, a := range out {
		var mp orb.MultiPolygon
		for _, polygon := range a.Geometry {
			var copied orb.Polygon
			for _, ring := range polygon {
				open := ring[:len(ring)-1]
				k := r.IntN(len(open))
				turned := append(append(orb.Ring{}, open[k:]...), open[:k]...)
				if r.IntN(2) == 0 {
					slices.Reverse(turned)
				}
				copied = append(copied, append(turned, turned[0]))
			}
			mp = append(mp, copied)
		}
		out[i].Geometry = mp
	}
	return out
}

func TestHolesAreGapsUnlessAnotherAreaFillsThem(t *testing.T) {
	q := newQuilt(3, 3, 1, 0.02, 4)
	areas := q.areas(9)
	hole := smallSquare(areas[4], 1e-3)
	areas[4].Geometry[0] = append(areas[4].Geometry[0], hole)
	faults := CheckTopology(areas, nil)
	require.Len(t, faults, 1)
	require.Equal(t, Gap, faults[0].Kind)
	require.Equal(t, areas[4].Code, faults[0].A)
	require.Empty(t, faults[0].B)
	require.InEpsilon(t, SquareMetres(orb.MultiPolygon{{hole}}), faults[0].SquareMetres, 1e-5)

	island := Area{Code: "island", Level: Grid, Geometry: orb.MultiPolygon{{hole}}}
	require.Empty(t, CheckTopology(append(areas, island), nil))

	island.Geometry = orb.MultiPolygon{{smallSquare(areas[4], 5e-4)}}
	faults = CheckTopology(append(areas, island), nil)
	require.Len(t, faults, 1, "the moat around a smaller island is one gap")
	require.Equal(t, []string{areas[4].Code, "island"}, []string{faults[0].A, faults[0].B})
	require.InEpsilon(t, SquareMetres(orb.MultiPolygon{{hole}})*3/4, faults[0].SquareMetres, 1e-5)
}

func box(code string, w, s, e, n float64) Area {
	return Area{Code: code, Level: Grid, Geometry: orb.MultiPolygon{{{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}}}}}
}

func TestAnUprightBorderUnderAnOverlapSeparatesThePairs(t *testing.T) {
	faults := CheckTopology([]Area{
		box("a", 131, 46, 132, 47), box("c", 132, 46, 133, 47), box("b", 131.5, 46.4, 132.25, 46.6),
	}, nil)
	require.Len(t, faults, 2)
	mx, my := geo.MetresPerDegree(46.5)
	require.Equal(t, []string{"a", "b"}, []string{faults[0].A, faults[0].B})
	require.InEpsilon(t, 0.5*mx*0.2*my, faults[0].SquareMetres, 1e-4)
	require.Equal(t, []string{"b", "c"}, []string{faults[1].A, faults[1].B})
	require.InEpsilon(t, 0.25*mx*0.2*my, faults[1].SquareMetres, 1e-4)
}

func TestASeamOfOneBitDoesNotJoinTwoGaps(t *testing.T) {
	east := math.Nextafter(132, 133)
	west := Area{Code: "west", Level: Grid, Geometry: orb.MultiPolygon{{{
		{131, 46}, {132, 46}, {132, 46.2}, {131.99, 46.2}, {131.99, 46.21}, {132, 46.21},
		{132, 46.6}, {131.99, 46.6}, {131.99, 46.61}, {132, 46.61}, {132, 47}, {131, 47},
	}}}}
	faults := CheckTopology([]Area{west, box("east", east, 46, 133, 47)}, nil)
	require.Len(t, faults, 2)
}

func TestUprightGapNamesTheAreasOnItsLongSides(t *testing.T) {
	areas := []Area{
		box("south", 131, 46, 132, 46.1), box("north", 131, 46.2, 132, 46.3),
		box("west", 131, 46.1, 131.5, 46.2), box("east", 131.5001, 46.1, 132, 46.2),
	}
	faults := CheckTopology(areas, nil)
	require.Len(t, faults, 1)
	require.Equal(t, []string{"east", "west"}, []string{faults[0].A, faults[0].B})
	mx, my := geo.MetresPerDegree(46.15)
	require.InEpsilon(t, 0.0001*mx*0.1*my, faults[0].SquareMetres, 1e-5)
}

func TestOutlineShowsUncoveredRimAndGroundBeyond(t *testing.T) {
	q := newQuilt(4, 4, 2, 0.02, 11)
	areas := q.areas(16)
	areas[2] = dent(areas[2], 1, 70, true)    // southern rim, outward
	areas[13] = dent(areas[13], 7, 90, false) // northern rim, inward
	require.Empty(t, CheckTopology(areas, nil), "a bay is not enclosed")
	faults := CheckTopology(areas, q.outline())
	require.Len(t, faults, 2)
	require.Equal(t, Gap, faults[0].Kind)
	require.Equal(t, areas[13].Code, faults[0].A)
	require.InDelta(t, 90, faults[0].SquareMetres, 0.05)
	require.Equal(t, Outside, faults[1].Kind)
	require.Equal(t, areas[2].Code, faults[1].A)
	require.InDelta(t, 70, faults[1].SquareMetres, 0.05)

	faults = CheckTopology(areas[:15], q.outline())
	require.Len(t, faults, 3, "a missing corner area is a gap")
	require.Equal(t, []string{areas[11].Code, areas[14].Code}, []string{faults[0].A, faults[0].B})
	require.InEpsilon(t, SquareMetres(areas[15].Geometry), faults[0].SquareMetres, 1e-4)
}

func TestRepeatedAreaOverlapsItselfWhole(t *testing.T) {
	q := newQuilt(3, 3, 2, 0.02, 12)
	areas := q.areas(9)
	twin := areas[4]
	twin.Code = "twin"
	faults := CheckTopology(append(areas, twin), nil)
	require.Len(t, faults, 1)
	require.Equal(t, []string{areas[4].Code, "twin"}, []string{faults[0].A, faults[0].B})
	require.InEpsilon(t, SquareMetres(twin.Geometry), faults[0].SquareMetres, 1e-4)
}

func TestAnAreaOverManyOthersIsReportedPairByPair(t *testing.T) {
	q := newQuilt(12, 12, 3, 0.02, 21)
	areas := q.areas(144)
	big := Area{Code: "~big", Geometry: orb.MultiPolygon{{{
		{quiltWest + 0.0631, quiltSouth + 0.0633}, {quiltWest + 0.1637, quiltSouth + 0.0621},
		{quiltWest + 0.1639, quiltSouth + 0.1641}, {quiltWest + 0.0629, quiltSouth + 0.1627},
	}}}}
	var total float64
	pairs := map[string]bool{}
	for _, f := range CheckTopology(append(areas, big), q.outline()) {
		require.Equal(t, Overlap, f.Kind)
		require.Equal(t, "~big", f.B)
		require.False(t, pairs[f.A], "two pieces of one pair that touch are one fault")
		pairs[f.A] = true
		total += f.SquareMetres
		for _, a := range areas {
			if a.Code == f.A && a.Geometry.Bound().Min[0] > quiltWest+0.07 && a.Geometry.Bound().Max[0] < quiltWest+0.16 &&
				a.Geometry.Bound().Min[1] > quiltSouth+0.07 && a.Geometry.Bound().Max[1] < quiltSouth+0.16 {
				require.InEpsilon(t, SquareMetres(a.Geometry), f.SquareMetres, 1e-3)
			}
		}
	}
	require.InEpsilon(t, SquareMetres(big.Geometry), total, 1e-4)
	require.GreaterOrEqual(t, len(pairs), 25)
}

func TestALongGapIsOneFaultAcrossTheWholeMap(t *testing.T) {
	q := newQuilt(9, 60, 4, 0.01, 22)
	var kept []Area
	var missing float64
	for y := range q.rows {
		for x := range q.columns {
			if x == 4 && y > 0 && y < q.rows-1 {
				missing += SquareMetres(q.patch(x, y).Geometry)
			} else {
				kept = append(kept, q.patch(x, y))
			}
		}
	}
	for _, outline := range []orb.MultiPolygon{nil, q.outline()} {
		faults := CheckTopology(kept, outline)
		require.Len(t, faults, 1)
		require.Equal(t, Gap, faults[0].Kind)
		require.InEpsilon(t, missing, faults[0].SquareMetres, 1e-4)
	}
}

func TestNothingToCheckHasNoFaults(t *testing.T) {
	require.Empty(t, CheckTopology(nil, nil))
	require.Empty(t, CheckTopology([]Area{{Code: "a"}}, nil))
	faults := CheckTopology(nil, newQuilt(1, 1, 0, 0.02, 1).outline())
	require.Len(t, faults, 1, "an empty map leaves its whole outline uncovered")
	require.Equal(t, Gap, faults[0].Kind)
	require.Equal(t, "", faults[0].A+faults[0].B)
}

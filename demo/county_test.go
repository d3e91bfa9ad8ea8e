package demo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/geo/area"
)

func smallCounty(t testing.TB, seed uint64) *county {
	t.Helper()
	s, err := SizeS.shape()
	require.NoError(t, err)
	c, err := newCounty(s, seed)
	require.NoError(t, err)
	return c
}

func geometry(ring []vertex) orb.MultiPolygon {
	out := make(orb.Ring, len(ring))
	for i, v := range ring {
		out[i] = orb.Point{float64(v.lng) / microDegrees, float64(v.lat) / microDegrees}
	}
	return orb.MultiPolygon{{out}}
}

func areasOf(places []place) []area.Area {
	out := make([]area.Area, len(places))
	for i, p := range places {
		out[i] = area.Area{Code: p.code, Parent: p.parent, Name: p.name, Level: area.Level(p.level),
			Population: p.population, Geometry: geometry(p.ring)}
	}
	return out
}

func (c *county) all() []place {
	out := []place{c.root}
	out = append(out, c.townships...)
	out = append(out, c.villages...)
	return append(out, c.grids...)
}

func TestCountyHasTheNumbersOfTheFixture(t *testing.T) {
	c := smallCounty(t, 1)
	require.Len(t, c.townships, 9)
	require.Len(t, c.villages, 157)
	require.Len(t, c.grids, 609)
	perTownship := make([]int, 9)
	perVillage := make([]int, 157)
	for _, v := range c.villages {
		perTownship[v.township]++
	}
	for _, g := range c.grids {
		perVillage[g.village]++
	}
	require.Equal(t, []int{24, 25, 16, 17, 18, 17, 21, 14, 5}, perTownship)
	for i, n := range perVillage {
		if c.villages[i].town {
			require.True(t, n >= 6 && n <= 8, "%s has %d grids", c.villages[i].name, n)
		} else {
			require.True(t, n >= 2 && n <= 4, "%s has %d grids", c.villages[i].name, n)
		}
	}
}

func TestLargerSizesPlanTheirGrids(t *testing.T) {
	for size, want := range map[Size][3]int{SizeM: {210, 3676, 14_216}, SizeL: {300, 38_400, 150_000}} {
		s, err := size.shape()
		require.NoError(t, err)
		villages, grids := 0, 0
		plans := s.plan(stream(1, "plan"))
		for _, p := range plans {
			villages += len(p.grids)
			for _, n := range p.grids {
				grids += n
			}
		}
		require.Equal(t, want, [3]int{len(plans), villages, grids}, size)
	}
}

func TestCodesAreATree(t *testing.T) {
	c := smallCounty(t, 1)
	_, err := area.BuildTree(areasOf(c.all()))
	require.NoError(t, err)
	require.Equal(t, "990101000000", c.root.code)
	for _, v := range c.townships {
		band := v.code[6:9]
		require.Equal(t, strings.HasSuffix(v.name, "镇"), band >= "100" && band <= "199", v.name)
		require.Equal(t, strings.HasSuffix(v.name, "乡"), band >= "200" && band <= "399", v.name)
	}
	for _, v := range c.villages {
		require.Len(t, v.code, 12)
		require.Equal(t, v.town, v.code[9:] < "200", v.code)
		require.Equal(t, v.town, strings.HasSuffix(v.name, "社区"), v.name)
	}
	for _, g := range c.grids {
		require.Len(t, g.code, 15)
		require.Equal(t, c.villages[g.village].code, g.code[:12])
	}
}

func TestNamesAreUniqueInATownship(t *testing.T) {
	seen := map[string]bool{}
	for _, names := range [][]string{placeNames(25, stream(3, "n")), placeNames(128, stream(3, "n")), townNames(300, stream(3, "n"))} {
		clear(seen)
		for _, n := range names {
			require.False(t, seen[n], n)
			require.Len(t, []rune(n), 2)
			seen[n] = true
		}
	}
	require.Equal(t, []string{"一", "九", "十", "十一", "二十", "三十五"}, []string{chineseNumber(1), chineseNumber(9),
		chineseNumber(10), chineseNumber(11), chineseNumber(20), chineseNumber(35)})
}

func TestPopulationAddsUp(t *testing.T) {
	c := smallCounty(t, 1)
	var grids, villages, townships, town, townGrids uint32
	for _, g := range c.grids {
		grids += g.population
		if g.town {
			town += g.population
			townGrids++
		} else {
			require.True(t, g.population >= 200 && g.population <= 500)
		}
	}
	for _, v := range c.villages {
		villages += v.population
	}
	for _, v := range c.townships {
		townships += v.population
	}
	require.Equal(t, c.root.population, grids)
	require.Equal(t, c.root.population, villages)
	require.Equal(t, c.root.population, townships)
	require.InDelta(t, 998, float64(town)/float64(townGrids), 50)
}

func TestEveryLevelCoversTheCountyWithoutGapOrOverlap(t *testing.T) {
	for seed := range uint64(6) {
		c := smallCounty(t, seed)
		outline := geometry(c.root.ring)
		require.InDelta(t, 2400e6, area.SquareMetres(outline), 200e6)
		for _, level := range [][]place{c.townships, c.villages, c.grids} {
			areas := areasOf(level)
			require.Empty(t, area.CheckTopology(areas, outline), "seed %d", seed)
			sum := 0.0
			for _, a := range areas {
				sum += area.SquareMetres(a.Geometry)
			}
			require.InEpsilon(t, area.SquareMetres(outline), sum, 1e-6)
		}
	}
}

// The shared edge set: each piece of a grid's border is either a piece of
// exactly one other grid's border or of the county's, corner for corner, and
// the borders of villages and townships are made of the same pieces.
func TestBordersAreSharedPieceByPiece(t *testing.T) {
	c := smallCounty(t, 2)
	type piece struct{ from, to vertex }
	pieces := func(places ...place) map[piece]int {
		out := map[piece]int{}
		for _, p := range places {
			require.Equal(t, p.ring[0], p.ring[len(p.ring)-1])
			for i := range len(p.ring) - 1 {
				require.NotEqual(t, p.ring[i], p.ring[i+1])
				out[piece{p.ring[i], p.ring[i+1]}]++
			}
		}
		return out
	}
	grids, county := pieces(c.grids...), pieces(c.root)
	for e, n := range grids {
		require.Equal(t, 1, n)
		require.Equal(t, 1, grids[piece{e.to, e.from}]+county[e], "%v", e)
	}
	for _, level := range [][]place{c.villages, c.townships, {c.root}} {
		for e := range pieces(level...) {
			require.Equal(t, 1, grids[e], "%v", e)
		}
	}
}

func TestGridsAreNotSlivers(t *testing.T) {
	for seed := range uint64(6) {
		c := smallCounty(t, seed)
		for _, g := range c.grids {
			size := area.SquareMetres(geometry(g.ring))
			require.Greater(t, size, 10_000.0, "seed %d %s", seed, g.code)
			require.Greater(t, flat(g.ring).sharpest(), 11.0, "seed %d %s", seed, g.code)
			perimeter := 0.0
			ring := flat(g.ring)
			for i, p := range ring {
				perimeter += p.dist(ring[(i+1)%len(ring)])
			}
			require.Greater(t, 4*3.1416*size/(perimeter*perimeter), 0.3, "seed %d %s", seed, g.code)
		}
	}
}

// flat gives a ring back on the plane, in metres, not closed.
func flat(ring []vertex) polygon {
	const perLng, perLat = 76_260.0 / microDegrees, 111_195.0 / microDegrees // at 46.7 N
	out := make(polygon, len(ring)-1)
	for i := range out {
		out[i] = point{float64(ring[i].lng-ring[0].lng) * perLng, float64(ring[i].lat-ring[0].lat) * perLat}
	}
	return out
}

func TestGridsAreNumberedInReadingOrder(t *testing.T) {
	at := func(x, y float64) polygon {
		return polygon{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}}
	}
	got := readingOrder([]polygon{at(5, 0), at(0, 0), at(5, 9), at(0, 8)})
	require.Equal(t, []polygon{at(0, 8), at(5, 9), at(0, 0), at(5, 0)}, got)
	require.Equal(t, []polygon{at(0, 0), at(2, 5), at(4, 1)}, readingOrder([]polygon{at(4, 1), at(2, 5), at(0, 0)}))
	c := smallCounty(t, 1)
	next := map[int]int{}
	for _, g := range c.grids {
		next[g.village]++
		require.Equal(t, fmt.Sprintf("%03d", next[g.village]), g.code[12:])
		require.Equal(t, c.villages[g.village].name+"第"+chineseNumber(next[g.village])+"网格", g.name)
	}
}

func TestUnknownSizeIsRefused(t *testing.T) {
	_, err := ParseSize("XL")
	require.ErrorContains(t, err, "XL")
	_, err = Size("XL").shape()
	require.ErrorContains(t, err, "XL")
	got, err := ParseSize("m")
	require.NoError(t, err)
	require.Equal(t, SizeM, got)
}

func BenchmarkCounty(b *testing.B) {
	for b.Loop() {
		smallCounty(b, 1)
	}
}

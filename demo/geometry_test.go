package demo

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func square(side float64) polygon {
	return polygon{{0, 0}, {side, 0}, {side, side}, {0, side}}
}

func TestClipHalvesASquare(t *testing.T) {
	half := square(2).clip(point{1, 0}, 1, nil)
	require.InDelta(t, 2, half.area(), 1e-12)
	require.Equal(t, point{0.5, 1}, half.centroid())
	require.Empty(t, square(2).clip(point{1, 0}, -1, nil))
	require.True(t, half.contains(point{0.5, 0.5}))
	require.False(t, half.contains(point{1.5, 0.5}))
	require.InDelta(t, 90, half.sharpest(), 1e-9)
	require.True(t, half.simple())
	require.False(t, polygon{{0, 0}, {2, 2}, {2, 0}, {0, 2}}.simple())
}

func TestSplitFillsTheRegionWithTheWantedAreas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 24).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		rng := stream(seed, "split")
		targets := spread(n, 1, rng)
		cells, err := split(square(1000), targets, rng)
		require.NoError(t, err)
		require.Len(t, cells, n)
		sum, wanted := 0.0, 0.0
		for i := range cells {
			sum += cells[i].area()
			wanted += targets[i]
		}
		require.InDelta(t, 1e6, sum, 1e-3)
		for i, c := range cells {
			require.Greater(t, c.area(), 0.4*targets[i]/wanted*1e6)
		}
	})
}

// Corners of one region on an edge of another become corners of both.
func TestMeshMendsCornersOnEdges(t *testing.T) {
	left := polygon{{0, 0}, {1, 0}, {1, 2}, {0, 2}}
	low, high := polygon{{1, 0}, {2, 0}, {2, 1}, {1, 1}}, polygon{{1, 1}, {2, 1}, {2, 2}, {1, 2}}
	scale := func(g polygon) polygon {
		out := make(polygon, len(g))
		for i, p := range g {
			out[i] = point{1000 * p.x, 1000 * p.y}
		}
		return out
	}
	m := newMesh([]polygon{scale(left), scale(low), scale(high)})
	require.NoError(t, m.check())
	require.Len(t, m.corners, 8)
	require.Len(t, m.cells[0], 5)
	require.True(t, inOnePiece([]polygon{scale(left), scale(low), scale(high)}))
	require.False(t, inOnePiece([]polygon{scale(low), {{5000, 0}, {6000, 0}, {6000, 1000}}}))
}

// Two corners on both sides of a border, nearly facing each other, become one.
func TestShortEdgesAreClosedUp(t *testing.T) {
	m := newMesh([]polygon{
		{{0, 0}, {1000, 0}, {1000, 1000}, {0, 1000}},
		{{0, 1000}, {1000, 1000}, {1000, 2000}, {0, 2000}},
		{{1000, 0}, {2000, 0}, {2000, 1060}, {1000, 1060}},
		{{1000, 1060}, {2000, 1060}, {2000, 2000}, {1000, 2000}},
	})
	require.NoError(t, m.check())
	m.collapseShortEdges()
	require.NoError(t, m.check())
	total := 0.0
	for _, ring := range m.cells {
		require.Len(t, ring, 4)
		total += m.polygon(ring).area()
	}
	require.InDelta(t, 4e6, total, 1e-3)
}

func TestOutlinesRefuseAGroupInTwoPieces(t *testing.T) {
	m := newMesh([]polygon{square(1000), {{1000, 0}, {2000, 0}, {2000, 1000}, {1000, 1000}},
		{{2000, 0}, {3000, 0}, {3000, 1000}, {2000, 1000}}})
	_, err := m.halfEdges().outlines([]int32{0, 1, 0}, 2)
	require.ErrorContains(t, err, "not in one piece")
	rings, err := m.halfEdges().outlines([]int32{0, 0, 1}, 2)
	require.NoError(t, err)
	require.Len(t, rings[0], 6)
}

func TestWarpDoesNotFoldThePlane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWarp(stream(rapid.Uint64().Draw(t, "seed"), "warp"))
		p := point{rapid.Float64Range(-3e5, 3e5).Draw(t, "x"), rapid.Float64Range(-3e5, 3e5).Draw(t, "y")}
		const h = 10.0
		a, e, n := w.at(p), w.at(point{p.x + h, p.y}).sub(w.at(p)), w.at(point{p.x, p.y + h}).sub(w.at(p))
		require.Greater(t, (e.x*n.y-e.y*n.x)/(h*h), 0.05)
		require.Less(t, a.dist(p), 8000.0)
	})
}

func TestAliasTableKeepsTheWeights(t *testing.T) {
	weights := []float64{1, 0, 5, 0.5, 13, 2}
	table := newAliasTable(weights)
	rng := stream(1, "alias")
	const draws = 400_000
	counts := make([]float64, len(weights))
	for range draws {
		counts[table.draw(rng)]++
	}
	for i, w := range weights {
		p := w / 21.5
		require.InDelta(t, p, counts[i]/draws, 4*math.Sqrt(p*(1-p)/draws)+1e-9, i)
	}
}

func TestOfficeTimeKeepsTheOrderAndNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, "a")
		b := a + rapid.Int64Range(0, 200_000).Draw(t, "later")
		require.GreaterOrEqual(t, officeTime(a), a)
		require.LessOrEqual(t, officeTime(a), officeTime(b))
		h := (officeTime(a) + 8*3600) % 86400 / 3600
		require.True(t, h >= 8 && h <= 18, h)
	})
}

package area

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
)

func block(code string, west, south, east, north float64) Area {
	return Area{Code: code, Geometry: orb.MultiPolygon{{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}}
}

func TestAGridBelongsWhereMostOfItLies(t *testing.T) {
	grids := []Area{block("g1", 131, 46, 131.01, 46.01), block("g2", 131.01, 46, 131.02, 46.01), block("g3", 131.05, 46, 131.06, 46.01)}
	// One 片区 crosses both grids; a corner of it touches nothing.
	shares := Overlay(grids, []Area{block("p1", 130.99, 45.99, 131.0125, 46.02), block("p2", 131.0125, 45.99, 131.03, 46.02)})
	require.Len(t, shares, 3)
	require.Equal(t, "g1 p1 true", fmt.Sprint(shares[0].Grid, " ", shares[0].Code, " ", shares[0].Chosen))
	require.Equal(t, "g2 p1 false", fmt.Sprint(shares[1].Grid, " ", shares[1].Code, " ", shares[1].Chosen))
	require.Equal(t, "g2 p2 true", fmt.Sprint(shares[2].Grid, " ", shares[2].Code, " ", shares[2].Chosen))
	require.InDelta(t, 1, shares[0].Share, 1e-3)
	require.InDelta(t, 0.25, shares[1].Share, 1e-3)
	require.InDelta(t, 0.75, shares[2].Share, 1e-3)

	half := Overlay(grids[:1], []Area{block("p9", 131.005, 46, 131.01, 46.01), block("p2", 131, 46, 131.005, 46.01)})
	require.True(t, half[0].Chosen, "of two halves the lower code")
	require.Equal(t, "p2", half[0].Code)
}

// Rectangles over a lattice of grids: every share is that of the rectangles.
func TestSharesAreThoseOfTheGround(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const n, step = 12, 0.01
	var grids []Area
	for i := range n * n {
		w, s := 131+step*float64(i%n), 46+step*float64(i/n)
		grids = append(grids, block(fmt.Sprintf("g%03d", i), w, s, w+step, s+step))
	}
	cuts := []float64{131, 131.0317 + rng.Float64()*0.01, 131.0733 + rng.Float64()*0.01, 131 + n*step}
	var areas []Area
	for i := range 3 {
		areas = append(areas, block(fmt.Sprint("p", i), cuts[i], 46, cuts[i+1], 46+n*step))
	}
	shares := Overlay(grids, areas)
	sum := map[string]float64{}
	chosen := map[string]int{}
	for _, s := range shares {
		sum[s.Grid] += s.Share
		if s.Chosen {
			chosen[s.Grid]++
		}
		var i, p int
		_, err := fmt.Sscanf(s.Grid+" "+s.Code, "g%d p%d", &i, &p)
		require.NoError(t, err)
		w := 131 + step*float64(i%n)
		want := (math.Min(w+step, cuts[p+1]) - math.Max(w, cuts[p])) / step
		require.InDelta(t, want, s.Share, 1e-3, "%+v", s)
	}
	require.Len(t, sum, n*n)
	for grid, all := range sum {
		require.InDelta(t, 1, all, 1e-3, grid)
		require.Equal(t, 1, chosen[grid])
	}
}

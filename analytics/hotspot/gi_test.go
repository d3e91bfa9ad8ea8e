package hotspot_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
)

func nan() float64 { return math.NaN() }

func TestGiWorkedOutByHand(t *testing.T) {
	// Chain of four with values 0, 0, 0, 4: mean 1, variance 3.
	x := []float64{0, 0, 0, 4}
	star, err := hotspot.GiStar(x, chain(t, 4).WithSelf())
	require.NoError(t, err)
	// Last cell: sum 4 over two cells, expected 2, spread √(3·2·2/3) = 2.
	require.InDelta(t, 1, star.Z[3], 1e-12)
	require.InDelta(t, -1, star.Z[0], 1e-12)
	gi, err := hotspot.Gi(x, chain(t, 4))
	require.NoError(t, err)
	// Third cell: others 0, 0, 4 with mean 4/3, variance 32/9; two of three neighbours.
	require.InDelta(t, (4-8.0/3)/math.Sqrt(32.0/9*2*1/2), gi.Z[2], 1e-12)
	require.False(t, gi.Defined[3], "all others are equal: no variance")
	require.Zero(t, gi.Z[3])
}

func TestScoresAreUndefinedWhereNothingCanBeCompared(t *testing.T) {
	w, err := hotspot.FromNeighbours([][]int{{1, 2, 3}, {0}, {0}, {0}})
	require.NoError(t, err)
	star, err := hotspot.GiStar([]float64{1, 2, 3, 4}, w.WithSelf())
	require.NoError(t, err)
	require.Equal(t, []bool{false, true, true, true}, star.Defined)
	require.InDelta(t, 1, star.P(hotspot.Upper)[0], 0)
	p, err := hotspot.CountP([]float64{1, 2, 3, 4}, w.WithSelf(), hotspot.Upper)
	require.NoError(t, err)
	require.InDelta(t, 1, p[0], 0)
	lonely, err := hotspot.FromNeighbours([][]int{{}, {2}, {1}})
	require.NoError(t, err)
	gi, err := hotspot.Gi([]float64{1, 2, 4}, lonely)
	require.NoError(t, err)
	require.False(t, gi.Defined[0])
	cond, err := hotspot.ConditionalP(t.Context(), []float64{1, 2, 4}, lonely, hotspot.TwoSided, hotspot.Draws{N: 9})
	require.NoError(t, err)
	require.InDelta(t, 1, cond[0], 0)
}

func TestUnusableMapsAreNamed(t *testing.T) {
	w := chain(t, 4)
	self := w.WithSelf()
	for name, test := range map[string]struct {
		x    []float64
		code hotspot.Code
	}{
		"no cells":     {nil, hotspot.TooFew},
		"single cell":  {[]float64{1}, hotspot.TooFew},
		"wrong length": {[]float64{1, 2, 3}, hotspot.LengthMismatch},
		"NaN":          {[]float64{1, nan(), 2, 3}, hotspot.NotFinite},
		"infinite":     {[]float64{1, math.Inf(1), 2, 3}, hotspot.NotFinite},
		"all zeros":    {[]float64{0, 0, 0, 0}, hotspot.Constant},
		"constant":     {[]float64{0.1, 0.1, 0.1, 0.1}, hotspot.Constant},
	} {
		_, err := hotspot.GiStar(test.x, self)
		requireCode(t, test.code, err, name)
		_, err = hotspot.Gi(test.x, w)
		requireCode(t, test.code, err, name)
		_, err = hotspot.Detect(t.Context(), test.x, self, hotspot.DetectOptions{})
		requireCode(t, test.code, err, name)
		_, err = hotspot.MoranI(test.x, w)
		if test.code != hotspot.LengthMismatch { // three cells are too few for Moran
			requireCode(t, test.code, err, name)
		}
		_, err = hotspot.LocalMoranI(t.Context(), test.x, w, hotspot.Draws{N: 9})
		requireCode(t, test.code, err, name)
	}
	x := []float64{1, 2, 3, 4}
	_, err := hotspot.GiStar(x, w)
	requireCode(t, hotspot.BadWeights, err)
	_, err = hotspot.Gi(x, self)
	requireCode(t, hotspot.BadWeights, err)
	_, err = hotspot.Gi(x, nil)
	requireCode(t, hotspot.BadWeights, err)
	_, err = hotspot.ConditionalP(t.Context(), x, nil, hotspot.Upper, hotspot.Draws{N: 9})
	requireCode(t, hotspot.BadWeights, err)
	_, err = hotspot.ConditionalP(t.Context(), x, w, hotspot.Upper, hotspot.Draws{})
	requireCode(t, hotspot.BadOption, err)
	_, err = hotspot.SampledP(t.Context(), x, self, hotspot.Upper, hotspot.Draws{})
	requireCode(t, hotspot.BadOption, err)
	_, err = hotspot.Detect(t.Context(), x, self, hotspot.DetectOptions{Alpha: 1})
	requireCode(t, hotspot.BadOption, err)
	for _, bad := range [][]float64{{0.5, 1, 2, 3}, {-1, 1, 2, 3}} {
		_, err = hotspot.CountP(bad, self, hotspot.Upper)
		requireCode(t, hotspot.NotCount, err)
	}
	_, err = hotspot.CountP([]float64{1e9, 1e8, 2, 3}, self, hotspot.Upper)
	requireCode(t, hotspot.TooMany, err)
}

// Every way to deal four values out to a chain, listed: 24 orders.
func TestCountPEqualsTheShareOfAllOrders(t *testing.T) {
	x := []float64{0, 1, 1, 5}
	w := chain(t, 4).WithSelf()
	upper, err := hotspot.CountP(x, w, hotspot.Upper)
	require.NoError(t, err)
	lower, err := hotspot.CountP(x, w, hotspot.Lower)
	require.NoError(t, err)
	for i := range x {
		var observed float64
		for _, j := range w.Row(i) {
			observed += x[j]
		}
		atLeast, atMost, orders := 0.0, 0.0, 0.0
		permutations(x, func(y []float64) {
			var sum float64
			for _, j := range w.Row(i) {
				sum += y[j]
			}
			orders++
			if sum >= observed {
				atLeast++
			}
			if sum <= observed {
				atMost++
			}
		})
		require.InDelta(t, atLeast/orders, upper[i], 1e-12)
		require.InDelta(t, atMost/orders, lower[i], 1e-12)
	}
}

// permutations calls f with every order of x.
func permutations(x []float64, f func([]float64)) {
	var walk func(k int)
	walk = func(k int) {
		if k == len(x) {
			f(x)
			return
		}
		for i := k; i < len(x); i++ {
			x[k], x[i] = x[i], x[k]
			walk(k + 1)
			x[k], x[i] = x[i], x[k]
		}
	}
	walk(0)
}

func TestSampledAndExactPValuesAgree(t *testing.T) {
	const draws = 20_000
	w := hexWeights(t, 8, 8).WithSelf()
	x := poissonMap(5, 64, 1.5)
	for _, tail := range []hotspot.Tail{hotspot.Upper, hotspot.Lower, hotspot.TwoSided} {
		exact, err := hotspot.CountP(x, w, tail)
		require.NoError(t, err)
		sampled, err := hotspot.SampledP(t.Context(), x, w, tail, hotspot.Draws{N: draws, Seed: 4})
		require.NoError(t, err)
		for i, p := range exact {
			one := p // the tail that was sampled
			if tail == hotspot.TwoSided {
				one = p / 2
			}
			require.InDelta(t, p, sampled[i], 10*math.Sqrt(one*(1-one)/draws)+2.0/draws)
		}
	}
}

// With one value fixed, the others are dealt out to two neighbours: compare with
// the share of all pairs.
func TestConditionalPEqualsTheShareOfAllPairs(t *testing.T) {
	const n = 9_999
	x := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	var ring [][2]int
	for i := range x {
		ring = append(ring, [2]int{i, (i + 1) % len(x)})
	}
	w, err := hotspot.FromPairs(len(x), ring)
	require.NoError(t, err)
	p, err := hotspot.ConditionalP(t.Context(), x, w, hotspot.Upper, hotspot.Draws{N: n, Seed: 2})
	require.NoError(t, err)
	star, err := hotspot.ConditionalP(t.Context(), x, w.WithSelf(), hotspot.Upper, hotspot.Draws{N: n, Seed: 2, Workers: 3})
	require.NoError(t, err)
	require.Equal(t, p, star)
	for i := range x {
		observed := x[w.Row(i)[0]] + x[w.Row(i)[1]]
		hits, pairs := 0.0, 0.0
		for a := range x {
			for b := range a {
				if a != i && b != i {
					pairs++
					if x[a]+x[b] >= observed {
						hits++
					}
				}
			}
		}
		share := hits / pairs
		require.InDelta(t, share, p[i], 5*math.Sqrt(share*(1-share)/n)+1.0/n)
	}
}

func TestScoresDoNotChangeWithUnitsAndNeverAreNaN(t *testing.T) {
	w := hexWeights(t, 5, 5)
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 25, 25).Draw(t, "x")
		star, err := hotspot.GiStar(x, w.WithSelf())
		if err != nil {
			t.Skip("constant")
		}
		gi, err := hotspot.Gi(x, w)
		require.NoError(t, err)
		scaled := make([]float64, len(x))
		for i, v := range x {
			scaled[i] = 4*v + 0.5
		}
		again, err := hotspot.GiStar(scaled, w.WithSelf().RowStandardised())
		require.NoError(t, err)
		for i := range x {
			require.False(t, math.IsNaN(star.Z[i]) || math.IsInf(star.Z[i], 0))
			require.False(t, math.IsNaN(gi.Z[i]) || math.IsInf(gi.Z[i], 0))
			require.InDelta(t, star.Z[i], again.Z[i], 1e-6)
		}
	})
}

func TestRandomPValuesDependOnTheSeedNotOnTheWorkers(t *testing.T) {
	w := hexWeights(t, 10, 10).WithSelf()
	x := poissonMap(1, 100, 2)
	for i := range x {
		x[i] /= 3
	}
	run := func(workers int) hotspot.Detection {
		d, err := hotspot.Detect(t.Context(), x, w, hotspot.DetectOptions{Seed: 3, Workers: workers})
		require.NoError(t, err)
		return d
	}
	one := run(1)
	require.False(t, one.Exact)
	require.Equal(t, one, run(4))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := hotspot.Detect(ctx, x, w, hotspot.DetectOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = hotspot.ConditionalP(ctx, x, w, hotspot.Upper, hotspot.Draws{N: 9})
	require.ErrorIs(t, err, context.Canceled)
}

// More than half of the cells as neighbours: drawing takes the other way round.
func TestDrawsOfMostCellsFollowTheSameLaw(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6}
	lists := make([][]int, len(x))
	for i := range x {
		for j := range x {
			if i != j && j != (i+1)%len(x) {
				lists[i] = append(lists[i], j)
			}
		}
	}
	w, err := hotspot.FromNeighbours(lists)
	require.NoError(t, err)
	exact, err := hotspot.CountP(x, w.WithSelf(), hotspot.Upper)
	require.NoError(t, err)
	sampled, err := hotspot.SampledP(t.Context(), x, w.WithSelf(), hotspot.Upper, hotspot.Draws{N: 9_999, Seed: 1})
	require.NoError(t, err)
	require.InDeltaSlice(t, exact, sampled, 0.025)
}

func TestNullMapsRaiseAlarmsNoMoreOftenThanPromised(t *testing.T) {
	const maps = 200
	county, township := hexWeights(t, 21, 29).WithSelf(), hexWeights(t, 10, 10).WithSelf()
	for name, test := range map[string]struct {
		w    *hotspot.Weights
		draw func(seed uint64, n int) []float64
	}{
		"sparse counts": {county, func(seed uint64, n int) []float64 { return poissonMap(seed, n, 0.3) }},
		"counts":        {county, func(seed uint64, n int) []float64 { return poissonMap(seed, n, 4) }},
		"rates": {township, func(seed uint64, n int) []float64 {
			cases, people := ratesMap(seed, n)
			z, _, err := hotspot.StandardisedRates(cases, people)
			require.NoError(t, err)
			return z
		}},
	} {
		t.Run(name, func(t *testing.T) {
			alarms := 0
			for seed := range uint64(maps) {
				d, err := hotspot.Detect(t.Context(), test.draw(seed, test.w.Len()), test.w, hotspot.DetectOptions{Seed: seed})
				require.NoError(t, err)
				if countStates(d.State, hotspot.Hot) > 0 {
					alarms++
				}
			}
			t.Logf("%d of %d null maps raise an alarm", alarms, maps)
			require.LessOrEqual(t, alarms, maps/20)
			require.Positive(t, alarms, "a test that never alarms is not tested")
		})
	}
}

func countStates(states []hotspot.State, want hotspot.State) int {
	n := 0
	for _, s := range states {
		if s == want {
			n++
		}
	}
	return n
}

// ratesMap draws cases of one rate over unequal populations.
func ratesMap(seed uint64, n int) (cases, people []float64) {
	rng := rand.New(rand.NewPCG(seed, 12))
	cases, people = make([]float64, n), make([]float64, n)
	for i := range cases {
		people[i] = 200 + 800*rng.Float64()
		cases[i] = poisson(rng, people[i]*0.01)
	}
	return cases, people
}

func TestPlantedThreefoldClusterIsFound(t *testing.T) {
	const columns, rows = 21, 29
	w := hexWeights(t, columns, rows).WithSelf()
	centre := 14*columns + 10
	planted := map[int]bool{}
	for _, j := range w.Row(centre) { // two rings: 19 cells
		for _, k := range w.Row(int(j)) {
			planted[int(k)] = true
		}
	}
	require.Len(t, planted, 19)
	const maps = 20
	core := 0
	for seed := range uint64(maps) {
		rng := rand.New(rand.NewPCG(seed, 13))
		x := poissonMap(seed, columns*rows, 2)
		for i := range x {
			if planted[i] {
				x[i] += poisson(rng, 4)
			}
		}
		d, err := hotspot.Detect(t.Context(), x, w, hotspot.DetectOptions{})
		require.NoError(t, err)
		require.True(t, d.Exact)
		found := false
		for i, s := range d.State {
			found = found || (s == hotspot.Hot && planted[i])
		}
		require.True(t, found, "seed %d", seed)
		// The outer ring's neighbourhoods lie half outside; the seven inner ones do not.
		for _, i := range w.Row(centre) {
			if d.State[i] == hotspot.Hot {
				core++
			}
		}
	}
	require.GreaterOrEqual(t, core, maps*7*9/10, "nine tenths of the inner cells")
}

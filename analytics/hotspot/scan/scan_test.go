package scan_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/scan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// line is five places in a row with equal populations.
func line() (points []scan.Point, population []float64) {
	for x := range 5 {
		points = append(points, scan.Point{X: float64(x)})
		population = append(population, 100)
	}
	return points, population
}

func TestSpatialFindsTheCircleWorkedOutByHand(t *testing.T) {
	points, population := line()
	r, err := scan.Spatial(t.Context(), points, []int{6, 6, 1, 1, 1}, population, scan.Options{Seed: 1})
	require.NoError(t, err)
	c := r.Clusters[0]
	// Two of five places: 12 of 15 cases where 6 are expected.
	require.ElementsMatch(t, []int{0, 1}, c.Locations)
	require.Equal(t, 12, c.Cases)
	require.InDelta(t, 6, c.Expected, 1e-12)
	require.InDelta(t, 12*math.Log(2)+3*math.Log(3.0/9), c.LLR, 1e-12)
	require.InDelta(t, (12.0/6)/(3.0/9), c.RelativeRisk, 1e-12)
	require.InDelta(t, 1, c.Radius, 1e-12)
	require.Equal(t, 15, r.Cases)
	require.Equal(t, 999, r.Replications)
	require.Zero(t, c.Recurrence, "a map of one period has no recurrence interval")
}

func TestClusterThatHoldsAllCasesHasNoRelativeRisk(t *testing.T) {
	points, population := line()
	r, err := scan.Spatial(t.Context(), points, []int{5, 0, 0, 0, 0}, population, scan.Options{})
	require.NoError(t, err)
	require.Equal(t, []int{0}, r.Clusters[0].Locations)
	require.InDelta(t, 5*math.Log(5), r.Clusters[0].LLR, 1e-12)
	require.Zero(t, r.Clusters[0].RelativeRisk)
}

func TestEvenMapHasNoCluster(t *testing.T) {
	points, population := line()
	r, err := scan.Spatial(t.Context(), points, []int{3, 3, 3, 3, 3}, population, scan.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Clusters)
}

func TestLimitsOfTheCircleAreKept(t *testing.T) {
	points, population := line()
	cases := []int{9, 9, 9, 0, 0}
	for _, o := range []scan.Options{{MaxShare: 0.2}, {MaxLocations: 1}} {
		r, err := scan.Spatial(t.Context(), points, cases, population, o)
		require.NoError(t, err)
		require.Len(t, r.Clusters, 3)
		for _, c := range r.Clusters {
			require.Len(t, c.Locations, 1)
		}
	}
	r, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{MaxShare: 0.2, MaxClusters: 2})
	require.NoError(t, err)
	require.Len(t, r.Clusters, 2)
	r, err = scan.Spatial(t.Context(), points, []int{1, 0, 0, 0, 0}, population, scan.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Clusters, "one case is no cluster")
}

func TestProspectiveWindowsReachTheLastStep(t *testing.T) {
	points, population := line()
	cases := make([]int, 5*8)
	for i := range cases {
		cases[i] = 1
	}
	cases[0*8+2] = 20 // over long ago
	cases[3*8+7] = 12 // now
	free, err := scan.SpaceTime(t.Context(), points, 8, cases, population, scan.Options{Seed: 1})
	require.NoError(t, err)
	require.Equal(t, []int{0}, free.Clusters[0].Locations)
	require.Equal(t, []int{2, 3}, []int{free.Clusters[0].From, free.Clusters[0].To})
	now, err := scan.SpaceTime(t.Context(), points, 8, cases, population, scan.Options{Seed: 1, Prospective: true})
	require.NoError(t, err)
	require.Equal(t, []int{3}, now.Clusters[0].Locations)
	require.Equal(t, []int{7, 8}, []int{now.Clusters[0].From, now.Clusters[0].To})
	require.InDelta(t, 1/now.Clusters[0].P, now.Clusters[0].Recurrence, 1e-9)
}

func TestPermutationIgnoresWhatLasts(t *testing.T) {
	points, _ := line()
	// Place 0 always has ten times as many; every place doubles in the second half.
	cases := make([]int, 5*8)
	for i := range cases {
		place, step := i/8, i%8
		cases[i] = 1 + step/4
		if place == 0 {
			cases[i] *= 10
		}
	}
	r, err := scan.Permutation(t.Context(), points, 8, cases, scan.Options{Seed: 1})
	require.NoError(t, err)
	require.Empty(t, r.Clusters)
}

// window is a circle and a run of steps in the plain search below.
type window struct {
	cases    int
	expected float64
}

func (w window) llr(total int) float64 {
	c, e, all := float64(w.cases), w.expected, float64(total)
	if w.cases < 2 || c <= e {
		return 0
	}
	v := c * math.Log(c/e)
	if w.cases < total {
		v += (all - c) * math.Log((all-c)/(all-e))
	}
	return v
}

// plainMaximum looks at every window one by one, places in order of distance.
func plainMaximum(points []scan.Point, steps int, cases []int, population []float64, prospective bool) float64 {
	var people float64
	total := 0
	for _, p := range population {
		people += p
	}
	for _, c := range cases {
		total += c
	}
	best := 0.0
	for _, center := range points {
		for _, edge := range points {
			reach := math.Hypot(center.X-edge.X, center.Y-edge.Y)
			sums, share := make([]window, steps), 0.0
			for i, p := range points {
				if math.Hypot(center.X-p.X, center.Y-p.Y) > reach {
					continue
				}
				share += population[i] / people
				for t := range steps {
					sums[t].cases += cases[i*steps+t]
					sums[t].expected += float64(total) * population[i] / people / float64(steps)
				}
			}
			if share > 0.5 {
				continue
			}
			for from := range steps {
				var w window
				for to := from; to < steps && to-from < max(1, steps/2); to++ {
					w.cases += sums[to].cases
					w.expected += sums[to].expected
					if !prospective || to == steps-1 {
						best = max(best, w.llr(total))
					}
				}
			}
		}
	}
	return best
}

func TestScanAgreesWithLookingAtEveryWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		steps := rapid.SampledFrom([]int{1, 2, 5, 12}).Draw(t, "steps")
		total := rapid.IntRange(1, 400).Draw(t, "total")
		prospective := rapid.Bool().Draw(t, "prospective")
		points, cases, population := county(seed, rapid.IntRange(3, 25).Draw(t, "places"), steps, total)
		cases[int(seed%uint64(len(cases)))] += rapid.IntRange(0, 15).Draw(t, "extra")
		r, err := scan.SpaceTime(context.Background(), points, steps, cases, population,
			scan.Options{Replications: 1, Prospective: prospective})
		require.NoError(t, err)
		got := 0.0
		if len(r.Clusters) > 0 {
			got = r.Clusters[0].LLR
		}
		require.InDelta(t, plainMaximum(points, steps, cases, population, prospective), got, 1e-9)
		requireApart(t, r.Clusters)
	})
}

func requireApart(t require.TestingT, clusters []scan.Cluster) {
	seen := map[int]bool{}
	for i, c := range clusters {
		if i > 0 {
			require.LessOrEqual(t, c.LLR, clusters[i-1].LLR)
		}
		for _, l := range c.Locations {
			require.False(t, seen[l], "place in two clusters")
			seen[l] = true
		}
		require.Greater(t, c.P, 0.0)
		require.LessOrEqual(t, c.P, 1.0)
	}
}

func TestSameSeedGivesSameAnswerOnAnyNumberOfWorkers(t *testing.T) {
	points, cases, population := county(3, 60, 12, 500)
	run := func(workers int) []*scan.Result {
		o := scan.Options{Seed: 9, Replications: 150, StopAfter: 20, Workers: workers}
		a, err := scan.SpaceTime(t.Context(), points, 12, cases, population, o)
		require.NoError(t, err)
		b, err := scan.Permutation(t.Context(), points, 12, cases, o)
		require.NoError(t, err)
		return []*scan.Result{a, b}
	}
	require.Equal(t, run(1), run(5))
}

func TestEarlyStopGivesThePValueOfBesagAndClifford(t *testing.T) {
	points, cases, population := county(4, 40, 1, 200)
	full, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{Seed: 2})
	require.NoError(t, err)
	short, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{Seed: 2, StopAfter: 30})
	require.NoError(t, err)
	require.True(t, short.Stopped)
	require.Less(t, short.Replications, full.Replications)
	require.InDelta(t, 30/float64(short.Replications), short.Clusters[0].P, 1e-12)
	p := full.Clusters[0].P
	require.InDelta(t, p, short.Clusters[0].P, 5*p*math.Sqrt((1-p)/30))
}

func TestScanStopsWhenTheContextEnds(t *testing.T) {
	points, cases, population := county(1, 100, 10, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := scan.SpaceTime(ctx, points, 10, cases, population, scan.Options{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = scan.Permutation(ctx, points, 10, cases, scan.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestUnusableStudiesAreNamed(t *testing.T) {
	points, population := line()
	good := []int{2, 1, 1, 1, 1}
	spatial := func(p []scan.Point, c []int, b []float64, o scan.Options) error {
		_, err := scan.Spatial(t.Context(), p, c, b, o)
		return err
	}
	for name, test := range map[string]struct {
		err  error
		code hotspot.Code
	}{
		"one place":              {spatial(points[:1], good[:1], population[:1], scan.Options{}), hotspot.TooFew},
		"no place":               {spatial(nil, nil, nil, scan.Options{}), hotspot.TooFew},
		"no case":                {spatial(points, make([]int, 5), population, scan.Options{}), hotspot.NoCases},
		"negative count":         {spatial(points, []int{-1, 1, 1, 1, 1}, population, scan.Options{}), hotspot.Negative},
		"too many cases":         {spatial(points, []int{1 << 30, 1, 1, 1, 1}, population, scan.Options{}), hotspot.TooMany},
		"counts missing":         {spatial(points, good[:4], population, scan.Options{}), hotspot.LengthMismatch},
		"population missing":     {spatial(points, good, population[:4], scan.Options{}), hotspot.LengthMismatch},
		"population NaN":         {spatial(points, good, []float64{math.NaN(), 1, 1, 1, 1}, scan.Options{}), hotspot.NotFinite},
		"population negative":    {spatial(points, good, []float64{-1, 1, 1, 1, 1}, scan.Options{}), hotspot.Negative},
		"cases without people":   {spatial(points, good, []float64{0, 1, 1, 1, 1}, scan.Options{}), hotspot.NoExposure},
		"population overflows":   {spatial(points, good, []float64{math.MaxFloat64, math.MaxFloat64, 1, 1, 1}, scan.Options{}), hotspot.NotFinite},
		"place at NaN":           {spatial([]scan.Point{{X: math.NaN()}, {}}, good[:2], population[:2], scan.Options{}), hotspot.NotFinite},
		"share above one":        {spatial(points, good, population, scan.Options{MaxShare: 1.5}), hotspot.BadOption},
		"negative replications":  {spatial(points, good, population, scan.Options{Replications: -1}), hotspot.BadOption},
		"permutation of one map": {permutationErr(t, points, 1, good), hotspot.TooFew},
		"no steps":               {permutationErr(t, points, 0, nil), hotspot.TooFew},
	} {
		var input *hotspot.InputError
		require.ErrorAs(t, test.err, &input, name)
		require.Equal(t, test.code, input.Code, name)
	}
	_, err := scan.SpaceTime(t.Context(), points, 2, make([]int, 10), population, scan.Options{MaxSteps: 3})
	require.Error(t, err)
}

func permutationErr(t *testing.T, points []scan.Point, steps int, cases []int) error {
	_, err := scan.Permutation(t.Context(), points, steps, cases, scan.Options{})
	return err
}

func TestPlacesWithoutPeopleOrCasesAreHarmless(t *testing.T) {
	points, population := line()
	population[4] = 0
	r, err := scan.Spatial(t.Context(), points, []int{8, 1, 1, 1, 0}, population, scan.Options{Seed: 1, Replications: 99})
	require.NoError(t, err)
	require.Equal(t, []int{0}, r.Clusters[0].Locations)
	for _, c := range r.Clusters {
		require.False(t, math.IsNaN(c.LLR) || math.IsNaN(c.RelativeRisk) || math.IsInf(c.RelativeRisk, 0))
	}
}

package hotspot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
)

func TestMannKendallWorkedOutByHand(t *testing.T) {
	for name, test := range map[string]struct {
		x    []float64
		want hotspot.Trend
	}{
		"rising": {[]float64{1, 2, 3, 4}, hotspot.Trend{
			S: 6, Variance: 4 * 3 * 13 / 18.0, Tau: 1, Z: 1.698415, P: 0.0894294, Defined: true}},
		"falling": {[]float64{4, 3, 2, 1}, hotspot.Trend{
			S: -6, Variance: 4 * 3 * 13 / 18.0, Tau: -1, Z: -1.698415, P: 0.0894294, Defined: true}},
		// Pairs: 12+ 12+ 13+ 22= 23+ 23+ : S = 5, one tie group of two.
		"one tie": {[]float64{1, 2, 2, 3}, hotspot.Trend{
			S: 5, Variance: (4*3*13 - 2*1*9) / 18.0, Tau: 0.9128709, Z: 1.4446302, P: 0.1485618, Defined: true}},
		"no trend": {[]float64{1, 3, 1, 3, 1}, hotspot.Trend{
			S: 0, Variance: (5*4*15 - 3*2*11 - 2*1*9) / 18.0, P: 1, Defined: true}},
		"constant": {[]float64{2, 2, 2}, hotspot.Trend{P: 1}},
	} {
		got, err := hotspot.MannKendall(test.x)
		require.NoError(t, err)
		require.Equal(t, test.want.S, got.S, name)
		require.Equal(t, test.want.Defined, got.Defined, name)
		require.InDelta(t, test.want.Variance, got.Variance, 1e-12, name)
		require.InDelta(t, test.want.Tau, got.Tau, 1e-7, name)
		require.InDelta(t, test.want.Z, got.Z, 1e-6, name)
		require.InDelta(t, test.want.P, got.P, 1e-6, name)
	}
	_, err := hotspot.MannKendall([]float64{1, 2})
	requireCode(t, hotspot.TooFew, err)
	_, err = hotspot.MannKendall([]float64{1, nan(), 2})
	requireCode(t, hotspot.NotFinite, err)
}

// The variance of S is that over all orders of the series, ties included.
func TestMannKendallVarianceIsThatOfAllOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.SampledFrom([]float64{1, 2, 3}), 4, 6).Draw(t, "x")
		trend, err := hotspot.MannKendall(x)
		require.NoError(t, err)
		var squares, n float64
		permutations(x, func(y []float64) {
			p, err := hotspot.MannKendall(y)
			require.NoError(t, err)
			squares += float64(p.S * p.S)
			n++
		})
		require.InDelta(t, squares/n, trend.Variance, 1e-9)
	})
}

// states reads a series: H hot, c cold, anything else neutral.
func states(s string) []hotspot.State {
	out := make([]hotspot.State, len(s))
	for i, r := range s {
		switch r {
		case 'H':
			out[i] = hotspot.Hot
		case 'c':
			out[i] = hotspot.Cold
		}
	}
	return out
}

func TestClassesFollowThePublishedDefinitions(t *testing.T) {
	none := hotspot.Trend{P: 1, Defined: true}
	up := hotspot.Trend{S: 30, P: 0.01, Defined: true}
	down := hotspot.Trend{S: -30, P: 0.01, Defined: true}
	weak := hotspot.Trend{S: 30, P: 0.06, Defined: true}
	for _, test := range []struct {
		series string
		trend  hotspot.Trend
		want   hotspot.Class
		why    string
	}{
		{"..........", none, hotspot.NoPattern, "never hot"},
		{"", none, hotspot.NoPattern, "no steps"},
		{"cccccccccc", none, hotspot.NoPattern, "cold is not hot"},
		{".........H", none, hotspot.NewHotSpot, "hot in the last step, never before"},
		{".........H", up, hotspot.NewHotSpot, "a trend does not change that"},
		{"..c......H", none, hotspot.NewHotSpot, "never hot before, though once cold"},
		{"........HH", none, hotspot.Consecutive, "a run of two at the end"},
		{"..HHHHHHHH", up, hotspot.Consecutive, "80 % is not lasting"},
		{".c......HH", none, hotspot.Consecutive, "never hot before the run"},
		{".HHHHHHHHH", up, hotspot.Intensifying, "90 % and rising"},
		{"HHHHHHHHHH", up, hotspot.Intensifying, "always and rising"},
		{"HHHHHHHHHH", none, hotspot.Persistent, "always, no trend"},
		{"HHHH.HHHHH", weak, hotspot.Persistent, "a trend that is not significant"},
		{"HHHHcHHHHH", none, hotspot.Persistent, "90 %, once cold"},
		{"HHHHHHHHHH", down, hotspot.Diminishing, "always and falling"},
		{"H........H", none, hotspot.Sporadic, "on and off, never cold"},
		{"HHHHHHH.HH", up, hotspot.Intensifying, "90 % wins over on and off"},
		{"HHHHHH..HH", up, hotspot.Sporadic, "80 %, on and off"},
		{"H...c....H", none, hotspot.Oscillating, "on and off, once cold"},
		{"HHHHHHHHH.", none, hotspot.Historical, "90 %, not now"},
		{"HHHHHHHHHc", down, hotspot.Historical, "90 %, now cold"},
		{"HHHHHHHH..", none, hotspot.NoPattern, "80 %, not now"},
		{"H.........", none, hotspot.NoPattern, "long ago"},
	} {
		require.Equal(t, test.want, hotspot.Classify(states(test.series), test.trend, 0.05),
			"%s: %s", test.series, test.why)
	}
}

func TestClassesHaveCodes(t *testing.T) {
	seen := map[string]bool{}
	for c := hotspot.NoPattern; c <= hotspot.Historical; c++ {
		require.NotEqual(t, "unknown", c.String())
		require.False(t, seen[c.String()])
		seen[c.String()] = true
	}
	require.Equal(t, "unknown", (hotspot.Historical + 1).String())
}

// cubeOf draws a cube without hot spots.
func cubeOf(seed uint64, steps, cells int, mean float64) hotspot.Cube {
	return hotspot.Cube{Steps: steps, Cells: cells, Values: poissonMap(seed, steps*cells, mean)}
}

func TestPlantedHistoriesGetTheirClasses(t *testing.T) {
	const columns, rows, steps = 14, 14, 20
	w := hexWeights(t, columns, rows).WithSelf()
	const centre, far = 7*columns + 7, 1*columns + 1
	for name, test := range map[string]struct {
		extra func(step int) float64
		want  hotspot.Pattern
	}{
		"only now":      {func(t int) float64 { return onFrom(t, steps-1) }, hotspot.Pattern{Class: hotspot.NewHotSpot, HotSteps: 1}},
		"four weeks":    {func(t int) float64 { return onFrom(t, steps-4) }, hotspot.Pattern{Class: hotspot.Consecutive, HotSteps: 4}},
		"growing":       {func(t int) float64 { return 12 + 2*float64(t) }, hotspot.Pattern{Class: hotspot.Intensifying, HotSteps: steps}},
		"shrinking":     {func(t int) float64 { return 50 - 2*float64(t) }, hotspot.Pattern{Class: hotspot.Diminishing, HotSteps: steps}},
		"over":          {func(t int) float64 { return 20 - onFrom(t, steps-1) }, hotspot.Pattern{Class: hotspot.Historical, HotSteps: steps - 1}},
		"on and off":    {func(t int) float64 { return 20 * float64(1-t/2%2) }, hotspot.Pattern{Class: hotspot.NoPattern, HotSteps: 10}},
		"off and on":    {func(t int) float64 { return 20 * float64(t/2%2) }, hotspot.Pattern{Class: hotspot.Sporadic, HotSteps: 10}},
		"nothing there": {func(int) float64 { return 0 }, hotspot.Pattern{Class: hotspot.NoPattern}},
	} {
		c := cubeOf(1, steps, columns*rows, 3)
		for _, i := range w.Row(centre) {
			for t := range steps {
				c.Values[t*c.Cells+int(i)] += test.extra(t)
			}
		}
		e, err := hotspot.EmergingHotSpots(t.Context(), c, w, hotspot.EmergingOptions{})
		require.NoError(t, err)
		require.Equal(t, steps, e.Steps)
		got := e.Patterns[centre]
		require.Equal(t, test.want.Class.String(), got.Class.String(), name)
		require.Equal(t, test.want.HotSteps, got.HotSteps, name)
		require.Equal(t, hotspot.NoPattern, e.Patterns[far].Class, name)
		require.Equal(t, -1, e.Patterns[far].LastHot, name)
		for step := range steps {
			hot := e.State[step*c.Cells+centre] == hotspot.Hot
			require.Equal(t, test.extra(step) > 0, hot, "%s, step %d", name, step)
		}
	}
}

// onFrom is 20 cases from a step on.
func onFrom(step, first int) float64 {
	if step >= first {
		return 20
	}
	return 0
}

func TestNullCubesRaiseAlarmsNoMoreOftenThanPromised(t *testing.T) {
	const cubes = 200
	w := hexWeights(t, 14, 14).WithSelf()
	alarms := 0
	for seed := range uint64(cubes) {
		e, err := hotspot.EmergingHotSpots(t.Context(), cubeOf(seed, 12, 196, 0.4), w, hotspot.EmergingOptions{Window: 3})
		require.NoError(t, err)
		for _, p := range e.Patterns {
			if p.Class != hotspot.NoPattern {
				alarms++
				break
			}
		}
	}
	t.Logf("%d of %d null cubes raise an alarm", alarms, cubes)
	require.LessOrEqual(t, alarms, cubes/20)
	require.Positive(t, alarms, "a test that never alarms is not tested")
}

func TestWeeksWithoutCasesAreNamedNotCounted(t *testing.T) {
	w := hexWeights(t, 5, 5).WithSelf()
	c := cubeOf(1, 12, 25, 2)
	for _, step := range []int{0, 7} {
		clear(c.Values[step*25 : (step+1)*25])
	}
	e, err := hotspot.EmergingHotSpots(t.Context(), c, w, hotspot.EmergingOptions{})
	require.NoError(t, err)
	require.Equal(t, []int{0, 7}, e.Undefined)
	// Without the two empty weeks the trend is that of the other ten.
	var z []float64
	for step := range 12 {
		if step != 0 && step != 7 {
			z = append(z, e.Z[step*25+3])
		}
	}
	want, err := hotspot.MannKendall(z)
	require.NoError(t, err)
	require.Equal(t, want, e.Patterns[3].Trend)
	empty := hotspot.Cube{Steps: 10, Cells: 25, Values: make([]float64, 250)}
	e, err = hotspot.EmergingHotSpots(t.Context(), empty, w, hotspot.EmergingOptions{})
	require.NoError(t, err)
	require.Len(t, e.Undefined, 10)
	require.Equal(t, hotspot.Pattern{Trend: hotspot.Trend{P: 1}, LastHot: -1}, e.Patterns[0])
}

func TestWindowSumsTrailingSteps(t *testing.T) {
	w := hexWeights(t, 4, 4).WithSelf()
	c := cubeOf(2, 13, 16, 3)
	e, err := hotspot.EmergingHotSpots(t.Context(), c, w, hotspot.EmergingOptions{Window: 4})
	require.NoError(t, err)
	require.Equal(t, 10, e.Steps)
	sums := make([]float64, 16)
	for step := 9; step < 13; step++ {
		for i := range sums {
			sums[i] += c.Values[step*16+i]
		}
	}
	last, err := hotspot.GiStar(sums, w)
	require.NoError(t, err)
	require.InDeltaSlice(t, last.Z, e.Z[9*16:], 1e-12)
}

func TestUnusableCubesAreNamed(t *testing.T) {
	w := hexWeights(t, 2, 2).WithSelf()
	bad := cubeOf(1, 10, 4, 1)
	bad.Values[7] = nan()
	for name, test := range map[string]struct {
		cube hotspot.Cube
		o    hotspot.EmergingOptions
		code hotspot.Code
	}{
		"single cell":     {cubeOf(1, 10, 1, 1), hotspot.EmergingOptions{}, hotspot.TooFew},
		"nine steps":      {cubeOf(1, 9, 4, 1), hotspot.EmergingOptions{}, hotspot.TooFew},
		"window eats all": {cubeOf(1, 12, 4, 1), hotspot.EmergingOptions{Window: 4}, hotspot.TooFew},
		"negative window": {cubeOf(1, 12, 4, 1), hotspot.EmergingOptions{Window: -1}, hotspot.BadOption},
		"values missing":  {hotspot.Cube{Steps: 10, Cells: 4}, hotspot.EmergingOptions{}, hotspot.LengthMismatch},
		"NaN":             {bad, hotspot.EmergingOptions{}, hotspot.NotFinite},
		"level of 2":      {cubeOf(1, 10, 4, 1), hotspot.EmergingOptions{TrendAlpha: 2}, hotspot.BadOption},
	} {
		_, err := hotspot.EmergingHotSpots(t.Context(), test.cube, w, test.o)
		requireCode(t, test.code, err, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := hotspot.EmergingHotSpots(ctx, cubeOf(1, 10, 4, 1), w, hotspot.EmergingOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

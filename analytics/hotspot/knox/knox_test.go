package knox_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/knox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bands = knox.Options{Distances: []float64{0, 1, 5}, Times: []float64{0, 2, 10}, Permutations: 199, Seed: 1}

func TestTableWorkedOutByHand(t *testing.T) {
	// Pairs: 01 distance 0.5, 1 day; 02 distance 4, 9 days; 12 distance 3.5, 8 days;
	// all with the last event are farther than 5.
	events := []knox.Event{{0, 0, 0}, {0.5, 0, 1}, {4, 0, 9}, {100, 0, 3}}
	r, err := knox.Test(t.Context(), events, bands)
	require.NoError(t, err)
	require.Equal(t, 6, r.Pairs)
	require.Equal(t, [][]int{{1, 0}, {0, 2}}, r.Observed)
	// One pair under 2 days (1), five of 2 to 10 days (9, 8, 3, 2, 6).
	require.InDelta(t, 1.0*1/6, r.Expected[0][0], 1e-12)
	require.InDelta(t, 1.0*5/6, r.Expected[0][1], 1e-12)
	require.InDelta(t, 2.0*1/6, r.Expected[1][0], 1e-12)
	require.InDelta(t, 6, r.Ratio[0][0], 1e-12)
	require.Zero(t, r.Ratio[0][1])
	require.InDelta(t, 1, r.P[0][1], 1e-12, "nothing observed is never unusual")
	// One of six pairs is the close one, so a random order brings it in a sixth of the cases.
	require.InDelta(t, 1.0/6, r.P[0][0], 5*math.Sqrt(5.0/36/199))
}

func TestBreaksBelongToTheBandAbove(t *testing.T) {
	r, err := knox.Test(t.Context(), []knox.Event{{0, 0, 0}, {1, 0, 2}, {1, 5, 2}}, bands)
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 0}, {0, 1}}, r.Observed)
	manhattan := bands
	manhattan.Metric = knox.Manhattan
	r, err = knox.Test(t.Context(), []knox.Event{{0, 0, 0}, {3, 3, 0}}, manhattan)
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 0}, {0, 0}}, r.Observed)
}

// scattered draws events without near repeats.
func scattered(seed uint64, n int) []knox.Event {
	rng := rand.New(rand.NewPCG(seed, 3))
	events := make([]knox.Event, n)
	for i := range events {
		events[i] = knox.Event{X: 20 * rng.Float64(), Y: 20 * rng.Float64(), T: float64(rng.IntN(60))}
	}
	return events
}

func TestTableAgreesWithCountingEveryPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := scattered(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(2, 60).Draw(t, "n"))
		o := bands
		o.Permutations = 1
		r, err := knox.Test(context.Background(), events, o)
		require.NoError(t, err)
		want := [][]int{{0, 0}, {0, 0}}
		for i, a := range events {
			for _, b := range events[:i] {
				d, dt := math.Hypot(a.X-b.X, a.Y-b.Y), math.Abs(a.T-b.T)
				if d < 5 && dt < 10 {
					row, column := 0, 0
					if d >= 1 {
						row = 1
					}
					if dt >= 2 {
						column = 1
					}
					want[row][column]++
				}
			}
		}
		require.Equal(t, want, r.Observed)
	})
}

func TestPlantedRepeatsAreFoundAndChanceIsNot(t *testing.T) {
	alarms := 0
	for seed := range uint64(200) {
		r, err := knox.Test(t.Context(), scattered(seed, 80), bands)
		require.NoError(t, err)
		if r.P[0][0] <= 0.03 {
			alarms++
		}
	}
	t.Logf("%d of 200 null data sets raise an alarm", alarms)
	require.LessOrEqual(t, alarms, 10)
	events := scattered(1, 120)
	for _, e := range events[:20] {
		events = append(events, knox.Event{X: e.X + 0.1, Y: e.Y, T: e.T + 1})
	}
	r, err := knox.Test(t.Context(), events, bands)
	require.NoError(t, err)
	require.InDelta(t, 1.0/200, r.P[0][0], 1e-12)
	require.Greater(t, r.Ratio[0][0], 3.0)
}

func TestSameSeedSameAnswer(t *testing.T) {
	one, five := bands, bands
	one.Workers, five.Workers = 1, 5
	a, err := knox.Test(t.Context(), scattered(2, 100), one)
	require.NoError(t, err)
	b, err := knox.Test(t.Context(), scattered(2, 100), five)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func TestUnusableEventsAreNamed(t *testing.T) {
	good := scattered(1, 5)
	for name, test := range map[string]struct {
		events []knox.Event
		o      knox.Options
		code   hotspot.Code
	}{
		"one event":           {good[:1], bands, hotspot.TooFew},
		"no event":            {nil, bands, hotspot.TooFew},
		"NaN":                 {[]knox.Event{{math.NaN(), 0, 0}, {}}, bands, hotspot.NotFinite},
		"infinite time":       {[]knox.Event{{0, 0, math.Inf(1)}, {}}, bands, hotspot.NotFinite},
		"no breaks":           {good, knox.Options{Times: bands.Times}, hotspot.BadOption},
		"falling breaks":      {good, knox.Options{Distances: []float64{1, 0}, Times: bands.Times}, hotspot.BadOption},
		"negative break":      {good, knox.Options{Distances: bands.Distances, Times: []float64{-1, 1}}, hotspot.BadOption},
		"NaN break":           {good, knox.Options{Distances: bands.Distances, Times: []float64{0, math.NaN()}}, hotspot.BadOption},
		"negative iterations": {good, knox.Options{Distances: bands.Distances, Times: bands.Times, Permutations: -1}, hotspot.BadOption},
	} {
		_, err := knox.Test(t.Context(), test.events, test.o)
		var input *hotspot.InputError
		require.ErrorAs(t, err, &input, name)
		require.Equal(t, test.code, input.Code, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := knox.Test(ctx, good, bands)
	require.ErrorIs(t, err, context.Canceled)
}

// All events at one place and one time: every pair is in the first band, always.
func TestEventsThatAllCoincideAreNotUnusual(t *testing.T) {
	r, err := knox.Test(t.Context(), make([]knox.Event, 10), bands)
	require.NoError(t, err)
	require.Equal(t, 45, r.Observed[0][0])
	require.InDelta(t, 1, r.Ratio[0][0], 1e-12)
	require.InDelta(t, 1, r.P[0][0], 1e-12)
}

// A county's year: 9,000 incidents, repeats within 1 km and 8 weeks.
func BenchmarkKnox9000(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	events := make([]knox.Event, 9000)
	for i := range events {
		events[i] = knox.Event{X: 20e3 * rng.Float64(), Y: 20e3 * rng.Float64(), T: float64(rng.IntN(365))}
	}
	o := knox.Options{Distances: []float64{0, 200, 400, 600, 800, 1000}, Times: []float64{0, 7, 14, 28, 56}, Seed: 1}
	for b.Loop() {
		_, err := knox.Test(b.Context(), events, o)
		require.NoError(b, err)
	}
}

package forecast

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/forecast/score"
)

var monday = time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)

// draw makes a panel of negative binomial counts; rate gives the mean of a
// series in a week.
func draw(t testing.TB, seed uint64, weeks int, groups []int32, rate func(series, week int) float64) *Panel {
	t.Helper()
	p, err := NewPanel(Spec{Weeks: weeks, FirstDay: monday, Groups: groups}, drawCounts(seed, weeks, len(groups), rate))
	require.NoError(t, err)
	return p
}

func drawCounts(seed uint64, weeks, series int, rate func(series, week int) float64) []Observation {
	rng := rand.New(rand.NewPCG(seed, 99))
	var observations []Observation
	for s := range series {
		for w := range weeks {
			mean := rate(s, w)
			n := score.Count{Mean: mean, Size: 3 * mean}.Quantile(rng.Float64())
			observations = append(observations, Observation{Series: s, Week: w, Count: n})
		}
	}
	return observations
}

func steady(series, _ int) float64 { return .02 * float64(1+series%100) }

func TestPanelRefusesWhatItCannotHold(t *testing.T) {
	for code, c := range map[string]struct {
		spec Spec
		obs  []Observation
	}{
		"no_weeks":        {Spec{Groups: []int32{0}}, nil},
		"no_series":       {Spec{Weeks: 5}, nil},
		"bad_group":       {Spec{Weeks: 5, Groups: []int32{-1}}, nil},
		"bad_neighbour":   {Spec{Weeks: 5, Groups: []int32{0, 1}, Neighbours: [][]int32{{1}, {0}}}, nil},
		"bad_observation": {Spec{Weeks: 5, Groups: []int32{0}}, []Observation{{Series: 0, Week: 5, Count: 1}}},
	} {
		_, err := NewPanel(c.spec, c.obs)
		var bad *PanelError
		require.ErrorAs(t, err, &bad, code)
		require.Equal(t, code, bad.Code)
	}
}

func TestObservationsOfOneWeekAddUp(t *testing.T) {
	p, err := NewPanel(Spec{Weeks: 3, Groups: []int32{0, 0}}, []Observation{{1, 2, 3}, {0, 1, 1}, {1, 2, 4}, {0, 0, 0}})
	require.NoError(t, err)
	require.Equal(t, []int{1, 7}, p.Counts(0, 3))
	require.Equal(t, []int{0, 7}, p.Counts(2, 3))
	require.Equal(t, 7., p.Total(0, 2))
}

func TestTooShortPanelIsRefused(t *testing.T) {
	p := draw(t, 1, MinWeeks-1, []int32{0, 0}, steady)
	_, err := Fit(context.Background(), p)
	var short *ShortError
	require.ErrorAs(t, err, &short)
	require.Equal(t, MinWeeks-1, short.Weeks)
}

func TestYoungPanelTakesDefaults(t *testing.T) {
	m, err := Fit(context.Background(), draw(t, 1, 10, make([]int32, 200), steady))
	require.NoError(t, err)
	require.True(t, m.Choice().Default)
	requireSound(t, m, 200)
}

// requireSound checks that every number of every forecast is one.
func requireSound(t *testing.T, m *Model, series int) {
	t.Helper()
	for s := range series {
		for _, h := range Horizons() {
			f := m.Forecast(s, h)
			require.True(t, f.Mean > 0 && !math.IsInf(f.Mean, 0), "%+v", f)
			require.True(t, f.Size > 0, "%+v", f)
			require.True(t, f.AtLeastOne > 0 && f.AtLeastOne <= 1, "%+v", f)
			for i, interval := range f.Intervals {
				require.LessOrEqual(t, interval.Low, interval.High)
				if i > 0 {
					require.LessOrEqual(t, interval.Low, f.Intervals[i-1].Low)
					require.GreaterOrEqual(t, interval.High, f.Intervals[i-1].High)
				}
			}
		}
	}
}

func TestEmptyAndDeadSeriesGetAStatedAnswer(t *testing.T) {
	const weeks = 120
	p := draw(t, 2, weeks, make([]int32, 100), func(s, w int) float64 {
		switch {
		case s == 0:
			return 1e-12 // never an event
		case s == 1 && w > 50:
			return 1e-12 // dead for more than a year
		}
		return .5
	})
	m, err := Fit(context.Background(), p)
	require.NoError(t, err)
	requireSound(t, m, 100)
	require.Equal(t, GroupOnly, m.Forecast(0, Week1).Basis)
	require.Equal(t, GroupOnly, m.Forecast(1, Week1).Basis)
	require.Equal(t, OwnPast, m.Forecast(2, Week1).Basis)
	require.Less(t, m.Forecast(0, Week1).Mean, m.Forecast(2, Week1).Mean)
}

func TestPanelWithoutAnyEventIsAnswered(t *testing.T) {
	p, err := NewPanel(Spec{Weeks: 80, Groups: make([]int32, 20)}, nil)
	require.NoError(t, err)
	m, err := Fit(context.Background(), p)
	require.NoError(t, err)
	requireSound(t, m, 20)
	require.Less(t, m.Forecast(3, FourWeeks).Mean, .1)
}

func TestMissingMonthIsNotTakenForZero(t *testing.T) {
	const weeks = 120
	rate := func(_, w int) float64 {
		if w >= 100 && w < 105 {
			return 1e-12
		}
		return 1
	}
	p := draw(t, 3, weeks, make([]int32, 40), rate)
	require.Equal(t, []Gap{{Group: 0, From: 100, To: 105, Known: 100}}, p.Gaps())
	m, err := Fit(context.Background(), p)
	require.NoError(t, err)
	mean := 0.0
	for s := range 40 {
		mean += m.Forecast(s, Week1).Mean / 40
	}
	require.InDelta(t, 1, mean, .12)
}

func TestStoppedSourceIsNamed(t *testing.T) {
	p := draw(t, 3, 100, make([]int32, 40), func(_, w int) float64 {
		if w >= 94 {
			return 1e-12
		}
		return 1
	})
	m, err := Fit(context.Background(), p)
	require.NoError(t, err)
	require.Equal(t, 94, m.Groups()[0].SilentSince)
	require.Equal(t, SourceSilent, m.Forecast(0, Week1).Basis)
	require.Greater(t, m.Forecast(0, Week1).Mean, .5)
}

func TestQuietGroupIsNoGap(t *testing.T) {
	p := draw(t, 4, 100, []int32{0}, func(_, _ int) float64 { return .05 })
	require.Empty(t, p.Gaps())
}

func TestJumpIsNamed(t *testing.T) {
	p := draw(t, 5, 100, make([]int32, 40), func(_, w int) float64 {
		if w >= 96 {
			return 4
		}
		return 1
	})
	m, err := Fit(context.Background(), p)
	require.NoError(t, err)
	require.InDelta(t, 4, m.Groups()[0].Jump, .6)
	steadyModel, err := Fit(context.Background(), draw(t, 5, 100, make([]int32, 40), steady))
	require.NoError(t, err)
	require.Zero(t, steadyModel.Groups()[0].Jump)
}

package series_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/series"
)

// published is a decomposition by R 4.2.2's stl with all jumps 1, the data
// being R's own; testdata/stl.R makes it.
type published struct {
	Name     string
	Period   int
	Periodic bool
	SWindow  int `json:"s_window"`
	SDegree  int `json:"s_degree"`
	Outer    int
	Values   []float64
	Seasonal []float64
	Trend    []float64
	Weights  []float64
}

func readPublished(t *testing.T) []published {
	t.Helper()
	text, err := os.ReadFile("testdata/stl_r.json")
	require.NoError(t, err)
	var all []published
	require.NoError(t, json.Unmarshal(text, &all))
	require.Len(t, all, 7)
	return all
}

func TestSTLEqualsThatOfR(t *testing.T) {
	for _, p := range readPublished(t) {
		t.Run(p.Name, func(t *testing.T) {
			o := series.STL{Period: p.Period, SeasonDegree: p.SDegree, Robust: p.Outer > 0}
			if !p.Periodic {
				o.SeasonWindow = p.SWindow
			}
			parts, err := o.Decompose(p.Values)
			require.NoError(t, err)
			require.InDeltaSlice(t, p.Seasonal, parts.Season, 1e-8)
			require.InDeltaSlice(t, p.Trend, parts.Trend, 1e-8)
			require.InDeltaSlice(t, p.Weights, parts.Weights, 1e-6)
		})
	}
}

// TestPartsAddUpAndFollowTheScale draws any series: the parts sum to it, and
// without robustness a·y+b has the parts a·season, a·trend+b.
func TestPartsAddUpAndFollowTheScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.IntRange(2, 13).Draw(t, "period")
		y := rapid.SliceOfN(rapid.Float64Range(0, 500), 2*period+1, 6*period).Draw(t, "y")
		o := series.STL{Period: period, Robust: rapid.Bool().Draw(t, "robust")}
		p, err := o.Decompose(y)
		require.NoError(t, err)
		for i, v := range y {
			require.InDelta(t, v, p.Season[i]+p.Trend[i]+*p.Remainder[i], 1e-9)
		}
		o.Robust = false
		plain, err := o.Decompose(y)
		require.NoError(t, err)
		moved := make([]float64, len(y))
		for i, v := range y {
			moved[i] = 3*v + 11
		}
		scaled, err := o.Decompose(moved)
		require.NoError(t, err)
		for i := range y {
			require.InDelta(t, 3*plain.Season[i], scaled.Season[i], 1e-6)
			require.InDelta(t, 3*plain.Trend[i]+11, scaled.Trend[i], 1e-6)
		}
	})
}

// TestAMissingMonthIsFilledAndNotTakenForZero takes three months out of a
// series that repeats exactly.
func TestAMissingMonthIsFilledAndNotTakenForZero(t *testing.T) {
	y := make([]float64, 60)
	for i := range y {
		y[i] = 100 + float64(i) + 20*math.Sin(2*math.Pi*float64(i)/12)
	}
	whole, err := series.STL{Period: 12}.Decompose(y)
	require.NoError(t, err)
	for _, robust := range []bool{false, true} {
		gap := append([]float64(nil), y...)
		gap[30], gap[31], gap[32] = math.NaN(), math.NaN(), math.NaN()
		p, err := series.STL{Period: 12, Robust: robust}.Decompose(gap)
		require.NoError(t, err)
		require.Nil(t, p.Remainder[31])
		require.Zero(t, p.Weights[31])
		require.NotNil(t, p.Remainder[33])
		require.InDeltaSlice(t, whole.Trend, p.Trend, 1.5)
		require.InDeltaSlice(t, whole.Season, p.Season, 1.5)
	}
}

func TestAnOutlierStaysInTheRemainder(t *testing.T) {
	y := make([]float64, 72)
	for i := range y {
		y[i] = 50 + 10*math.Cos(2*math.Pi*float64(i)/12) + math.Sin(float64(7*i))
	}
	clean, err := series.STL{Period: 12, Robust: true}.Decompose(y)
	require.NoError(t, err)
	y[40] += 400
	p, err := series.STL{Period: 12, Robust: true}.Decompose(y)
	require.NoError(t, err)
	require.Zero(t, p.Weights[40])
	require.InDelta(t, 400, *p.Remainder[40], 2)
	require.InDeltaSlice(t, clean.Trend, p.Trend, 1)
}

func TestSeriesThatCannotBeDecomposedSaySo(t *testing.T) {
	_, err := series.STL{Period: 12}.Decompose(make([]float64, 24))
	require.ErrorIs(t, err, series.ErrTooFewCycles)
	_, err = series.STL{}.Decompose(make([]float64, 24))
	require.ErrorIs(t, err, series.ErrTooFewCycles)
	y := make([]float64, 40)
	for i := 3; i < len(y); i += 4 {
		y[i] = math.NaN() // one season is never there
	}
	_, err = series.STL{Period: 4}.Decompose(y)
	require.ErrorIs(t, err, series.ErrTooManyGaps)
	p, err := series.STL{Period: 4, Robust: true}.Decompose(make([]float64, 40))
	require.NoError(t, err)
	require.Equal(t, make([]float64, 40), p.Trend)
	require.Equal(t, make([]float64, 40), p.Season)
}

func BenchmarkSTLTenYearsOfDays(b *testing.B) {
	y := make([]float64, 3653)
	for i := range y {
		y[i] = float64((i*i)%97 + 30*(i%7))
	}
	for b.Loop() {
		if _, err := (series.STL{Period: 7, Robust: true}).Decompose(y); err != nil {
			b.Fatal(err)
		}
	}
}

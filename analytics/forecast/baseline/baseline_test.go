package baseline

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixture reads a reference file from beside the repository.
func fixture(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("../../../../shared/fixtures/" + name)
	if err != nil {
		t.Skip("reference values (../shared/fixtures) are absent")
	}
	require.NoError(t, json.Unmarshal(raw, into))
}

func TestCrostonMatchesForecastPackage(t *testing.T) {
	var ref struct {
		Croston struct {
			Y     []float64
			Alpha float64
			Want  float64 `json:"croston_forecast_8.20"`
			SBA   float64 `json:"sba_by_formula"`
		}
	}
	fixture(t, "spdep_forecast.json", &ref)
	got, err := Croston(ref.Croston.Y, ref.Croston.Alpha)
	require.NoError(t, err)
	require.InDelta(t, ref.Croston.Want, got, 1e-10)
	got, err = SBA(ref.Croston.Y, ref.Croston.Alpha)
	require.NoError(t, err)
	require.InDelta(t, ref.Croston.SBA, got, 1e-10)
}

func TestCrostonByHand(t *testing.T) {
	got, err := Croston([]float64{0, 2, 0, 0, 4}, .5)
	require.NoError(t, err)
	require.InDelta(t, 3/2.5, got, 1e-12) // sizes 2→3, intervals 2→2.5
	_, err = Croston([]float64{0, 0}, .1)
	require.ErrorIs(t, err, ErrNoDemand)
}

func TestTSBFallsOnADeadSeriesAndCrostonDoesNot(t *testing.T) {
	alive := []float64{1, 0, 2, 1, 0, 1}
	dead := append(append([]float64(nil), alive...), make([]float64, 50)...)
	before, err := TSB(alive, .1, .1)
	require.NoError(t, err)
	after, err := TSB(dead, .1, .1)
	require.NoError(t, err)
	require.Less(t, after, before/20)
	require.Positive(t, after)
	_, err = TSB(make([]float64, 4), .1, .1)
	require.ErrorIs(t, err, ErrNoDemand)
}

func TestGammaPoissonShrinksTowardTheMean(t *testing.T) {
	counts := []int{0, 0, 1, 2, 10, 40, 0, 3}
	mean := 56.0 / 8
	for i, c := range GammaPoisson(counts, 52, 52) {
		require.Greater(t, c.Mean, 0.0)
		require.LessOrEqual(t, math.Abs(c.Mean-mean), math.Abs(float64(counts[i])-mean))
	}
	for _, c := range GammaPoisson(make([]int, 5), 52, 1) {
		require.True(t, c.Valid())
		require.Greater(t, c.Mean, 0.0)
	}
}

// airPassengers is Box & Jenkins' series G, monthly thousands 1949–1960.
var airPassengers = []float64{
	112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
	145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
	196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
	242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
	315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
	360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
}

// publishedETS is what R's forecast 8.20 prints for ets(AirPassengers):
// parameters and initial states to four decimals, the season from December
// backwards.
var publishedETS = []float64{.7096, .0204, 1e-4, .98, 120.9939, 1.7705,
	.8944, .7993, .9217, 1.0592, 1.2203, 1.2318, 1.1105, .9786, .9804, 1.011, .8869}

const publishedLogLik = -679.583216236956

// asPublished gives the model whose forecasts are those that R's forecast 8.20
// prints for it. That program fits, as the book has it, with a trend damped by
// phi within the first step, but forecasts models of this class with the first
// step undamped, which is the same as a trend and a beta greater by 1/phi.
func asPublished(m *ETS) *ETS {
	theirs := *m
	theirs.Trend /= m.Phi
	theirs.Beta /= m.Phi
	return &theirs
}

// TestETSAtPublishedParameters runs the recursions where the published search
// stopped. What four decimals leave open is measured by moving every parameter
// by half a unit of the last.
func TestETSAtPublishedParameters(t *testing.T) {
	numbers := func(x []float64) []float64 {
		m := etsFrom(x, airPassengers, 12)
		mean, _ := asPublished(m).Forecast(4)
		return append([]float64{m.LogLik}, mean...)
	}
	got := numbers(publishedETS)
	open := make([]float64, len(got))
	for i := range publishedETS {
		moved := slices.Clone(publishedETS)
		moved[i] += .5e-4
		if i == 3 {
			moved[i] = .98 - .5e-4 // phi stands at its bound
		}
		for j, v := range numbers(moved) {
			open[j] += math.Abs(v - got[j])
		}
	}
	want := []float64{publishedLogLik, 441.801847278479, 434.118620068782, 496.630046776999, 483.23747944576}
	for j := range want {
		t.Logf("%.4f printed, %.4f at the rounded parameters, ±%.4f open", want[j], got[j], open[j])
		require.InDelta(t, want[j], got[j], open[j])
	}
	require.Less(t, open[0], .02)
	require.Less(t, open[1], .5)
}

// TestETSSearchIsThePublishedOne: one round ends at the printed parameters to
// all digits, more rounds at a higher likelihood.
func TestETSSearchIsThePublishedOne(t *testing.T) {
	m, err := FitETS(airPassengers, 12, 1)
	require.NoError(t, err)
	t.Logf("%+v", m)
	require.InDelta(t, publishedLogLik, m.LogLik, 1e-9)
	for i, want := range []float64{.7095519162088, .02040891933224, .0001004683097187, .979999926684} {
		require.InDelta(t, want, []float64{m.Alpha, m.Beta, m.Gamma, m.Phi}[i], 1e-11)
	}
	require.InDelta(t, .0392, math.Sqrt(m.Variance), 5e-5)

	better, err := FitETS(airPassengers, 12, 6)
	require.NoError(t, err)
	t.Logf("%+v", better)
	require.Greater(t, better.LogLik, m.LogLik+.1)
}

func TestETSRefusesWhatItCannotFit(t *testing.T) {
	for _, y := range [][]float64{nil, airPassengers[:23], make([]float64, 48)} {
		_, err := FitETS(y, 12, 1)
		require.ErrorIs(t, err, ErrETS)
	}
}

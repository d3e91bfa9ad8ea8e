package baseline

import (
	"encoding/json"
	"math"
	"os"
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

// TestETSReachesTheLikelihoodOfForecastPackage asks for at least the
// likelihood that R's forecast::ets reached (its simplex search stops half a
// unit short of ours) and for forecasts that agree to one in five hundred.
func TestETSReachesTheLikelihoodOfForecastPackage(t *testing.T) {
	m, err := FitETS(airPassengers, 12)
	require.NoError(t, err)
	require.Greater(t, m.LogLik, -679.5833)
	require.Less(t, m.LogLik, -678.)
	for i, want := range []float64{441.8018, 434.1186, 496.6300, 483.2375} {
		require.InEpsilon(t, want, m.Forecast(4)[i], .002)
	}
	require.InDelta(t, .98, m.Phi, 1e-3)
}

func TestETSRefusesWhatItCannotFit(t *testing.T) {
	for _, y := range [][]float64{nil, airPassengers[:23], make([]float64, 48)} {
		_, err := FitETS(y, 12)
		require.ErrorIs(t, err, ErrETS)
	}
}

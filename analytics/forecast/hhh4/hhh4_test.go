package hhh4

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/forecast/score"
)

func matrix(t *testing.T, name string) [][]float64 {
	t.Helper()
	file, err := os.Open("../../../../shared/fixtures/" + name)
	if err != nil {
		t.Skip("reference values (../shared/fixtures) are absent")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	var out [][]float64
	for _, row := range rows[1:] {
		values := make([]float64, len(row))
		for i, cell := range row {
			values[i], err = strconv.ParseFloat(cell, 64)
			require.NoError(t, err)
		}
		out = append(out, values)
	}
	return out
}

func measles(t *testing.T) Data {
	order := matrix(t, "measlesWeserEms_nbOrder.csv")
	d := Data{Counts: matrix(t, "measlesWeserEms_observed.csv"), Offset: matrix(t, "measlesWeserEms_population.csv"), Period: 52}
	for _, row := range order {
		adjacent := make([]bool, len(row))
		for j, o := range row {
			adjacent[j] = o == 1
		}
		d.Adjacent = append(d.Adjacent, adjacent)
	}
	return d
}

func TestMeaslesMatchesSurveillance(t *testing.T) {
	fit, err := New(measles(t), 104, nil)
	require.NoError(t, err)
	require.InDelta(t, -971.720895835, fit.LogLik, 1e-6)
	p := fit.Parameters
	require.InDelta(t, -.43788004295, p.AR, 1e-4)
	require.InDelta(t, -4.1474210813, p.NE, 1e-4)
	require.InDelta(t, .077190426593, p.End, 1e-4)
	require.InDelta(t, .0011844549536, p.Trend, 1e-5)
	require.InDelta(t, .93773073858, p.Sin, 1e-4)
	require.InDelta(t, -.6899959885, p.Cos, 1e-4)
	require.InDelta(t, 2.0138390427, p.Overdispersion, 1e-4)
}

// TestMeaslesOneStepScores fits the model again before each of the last 27
// weeks, as surveillance's oneStepAhead does.
func TestMeaslesOneStepScores(t *testing.T) {
	d := measles(t)
	const first = 77
	final, err := New(d, len(d.Counts), nil)
	require.NoError(t, err)
	mean := func(at func(week int) *Fit) (logS, rps float64) {
		n := 0.0
		for week := first; week < len(d.Counts); week++ {
			counts, err := at(week).Predict(week)
			require.NoError(t, err)
			for i, c := range counts {
				logS += score.Log(c, int(d.Counts[week][i]))
				rps += score.RPS(c, int(d.Counts[week][i]))
				n++
			}
		}
		return logS / n, rps / n
	}
	logS, rps := mean(func(week int) *Fit {
		fit, err := New(d, week, &final.Parameters)
		require.NoError(t, err)
		return fit
	})
	require.InDelta(t, .22385126366, logS, 1e-7)
	require.InDelta(t, .0721756998, rps, 1e-7)
	logS, rps = mean(func(int) *Fit { return final })
	require.InDelta(t, .21767677148, logS, 1e-7)
	require.InDelta(t, .070005992988, rps, 1e-7)
}

// simulate draws counts of places on a line from known parameters.
func simulate(weeks, places int, p Parameters, rng *rand.Rand) Data {
	d := Data{Period: 52, Adjacent: make([][]bool, places)}
	for i := range d.Adjacent {
		d.Adjacent[i] = make([]bool, places)
		for j := range places {
			d.Adjacent[i][j] = j == i-1 || j == i+1
		}
	}
	for range weeks {
		d.Counts = append(d.Counts, make([]float64, places))
		d.Offset = append(d.Offset, slices.Repeat([]float64{1}, places))
	}
	f := &Fit{data: d, Parameters: p}
	for t := 1; t < weeks; t++ {
		counts, _ := f.Predict(t)
		for i, c := range counts {
			d.Counts[t][i] = float64(c.Quantile(rng.Float64()))
		}
	}
	return d
}

func TestSimulatedParametersAreRecovered(t *testing.T) {
	truth := Parameters{AR: math.Log(.4), NE: math.Log(.1), End: -.5, Sin: .3, Cos: -.2, Overdispersion: .5}
	fit, err := New(simulate(300, 20, truth, rand.New(rand.NewPCG(1, 2))), 300, nil)
	require.NoError(t, err)
	require.InDelta(t, .4, math.Exp(fit.Parameters.AR), .06)
	require.InDelta(t, .1, math.Exp(fit.Parameters.NE), .03)
	require.InDelta(t, truth.End, fit.Parameters.End, .15)
	require.InDelta(t, truth.Overdispersion, fit.Parameters.Overdispersion, .12)
}

func TestUnfitDataAreRefused(t *testing.T) {
	_, err := New(Data{}, 10, nil)
	require.ErrorIs(t, err, ErrData)
	d := simulate(30, 3, Parameters{Overdispersion: 1}, rand.New(rand.NewPCG(1, 2)))
	_, err = New(d, 31, nil)
	require.ErrorIs(t, err, ErrData)
	d.Adjacent = d.Adjacent[:2]
	_, err = New(d, 30, nil)
	require.ErrorIs(t, err, ErrData)
}

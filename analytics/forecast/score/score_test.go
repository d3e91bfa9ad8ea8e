package score

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScoresMatchReference(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/fixtures/spdep_forecast.json")
	if err != nil {
		t.Skip("reference values (../shared/fixtures) are absent")
	}
	var ref struct {
		Scores struct {
			Mu, Size     []float64
			Y            []int
			RPSPoisson   []float64 `json:"rps_pois"`
			RPSNegBin    []float64 `json:"rps_nb"`
			LogSPoisson  []float64 `json:"logs_pois"`
			LogSNegative []float64 `json:"logs_nb"`
		}
	}
	require.NoError(t, json.Unmarshal(raw, &ref))
	s := ref.Scores
	for i := range s.Mu {
		pois, nb := Poisson(s.Mu[i]), Count{Mean: s.Mu[i], Size: s.Size[i]}
		require.InDelta(t, s.RPSPoisson[i], RPS(pois, s.Y[i]), 1e-9)
		require.InDelta(t, s.RPSNegBin[i], RPS(nb, s.Y[i]), 1e-9)
		require.InDelta(t, s.LogSPoisson[i], Log(pois, s.Y[i]), 1e-9)
		require.InDelta(t, s.LogSNegative[i], Log(nb, s.Y[i]), 1e-9)
	}
}

func TestKnownValues(t *testing.T) {
	require.InDelta(t, 1, Log(Poisson(1), 0), 1e-12)
	require.InDelta(t, .1*math.Log(2), Log(Count{.1, .1}, 0), 1e-12)
	require.InDelta(t, 1-math.Exp(-2), Poisson(2).AtLeastOne(), 1e-12)
	require.InDelta(t, 4., Count{2, 2}.Variance(), 1e-12)
	require.Equal(t, 3., RPS(Poisson(0), 3))
	require.True(t, math.IsInf(Log(Poisson(0), 1), 1))
	require.InDelta(t, .8, Pinball(1, .8, 2), 1e-12)
	require.InDelta(t, .2, Pinball(2, .8, 1), 1e-12)
}

func anyCount(t *rapid.T) Count {
	mean := math.Exp(rapid.Float64Range(-8, 9).Draw(t, "log mean"))
	if rapid.Bool().Draw(t, "poisson") {
		return Poisson(mean)
	}
	return Count{Mean: mean, Size: math.Exp(rapid.Float64Range(-4, 8).Draw(t, "log size"))}
}

func TestDistributionIsCoherent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCount(t)
		y := int(math.Min(c.Mean*rapid.Float64Range(0, 3).Draw(t, "ratio"), 1e5))
		require.InDelta(t, math.Exp(c.LogPMF(y)), c.CDF(y)-c.CDF(y-1), 1e-9)
		p := rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "p")
		q := c.Quantile(p)
		require.GreaterOrEqual(t, c.CDF(q), p-1e-12)
		if q > 0 {
			require.Less(t, c.CDF(q-1), p+1e-12)
		}
		low, high := PITBounds(c, y)
		require.True(t, 0 <= low && low <= high && high <= 1, "%v %v", low, high)
		judgedLow, judgedHigh, loss := Judge(c, y)
		require.InDelta(t, low, judgedLow, 1e-12)
		require.InDelta(t, high, judgedHigh, 1e-12)
		require.InEpsilon(t, Log(c, y), loss, 1e-9)
	})
}

func TestRPSIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Count{Mean: rapid.Float64Range(.01, 40).Draw(t, "mean"), Size: rapid.Float64Range(.2, 50).Draw(t, "size")}
		y := rapid.IntRange(0, 80).Draw(t, "y")
		want := 0.0
		for k := range 4000 {
			d := c.CDF(k)
			if y <= k {
				d--
			}
			want += d * d
		}
		require.InDelta(t, want, RPS(c, y), 1e-7)
	})
}

func TestPITIsUniformUnderTheTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []Count{{.05, .3}, {1.3, .7}, {30, 5}, Poisson(2)} {
		const n = 40000
		cells := make([]float64, 10)
		covered := 0.0
		for range n {
			y := c.Quantile(rng.Float64())
			cells[int(PIT(c, y, rng.Float64())*10)]++
			low, high := PITBounds(c, y)
			covered += Inside(low, high, .05, .95)
		}
		chi := 0.0
		for _, k := range cells {
			chi += (k - n/10) * (k - n/10) / (n / 10)
		}
		require.Less(t, chi, 27.9, "%v", c) // 99.9 % point of χ² with 9 degrees
		require.InDelta(t, .9, covered/n, .005)
	}
}

func TestHitRateSharesTies(t *testing.T) {
	r := NewRanking([]float64{3, 1, 1, 1, 0})
	hits := r.Hit([]int{2, 4, 0, 2, 1}, 2)
	require.InDelta(t, 2+6./3, hits.Top, 1e-12)
	require.InDelta(t, 6., hits.Best, 1e-12)
	require.InDelta(t, 9., hits.All, 1e-12)
	require.InDelta(t, 4./6, hits.PEI(), 1e-12)
	require.InDelta(t, 9., r.Hit([]int{2, 4, 0, 2, 1}, 5).Top, 1e-12)
}

func TestHitRateIgnoresTheOrderOfCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		risk, truth := make([]float64, n), make([]int, n)
		for i := range n {
			risk[i] = float64(rapid.IntRange(0, 4).Draw(t, "risk"))
			truth[i] = rapid.IntRange(0, 5).Draw(t, "y")
		}
		k := rapid.IntRange(0, n).Draw(t, "k")
		before := NewRanking(risk).Hit(truth, k)
		for i, j := range rapid.Permutation([]int{0, n / 2, n - 1}).Draw(t, "swap") {
			risk[i%n], risk[j] = risk[j], risk[i%n]
			truth[i%n], truth[j] = truth[j], truth[i%n]
		}
		after := NewRanking(risk).Hit(truth, k)
		require.InDelta(t, before.Top, after.Top, 1e-9)
		require.LessOrEqual(t, after.Top, after.Best+1e-9)
	})
}

func TestPAIIsShareOverArea(t *testing.T) {
	pai, err := PAI(11, 273, 20, 2000)
	require.NoError(t, err)
	require.InDelta(t, 11./273*100, pai, 1e-9)
	_, err = PAI(0, 0, 1, 1)
	require.Error(t, err)
}

func TestBootstrapIntervalHoldsTheRate(t *testing.T) {
	var weeks []Hits
	for i := range 26 {
		weeks = append(weeks, Hits{Top: float64(20 + i%7), All: 100})
	}
	one, err := BootstrapRate(weeks, 400, .9, rand.New(rand.NewPCG(4, 4)))
	require.NoError(t, err)
	require.Less(t, one.Low, .23)
	require.Greater(t, one.High, .228)
	require.Less(t, one.High-one.Low, .03)
	two, err := BootstrapRate(weeks, 400, .9, rand.New(rand.NewPCG(4, 4)))
	require.NoError(t, err)
	require.Equal(t, one, two)
	_, err = BootstrapRate(nil, 10, .9, rand.New(rand.NewPCG(4, 4)))
	require.ErrorIs(t, err, ErrNoCases)
}

func TestMASEByHand(t *testing.T) {
	m, err := MASE([]float64{1, 3, 2}, []float64{4, 4}, []float64{4, 1}, 1)
	require.NoError(t, err)
	require.InDelta(t, 1, m, 1e-12) // error 1.5, naive error 1.5
	_, err = MASE([]float64{1, 1, 1}, []float64{1}, []float64{1}, 1)
	require.Error(t, err)
	_, err = MASE([]float64{1}, []float64{1}, []float64{1}, 1)
	require.Error(t, err)
}

func BenchmarkLogAndPIT(b *testing.B) {
	c := Count{Mean: .4, Size: .3}
	for b.Loop() {
		_ = Log(c, 1)
		_, _ = PITBounds(c, 1)
	}
}

// A county's total far below or above what was expected: the masses there are
// subnormal, and stepping from them never came to an end.
func TestRPSEndsFarFromTheExpectedCount(t *testing.T) {
	for _, c := range []Count{{Mean: 2600, Size: 900}, {Mean: 2600, Size: 4}, Poisson(2600), {Mean: 1e5, Size: 5000}} {
		for _, y := range []int{0, 100, 1977, 2600, 9000} {
			distance := math.Abs(float64(y) - c.Mean)
			require.InDelta(t, distance, RPS(c, y), 1.3*math.Sqrt(c.Variance())+1, "%+v, %d", c, y)
		}
	}
}

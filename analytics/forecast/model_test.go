package forecast

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/forecast/score"
)

func TestAccumulatorIsTheWeightedSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks := rapid.IntRange(1, 40).Draw(t, "weeks")
		halfLife := rapid.SampledFrom([]float64{.05, 1, 13, math.Inf(1)}).Draw(t, "half-life")
		counts := rapid.SliceOfN(rapid.IntRange(0, 5), weeks, weeks).Draw(t, "counts")
		var observations []Observation
		for w, n := range counts {
			observations = append(observations, Observation{0, w, n})
		}
		p, err := NewPanel(Spec{Weeks: weeks, Groups: []int32{0, 0}}, observations)
		require.NoError(t, err)
		f := newFilter(p, []kernel{{memory, halfLife}})
		want := 0.0
		for w := range weeks {
			f.advance()
			want = want*math.Exp2(-1/halfLife) + float64(counts[w])
			require.InDelta(t, want, f.past[0].z[0]/f.past[0].unit, 1e-9)
			require.InDelta(t, want*want, f.past[0].square[0]/f.past[0].unit/f.past[0].unit, 1e-6)
		}
	})
}

func TestPriorRecoversGammaRates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	rates := make([]float64, 4000)
	for i := range rates {
		rates[i] = rng.ExpFloat64() * .5 // gamma with shape 1 and mean 0.5
	}
	var observations []Observation
	for s, rate := range rates {
		for w := range 60 {
			observations = append(observations, Observation{s, w, score.Poisson(rate).Quantile(rng.Float64())})
		}
	}
	p, err := NewPanel(Spec{Weeks: 60, Groups: make([]int32, len(rates))}, observations)
	require.NoError(t, err)
	f := newFilter(p, []kernel{{memory, 13}})
	for range 60 {
		f.advance()
	}
	factor := make([]float64, 60)
	for w := range factor {
		factor[w] = 1
	}
	prior := f.past[0].prior(0, len(rates), f.past[0].exposure(p, 0, 59, factor))
	require.InDelta(t, 1, prior.shape, .08)
	require.InDelta(t, .5, prior.shape/prior.rate, .02)
}

func TestPoolSumsEqualTheSumOverSeries(t *testing.T) {
	for _, byEvent := range []bool{false, true} {
		groups := make([]int32, 60)
		near := make([][]int32, 60)
		for s := range groups {
			groups[s] = int32(s % 2)
			near[s] = []int32{int32((s + 2) % 60), int32((s + 58) % 60)}
		}
		p, err := NewPanel(Spec{Weeks: 50, FirstDay: monday, Groups: groups, Neighbours: near, ByEvent: byEvent},
			drawCounts(8, 50, 60, func(s, _ int) float64 { return .002 * float64(1+s) }))
		require.NoError(t, err)
		f := newFilter(p, p.kernels())
		for range 30 {
			f.advance()
		}
		v := f.view(structure{level: 4})
		for k, a := range f.past {
			sums := make([]float64, 2)
			for s, g := range groups {
				if int(p.born[s]) <= f.now {
					sums[g] += v.constant[k][g] + v.slope[k][g]*a.z[s]
				}
			}
			require.InDeltaSlice(t, sums, v.total[k], 1e-9, "kernel %d", k)
		}
	}
}

// TestPoolKeepsAllEventsOfALargePanel draws more non-zero targets than are
// kept one by one.
func TestPoolKeepsAllEventsOfALargePanel(t *testing.T) {
	const series = 2 * poolSampled
	p, err := NewPanel(Spec{Weeks: 10, FirstDay: monday, Groups: make([]int32, series)},
		drawCounts(3, 10, series, func(int, int) float64 { return 1.5 }))
	require.NoError(t, err)
	f := newFilter(p, p.kernels())
	f.advance()
	v, truth := f.view(structure{}), newTarget(p, Week1, 0)
	require.Greater(t, len(truth.busy), poolSampled)
	q := pool{kernels: 1}
	q.learn(f, []int{0}, v, truth)
	require.LessOrEqual(t, len(q.y), poolSampled)
	require.Greater(t, len(q.y), poolSampled/2)
	events, kept := 0., 0.
	for _, n := range truth.counts {
		events += float64(n)
	}
	for _, n := range q.y {
		kept += n
	}
	require.InEpsilon(t, events, kept, 1e-9)
}

func TestSpreadIsRecovered(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	truth := spread{logC: math.Log(1.5), power: .8}
	var a tally
	for range 60000 {
		mean := math.Exp(rng.NormFloat64() - 1)
		a.add(mean, math.Log(mean), truth.count(mean).Quantile(rng.Float64()))
	}
	got := a.fit(firstSpread)
	require.InDelta(t, truth.logC, got.logC, .1)
	require.InDelta(t, truth.power, got.power, .1)
}

func TestSeasonIsFoundAndNoneIsInvented(t *testing.T) {
	wave := func(_, w int) float64 { return 5 * (1 + .5*math.Sin(2*math.Pi*float64(w)/yearWeeks)) }
	p := draw(t, 9, 208, make([]int32, 30), wave)
	s := p.estimateSeason(0, 208)
	for w := 150; w < 208; w++ {
		require.InDelta(t, wave(0, w)/5, s.at(p.yearPhase(w)), .08)
	}
	flat := draw(t, 9, 208, make([]int32, 30), steady)
	s = flat.estimateSeason(0, 208)
	for w := range 52 {
		require.InDelta(t, 1, s.at(flat.yearPhase(w)), .1)
	}
	require.Equal(t, season{}, p.estimateSeason(0, seasonWeeks-1))
}

// TestCalibrationRepairsAWrongDistribution feeds transforms of a forecast whose
// variance is far too small.
func TestCalibrationRepairsAWrongDistribution(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	truth, claimed := score.Count{Mean: 4, Size: 2}, score.Poisson(4)
	var c calibration
	for range 20000 {
		c.add(score.PITBounds(claimed, truth.Quantile(rng.Float64())))
	}
	var merged calibration
	merged.merge(&c, 0)
	covered, plain := 0.0, 0.0
	band := merged.band(.9)
	for range 20000 {
		low, high := score.PITBounds(claimed, truth.Quantile(rng.Float64()))
		covered += score.Inside(low, high, band.Low, band.High) / 20000
		plain += score.Inside(low, high, .05, .95) / 20000
	}
	require.Less(t, plain, .8)
	require.InDelta(t, .9, covered, .01)
}

func TestNothingLaterIsSeen(t *testing.T) {
	const weeks, origin = 110, 95
	counts := drawCounts(6, weeks, 150, steady)
	other := append([]Observation(nil), counts...)
	for i := range other {
		if other[i].Week > origin {
			other[i].Count = 7 - min(7, other[i].Count)
		}
	}
	var seen [2][]score.Count
	var bands [2]Band
	c := Choice{HalfLife: 13, Level: 4, LongMemory: true, SelfExciting: true}
	for i, observations := range [][]Observation{counts, other} {
		p, err := NewPanel(Spec{Weeks: weeks, FirstDay: monday, Groups: make([]int32, 150)}, observations)
		require.NoError(t, err)
		err = Walk(context.Background(), p, c, origin, func(o *Origin) error {
			if o.Week() == origin {
				seen[i] = o.Counts(FourWeeks)
				bands[i] = o.Band(FourWeeks, 1, .9)
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, seen[0], seen[1])
	require.Equal(t, bands[0], bands[1])
}

func TestGapIsNotKnownBeforeItsTime(t *testing.T) {
	silence := func(until int) func(int, int) float64 {
		return func(_, w int) float64 {
			if w >= 60 && w < until {
				return 1e-12
			}
			return .2
		}
	}
	var means []float64
	for _, until := range []int{64, 80} {
		p := draw(t, 12, 90, make([]int32, 40), silence(until))
		err := Walk(context.Background(), p, Choice{HalfLife: 13}, 60, func(o *Origin) error {
			if o.Week() == 60 {
				means = append(means, o.Counts(Week1)[0].Mean)
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, means[0], means[1])
}

func TestExcitementIsChosenWhereItIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 14))
	const weeks, series = 160, 200
	var excited []Observation
	for s := range series {
		last := 0
		for w := range weeks {
			last = score.Poisson(.15 + .5*float64(last)).Quantile(rng.Float64())
			excited = append(excited, Observation{s, w, last})
		}
	}
	p, err := NewPanel(Spec{Weeks: weeks, FirstDay: monday, Groups: make([]int32, series)}, excited)
	require.NoError(t, err)
	c, err := Choose(context.Background(), p)
	require.NoError(t, err)
	require.True(t, c.SelfExciting)
	calm, err := Choose(context.Background(), draw(t, 15, weeks, make([]int32, series), steady))
	require.NoError(t, err)
	require.False(t, calm.SelfExciting)
}

func TestVerdictNeedsAGain(t *testing.T) {
	same := make([]float64, 20)
	require.Equal(t, ReasonNotBetter, Judge(same, same).Reason)
	require.Equal(t, ReasonTooFew, Judge(same[:3], same).Reason)
	worse := append([]float64(nil), same...)
	worse[3] = .1
	require.True(t, Judge(same, worse).Better)
	require.False(t, Judge(worse, same).Better)
	worse[3] = math.Inf(1)
	require.False(t, Judge(worse, same).Better)
}

func TestModelIsReproducible(t *testing.T) {
	p := draw(t, 20, 100, make([]int32, 80), steady)
	one, err := Fit(context.Background(), p)
	require.NoError(t, err)
	two, err := Fit(context.Background(), p)
	require.NoError(t, err)
	require.Equal(t, one, two)
}

func TestCancelledFitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Fit(ctx, draw(t, 20, 100, make([]int32, 10), steady))
	require.ErrorIs(t, err, context.Canceled)
}

// countyPanel has as many events a place as a county has: 40,000 a year over
// 14,216 polygons, spread unevenly over 12 categories and the polygons.
func countyPanel(b *testing.B, times int) *Panel {
	const weeks, polygons, categories, yearly = 260, 14216, 12, 40000
	rng := rand.New(rand.NewPCG(30, 30))
	places := polygons * times
	groups := make([]int32, places*categories)
	for s := range groups {
		groups[s] = int32(s / places)
	}
	observations := make([]Observation, yearly*times*5)
	for i := range observations {
		u, v := rng.Float64(), rng.Float64()
		place := int(u * u * u * float64(places))
		observations[i] = Observation{Series: int(v*v*categories)*places + place, Week: rng.IntN(weeks), Count: 1}
	}
	p, err := NewPanel(Spec{Weeks: weeks, FirstDay: monday, Groups: groups}, observations)
	require.NoError(b, err)
	return p
}

func BenchmarkCounty(b *testing.B) {
	for _, times := range []int{1, 4, 16} {
		p := countyPanel(b, times)
		b.Run(fmt.Sprintf("fit and forecast 4 weeks, %dx", times), func(b *testing.B) {
			for b.Loop() {
				m, err := Fit(context.Background(), p)
				require.NoError(b, err)
				for s := range p.Series() {
					for h := Week1; h <= Week4; h++ {
						_ = m.Forecast(s, h)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(p.Series()), "ns/series")
		})
	}
}

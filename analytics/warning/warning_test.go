package warning

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// quiet draws Poisson counts of a constant mean.
func quiet(weeks int, mean float64, rng *rand.Rand) []float64 {
	y := make([]float64, weeks)
	for t := range y {
		y[t] = distuv.Poisson{Lambda: mean, Src: rng}.Rand()
	}
	return y
}

func TestFlexibleHasItsErrorRateAndSeesAnOutbreak(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	alarms, tests := 0, 0
	for range 12 {
		y := quiet(330, 8, rng)
		for at := 300; at < 330; at++ {
			s := FarringtonFlexible(y, at, Flexible())
			require.Equal(t, OK, s.Status)
			tests++
			if s.Alarm {
				alarms++
			}
		}
		y[329] = 40
		s := FarringtonFlexible(y, 329, Flexible())
		require.True(t, s.Alarm)
		require.Less(t, s.P, 1e-6)
	}
	require.Less(t, float64(alarms)/float64(tests), .09)
	require.Greater(t, float64(alarms)/float64(tests), .01)
}

// TestPastOutbreakDoesNotHideTheNext plants a huge outbreak a year ago.
func TestPastOutbreakDoesNotHideTheNext(t *testing.T) {
	y := quiet(320, 8, rand.New(rand.NewPCG(2, 2)))
	y[300-52], y[300-51] = 90, 80
	y[300] = 30
	flexible, classic := FarringtonFlexible(y, 300, Flexible()), FarringtonClassic(y, 300, Classic())
	require.InDelta(t, 8, flexible.Expected, 1)
	require.InDelta(t, 8, classic.Expected, 2)
	require.True(t, flexible.Alarm)
}

func TestBadPastsGetAStatedAnswer(t *testing.T) {
	dead := make([]float64, 320)
	revived := append(append([]float64(nil), dead[:316]...), 3, 2, 1, 4)
	unknown := append([]float64(nil), revived...)
	for t := range 300 {
		unknown[t] = math.NaN()
	}
	missing := quiet(320, 8, rand.New(rand.NewPCG(3, 3)))
	for t := 100; t < 104; t++ {
		missing[t] = math.NaN()
	}
	hidden := append([]float64(nil), missing...)
	hidden[319] = math.NaN()
	for name, judge := range map[string]func([]float64, int) Signal{
		"flexible": func(y []float64, at int) Signal { return FarringtonFlexible(y, at, Flexible()) },
		"classic":  func(y []float64, at int) Signal { return FarringtonClassic(y, at, Classic()) },
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, TooFew, judge(dead, 319).Status)
			require.Equal(t, TooShort, judge(dead[:100], 99).Status)
			require.Equal(t, TooShort, judge(dead, 400).Status)
			back := judge(revived, 319)
			require.Equal(t, OK, back.Status)
			require.True(t, back.Alarm)
			require.Less(t, back.Expected, .03)
			require.Equal(t, NoThreshold, judge(unknown, 319).Status)
			require.Equal(t, OK, judge(missing, 319).Status)
			require.Equal(t, Missing, judge(hidden, 319).Status)
		})
	}
	require.Equal(t, TooShort, DefaultEARS().C2(dead, 5).Status)
	require.Equal(t, Missing, DefaultEARS().C1(hidden, 319).Status)
	require.Equal(t, NoThreshold, DefaultCUSUM().Run(dead, 0)[3].Status)
	require.Equal(t, Missing, DefaultCUSUM().Run(hidden, 8)[319].Status)
}

// TestNoSignalIsEverNaN throws all kinds of counts at all methods.
func TestNoSignalIsEverNaN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks := rapid.IntRange(1, 280).Draw(t, "weeks")
		y := make([]float64, weeks)
		high := rapid.IntRange(0, 50).Draw(t, "high")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i := range y {
			y[i] = float64(rng.IntN(high + 1))
			if rng.IntN(40) == 0 {
				y[i] = math.NaN()
			}
		}
		at := rapid.IntRange(-1, weeks).Draw(t, "at")
		e := DefaultEARS()
		for _, s := range []Signal{
			FarringtonFlexible(y, at, Flexible()), FarringtonClassic(y, at, Classic()), e.C1(y, at), e.C2(y, at), e.C3(y, at),
		} {
			require.False(t, math.IsNaN(s.Observed+s.Expected+s.Upper+s.P), "%+v", s)
			require.False(t, math.IsInf(s.Upper+s.Expected, 0), "%+v", s)
			require.True(t, s.P >= 0 && s.P <= 1, "%+v", s)
			if s.Status != OK {
				require.False(t, s.Alarm)
			}
		}
		for _, step := range DefaultCUSUM().Run(y, float64(high)/2) {
			require.False(t, math.IsNaN(step.Sum+step.Upper))
		}
	})
}

func TestEARSByHand(t *testing.T) {
	y := []float64{1, 2, 3, 4, 5, 6, 7, 20}
	s := DefaultEARS().C1(y, 7)
	require.InDelta(t, 4, s.Expected, 1e-12)
	require.InDelta(t, 4+1.6448536*math.Sqrt(28./6), s.Upper, 1e-6)
	require.True(t, s.Alarm)
	flat := []float64{2, 2, 2, 2, 2, 2, 2, 3}
	require.True(t, DefaultEARS().C1(flat, 7).Alarm)
	require.Zero(t, DefaultEARS().C1(flat, 7).P)
}

func TestFDRByHand(t *testing.T) {
	p := []float64{.01, .04, .03, .005, math.NaN()}
	want := []float64{.025, .05, .05, .025, 1}
	require.InDeltaSlice(t, want, AdjustFDR(p), 1e-12)
	require.Equal(t, []bool{true, false, false, true, false}, FDR(.04)(p))
	require.Empty(t, AdjustFDR(nil))
}

func TestAdjustedValuesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		q := AdjustFDR(p)
		for i := range p {
			require.GreaterOrEqual(t, q[i], p[i])
			require.LessOrEqual(t, q[i], 1.)
			for j := range p {
				if p[i] < p[j] {
					require.LessOrEqual(t, q[i], q[j])
				}
			}
		}
	})
}

func TestBudgetAllowsSoManyFalseAlarmsAYear(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	rule := Budget(12)
	alarms := 0
	const years, polygons = 20, 1000
	for range years * 52 {
		p := make([]float64, polygons)
		for i := range p {
			p[i] = rng.Float64()
		}
		for _, alarm := range rule(p) {
			if alarm {
				alarms++
			}
		}
	}
	require.InDelta(t, 12, float64(alarms)/years, 2.5)
	require.InDelta(t, 1./12, RecurrenceYears(12/YearWeeks/polygons, polygons), 1e-9)
	require.Equal(t, []bool{false}, rule([]float64{math.NaN()}))
}

// TestExperimentMeasuresDetection uses a county of 40 townships.
func TestExperimentMeasuresDetection(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var series [][]float64
	for i := range 40 {
		series = append(series, quiet(256, 2+float64(i%5), rng))
	}
	e := Experiment{Series: series, From: 230, Detector: FlexibleDetector(Flexible()), Rule: Budget(12), Outbreaks: Outbreaks(), Trials: 30}
	r, err := e.Run(context.Background(), rand.New(rand.NewPCG(7, 7)))
	require.NoError(t, err)
	require.Len(t, r.Detections, 12)
	by := map[string]Detection{}
	for _, d := range r.Detections {
		t.Logf("%+v", d)
		by[d.Outbreak] = d
	}
	require.Greater(t, by["x3, 4 weeks"].Probability, by["x2, 1 weeks"].Probability)
	require.GreaterOrEqual(t, by["+5, 4 weeks"].Probability, .3)
	require.Less(t, r.FalseAlarms, 1.)
	again, err := e.Run(context.Background(), rand.New(rand.NewPCG(7, 7)))
	require.NoError(t, err)
	require.Equal(t, r, again)
}

func TestExperimentRefusesNothing(t *testing.T) {
	_, err := Experiment{}.Run(context.Background(), rand.New(rand.NewPCG(1, 1)))
	require.ErrorIs(t, err, ErrExperiment)
}

func BenchmarkFarringtonFlexible(b *testing.B) {
	y := quiet(320, 8, rand.New(rand.NewPCG(2, 2)))
	for b.Loop() {
		_ = FarringtonFlexible(y, 319, Flexible())
	}
}

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

// county of so many townships over so many weeks.
func county(townships, weeks int, seed uint64) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 6))
	var series [][]float64
	for i := range townships {
		series = append(series, quiet(weeks, 2+float64(i%5), rng))
	}
	return series
}

// TestExperimentComparesMethodsAtTheSameFalseAlarmRate uses a county without
// any outbreak of its own, so that the rates can be checked.
func TestExperimentComparesMethodsAtTheSameFalseAlarmRate(t *testing.T) {
	e := Experiment{Series: county(60, 230, 1), From: 178, Methods: Methods(178), Rates: []float64{.5, 2}, Outbreaks: Outbreaks(), Trials: 40}
	r, err := e.Run(t.Context(), 7)
	require.NoError(t, err)
	require.Len(t, r.Rates, 2)
	for _, rate := range r.Rates {
		require.Len(t, rate.Methods, 5)
		for _, m := range rate.Methods {
			require.Equal(t, StateOK, m.State, m.Method)
			require.LessOrEqual(t, m.FalseAlarms, rate.FalseAlarms, m.Method)
			require.Greater(t, m.FalseAlarms, .6*rate.FalseAlarms, "%s: only ties may lower it", m.Method)
			require.Len(t, m.Detections, 12)
			by := map[string]Detection{}
			for _, d := range m.Detections {
				by[d.Outbreak] = d
				require.True(t, d.Probability == 0 || *d.Delay >= 0 && *d.Delay < 4)
				require.Positive(t, d.Added)
			}
			require.Greater(t, by["+5, 4 weeks"].Probability, by["x2, 1 weeks"].Probability, m.Method)
		}
	}
	flexible := r.Rates[0].Methods[0]
	require.Equal(t, MethodFlexible, flexible.Method)
	require.Greater(t, flexible.Detections[11].Probability, .6, "+5 on 2 to 6 a week for 4 weeks")
	for j := range r.Rates[0].Methods {
		for k, d := range r.Rates[0].Methods[j].Detections {
			require.LessOrEqual(t, d.Probability, r.Rates[1].Methods[j].Detections[k].Probability, "more false alarms cannot find less")
		}
	}
	again, err := e.Run(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, r, again)
	other, err := e.Run(t.Context(), 8)
	require.NoError(t, err)
	require.NotEqual(t, r.Rates, other.Rates)
}

func TestShortHistoryHasMethodsWithoutAnAnswer(t *testing.T) {
	e := Experiment{Series: county(2, 60, 2), From: 20, Methods: Methods(20), Rates: []float64{1}, Outbreaks: Outbreaks()[:3], Trials: 5}
	r, err := e.Run(t.Context(), 1)
	require.NoError(t, err)
	states := map[string]string{}
	for _, m := range r.Rates[0].Methods {
		states[m.Method] = m.State
		if m.State == StateNoAnswer {
			require.Nil(t, m.Threshold)
			require.Equal(t, 1., m.Unanswered)
			require.Empty(t, m.Detections, "no answer is not a probability of 0")
		}
	}
	require.Equal(t, map[string]string{MethodFlexible: StateNoAnswer, MethodC1: StateCoarse, MethodC2: StateCoarse, MethodC3: StateCoarse, MethodCUSUM: StateNoAnswer}, states)
}

func TestExperimentStopsAndRefuses(t *testing.T) {
	_, err := Experiment{}.Run(t.Context(), 1)
	require.ErrorIs(t, err, ErrExperiment)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	e := Experiment{Series: county(5, 60, 2), From: 20, Methods: Methods(20), Rates: []float64{1}, Outbreaks: Outbreaks()[:3], Trials: 5,
		Progress: func(done, total int) {
			calls++
			require.LessOrEqual(t, done, total)
			if calls == 3 {
				cancel()
			}
		}}
	_, err = e.Run(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, calls)
	e.Outbreaks = []Outbreak{{Factor: 2, Weeks: 41}}
	_, err = e.Run(t.Context(), 1)
	require.ErrorIs(t, err, ErrExperiment)
}

func BenchmarkFarringtonFlexible(b *testing.B) {
	y := quiet(320, 8, rand.New(rand.NewPCG(2, 2)))
	for b.Loop() {
		_ = FarringtonFlexible(y, 319, Flexible())
	}
}

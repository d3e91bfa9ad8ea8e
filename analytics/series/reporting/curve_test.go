package reporting

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"reli/analytics/cube"
)

// drawn is what a source with a geometric delay has reported up to its last
// day; p is the chance that a waiting report comes on a day.
func drawn(rng *rand.Rand, mean, p float64) (t triangle, truth [MaxDelay + 1]float64) {
	for age := 0; age <= history; age++ {
		for range int(distuv.Poisson{Lambda: mean, Src: rng}.Rand()) {
			delay := 0
			for delay < MaxDelay && rng.Float64() > p {
				delay++
			}
			t.add(age, delay, 1)
		}
	}
	for age := range truth {
		truth[age] = math.Pow(1-p, float64(age+1))
	}
	truth[MaxDelay] = 0
	return t, truth
}

func TestSharesOfASimulatedSourceAreRecovered(t *testing.T) {
	for _, p := range []float64{.2, .5, .9} {
		made, truth := drawn(rand.New(rand.NewPCG(1, 2)), 30, p)
		got := made.missing()
		for age := range truth {
			require.InDelta(t, truth[age], got[age], .02, "chance %g, %d days after", p, age)
		}
	}
}

// TestTruncationIsNoBias drops the oldest half: only the newest days remain, in
// which long delays had no time to show.
func TestTruncationIsNoBias(t *testing.T) {
	made, truth := drawn(rand.New(rand.NewPCG(3, 4)), 400, .3)
	for age := MaxDelay + 5; age <= history; age++ {
		made.n[age] = [MaxDelay + 1]float64{}
	}
	naive := made.n[0][0] + made.n[1][0] + made.n[1][1]
	require.Positive(t, naive)
	for age, share := range made.missing() {
		require.InDelta(t, truth[age], share, .03, "%d days after", age)
	}
}

func TestSharesFallFromOneToZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var made triangle
		for range rapid.IntRange(0, 200).Draw(t, "rows") {
			age := rapid.IntRange(-2, history+2).Draw(t, "age")
			made.add(age, rapid.IntRange(-1, MaxDelay+2).Draw(t, "delay"), float64(rapid.IntRange(1, 9).Draw(t, "n")))
		}
		last := 1.0
		for age, share := range made.missing() {
			require.False(t, math.IsNaN(share))
			require.LessOrEqual(t, share, last, "age %d", age)
			require.GreaterOrEqual(t, share, 0.)
			last = share
		}
		require.Zero(t, last)
	})
}

func TestASourceRestsOnWhatItHas(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	slow, _ := drawn(rng, 10, .3)
	var prompt, small, gone triangle
	for age := range history {
		prompt.add(age, 0, 2)
	}
	small.add(10, 1, 5)
	gone.add(3, 2, 500)
	asOf := map[string]cube.Day{"slow": 20000, "prompt": 20000, "small": 19990, "gone": 20000 - MaxDelay - 1}
	d := judge(7, asOf, map[string]*triangle{"slow": &slow, "prompt": &prompt, "small": &small, "gone": &gone})
	bases := map[string]Basis{}
	for _, s := range d.Sources {
		bases[s.Source] = s.Basis
	}
	require.Equal(t, map[string]Basis{"slow": OwnDelays, "prompt": OneTime, "small": AllDelays, "gone": Stopped}, bases)

	share, ok := d.Of([]string{"slow"}).Unreported(20000, 20001)
	require.True(t, ok)
	require.InDelta(t, .7, share, .05)
	share, ok = d.Of([]string{"slow"}).Unreported(20001, 20002)
	require.True(t, ok)
	require.Equal(t, 1., share, "nothing can have been reported of a day after the last report")
	share, _ = d.Of([]string{"slow"}).Unreported(19000, 19010)
	require.Zero(t, share)
	_, ok = d.Of([]string{"prompt"}).Unreported(20000, 20001)
	require.False(t, ok, "one time says nothing about late reports")
	require.Empty(t, d.Of([]string{"slow"}, []string{"prompt"}).Sources)
	require.Equal(t, NotEnough, judge(1, asOf, map[string]*triangle{"small": &small}).Sources[0].Basis)
}

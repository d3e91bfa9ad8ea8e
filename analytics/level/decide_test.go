package level_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
)

func grid(people uint32) level.Place {
	return level.Place{Code: "9901", Tier: area.Grid, Population: people,
		Names: map[string]string{"area": "东一网格", "grid": "东一网格", "village": "东村", "township": "东镇", "county": "东县"},
		Codes: map[string]string{"area": "g1", "grid": "g1", "village": "v1", "township": "t1", "county": "c1"}}
}

// anInput draws inputs as they come: counts whole, most of them small.
func anInput(t *rapid.T) level.Inputs {
	var in level.Inputs
	for i, info := range level.InputInfos() {
		switch {
		case rapid.IntRange(0, 2).Draw(t, "absent") > 0:
		case info.Count:
			in[i] = float64(rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 400)).Draw(t, info.Code))
		default:
			in[i] = rapid.Float64Range(0, max(info.Most, 60*(1-math.Min(1, info.Most)))).Draw(t, info.Code)
		}
	}
	return in
}

// noisy gives values that are off by at most 5 % each; counts stay whole.
func noisy(t *rapid.T, in level.Inputs) level.Inputs {
	for i, info := range level.InputInfos() {
		v := in[i] * (1 + rapid.Float64Range(-.05, .05).Draw(t, "noise"))
		if info.Count {
			v = math.Round(v)
		}
		in[i] = v
	}
	return in
}

func aPlace(t *rapid.T) level.Place {
	p := grid(rapid.SampledFrom([]uint32{0, 50, 250, 900, 15_000}).Draw(t, "population"))
	p.Tier = area.Level(rapid.IntRange(int(area.County), int(area.Grid)).Draw(t, "tier"))
	return p
}

func defaultPolicy(t testing.TB) *level.Policy {
	t.Helper()
	p, err := level.Default()
	require.NoError(t, err)
	return p
}

// TestNoiseOfFivePercentFlipsNoLevel follows an area whose true values do not
// change but are measured with an error of up to 5 % every day: from the first
// decision on the level never changes, up or down, wherever the values lie.
func TestNoiseOfFivePercentFlipsNoLevel(t *testing.T) {
	p := defaultPolicy(t)
	rapid.Check(t, func(t *rapid.T) {
		place, truth := aPlace(t), anInput(t)
		first := p.Decide(place, noisy(t, truth), level.Standing{}, 1000)
		standing := level.Standing{Level: first.Level, Since: first.Since}
		for d := range cube.Day(12) {
			next := p.Decide(place, noisy(t, truth), standing, 1001+d)
			if next.Level != first.Level {
				t.Fatalf("day %d: %d after %d, score %d after %d, %v", d, next.Level, first.Level, next.Score, first.Score, truth)
			}
			standing = level.Standing{Level: next.Level, Since: next.Since}
		}
	})
}

// From wherever an area stood, noise moves its level in one direction only: it
// settles and never comes back.
func TestNoiseNeverBringsALevelBack(t *testing.T) {
	p := defaultPolicy(t)
	rapid.Check(t, func(t *rapid.T) {
		place, truth := aPlace(t), anInput(t)
		standing := level.Standing{Level: level.Level(rapid.IntRange(0, 4).Draw(t, "before")), Since: 900}
		direction := 0
		for d := range cube.Day(30) {
			next := p.Decide(place, noisy(t, truth), standing, 1001+d)
			step := int(next.Level) - int(standing.Level)
			if step*direction < 0 {
				t.Fatalf("day %d: from %d to %d after a step the other way", d, standing.Level, next.Level)
			}
			if step != 0 {
				direction = step
			}
			standing = level.Standing{Level: next.Level, Since: next.Since}
		}
	})
}

// Without the margin the same noise does flip levels, so the tests above can
// fail.
func TestWithoutAMarginNoiseFlipsLevels(t *testing.T) {
	p := parsed(t, strings.Replace(small, "noise: 0.11", "noise: 0", 1))
	place := grid(5000)
	place.Tier = area.Township
	standing := level.Standing{Level: level.Yellow, Since: 1}
	var seen []level.Level
	for d := range cube.Day(4) {
		in := level.Inputs{level.Open: 96 + 8*float64(d%2)}
		next := p.Decide(place, in, standing, 100+10*d)
		seen = append(seen, next.Level)
		standing = level.Standing{Level: next.Level, Since: next.Since}
	}
	require.Equal(t, []level.Level{level.Blue, level.Yellow, level.Blue, level.Yellow}, seen)
}

func TestEqualInputsGiveEqualDecisionsThatAddUp(t *testing.T) {
	p, again := defaultPolicy(t), defaultPolicy(t)
	rapid.Check(t, func(t *rapid.T) {
		place, in := aPlace(t), anInput(t)
		before := level.Standing{Level: level.Level(rapid.IntRange(0, 4).Draw(t, "before")), Since: cube.Day(rapid.IntRange(1, 999).Draw(t, "since"))}
		d := p.Decide(place, in, before, 1000)
		require.Equal(t, d, again.Decide(place, in, before, 1000))
		sum, last := 0, math.MaxInt
		for _, c := range d.Contributions {
			require.Positive(t, c.Points)
			require.LessOrEqual(t, c.Points, last, "the most first")
			sum, last = sum+c.Points, c.Points
		}
		require.Equal(t, d.Score, sum)
		if zh, en := p.Reason(d, 1000); zh == "" || en == "" {
			t.Fatal("a level without a reason")
		}
		if d.Level != level.None {
			body := p.Body(place, d.Level)
			require.NotEmpty(t, body.ID)
			require.NotContains(t, body.ID+body.Zh+body.En, "{")
		}
	})
}

// More of anything never makes a level less serious: noise could otherwise
// hide between.
func TestMoreNeverMeansLess(t *testing.T) {
	p := defaultPolicy(t)
	rapid.Check(t, func(t *rapid.T) {
		place, in := aPlace(t), anInput(t)
		more := in
		more[rapid.IntRange(0, len(in)-1).Draw(t, "input")] += float64(rapid.IntRange(1, 30).Draw(t, "by"))
		a, b := p.Decide(place, in, level.Standing{}, 1), p.Decide(place, more, level.Standing{}, 1)
		require.GreaterOrEqual(t, b.Score, a.Score)
		require.GreaterOrEqual(t, b.Level, a.Level)
	})
}

func TestPointsAreThoseOfTheRamp(t *testing.T) {
	p := parsed(t, small)
	for _, c := range []struct {
		in    level.Inputs
		score int
		level level.Level
	}{
		{level.Inputs{}, 0, level.None},
		{level.Inputs{level.Open: 3}, 3, level.None},
		{level.Inputs{level.Open: 10}, 10, level.Yellow},
		{level.Inputs{level.Open: 1000}, 10, level.Yellow},
		{level.Inputs{level.Overdue: 4}, 0, level.None},                                    // b needs c
		{level.Inputs{level.Overdue: 4, level.Urgent: 1}, 0, level.None},                   // c needs a
		{level.Inputs{level.Overdue: 4, level.Urgent: 1, level.Open: 1}, 26, level.Orange}, // all three
		{level.Inputs{level.Overdue: 2, level.Urgent: 1, level.Open: 5}, 20, level.Orange}, // half of b
		{level.Inputs{level.MassGroup: 1}, 20, level.Orange},                               // the floor
		{level.Inputs{level.MassGroup: 1, level.Open: 7}, 20, level.Orange},                // what it lacks
		{level.Inputs{level.Overdue: 4, level.Urgent: 1, level.Open: 8, level.MassGroup: 1}, 33, level.Red},
	} {
		d := p.Decide(grid(5000), c.in, level.Standing{}, 1)
		require.Equal(t, c.score, d.Score, "%v", c.in)
		require.Equal(t, c.level, d.Level, "%v", c.in)
	}
}

// The population is a floor of its own: fewer people, the next lower level.
func TestAnAreaOfFewPeopleNeverGetsTheHighLevels(t *testing.T) {
	p := parsed(t, small)
	in := level.Inputs{level.Overdue: 4, level.Urgent: 1, level.Open: 10}
	for people, want := range map[uint32]level.Level{0: level.Red, 1000: level.Red, 999: level.Orange, 299: level.Yellow, 99: level.Blue} {
		require.Equal(t, want, p.Decide(grid(people), in, level.Standing{}, 1).Level, "%d people", people)
	}
}

func TestALevelStaysItsMinimumAndThenFalls(t *testing.T) {
	p := parsed(t, small)
	standing := level.Standing{Level: level.Orange, Since: 100}
	for d := cube.Day(101); d < 103; d++ {
		next := p.Decide(grid(5000), level.Inputs{}, standing, d)
		require.Equal(t, level.Orange, next.Level)
		require.EqualValues(t, 100, next.Since)
		zh, en := p.Reason(next, d)
		require.Contains(t, zh, "最短停留至 1970-04-14")
		require.Contains(t, en, "at least until 1970-04-14")
	}
	next := p.Decide(grid(5000), level.Inputs{}, standing, 103)
	require.Equal(t, level.None, next.Level)
	require.EqualValues(t, 103, next.Since)
	// a rise never waits
	require.Equal(t, level.Orange, p.Decide(grid(5000), level.Inputs{level.MassGroup: 1}, level.Standing{Level: level.Blue, Since: 100}, 100).Level)
}

func TestTheReasonSaysWhyALevelIsHeld(t *testing.T) {
	p := parsed(t, small)
	place := grid(5000)
	place.Tier = area.Township
	over := p.Decide(place, level.Inputs{level.Open: 101}, level.Standing{Level: level.Blue, Since: 1}, 50)
	require.Equal(t, level.Blue, over.Level)
	require.Equal(t, level.Yellow, over.Bare)
	zh, _ := p.Reason(over, 50)
	require.Contains(t, zh, "尚未超出防抖幅度，暂不升级")
	under := p.Decide(place, level.Inputs{level.Open: 96}, level.Standing{Level: level.Yellow, Since: 1}, 50)
	require.Equal(t, level.Yellow, under.Level)
	require.Equal(t, level.Blue, under.Bare)
	zh, en := p.Reason(under, 50)
	require.Contains(t, zh, "维持原级")
	require.Contains(t, zh, "甲96件 +9")
	require.Contains(t, en, "a 96 +9")
}

func TestTheBodyIsThatOfLevelTierAndCategory(t *testing.T) {
	p := defaultPolicy(t)
	place := grid(500)
	for l, want := range map[level.Level]string{level.None: "", level.Blue: "grid:g1", level.Yellow: "township:t1",
		level.Orange: "department:governance", level.Red: "task-force:c1"} {
		require.Equal(t, want, p.Body(place, l).ID)
	}
	place.Lead = "wage"
	require.Equal(t, "县人社局（牵头，多部门联动）", p.Body(place, level.Orange).Zh)
	require.Equal(t, "东镇综治中心", p.Body(place, level.Yellow).Zh)
	place.Lead = "a category that nobody knows"
	require.Equal(t, "department:governance", p.Body(place, level.Orange).ID)
}

func TestTheFourLevelsAreToldApartWithoutColour(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range level.Classes() {
		require.False(t, seen[c.Numeral])
		seen[c.Numeral] = true
		require.EqualValues(t, 4-i, c.Level)
		require.Equal(t, c, c.Level.Class())
		for _, text := range []string{c.Code, []string{"4", "3", "2", "1"}[i]} {
			l, ok := level.ParseLevel(text)
			require.True(t, ok)
			require.Equal(t, c.Level, l)
		}
	}
	_, ok := level.ParseLevel("0")
	require.False(t, ok)
}

func BenchmarkDecide(b *testing.B) {
	p := defaultPolicy(b)
	in := level.Inputs{level.Open: 12, level.Overdue: 3, level.Urgent: 2, level.Failed: 1}
	place := grid(900)
	for b.Loop() {
		p.Decide(place, in, level.Standing{Level: level.Yellow, Since: 90}, 100)
	}
}

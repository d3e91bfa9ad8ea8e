package tiles

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func schemes() []Scheme { return []Scheme{SchemeQuantile, SchemeJenks, SchemeHeadTail} }

// class gives the class of a value, 0 for the lowest.
func class(breaks []float64, v float64) int {
	n := 0
	for _, b := range breaks {
		if v >= b {
			n++
		}
	}
	return n
}

func sizes(breaks, values []float64) []int {
	out := make([]int, len(breaks)+1)
	for _, v := range values {
		out[class(breaks, v)]++
	}
	return out
}

func counts(least, most int) *rapid.Generator[[]float64] {
	// Counts of places are skewed: most are small.
	one := rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 40), rapid.IntRange(1, 900))
	return rapid.SliceOfN(rapid.Map(one, func(n int) float64 { return float64(n) }), least, most)
}

func TestBreaksAscendAndEveryClassHoldsAPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := counts(0, 800).Draw(t, "values")
		for _, scheme := range schemes() {
			breaks := Breaks(slices.Clone(values), scheme)
			if len(breaks) > classes-1 {
				t.Fatalf("%s: %d breaks", scheme, len(breaks))
			}
			for i, b := range breaks {
				if i > 0 && b <= breaks[i-1] {
					t.Fatalf("%s: %v does not ascend", scheme, breaks)
				}
				if !slices.Contains(values, b) {
					t.Fatalf("%s: %v is the value of no place", scheme, b)
				}
			}
			for n, size := range sizes(breaks, values) {
				if size == 0 && len(values) > 0 {
					t.Fatalf("%s: class %d of %v holds no place of %v", scheme, n, breaks, values)
				}
			}
		}
	})
}

func TestBreaksDoNotDependOnTheOrderOfPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := counts(2, 200).Draw(t, "values")
		other := rapid.Permutation(values).Draw(t, "other order")
		for _, scheme := range schemes() {
			a, b := Breaks(slices.Clone(values), scheme), Breaks(slices.Clone(other), scheme)
			if !slices.Equal(a, b) {
				t.Fatalf("%s: %v and %v", scheme, a, b)
			}
		}
	})
}

func TestAnOutlierDoesNotMoveOthersIntoAnotherClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := counts(2, 400).Draw(t, "values")
		slices.Sort(values)
		last := len(values) - 1
		if values[last] == values[last-1] {
			values[last]++ // one place is the hottest
		}
		before := Breaks(slices.Clone(values), SchemeQuantile)
		washed := slices.Clone(values)
		washed[last] *= 1000
		after := Breaks(slices.Clone(washed), SchemeQuantile)
		if a, b := sizes(before, values), sizes(after, washed); !slices.Equal(a, b) {
			t.Fatalf("classes of %v hold %v places, with the outlier %v", values, a, b)
		}
	})
}

func TestJenksGivesAnOutlierItsOwnClassAndTheRestTheOthers(t *testing.T) {
	values := make([]float64, 0, 101)
	for n := range 100 {
		values = append(values, float64(n%25+1))
	}
	values = append(values, 25_000)
	breaks := Breaks(slices.Clone(values), SchemeJenks)
	held := sizes(breaks, values)
	require.Len(t, held, classes)
	require.Equal(t, 1, held[classes-1])
}

func TestOneValueHasOneClass(t *testing.T) {
	for _, scheme := range schemes() {
		require.Empty(t, Breaks(nil, scheme))
		require.Empty(t, Breaks([]float64{7}, scheme))
		require.Empty(t, Breaks([]float64{7, 7, 7, 7}, scheme))
		require.Equal(t, []float64{8}, Breaks([]float64{7, 8}, scheme))
	}
}

func TestQuantilesBecomeSmallerTowardsTheTop(t *testing.T) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i)
	}
	held := sizes(Breaks(slices.Clone(values), SchemeQuantile), values)
	require.Equal(t, []int{350, 250, 180, 120, 70, 30}, held)
}

func TestHeadTailOfAKnownList(t *testing.T) {
	// Means by hand: of all 100/10 = 10, so the head is 20, 28, 40; its mean is
	// 29.33, so its head is 40, which is alone.
	values := []float64{1, 1, 1, 2, 2, 2, 3, 20, 28, 40}
	require.Equal(t, []float64{20, 40}, Breaks(values, SchemeHeadTail))
}

func TestJenksOfKnownLists(t *testing.T) {
	require.Equal(t, []float64{9}, jenks([]float64{4, 5, 9, 10}, 2))
	// 1 2 4 | 20 21 25 | 90: every other cut in three costs more.
	require.Equal(t, []float64{20, 90}, jenks([]float64{1, 2, 4, 20, 21, 25, 90}, 3))
	// Frequencies count: three ones pull the mean.
	require.Equal(t, []float64{3}, jenks([]float64{1, 1, 1, 3, 4}, 2))
}

// deviation adds up the squared deviations from the means of the classes.
func deviation(sorted []float64, breaks []float64) float64 {
	groups := make([][]float64, len(breaks)+1)
	for _, v := range sorted {
		groups[class(breaks, v)] = append(groups[class(breaks, v)], v)
	}
	var total float64
	for _, g := range groups {
		var mean float64
		for _, v := range g {
			mean += v / float64(len(g))
		}
		for _, v := range g {
			total += (v - mean) * (v - mean)
		}
	}
	return total
}

// least tries every choice of most-1 cuts.
func least(sorted []float64, most int) float64 {
	values := slices.Compact(slices.Clone(sorted))
	best := math.Inf(1)
	var choose func(cuts []float64, from int)
	choose = func(cuts []float64, from int) {
		if len(cuts) == min(most, len(values))-1 {
			best = min(best, deviation(sorted, cuts))
			return
		}
		for i := from; i < len(values); i++ {
			choose(append(slices.Clone(cuts), values[i]), i+1)
		}
	}
	choose(nil, 1)
	return best
}

func TestJenksIsTheBestOfAllCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := counts(2, 12).Draw(t, "values")
		most := rapid.IntRange(2, 5).Draw(t, "classes")
		slices.Sort(values)
		got, want := deviation(values, jenks(values, most)), least(values, most)
		if math.Abs(got-want) > 1e-6*(1+want) {
			t.Fatalf("jenks costs %v, the best cut %v", got, want)
		}
	})
}

func TestJenksOfManyValuesKeepsTheEnds(t *testing.T) {
	values := make([]float64, 0, 5000)
	for n := range 5000 {
		values = append(values, float64(n)+1)
	}
	values = append(values, 1e6)
	breaks := Breaks(slices.Clone(values), SchemeJenks)
	require.Len(t, breaks, classes-1)
	require.Equal(t, 1e6, breaks[classes-2], "the outlier has its own class")
}

func TestSignedBreaksLieRoundZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Map(rapid.IntRange(-300, 300), func(n int) float64 { return float64(n) }), 0, 300).Draw(t, "values")
		breaks := signedBreaks(slices.Clone(values))
		if len(breaks) == 0 {
			for _, v := range values {
				if v != 0 {
					t.Fatalf("no breaks for %v", values)
				}
			}
			return
		}
		if len(breaks) != classes-1 || breaks[0] >= 0 || breaks[1] != 0 || breaks[2] <= 0 {
			t.Fatalf("breaks %v", breaks)
		}
		if !slices.IsSorted(breaks) || len(slices.Compact(slices.Clone(breaks))) != len(breaks) {
			t.Fatalf("%v does not ascend", breaks)
		}
	})
}

func TestRampsSpreadOverAllColours(t *testing.T) {
	for _, light := range []bool{false, true} {
		for _, signed := range []bool{false, true} {
			whole := Ramp(classes, light, signed)
			for n := 2; n <= classes; n++ {
				colours := Ramp(n, light, signed)
				require.Len(t, colours, n)
				require.Equal(t, whole[0], colours[0])
				require.Equal(t, whole[classes-1], colours[n-1])
				require.Len(t, slices.Compact(slices.Sorted(slices.Values(colours))), n, "two classes have one colour")
			}
		}
	}
}

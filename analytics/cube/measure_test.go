package cube

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMeasuresOfATally(t *testing.T) {
	tally := Tally{Count: 8, Open: 5, Overdue: 2, Closed: 3, Weight: 100, Base: 10, Median: 4.5}
	for m, want := range map[Measure]float64{MeasureCount: 8, MeasureRate: 8, MeasureWeighted: 2.5, MeasureOpen: 5, MeasureOverdue: 2,
		MeasureClosed: 37.5, MeasureDays: 4.5, MeasureChange: -2, MeasureYear: -2} {
		got, ok := m.Value(tally)
		require.True(t, ok)
		require.InDelta(t, want, got, 0, string(m))
	}
	_, ok := MeasureClosed.Value(Tally{})
	require.False(t, ok, "a share of nothing")
	_, ok = MeasureDays.Value(Tally{Count: 3})
	require.False(t, ok, "a median of nothing")
	got, ok := MeasureChange.Value(Tally{})
	require.True(t, ok)
	require.Zero(t, got)
}

func TestEveryMeasureIsFoundByItsCode(t *testing.T) {
	seen := map[Measure]bool{}
	for _, m := range Measures() {
		found, ok := LookupMeasure(m.Code)
		require.True(t, ok)
		require.Equal(t, m, found)
		require.False(t, seen[m.Code])
		require.NotEmpty(t, m.Zh+m.En)
		require.NotEmpty(t, m.UnitZh)
		seen[m.Code] = true
	}
	_, ok := LookupMeasure("")
	require.False(t, ok)
}

func TestTheWindowBefore(t *testing.T) {
	s := Selection{From: 100, To: 130, Measure: MeasureChange}
	from, to := s.Base()
	require.Equal(t, [2]Day{70, 100}, [2]Day{from, to})
	march, err := ParseDay("2024-03-01")
	require.NoError(t, err)
	s = Selection{From: march - 1, To: march + 31, Measure: MeasureYear}
	from, to = s.Base()
	require.Equal(t, "2023-02-28", from.String())
	require.Equal(t, "2023-04-01", to.String())
}

func TestAnOrdinaryIncidentWeighsOne(t *testing.T) {
	w := defaultWeights()
	require.Equal(t, int64(WeightUnit), w.of("other", 1, 1))
	require.Equal(t, int64(WeightUnit), w.of("unheard of", 0, 0))
	require.Equal(t, int64(15*20*4), w.of("wage", 3, 3))
	require.Equal(t, w.of("wage", 3, 3), w.of("wage", 200, 200), "codes beyond the table weigh as its last")
}

func TestTheMedianIsTheMiddle(t *testing.T) {
	require.Zero(t, median(nil))
	require.InDelta(t, 3, median([]int{3}), 0)
	require.InDelta(t, 2.5, median([]int{4, 1}), 0)
	require.InDelta(t, 4, median([]int{9, 4, 1}), 0)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.IntRange(0, 500), 1, 40).Draw(t, "days")
		m := median(v)
		below, above := 0, 0
		for _, x := range v {
			if float64(x) < m {
				below++
			}
			if float64(x) > m {
				above++
			}
		}
		require.LessOrEqual(t, below, len(v)/2)
		require.LessOrEqual(t, above, len(v)/2)
	})
}

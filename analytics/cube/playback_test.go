package cube

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each frame counts what a query for its days alone counts; what filters as of
// the window's end does so for all frames.
func TestFramesCountWhatQueriesCount(t *testing.T) {
	w, stores, facts := filled(t, 40, 600)
	for range 30 {
		q := w.query()
		q.Within, q.By = 0, pickOne(w, DimensionCell, DimensionTownship, DimensionVillage, DimensionGrid, DimensionCounty)
		q.Selection.Measure = MeasureCount
		step := pickOne(w, StepDay, StepWeek, StepMonth)
		s := q.Selection
		want := map[string][]int64{}
		var begins []Day
		for d := s.From; d < s.To; d++ {
			if begin := max(step.Begin(d), s.From); !slices.Contains(begins, begin) {
				begins = append(begins, begin)
			}
		}
		for i, begin := range begins {
			end := s.To
			if i+1 < len(begins) {
				end = begins[i+1]
			}
			some := slices.DeleteFunc(slices.Clone(facts), func(f fact) bool { return f.opened < begin || f.opened >= end })
			for _, g := range answer(some, q) {
				if want[g.Key] == nil {
					want[g.Key] = make([]int64, len(begins))
				}
				want[g.Key][i] = g.Count
			}
		}
		for k, store := range stores {
			got, err := store.Frames(t.Context(), store.Current(), s, q.By, q.Resolution, step)
			require.NoError(t, err)
			require.Equal(t, []Executor{ExecutorResident, ExecutorSQL}[k], got.Executor)
			require.Equal(t, begins, got.Begins)
			counts := map[string][]int64{}
			for i, key := range got.Keys {
				require.Nil(t, counts[key], "a key comes once")
				counts[key] = got.Counts[i]
			}
			require.Equal(t, want, counts, "%s by %s at %s: %s", step, q.By, strconv.Itoa(q.Resolution), s.Canonical())
		}
	}
}

func TestFramesOfNoLayerAreRefused(t *testing.T) {
	_, stores, _ := filled(t, 41, 10)
	for _, s := range stores {
		_, err := s.Frames(t.Context(), s.Current(), Selection{From: 1, To: 9}, DimensionCell, 11, StepDay)
		require.Error(t, err)
		_, err = s.Frames(t.Context(), s.Current(), Selection{From: 1, To: 9}, "moon", 8, StepDay)
		require.Error(t, err)
	}
	require.True(t, TooManyFrames(Selection{From: 1, To: 2 + maxFrames}, StepDay))
	require.False(t, TooManyFrames(Selection{From: 1, To: 1 + maxFrames}, StepDay))
	require.False(t, TooManyFrames(Selection{From: 1, To: 2 + maxFrames}, StepWeek))
}

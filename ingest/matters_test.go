package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
)

func TestTheTableOfMattersIsAMapOfSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want := newMatterDays(), map[uint64]map[uint16]bool{}
		// Few slots apart, so that runs of full slots form; 0 and 1 are one matter.
		matter := rapid.OneOf(rapid.Uint64Range(1, 40), rapid.Map(rapid.Uint64Range(1, 40), func(n uint64) uint64 { return n * smallestTable }))
		for range rapid.IntRange(0, 3*smallestTable).Draw(t, "puts") {
			m, day := matter.Draw(t, "matter"), rapid.Uint16Range(0, 60).Draw(t, "day")
			table.put(m, day)
			if want[m] == nil {
				want[m] = map[uint16]bool{}
			}
			want[m][day] = true
		}
		for m, days := range want {
			got := map[uint16]bool{}
			table.of(m, func(day uint16) {
				if got[day] {
					t.Fatalf("day %d twice", day)
				}
				got[day] = true
			})
			require.Equal(t, days, got)
		}
		table.of(999_999, func(uint16) { t.Fatal("a matter that was never put") })
	})
}

// The days of many matters are read once and kept, those of few are asked for
// by name: both mark the days of all other reports of a matter.
func TestManyMattersMarkTheSameDaysAsFew(t *testing.T) {
	const matters = 2 * maxNamedMatters
	file := func(source string, month time.Month) []string {
		var rows []string
		for i := range matters {
			rows = append(rows, fmt.Sprintf("%s,%d,2025-%02d-%02d,land,m%d,", source, i, month, 1+i%28, i))
		}
		return rows
	}
	for _, batch := range []int{0, 3 * matters / 4, 7} {
		store := newMemory()
		in := newIngester(t, store, nil, batch)
		run1(t, in, "generic", "a.csv", short(file("grid", time.January)...))
		store.dirty, store.log = nil, nil
		// A report of the same matters in each batch, and at last one more of each
		// matter in the same run: the days of the run's own reports count too.
		run1(t, in, "generic", "a.csv", short(append(file("12345", time.March), file("petition", time.May)...)...))
		for _, month := range []int{1, 3, 5} {
			for day := 1; day <= 28; day++ {
				require.Contains(t, store.dirty, days(fmt.Sprintf("2025-%02d-%02d", month, day))[0])
			}
		}
		require.Equal(t, batch != 7, slices.Contains(store.log, "matters"), "read as a whole where there are many in a batch")
	}
}

func TestWhatOthersWroteIsAskedForAnew(t *testing.T) {
	store := newMemory()
	s := newIngester(t, store, nil, 0).incidentSink()
	ask := func() []uint16 {
		for i := range maxNamedMatters + 1 {
			s.note(&schemas.Incident{Source: "grid", SourceID: fmt.Sprint(i), MatterID: fmt.Sprint("m", i), OccurredAt: noon}, false)
		}
		days, err := s.related()(t.Context())
		require.NoError(t, err)
		return days
	}
	require.Empty(t, ask(), "nothing is stored")
	other := schemas.Incident{Source: "12345", SourceID: "1", MatterID: "m5", OccurredAt: noon.AddDate(0, -1, 0)}
	require.NoError(t, store.InsertIncidents(t.Context(), "other", []schemas.Incident{other}))
	day := dayNumber(other.OccurredAt.In(shanghai))
	require.NotContains(t, ask(), day)
	s.forget()
	require.Contains(t, ask(), day)
}

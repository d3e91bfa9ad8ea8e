package cube

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// A settle computes the days that are marked and takes the others over; a month
// that is marked whole is computed whole.
func TestOnlyTheDaysThatAreMarkedAreComputed(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 40)
	s := openStore(t, db, shanghai, inMemory)
	settled(t, s, []schemas.Incident{at(w.incident(1), "2025-03-10"), at(w.incident(2), "2025-03-11"), at(w.incident(3), "2025-04-11")})
	require.NoError(t, db.Exec(t.Context(), "TRUNCATE TABLE incidents")) // behind the cube's back
	days := func() []string {
		return one[[]string](t, db, "SELECT arraySort(groupArrayArray(arrayMap(i -> toString(opened), range(n)))) FROM cube")
	}
	settled(t, s, []schemas.Incident{at(w.incident(4), "2025-03-11")})
	require.Equal(t, []string{"2025-03-10", "2025-03-11", "2025-04-11"}, days(), "the 10th was taken over")
	require.Equal(t, 3, s.Current().resident.Rows())
	settled(t, s, []schemas.Incident{at(w.incident(5), "2025-03-31"), at(w.incident(6), "2025-05-01")})
	require.Equal(t, []string{"2025-03-10", "2025-03-11", "2025-03-31", "2025-04-11", "2025-05-01"}, days())
	require.NoError(t, db.MarkDirty(t.Context(), seq.Add(1), []uint32{202503}))
	require.NoError(t, db.MarkDays(t.Context(), seq.Add(1), []uint16{uint16(DayOf(at(w.incident(7), "2025-03-10").OccurredAt))}))
	_, err := s.Settle(t.Context(), "whole")
	require.NoError(t, err)
	require.Equal(t, []string{"2025-03-11", "2025-03-31", "2025-04-11", "2025-05-01"}, days(), "the whole month")
	require.Equal(t, 4, s.Current().resident.Rows())
	again := openStore(t, db, shanghai, inMemory)
	require.Equal(t, again.Current().resident.Rows(), s.Current().resident.Rows(), "as read from nothing")
}

// The other report of a linked matter lies on a day that was not marked.
func TestTheDaysOfLinkedReportsAreComputedToo(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 41)
	s := openStore(t, db, "UTC", inMemory)
	early, late := at(w.incident(1), "2025-03-10"), at(w.incident(2), "2025-03-12")
	for _, r := range []*schemas.Incident{&early, &late} {
		r.MatterID, r.ReportedAt = "", r.OccurredAt
	}
	settled(t, s, []schemas.Incident{early, late})
	first := func() []string {
		return one[[]string](t, db, "SELECT arraySort(groupArray(toString(opened))) FROM cube WHERE first_report = 1")
	}
	require.Equal(t, []string{"2025-03-10", "2025-03-12"}, first(), "two matters")
	require.NoError(t, db.Exec(t.Context(), `INSERT INTO links (seq, at, source_a, id_a, source_b, id_b, action, origin, confidence)
SELECT 1, 0, {a:String}, {x:String}, {b:String}, {y:String}, 'join', 'person', 1`, clickhouse.Param("a", early.Source), clickhouse.Param("x", early.SourceID),
		clickhouse.Param("b", late.Source), clickhouse.Param("y", late.SourceID)))
	mark := func(r schemas.Incident) {
		require.NoError(t, db.MarkDays(t.Context(), seq.Add(1), []uint16{uint16(DayOf(r.OccurredAt))}))
	}
	mark(early)
	_, err := s.Settle(t.Context(), "linked")
	require.NoError(t, err)
	require.Equal(t, []string{"2025-03-10"}, first(), "the 12th was not marked, and is not the first")
	early.ReportedAt, early.Version = late.ReportedAt.AddDate(0, 0, 1), 2
	mark(early)
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{early}))
	_, err = s.Settle(t.Context(), "later")
	require.NoError(t, err)
	require.Equal(t, []string{"2025-03-12"}, first(), "nor was it now")
}

func TestDaysJoinWhatIsDirty(t *testing.T) {
	day := func(text string) uint16 {
		d, err := ParseDay(text)
		require.NoError(t, err)
		return uint16(d)
	}
	dirty := []clickhouse.DirtyMonth{{Month: 202501}, {Month: 202503, Days: []uint16{day("2025-03-02")}}}
	given := slices.Clone(dirty[1].Days)
	got := withDays(slices.Clone(dirty), []uint16{day("2025-01-31"), day("2025-03-01"), day("2025-03-02"), day("2025-02-28"), day("2025-02-01")})
	require.Equal(t, []clickhouse.DirtyMonth{{Month: 202501}, {Month: 202503, Days: []uint16{day("2025-03-02"), day("2025-03-01")}},
		{Month: 202502, Days: []uint16{day("2025-02-28"), day("2025-02-01")}}}, got)
	require.Equal(t, given, dirty[1].Days)
	require.Len(t, dirtyDays(got), 31+2+2)
	low, high := frameDays([]uint16{1, 65_535})
	require.Zero(t, low)
	require.Equal(t, uint32(math.MaxUint32), high)
}

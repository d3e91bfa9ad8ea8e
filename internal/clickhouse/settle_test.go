package clickhouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

func TestDataVersion(t *testing.T) {
	db := migrated(t)
	v, err := db.CurrentVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, clickhouse.DataVersion{}, v, "nothing was settled yet")
	first := clickhouse.DataVersion{Version: 1, SettledAt: now.Add(time.Hour), SettledSeq: 1 << 63, Incidents: 12}
	require.NoError(t, db.SaveVersion(t.Context(), first, "it's"))
	second := clickhouse.DataVersion{Version: 2, SettledAt: now, SettledSeq: 1<<64 - 1, Incidents: 7}
	require.NoError(t, db.SaveVersion(t.Context(), second, "push"))
	v, err = db.CurrentVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, second, v, "the greatest version, also where the clock went back")
}

func TestDirtyMonths(t *testing.T) {
	db := migrated(t)
	months, last, err := db.DirtyMonths(t.Context(), 5)
	require.NoError(t, err)
	require.Empty(t, months)
	require.Equal(t, uint64(5), last, "nothing new: the mark stays")
	require.NoError(t, db.MarkDirty(t.Context(), 7, []uint32{202503, 202501}))
	require.NoError(t, db.MarkDirty(t.Context(), 9, []uint32{202503, 202412}))
	months, last, err = db.DirtyMonths(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []uint32{202412, 202501, 202503}, months)
	require.Equal(t, uint64(9), last)
	months, last, err = db.DirtyMonths(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, []uint32{202412, 202503}, months)
	require.Equal(t, uint64(9), last)
	require.NoError(t, db.MarkDirty(t.Context(), 1<<64-1, []uint32{1}))
	_, last, err = db.DirtyMonths(t.Context(), 9)
	require.NoError(t, err)
	require.Equal(t, uint64(1<<64-1), last)
}

func TestMarksOfDays(t *testing.T) {
	db := migrated(t)
	require.NoError(t, db.MarkDays(t.Context(), 3, nil))
	require.NoError(t, db.MarkDays(t.Context(), 7, []uint16{dayOf("2025-03-31"), dayOf("2025-04-01"), dayOf("2025-03-01")}))
	require.NoError(t, db.MarkDays(t.Context(), 8, []uint16{dayOf("2025-03-31")}))
	require.NoError(t, db.MarkDirty(t.Context(), 9, []uint32{202501}))
	require.NoError(t, db.MarkDays(t.Context(), 10, []uint16{dayOf("2025-01-05"), 65_535}))
	dirty, last, err := db.Dirty(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []clickhouse.DirtyMonth{{Month: 202501}, {Month: 202503, Days: []uint16{dayOf("2025-03-01"), dayOf("2025-03-31")}},
		{Month: 202504, Days: []uint16{dayOf("2025-04-01")}}, {Month: 214906, Days: []uint16{65_535}}}, dirty, "a whole month goes before its days")
	require.Equal(t, uint64(10), last)
	dirty, last, err = db.Dirty(t.Context(), 9)
	require.NoError(t, err)
	require.Equal(t, []clickhouse.DirtyMonth{{Month: 202501, Days: []uint16{dayOf("2025-01-05")}}, {Month: 214906, Days: []uint16{65_535}}}, dirty)
	require.Equal(t, uint64(10), last)
	months, _, err := db.DirtyMonths(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []uint32{202501, 202503, 202504, 214906}, months, "who computes by months sees them too")
	dirty, last, err = db.Dirty(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, dirty)
	require.Equal(t, uint64(10), last)
}

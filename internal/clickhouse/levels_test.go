package clickhouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

func TestLevelsComeBackAsTheyWereAndTheNewestCounts(t *testing.T) {
	db := migrated(t)
	_, _, ok, err := db.LevelDays(t.Context())
	require.NoError(t, err)
	require.False(t, ok)
	var rows []clickhouse.LevelRow
	for i, text := range hostile() {
		rows = append(rows, clickhouse.LevelRow{Day: 20000 + int32(i), Area: "a" + text, Tier: 4, Level: 3, Since: 19990, Was: 1, Ruled: 2, RuledSince: 19995,
			Bare: 1, Score: -7, Rules: []string{text, "b"}, Inputs: []string{"open", text}, Amounts: []float64{1.5, 1e300}, Points: []int32{-9, 2},
			Body: text, BodyZh: text, BodyEn: text, ReasonZh: text, ReasonEn: text, Policy: text, Override: 1 << 63, DataVersion: 7, Revision: 2})
	}
	require.NoError(t, db.SaveLevels(t.Context(), "", rows))
	older := rows[0]
	older.Level, older.Revision = 0, 1
	require.NoError(t, db.SaveLevels(t.Context(), "", []clickhouse.LevelRow{older}))
	for _, want := range rows {
		got, err := db.LevelsOn(t.Context(), want.Day)
		require.NoError(t, err)
		require.Equal(t, []clickhouse.LevelRow{want}, got)
		got, err = db.LevelsOf(t.Context(), want.Area, want.Day, want.Day)
		require.NoError(t, err)
		require.Equal(t, []clickhouse.LevelRow{want}, got)
	}
	first, last, ok, err := db.LevelDays(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []int32{rows[0].Day, rows[len(rows)-1].Day}, []int32{first, last})
}

func TestOverridesAndTipsComeBackAsTheyWere(t *testing.T) {
	db := migrated(t)
	at := now.Truncate(time.Millisecond)
	var overrides []clickhouse.OverrideRow
	var tips []clickhouse.TipRow
	for i, text := range hostile() {
		overrides = append(overrides, clickhouse.OverrideRow{ID: uint64(i + 1), Area: "a" + text, Level: 2, Reason: text, By: text, MadeAt: at,
			EndsAt: at.Add(time.Hour), Lifted: i%2 == 1})
		tips = append(tips, clickhouse.TipRow{ID: "2025-" + text, Seq: uint64(i + 1), Year: 2025, Number: uint32(i), Key: text, Cause: "level", Day: 20000,
			MadeAt: at, AnswerBy: 20005, Area: text, Tier: 3, Level: 4, Score: 71, Body: text, BodyZh: text, BodyEn: text, TextZh: text, TextEn: text, Policy: text})
		require.NoError(t, db.SaveOverride(t.Context(), overrides[i]))
	}
	got, err := db.Overrides(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, overrides, inUTC(got))
	for _, o := range overrides {
		one, err := db.Overrides(t.Context(), o.Area)
		require.NoError(t, err)
		require.Equal(t, []clickhouse.OverrideRow{o}, inUTC(one))
	}
	require.NoError(t, db.SaveTips(t.Context(), tips))
	require.NoError(t, db.SaveTipEvent(t.Context(), tips[1].ID, "ack", at.Add(time.Minute), "later", ""))
	require.NoError(t, db.SaveTipEvent(t.Context(), tips[1].ID, "ack", at, "first", "note"))
	tips[1].AckedAt, tips[1].AckedBy, tips[1].Note = at, "first", "note"
	for _, want := range tips {
		x, ok, err := db.Tip(t.Context(), want.ID)
		require.NoError(t, err)
		require.True(t, ok)
		x.MadeAt = x.MadeAt.UTC()
		if !x.AckedAt.IsZero() {
			x.AckedAt = x.AckedAt.UTC()
		}
		require.Equal(t, want, x)
	}
	after, err := db.Tips(t.Context(), 3, at, at.Add(time.Millisecond))
	require.NoError(t, err)
	require.Len(t, after, len(tips)-3)
	none, err := db.Tips(t.Context(), 0, at.Add(time.Millisecond), time.Time{})
	require.NoError(t, err)
	require.Empty(t, none)
}

func inUTC(rows []clickhouse.OverrideRow) []clickhouse.OverrideRow {
	for i := range rows {
		rows[i].MadeAt, rows[i].EndsAt = rows[i].MadeAt.UTC(), rows[i].EndsAt.UTC()
	}
	return rows
}

package clickhouse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// second is a time as a DateTime holds it.
func second(text string) time.Time {
	at, err := time.Parse(time.DateTime, text)
	if err != nil {
		panic(err)
	}
	return at
}

// utc takes the zone's own table out of times, so that equal ones are equal.
func utc(times ...*time.Time) {
	for _, at := range times {
		*at = at.UTC()
	}
}

// incident is an ordinary one; change makes it special.
func incident(id string, change ...func(*schemas.Incident)) schemas.Incident {
	r := schemas.Incident{Source: "12345", SourceID: id, Version: 1, ContentHash: xxhash.Sum64String(id),
		Batch:      "0190d5c5-7d1e-7c3a-9c39-5f0c7a9f1a2b",
		OccurredAt: second("2025-03-01 12:00:00"), ReportedAt: second("2025-03-01 12:05:00"), IngestedAt: second("2025-03-02 00:00:00"),
		Category: "family", State: schemas.StateRegistered, LocationQuality: schemas.LocationUnlocated}
	for _, f := range change {
		f(&r)
	}
	return r
}

// storedIncidents reads every column of every stored row back.
func storedIncidents(t *testing.T, db *clickhouse.DB) map[string]schemas.Incident {
	t.Helper()
	out := map[string]schemas.Incident{}
	err := db.Each(t.Context(), `SELECT source, source_id, version, content_hash, toString(batch), occurred_at, reported_at, ingested_at,
due_at, closed_at, category, category_label, scale, people, urgency, channel, first_unit, handling_unit, resolver_level, state,
matter_id, cell, grid, area, location_quality FROM incidents FINAL`, func(scan func(...any) error) error {
		var r schemas.Incident
		var scale, urgency, level, state, quality uint8
		if err := scan(&r.Source, &r.SourceID, &r.Version, &r.ContentHash, &r.Batch, &r.OccurredAt, &r.ReportedAt, &r.IngestedAt,
			&r.DueAt, &r.ClosedAt, &r.Category, &r.CategoryLabel, &scale, &r.People, &urgency, &r.Channel, &r.FirstUnit, &r.HandlingUnit,
			&level, &state, &r.MatterID, &r.Cell, &r.Grid, &r.Area, &quality); err != nil {
			return err
		}
		r.Scale, r.Urgency, r.ResolverLevel = schemas.Scale(scale), schemas.Urgency(urgency), schemas.Level(level)
		r.State, r.LocationQuality = schemas.State(state), schemas.LocationQuality(quality)
		utc(&r.OccurredAt, &r.ReportedAt, &r.IngestedAt, &r.DueAt, &r.ClosedAt)
		out[r.Source+"/"+r.SourceID] = r
		return nil
	})
	require.NoError(t, err)
	return out
}

func TestIncidentsComeBackAsTheyWere(t *testing.T) {
	db := migrated(t)
	full := incident("full", func(r *schemas.Incident) {
		r.Version, r.ContentHash, r.People, r.Cell = 1<<64-1, 1<<63+5, 1<<32-1, 0x8a2a1072b59ffff
		r.DueAt, r.ClosedAt = second("2025-03-31 15:59:59"), second("2106-02-07 06:28:15")
		r.CategoryLabel, r.Channel, r.FirstUnit, r.HandlingUnit = "邻里噪音", "hotline", "热线办", "综治中心"
		r.Scale, r.Urgency, r.ResolverLevel = schemas.ScaleMassGroup, schemas.UrgencyCritical, schemas.LevelGrid
		r.State, r.LocationQuality = schemas.StateReopened, schemas.LocationPoint
		r.MatterID, r.Grid, r.Area = "matter-1", "330100000000001", "330100000000001"
	})
	rows := []schemas.Incident{full}
	for i, text := range hostile() {
		rows = append(rows, incident(fmt.Sprint("hostile-", i), func(r *schemas.Incident) {
			r.Category, r.CategoryLabel, r.Channel, r.FirstUnit, r.HandlingUnit, r.MatterID, r.Grid, r.Area = text, text, text, text, text, text, text, text
		}), incident(text, func(r *schemas.Incident) { r.Source = text }))
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "t", rows))
	stored := storedIncidents(t, db)
	require.Len(t, stored, len(rows))
	for _, want := range rows {
		got := stored[want.Source+"/"+want.SourceID]
		for _, at := range []*time.Time{&want.DueAt, &want.ClosedAt} {
			if at.IsZero() {
				*at = time.Unix(0, 0).UTC() // how the table says "none"
			}
		}
		require.Equal(t, want, got)
	}
}

func TestTimesOutsideADateTimeAreCut(t *testing.T) {
	db := migrated(t)
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{incident("x", func(r *schemas.Incident) {
		r.Batch = "no uuid"
		r.OccurredAt, r.ReportedAt = second("1969-12-31 23:59:59"), second("2106-02-07 06:28:16")
	})}))
	got := storedIncidents(t, db)["12345/x"]
	require.Equal(t, time.Unix(0, 0).UTC(), got.OccurredAt)
	require.Equal(t, second("2106-02-07 06:28:15"), got.ReportedAt)
	require.Equal(t, uuid.Nil.String(), got.Batch)
}

func TestTheGreatestVersionWinsInAnyOrder(t *testing.T) {
	db := migrated(t)
	for _, version := range []uint64{2, 3, 1} {
		require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{
			incident("a", func(r *schemas.Incident) { r.Version, r.People = version, uint32(version) })}))
	}
	require.Equal(t, uint32(3), storedIncidents(t, db)["12345/a"].People)
}

func TestATokenMakesASecondInsertASuccessWithoutEffect(t *testing.T) {
	db := migrated(t)
	for i, token := range []string{"batch-1", "batch-1", "it's\\ SETTINGS x = 1; --", "it's\\ SETTINGS x = 1; --", "batch-2", "batch-1"} {
		row := incident(fmt.Sprint("a", i))
		require.NoError(t, db.InsertIncidents(t.Context(), token, []schemas.Incident{row}))
		require.NoError(t, db.InsertTransitions(t.Context(), token, []schemas.Transition{{Source: "s", SourceID: row.SourceID, At: now, Kind: "resolve"}}))
		require.NoError(t, db.InsertQuarantine(t.Context(), token, []clickhouse.QuarantineRow{{RowHash: uint64(i), At: now}}))
	}
	for _, table := range []string{"incidents", "transitions", "quarantine"} {
		require.Equal(t, uint64(3), one[uint64](t, db, "SELECT count() FROM "+table), table)
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{incident("b")}))
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{incident("c")}))
	require.Equal(t, uint64(5), one[uint64](t, db, "SELECT count() FROM incidents"), "no token: no deduplication")
}

func TestAnInsertIsOnePart(t *testing.T) {
	db := migrated(t)
	rows := make([]schemas.Incident, 100_000)
	for i := range rows {
		rows[i] = incident(fmt.Sprint(i, strings.Repeat("x", 40)))
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "big", rows))
	require.Equal(t, uint64(1), one[uint64](t, db, `SELECT count() FROM system.parts
WHERE database = currentDatabase() AND table = 'incidents' AND (active OR rows < 100000)`), "one block, so whole or not at all")
	require.NoError(t, db.InsertIncidents(t.Context(), "big", rows))
	require.Equal(t, uint64(100_000), one[uint64](t, db, "SELECT count() FROM incidents"))
}

func TestNoRowsAreNoInsert(t *testing.T) {
	db := migrated(t)
	require.NoError(t, db.InsertIncidents(t.Context(), "x", nil))
	require.NoError(t, db.InsertTransitions(t.Context(), "x", nil))
	require.NoError(t, db.InsertQuarantine(t.Context(), "x", nil))
	require.NoError(t, db.SaveDictionary(t.Context(), "category", nil, 1))
	require.NoError(t, db.MarkDirty(t.Context(), 1, nil))
	require.NoError(t, db.InsertIncidents(t.Context(), "x", []schemas.Incident{incident("a")}), "the token was not used up")
	require.Len(t, storedIncidents(t, db), 1)
}

func TestTransitionsComeBackAsTheyWere(t *testing.T) {
	db := migrated(t)
	var want []schemas.Transition
	for i, text := range hostile() {
		want = append(want, schemas.Transition{Source: text, SourceID: fmt.Sprint(i, text), At: second("2025-03-01 12:00:00"),
			Kind: schemas.TransitionReview, Unit: text, Level: schemas.LevelTownship, Batch: "0190d5c5-7d1e-7c3a-9c39-5f0c7a9f1a2b"})
	}
	require.NoError(t, db.InsertTransitions(t.Context(), "a", want))
	require.NoError(t, db.InsertTransitions(t.Context(), "b", want), "equal transitions collapse")
	var got []schemas.Transition
	require.NoError(t, db.Each(t.Context(), "SELECT source, source_id, at, kind, unit, level, toString(batch) FROM transitions FINAL",
		func(scan func(...any) error) error {
			var r schemas.Transition
			var kind string
			var level uint8
			err := scan(&r.Source, &r.SourceID, &r.At, &kind, &r.Unit, &level, &r.Batch)
			utc(&r.At)
			r.Kind, r.Level = schemas.TransitionKind(kind), schemas.Level(level)
			got = append(got, r)
			return err
		}))
	require.ElementsMatch(t, want, got)
}

func TestQuarantineAndBatchesComeBackAsTheyWere(t *testing.T) {
	db := migrated(t)
	batch := uuid.NewString()
	kept := map[string]string{}
	for i, text := range hostile() {
		kept[fmt.Sprint(i, text)] = text
	}
	row := clickhouse.QuarantineRow{Source: "s", RowHash: 1<<64 - 1, Field: "lng", Code: "out_of_range", Message: "it's", Origin: "a\\b.csv",
		Row: 1 << 40, Kept: kept, Batch: batch, At: now}
	require.NoError(t, db.InsertQuarantine(t.Context(), "", []clickhouse.QuarantineRow{row, {Source: "s", RowHash: 2}}))
	require.NoError(t, db.InsertQuarantine(t.Context(), "", []clickhouse.QuarantineRow{row}))
	n, err := db.Quarantined(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(2), n, "a row that is refused twice is kept once")
	var got clickhouse.QuarantineRow
	require.NoError(t, db.Row(t.Context(), "SELECT source, row_hash, field, code, message, origin, row, kept, toString(batch), at FROM quarantine FINAL WHERE row > 0",
		[]any{&got.Source, &got.RowHash, &got.Field, &got.Code, &got.Message, &got.Origin, &got.Row, &got.Kept, &got.Batch, &got.At}))
	utc(&got.At)
	require.Equal(t, row, got)
	require.Zero(t, one[time.Time](t, db, "SELECT at FROM quarantine FINAL WHERE row = 0").Unix(), "the zero time is none")

	run := clickhouse.BatchRow{Batch: batch, Record: "incident", Source: "s", Profile: "generic", Origin: "矛盾.csv", StartedAt: now,
		FinishedAt: now.Add(time.Second), Rows: 5, Accepted: 1, Updated: 2, Duplicates: 1, Quarantined: 1}
	require.NoError(t, db.SaveBatch(t.Context(), run))
	var back clickhouse.BatchRow
	require.NoError(t, db.Row(t.Context(), `SELECT toString(batch), record, source, profile, origin, started_at, finished_at, rows, accepted, updated, duplicates, quarantined FROM batches`,
		[]any{&back.Batch, &back.Record, &back.Source, &back.Profile, &back.Origin, &back.StartedAt, &back.FinishedAt, &back.Rows, &back.Accepted, &back.Updated, &back.Duplicates, &back.Quarantined}))
	utc(&back.StartedAt, &back.FinishedAt)
	require.Equal(t, run, back)
}

func TestIdentitiesAreThoseOfTheNewestVersions(t *testing.T) {
	db := migrated(t)
	want := map[uint64]clickhouse.Identity{}
	var first, second []schemas.Incident
	for i := range 10_000 { // more than one buffer
		r := incident(fmt.Sprint("id-", i))
		first = append(first, r)
		if i%2 == 0 {
			r.Version, r.ContentHash, r.OccurredAt = 2, r.ContentHash+1, r.OccurredAt.Add(time.Hour)
			second = append(second, r)
		}
		h := xxhash.Sum64String(r.SourceID)
		want[h] = clickhouse.Identity{IDHash: h, ContentHash: r.ContentHash, Version: r.Version, OccurredAt: r.OccurredAt}
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "2", second))
	require.NoError(t, db.InsertIncidents(t.Context(), "1", first))
	require.NoError(t, db.InsertIncidents(t.Context(), "3", []schemas.Incident{incident("other", func(r *schemas.Incident) { r.Source = "it's" })}))
	got := map[uint64]clickhouse.Identity{}
	require.NoError(t, db.Identities(t.Context(), "12345", func(id clickhouse.Identity) error { got[id.IDHash] = id; return nil }))
	require.Equal(t, want, got)

	count := 0
	require.NoError(t, db.Identities(t.Context(), "it's", func(clickhouse.Identity) error { count++; return nil }))
	require.Equal(t, 1, count)
	require.ErrorIs(t, db.Identities(t.Context(), "12345", func(clickhouse.Identity) error { return errStop }), errStop)
}

func TestTransitionIdentitiesHashWhatIngestHashes(t *testing.T) {
	db := migrated(t)
	at := second("2025-03-01 12:00:00")
	require.NoError(t, db.InsertTransitions(t.Context(), "", []schemas.Transition{
		{Source: "s", SourceID: "矛'盾\x00", At: at, Kind: schemas.TransitionResolve, Unit: "司法所", Level: schemas.LevelTownship}}))
	calls := 0
	require.NoError(t, db.TransitionIdentities(t.Context(), "s", func(key, content uint64) error {
		calls++
		require.Equal(t, xxhash.Sum64String(fmt.Sprintf("矛'盾\x00\x00%d\x00resolve\x00司法所\x002", at.Unix())), key)
		require.Equal(t, xxhash.Sum64String("司法所\x002"), content)
		return nil
	}))
	require.Equal(t, 1, calls)
}

// dayOf numbers a day since 1970-01-01.
func dayOf(text string) uint16 { return uint16(second(text+" 00:00:00").Unix() / 86_400) }

func TestDaysOfIncidentsAndMatters(t *testing.T) {
	db := migrated(t)
	at := func(text string) func(*schemas.Incident) {
		return func(r *schemas.Incident) { r.OccurredAt = second(text) }
	}
	matter := func(id string) func(*schemas.Incident) {
		return func(r *schemas.Incident) { r.MatterID = id }
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{
		incident("jan", at("2025-01-31 15:59:59"), matter("it's\\m")),
		incident("feb", at("2025-01-31 16:00:00"), matter("it's\\m")), // February in Shanghai
		incident("mar", at("2025-03-10 00:00:00"), matter("n")),
		incident("apr", at("2025-04-10 00:00:00")),
		incident("may", at("2025-05-10 00:00:00")),
	}))
	const zone = "Asia/Shanghai"
	months, err := db.AllMonths(t.Context(), zone)
	require.NoError(t, err)
	require.ElementsMatch(t, []uint32{202501, 202502, 202503, 202504, 202505}, months)
	months, err = db.AllMonths(t.Context(), "UTC")
	require.NoError(t, err)
	require.ElementsMatch(t, []uint32{202501, 202503, 202504, 202505}, months)

	days, err := db.IncidentDays(t.Context(), zone, "12345", []string{"apr", "feb", "absent"})
	require.NoError(t, err)
	require.Equal(t, []uint16{dayOf("2025-02-01"), dayOf("2025-04-10")}, days)
	days, err = db.IncidentDays(t.Context(), zone, "other", []string{"apr"})
	require.NoError(t, err)
	require.Empty(t, days)

	days, err = db.MatterDays(t.Context(), zone, "", nil, []string{"it's\\m", ""})
	require.NoError(t, err)
	require.Equal(t, []uint16{dayOf("2025-01-31"), dayOf("2025-02-01")}, days)
	days, err = db.MatterDays(t.Context(), zone, "12345", []string{"mar", "jan", "apr"}, nil)
	require.NoError(t, err)
	require.Equal(t, []uint16{dayOf("2025-01-31"), dayOf("2025-02-01"), dayOf("2025-03-10")}, days, "apr has no matter")
}

// Identities travel in the URL, which is bounded.
func TestDaysOfManyLongIdentities(t *testing.T) {
	db := migrated(t)
	var rows []schemas.Incident
	ids := hostile()
	for i := range 3000 {
		ids = append(ids, strings.Repeat("矛", 200)+fmt.Sprint(i))
	}
	for _, id := range ids {
		rows = append(rows, incident(id, func(r *schemas.Incident) { r.MatterID = "m" + id }))
	}
	rows[len(rows)-1].OccurredAt = second("2020-02-02 00:00:00")
	require.NoError(t, db.InsertIncidents(t.Context(), "", rows))
	days, err := db.IncidentDays(t.Context(), "UTC", "12345", ids)
	require.NoError(t, err)
	usual := uint16(incident("any").OccurredAt.Unix() / 86_400)
	require.Equal(t, []uint16{dayOf("2020-02-02"), usual}, days)
	for _, id := range hostile() {
		days, err = db.IncidentDays(t.Context(), "UTC", "12345", []string{id})
		require.NoError(t, err)
		require.Equal(t, []uint16{usual}, days, "%.20q", id)
		days, err = db.MatterDays(t.Context(), "UTC", "12345", []string{id}, []string{"m" + id})
		require.NoError(t, err)
		require.Equal(t, []uint16{usual}, days, "%.20q", id)
	}
}

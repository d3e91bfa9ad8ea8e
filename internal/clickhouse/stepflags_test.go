package clickhouse_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// Each line of steps has one contradiction, or none.
func TestContradictionsAreFlaggedByKind(t *testing.T) {
	db := migrated(t)
	opened := second("2025-03-01 08:00:00")
	day := func(n int) time.Time { return opened.AddDate(0, 0, n) }
	const batch = "00000000-0000-4000-8000-000000000001"
	var steps []schemas.Transition
	life := func(id string, kinds ...any) {
		for i := 0; i < len(kinds); i += 2 {
			steps = append(steps, schemas.Transition{Source: "grid", SourceID: id, Kind: kinds[i].(schemas.TransitionKind), At: day(kinds[i+1].(int)), Batch: batch,
				IngestedAt: day(60)})
		}
	}
	const resolve, visit, cancel, reopen, assign = schemas.TransitionResolve, schemas.TransitionVisit, schemas.TransitionCancel, schemas.TransitionReopen, schemas.TransitionAssign
	life("right", assign, 55, resolve, 56, visit, 57, cancel, 58, reopen, 59, assign, 59, resolve, 60)
	life("early", resolve, -1)                         // closed_before_opened, late
	life("visit", visit, 57, resolve, 58)              // visit_before_resolution
	life("again", resolve, 55, reopen, 56, visit, 57)  // visit_before_resolution: the second time round
	life("after", cancel, 56, assign, 57, resolve, 58) // after_cancel twice
	life("open", reopen, 55)                           // reopened_while_open
	life("ahead", assign, 61)                          // future
	life("old", assign, 52)                            // late
	life("gone", assign, 60)                           // no_incident
	life("two", assign, 58, assign, 58)                // the same, once told with a level: conflicting, both
	steps[len(steps)-1].Level = schemas.LevelTownship
	life("stated", visit, 56) // of what its record says is closed
	life("before", assign, 1)
	steps[len(steps)-1].IngestedAt = time.Time{} // nothing can be said of when it came
	var incidents []schemas.Incident
	for _, id := range []string{"right", "early", "visit", "again", "after", "open", "ahead", "old", "two", "stated", "before"} {
		incidents = append(incidents, incident(id, func(r *schemas.Incident) {
			r.Source, r.OccurredAt, r.ClosedAt = "grid", opened, time.Time{}
			if id == "stated" {
				r.ClosedAt = day(55)
			}
		}))
	}
	want := []clickhouse.StepFlag{{Source: "grid", Flag: "after_cancel", Steps: 2}, {Source: "grid", Flag: "closed_before_opened", Steps: 1},
		{Source: "grid", Flag: "conflicting", Steps: 2}, {Source: "grid", Flag: "future", Steps: 1}, {Source: "grid", Flag: "late", Steps: 2},
		{Source: "grid", Flag: "no_incident", Steps: 1}, {Source: "grid", Flag: "reopened_while_open", Steps: 1}, {Source: "grid", Flag: "visit_before_resolution", Steps: 2}}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	require.NoError(t, db.InsertTransitions(t.Context(), "", steps[:9]))
	require.NoError(t, db.InsertIncidents(t.Context(), "", incidents))
	require.NoError(t, db.InsertTransitions(t.Context(), "", steps[3:]))
	got, err := db.StepFlags(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)

	codes := map[string]bool{}
	for _, e := range schemas.StepFlags() {
		codes[e.Code] = true
	}
	for _, f := range got {
		require.True(t, codes[f.Flag], f.Flag)
	}
	require.Len(t, got, len(codes), "every flag is in this test")
}

func TestARunIsToldOfItsOwnSteps(t *testing.T) {
	db := migrated(t)
	at := second("2025-03-01 08:00:00")
	first, next := "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	step := func(batch string, kind schemas.TransitionKind, at, arrived time.Time) schemas.Transition {
		return schemas.Transition{Source: "grid", SourceID: "1", At: at, Kind: kind, Batch: batch, IngestedAt: arrived}
	}
	require.NoError(t, db.InsertIncidents(t.Context(), "", []schemas.Incident{incident("1", func(r *schemas.Incident) {
		r.Source, r.OccurredAt, r.ClosedAt = "grid", at, time.Time{}
	})}))
	require.NoError(t, db.InsertTransitions(t.Context(), "", []schemas.Transition{step(first, schemas.TransitionCancel, at.Add(time.Hour), at.Add(2*time.Hour))}))
	require.NoError(t, db.InsertTransitions(t.Context(), "", []schemas.Transition{step(next, schemas.TransitionAssign, at.Add(3*time.Hour), at.Add(4*time.Hour))}))
	after := clickhouse.StepFlag{Source: "grid", Flag: schemas.FlagAfterCancel, Steps: 1}
	got, err := db.BatchStepFlags(t.Context(), []string{next}, at.Add(4*time.Hour), at.Add(4*time.Hour))
	require.NoError(t, err)
	require.Equal(t, map[string][]clickhouse.StepFlag{next: {after}}, got)
	got, err = db.BatchStepFlags(t.Context(), []string{first}, at.Add(2*time.Hour), at.Add(2*time.Hour))
	require.NoError(t, err)
	require.Empty(t, got)

	// A group of runs is one question, and each is told of its own.
	third := "00000000-0000-4000-8000-000000000003"
	require.NoError(t, db.InsertTransitions(t.Context(), "", []schemas.Transition{step(third, schemas.TransitionResolve, at.Add(5*time.Hour), at.Add(6*time.Hour)),
		step(third, schemas.TransitionVisit, at.Add(30*time.Hour), at.Add(6*time.Hour))}))
	got, err = db.BatchStepFlags(t.Context(), []string{third, first, next}, at.Add(2*time.Hour), at.Add(6*time.Hour))
	require.NoError(t, err)
	late := after
	late.Steps = 2
	future := clickhouse.StepFlag{Source: "grid", Flag: "future", Steps: 1}
	require.Equal(t, map[string][]clickhouse.StepFlag{next: {after}, third: {late, future}}, got)
}

package ingest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

const stepHeader = "source,source_id,at,kind,unit,level\n"

func TestTransitionsAreTakenOnce(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 2)
	run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,", "grid,2,2025-02-01,land,,"))
	store.dirty = nil
	steps := stepHeader + "grid,1,2025-03-01 08:00:00,录入,第一网格,grid\ngrid,1,2025-03-02,assign,司法所,township\ngrid,9,2025-03-02,resolve,,\ngrid,1,2025-03-02,assign,司法所,township\n"
	rep := run1(t, in, "generic-transitions", "s.csv", strings.NewReader(steps))
	requireCounts(t, rep, 3, 0, 1, 0)
	require.Len(t, store.transitions, 3)
	require.Equal(t, days("2025-01-01"), store.dirty, "the day of the incident, not of the step; none for one not stored yet")
	requireCounts(t, run1(t, in, "generic-transitions", "s.csv", strings.NewReader(steps)), 0, 0, 4, 0)
	rep = run1(t, in, "generic-transitions", "s.csv", strings.NewReader(stepHeader+"grid,1,2025-03-02,assign,派出所,township\n"))
	requireCounts(t, rep, 1, 0, 0, 0)
	require.Len(t, store.transitions, 4, "told in two ways, kept in two ways")
	require.Equal(t, "transition", store.batches[len(store.batches)-1].Record)
}

func TestTransitionFaults(t *testing.T) {
	f := func(row, field, code string) {
		t.Helper()
		store := newMemory()
		rep := run1(t, newIngester(t, store, nil, 0), "generic-transitions", "s.csv", strings.NewReader(stepHeader+row+"\n"))
		require.Len(t, rep.Errors, 1, row)
		require.Equal(t, []string{field, code}, []string{rep.Errors[0].Field, rep.Errors[0].Code})
		require.Empty(t, store.transitions)
	}
	f("grid,,2025-03-01,assign,,", "source_id", FaultMissing)
	f("grid,1,,assign,,", "at", FaultMissing)
	f("grid,1,2025-03-01,,,", "kind", FaultMissing)
	f("grid,1,2025-03-01,party,,", "kind", FaultUnknown)
	f("grid,1,2025-13-01,assign,,", "at", FaultBadDate)
	f("grid,1,2027-03-01,assign,,", "at", FaultInFuture)
	f("grid,1,2025-03-01,assign,,moon", "level", FaultUnknown)
	f("grid,1,2025-03-01,assign", "", FaultRagged)
}

func TestTransitionHashesAreThoseOfTheStore(t *testing.T) {
	// Values of clickhouse.DB.TransitionIdentities: XXH64 of the parts joined
	// by NUL. The integration test compares with the engine itself.
	step := schemas.Transition{Source: "grid", SourceID: "1", At: noon, Kind: schemas.TransitionAssign, Unit: "司法所", Level: schemas.LevelTownship}
	_, key := transitionKey(nil, &step)
	require.Equal(t, "1\x001772366400\x00assign\x00司法所\x002", string(key))
	_, content := transitionContent(nil, &step)
	require.Equal(t, "司法所\x002", string(content))
}

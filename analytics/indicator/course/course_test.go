package course_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/indicator/course"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/county"
)

func keeper(c *county.County) *course.Keeper {
	return course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// row is a part of a course as it is stored.
type row struct {
	Matter      string      `ch:"matter"`
	Opened      time.Time   `ch:"opened"`
	Closed      time.Time   `ch:"closed"`
	Resolved    time.Time   `ch:"resolved"`
	Disposed    time.Time   `ch:"disposed"`
	Mediated    time.Time   `ch:"mediated"`
	FirstClosed time.Time   `ch:"first_closed"`
	Relapsed    time.Time   `ch:"relapsed"`
	Rated       time.Time   `ch:"rated"`
	Tier        uint8       `ch:"tier"`
	Resolver    uint8       `ch:"resolver_level"`
	Handling    uint32      `ch:"handling"`
	Ins         []time.Time `ch:"ins"`
	Outs        []time.Time `ch:"outs"`
}

func rows(t testing.TB, k *course.Keeper) map[string]row {
	t.Helper()
	var all []row
	require.NoError(t, k.Read(t.Context(), func(db *clickhouse.DB, _ *cube.Snapshot) error {
		return db.Select(t.Context(), &all, `SELECT matter, opened, closed, resolved, disposed, mediated, first_closed, relapsed, rated,
tier, resolver_level, handling, ins, outs FROM courses`)
	}))
	out := map[string]row{}
	for _, r := range all {
		out[r.Matter] = r
	}
	require.Len(t, out, len(all), "one row an incident")
	return out
}

// lives are random incidents with steps of every kind, some at the same second,
// some before the incident.
type lives struct {
	rng       *rand.Rand
	incidents []schemas.Incident
	steps     map[string][]schemas.Transition
}

var stepKinds = []schemas.TransitionKind{schemas.TransitionRegister, schemas.TransitionAssign, schemas.TransitionSupervise,
	schemas.TransitionResolve, schemas.TransitionResolve, schemas.TransitionVisit, schemas.TransitionCancel, schemas.TransitionReopen,
	schemas.TransitionReopen, schemas.TransitionMediate, schemas.TransitionFail, schemas.TransitionSatisfied, schemas.TransitionFair, schemas.TransitionPretrial}

func (l *lives) add(n int) {
	start := time.Date(2024, 11, 3, 0, 0, 0, 0, time.UTC)
	for range n {
		at := start.Add(time.Duration(l.rng.Int64N(200*86_400)) * time.Second)
		in := schemas.Incident{Source: "grid", SourceID: fmt.Sprint("g", len(l.incidents)), Version: 1, Category: "land",
			OccurredAt: at, ReportedAt: at.Add(time.Duration(l.rng.IntN(90)) * time.Hour), State: schemas.StateRegistered}
		if l.rng.IntN(4) == 0 {
			in.ClosedAt = at.Add(time.Duration(l.rng.IntN(400)-40) * time.Hour)
			in.ResolverLevel = schemas.Level(l.rng.IntN(5))
		}
		l.incidents = append(l.incidents, in)
	}
}

// step adds steps to incident i.
func (l *lives) step(i, n int) (added []schemas.Transition) {
	in := &l.incidents[i]
	for range n {
		kind := stepKinds[l.rng.IntN(len(stepKinds))]
		if kind == schemas.TransitionRegister {
			continue // its level would decide the tier; county.Shared has those
		}
		at := in.OccurredAt.Add(time.Duration(l.rng.IntN(60)-3) * 24 * time.Hour) // whole days: many at the same second
		added = append(added, schemas.Transition{Source: in.Source, SourceID: in.SourceID, At: at, Kind: kind, Level: schemas.Level(l.rng.IntN(5))})
	}
	added = slices.DeleteFunc(added, func(a schemas.Transition) bool { // the same step twice is one; which of two levels stays is open
		for _, b := range l.steps[in.SourceID] {
			if a.At.Equal(b.At) && a.Kind == b.Kind {
				return true
			}
		}
		l.steps[in.SourceID] = append(l.steps[in.SourceID], a)
		return false
	})
	return added
}

func (l *lives) requireAgree(t *testing.T, have map[string]row) {
	t.Helper()
	require.Len(t, have, len(l.incidents))
	for _, in := range l.incidents {
		want := courseOf(in, l.steps[in.SourceID])
		want.Matter = "grid:" + in.SourceID
		require.Equal(t, want, utc(have[want.Matter]), "%+v\n%+v", in, l.steps[in.SourceID])
	}
}

func utc(r row) row {
	for _, d := range []*time.Time{&r.Opened, &r.Closed, &r.Resolved, &r.Disposed, &r.Mediated, &r.FirstClosed, &r.Relapsed, &r.Rated} {
		*d = d.UTC()
	}
	for _, list := range [][]time.Time{r.Ins, r.Outs} {
		for i := range list {
			list[i] = list[i].UTC()
		}
	}
	return r
}

func TestCoursesAreWhatTheStepsSay(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	k := keeper(c)
	l := &lives{rng: rand.New(rand.NewPCG(3, 1)), steps: map[string][]schemas.Transition{}}
	l.add(900)
	var steps []schemas.Transition
	for i := range l.incidents {
		steps = append(steps, l.step(i, l.rng.IntN(12))...)
	}
	l.rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	c.Put(t, l.incidents, steps)
	l.requireAgree(t, rows(t, k))

	// Later steps and incidents change what they touch.
	old := len(l.incidents)
	l.add(50)
	steps = nil
	for range 120 {
		steps = append(steps, l.step(l.rng.IntN(len(l.incidents)), 2)...)
	}
	c.Put(t, l.incidents[old:], steps)
	settled := rows(t, k)
	l.requireAgree(t, settled)

	require.NoError(t, c.DB.Exec(t.Context(), `TRUNCATE TABLE courses`))
	require.NoError(t, c.DB.Exec(t.Context(), `TRUNCATE TABLE courses_settled`))
	for matter, again := range rows(t, keeper(c)) {
		require.Equal(t, utc(settled[matter]), utc(again), "the same from nothing")
	}
}

func TestAnotherProcessFindsTheCoursesSettled(t *testing.T) {
	c := county.Shared(t)
	first := number(t, keeper(c))
	var before, after uint64
	parts := `SELECT sum(cityHash64(name, modification_time)) FROM system.parts WHERE database = currentDatabase() AND table = 'courses' AND active`
	require.NoError(t, c.DB.Row(t.Context(), parts, []any{&before}))
	require.Equal(t, first, number(t, keeper(c)))
	require.NoError(t, c.DB.Row(t.Context(), parts, []any{&after}))
	require.Equal(t, before, after, "nothing is computed twice")
}

// number of courses.
func number(t *testing.T, k *course.Keeper) (n uint64) {
	t.Helper()
	require.NoError(t, k.Read(t.Context(), func(db *clickhouse.DB, _ *cube.Snapshot) error {
		return db.Row(t.Context(), `SELECT count() FROM courses`, []any{&n})
	}))
	return n
}

// What is closed and how many there are is what the cube says, in every month,
// village and category.
func TestCoursesAgreeWithTheCube(t *testing.T) {
	c := county.Shared(t)
	var differing uint64
	require.NoError(t, keeper(c).Read(t.Context(), func(db *clickhouse.DB, _ *cube.Snapshot) error {
		return db.Row(t.Context(), `SELECT count() FROM
(
    SELECT opened, closed, due, hour, township, village, grid, category, source, channel, scale, urgency, resolver_level,
        toInt64(sum(n)) AS counted, toInt64(sum(people)) AS persons, toInt64(sumIf(n, first_report = 1)) AS first FROM cube GROUP BY ALL
) AS a FULL JOIN
(
    SELECT opened, closed, due, hour, township, village, grid, category, source, channel, scale, urgency, resolver_level,
        toInt64(count()) AS counted, toInt64(sum(people)) AS persons, toInt64(countIf(previous = toDate(0))) AS first FROM courses GROUP BY ALL
) AS b USING (opened, closed, due, hour, township, village, grid, category, source, channel, scale, urgency, resolver_level)
WHERE a.counted != b.counted OR a.persons != b.persons OR a.first != b.first`, []any{&differing})
	}))
	require.Zero(t, differing)
}

func TestTheReportBeforeIsThatOfTheSameMatter(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	at := func(day string) time.Time {
		d, err := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", shanghai)
		require.NoError(t, err)
		return d
	}
	report := func(source, id, matter, day string) schemas.Incident {
		return schemas.Incident{Source: source, SourceID: id, Version: 1, MatterID: matter, OccurredAt: at(day), ReportedAt: at(day)}
	}
	// one matter over two years, told by two sources, out of order; and others
	c.Put(t, []schemas.Incident{report("petition", "c", "m", "2025-03-01"), report("petition", "a", "m", "2023-05-02"),
		report("12345", "a", "", "2023-01-01"), report("12345", "b", "m", "2024-06-09"), report("grid", "z", "n", "2024-01-01")}, nil)
	got := map[string]string{}
	require.NoError(t, keeper(c).Read(t.Context(), func(db *clickhouse.DB, _ *cube.Snapshot) error {
		return db.Each(t.Context(), `SELECT toString(opened), toString(previous), matter FROM courses`, func(scan func(...any) error) error {
			var opened, previous, matter string
			err := scan(&opened, &previous, &matter)
			got[opened+" "+matter] = previous
			return err
		})
	}))
	require.Equal(t, map[string]string{"2023-01-01 12345:a": "1970-01-01", "2024-01-01 n": "1970-01-01", "2023-05-02 m": "1970-01-01",
		"2024-06-09 m": "2023-05-02", "2025-03-01 m": "2024-06-09"}, got)
}

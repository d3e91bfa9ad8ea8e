package cube

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"reli/geo/hex"
	"reli/internal/clickhouse"
	"reli/schemas"
)

var dimensions = []Dimension{DimensionTotal, DimensionCell, DimensionCounty, DimensionTownship, DimensionVillage, DimensionGrid,
	DimensionDay, DimensionHour, DimensionWeekday, DimensionCategory, DimensionSource, DimensionChannel, DimensionStatus}

// query makes a random one. A third of the filters are set in each.
func (w *world) query() Query {
	first := DayOf(w.from)
	from := first + Day(w.rng.IntN(430)-10)
	s := Selection{From: from, To: from + 1 + Day(w.rng.IntN(pickOne(w, 3, 40, 400))), Measure: Measures()[w.rng.IntN(len(Measures()))].Code}
	some := func(codes []string) []string {
		var out []string
		for w.rng.IntN(3) == 0 {
			out = append(out, pickOne(w, codes...))
		}
		return out
	}
	s.Categories, s.Sources, s.Channels = some(someCategories), some(someSources), some(someChannels)
	if w.rng.IntN(3) == 0 {
		s.Area = pickOne(w, w.areas...).Code
	}
	if w.rng.IntN(2) == 0 {
		s.Status = pickOne(w, StatusOpen, StatusClosed, StatusOverdue)
	}
	if w.rng.IntN(3) == 0 {
		s.Hours = Hours(w.rng.Uint32()) & allHours
	}
	if w.rng.IntN(3) == 0 {
		s.Weekdays = Weekdays(w.rng.Uint32()) & allWeekdays
	}
	if w.rng.IntN(3) == 0 {
		s.Scope = w.scope()
	}
	q := Query{Selection: s, By: pickOne(w, dimensions...), Resolution: w.rng.IntN(StorageResolution + 1)}
	if w.rng.IntN(4) == 0 {
		q.Within = hex.Cell(pickOne(w, w.cells...)).Parent(w.rng.IntN(StorageResolution + 1))
	}
	return q
}

// scope makes a random one, with nested and unknown areas too.
func (w *world) scope() Scope {
	var s Scope
	for range w.rng.IntN(4) {
		s.Areas = append(s.Areas, pickOne(w, append([]schemas.Area{{Code: "gone"}}, w.areas...)...).Code)
	}
	for range w.rng.IntN(3) {
		s.Categories = append(s.Categories, pickOne(w, someCategories...))
	}
	for range w.rng.IntN(3) {
		s.Sources = append(s.Sources, pickOne(w, someSources...))
	}
	return s
}

// agreeing is how many random queries the executors are compared on. The
// records and the resident cube take a millisecond a query; ClickHouse plans
// each for some ten, so that all of them go to it only where RELI_SOAK is set.
const (
	agreeing    = 10_000
	agreeingSQL = 1_000
)

func TestBothExecutorsAgreeWithTheRecords(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 7)
	w.loadAreas(t, db)
	incidents, transitions := w.records(3000)
	z := zone(t, shanghai)
	write(t, db, incidents, transitions, monthsOf(z, incidents...)...)
	memory := openStore(t, db, shanghai, inMemory)
	sql := openStore(t, db, shanghai, notInMemory)
	complete, _ := memory.Current().Resident()
	require.True(t, complete)
	complete, _ = sql.Current().Resident()
	require.False(t, complete)
	facts := factsOf(z, treeOf(t, w.areas), incidents, transitions)
	require.Equal(t, lines(facts), storedLines(t, db))

	const atOnce = 20
	toSQL := agreeingSQL
	if os.Getenv("RELI_SOAK") != "" {
		toSQL = agreeing
	}
	fromMemory := 0
	var group errgroup.Group
	group.SetLimit(2)
	for n := 0; n < agreeing; n += atOnce {
		queries := make([]Query, atOnce)
		answers := make([][]Group, atOnce)
		for i := range queries {
			q := w.query()
			queries[i], answers[i] = q, answer(facts, q)
			groups, executor, err := memory.Tallies(t.Context(), memory.Current(), q)
			require.NoError(t, err)
			if executor == ExecutorResident {
				fromMemory++
			}
			require.Equal(t, answers[i], groups, "%s by %s at %d within %v: %s", executor, q.By, q.Resolution, q.Within, q.Selection.Canonical())
		}
		if n >= toSQL {
			continue
		}
		group.Go(func() error {
			got, err := tallyTogether(t, sql, queries)
			if err != nil {
				return err
			}
			for i, q := range queries {
				if want, got := fmt.Sprint(answers[i]), fmt.Sprint(got[i]); want != got {
					return fmt.Errorf("by %s at %d within %v: %s:\nwant     %s\nSQL gives %s", q.By, q.Resolution, q.Within, q.Selection.Canonical(), want, got)
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, agreeing, fromMemory, "all of them were answered from memory")
}

var placeholder = regexp.MustCompile(`\{([a-z_]+):`)

// tallyTogether answers queries by the SQL executor's own statements, all in
// one: ten thousand round trips would take minutes.
func tallyTogether(t *testing.T, s *Store, queries []Query) ([][]Group, error) {
	var parts []string
	var params []any
	for i, q := range queries {
		text, own, err := q.statement(s.Current().Catalogue, s.weights)
		if err != nil {
			return nil, err
		}
		parts = append(parts, fmt.Sprintf("SELECT toUInt32(%d) AS q, * FROM (%s)", i, placeholder.ReplaceAllString(text, fmt.Sprintf("{q%d_$1:", i))))
		for _, p := range own {
			v := reflect.ValueOf(p)
			params = append(params, clickhouse.Param(fmt.Sprintf("q%d_%s", i, v.FieldByName("Name").String()), v.FieldByName("Value").Interface()))
		}
	}
	out := make([][]Group, len(queries))
	err := s.opt.DB.Each(t.Context(), "SELECT * FROM ("+strings.Join(parts, "\nUNION ALL ")+") ORDER BY q, key SETTINGS max_threads = 1", func(scan func(...any) error) error {
		var i uint32
		var g Group
		if err := scan(&i, &g.Key, &g.Count, &g.Open, &g.Overdue, &g.Closed, &g.Weight, &g.Base, &g.Median); err != nil {
			return err
		}
		out[i] = append(out[i], g)
		return nil
	}, params...)
	return out, err
}

// The statement as the store sends it, one query at a time.
func TestTheSQLExecutorAnswersEveryDimension(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 8)
	w.loadAreas(t, db)
	incidents, transitions := w.records(500)
	z := zone(t, shanghai)
	write(t, db, incidents, transitions, monthsOf(z, incidents...)...)
	sql := openStore(t, db, shanghai, notInMemory)
	facts := factsOf(z, treeOf(t, w.areas), incidents, transitions)
	for _, by := range dimensions {
		for _, m := range Measures() {
			q := w.query()
			q.By, q.Selection.Measure = by, m.Code
			groups, executor, err := sql.Tallies(t.Context(), sql.Current(), q)
			require.NoError(t, err)
			require.Equal(t, ExecutorSQL, executor)
			require.Equal(t, answer(facts, q), groups, "by %s: %s", by, q.Selection.Canonical())
		}
	}
}

// Days at the ends of ClickHouse's Date, and local days and hours where clocks
// change, also by half an hour.
func TestLocalDaysAndHoursWhereClocksChange(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"} {
		t.Run(name, func(t *testing.T) {
			db := newDB(t)
			w := newWorld(t, 9)
			z := zone(t, name)
			incidents, transitions := w.records(50)
			n := len(incidents)
			for _, change := range []string{"2024-03-10", "2024-03-31", "2024-04-07", "2024-10-06", "2024-10-27", "2024-11-03", "1970-01-03", "2105-12-31"} {
				noon, err := time.Parse(time.DateOnly, change)
				require.NoError(t, err)
				for minutes := -14 * 60; minutes <= 40*60; minutes += 15 {
					r := w.incident(n)
					n++
					r.OccurredAt = noon.Add(time.Duration(minutes) * time.Minute)
					r.DueAt, r.ClosedAt = r.OccurredAt.Add(15*time.Minute), r.OccurredAt.Add(30*time.Minute)
					r.Area = ""
					incidents = append(incidents, r)
				}
			}
			write(t, db, incidents, transitions, monthsOf(z, incidents...)...)
			s := openStore(t, db, name, inMemory)
			facts := factsOf(z, treeOf(t, w.areas), incidents, transitions)
			for i := range facts { // no areas are loaded
				facts[i].county, facts[i].township, facts[i].village, facts[i].grid = "", "", "", ""
			}
			require.Equal(t, lines(facts), storedLines(t, db))
			for _, by := range []Dimension{DimensionDay, DimensionHour, DimensionWeekday, DimensionStatus} {
				q := Query{By: by, Selection: Selection{From: 1, To: 65535, Measure: MeasureDays}}
				groups, _, err := s.Tallies(t.Context(), s.Current(), q)
				require.NoError(t, err)
				require.Equal(t, answer(facts, q), groups)
			}
		})
	}
}

// A window whose base lies before the first day ClickHouse knows.
func TestWindowsAtTheEndsOfTheCalendar(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 10)
	incidents, transitions := w.records(40)
	for i := range incidents {
		incidents[i].Area = ""
		if i%2 == 0 {
			incidents[i].OccurredAt = time.Unix(int64(i)*40_000+86_400, 0).UTC()
		} else {
			incidents[i].OccurredAt = time.Date(2106, 2, 7, 6, 0, 0, 0, time.UTC).Add(-time.Duration(i) * 20 * time.Hour)
		}
		incidents[i].ClosedAt = time.Time{}
	}
	write(t, db, incidents, transitions[:0], monthsOf(time.UTC, incidents...)...)
	memory, sql := openStore(t, db, "UTC", inMemory), openStore(t, db, "UTC", notInMemory)
	facts := factsOf(time.UTC, treeOf(t, w.areas), incidents, nil)
	require.Equal(t, lines(facts), storedLines(t, db))
	for _, window := range [][2]Day{{1, 3}, {1, 65535}, {2, 30}, {400, 65535}, {49_000, 65535}, {65534, 65535}} {
		for _, m := range []Measure{MeasureCount, MeasureChange, MeasureYear, MeasureOverdue} {
			q := Query{By: DimensionDay, Selection: Selection{From: window[0], To: window[1], Measure: m}}
			want := answer(facts, q)
			for _, s := range []*Store{memory, sql} {
				groups, executor, err := s.Tallies(t.Context(), s.Current(), q)
				require.NoError(t, err)
				require.Equal(t, want, groups, "%s: %s", executor, q.Selection.Canonical())
			}
		}
	}
}

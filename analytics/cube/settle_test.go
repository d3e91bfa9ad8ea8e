package cube

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// arrive stores records the way ingest does: every day that may change is
// marked first.
func arrive(t testing.TB, db *clickhouse.DB, z *time.Location, incidents []schemas.Incident, transitions []schemas.Transition) {
	t.Helper()
	ids := map[string][]string{}
	var matters []string
	for _, r := range incidents {
		ids[r.Source] = append(ids[r.Source], r.SourceID)
		matters = append(matters, r.MatterID)
	}
	for _, r := range transitions {
		ids[r.Source] = append(ids[r.Source], r.SourceID)
	}
	var days []uint16
	for _, r := range incidents {
		days = append(days, uint16(DayOf(r.OccurredAt.In(z))))
	}
	for source, some := range ids {
		stored, err := db.IncidentDays(t.Context(), z.String(), source, some)
		require.NoError(t, err)
		related, err := db.MatterDays(t.Context(), z.String(), source, some, nil)
		require.NoError(t, err)
		days = append(append(days, stored...), related...)
	}
	related, err := db.MatterDays(t.Context(), z.String(), "", nil, matters)
	require.NoError(t, err)
	require.NoError(t, db.MarkDays(t.Context(), seq.Add(1), append(days, related...)))
	write(t, db, incidents, transitions)
}

// lifeStory makes records with versions that move to other months and matters.
func (w *world) lifeStory(n int) ([]schemas.Incident, []schemas.Transition) {
	incidents, transitions := w.records(n)
	for i := range n / 2 {
		r := w.incident(w.rng.IntN(n))
		r.Version = uint64(2 + i)
		incidents = append(incidents, r)
	}
	return incidents, transitions
}

// shuffled gives records in another order, some of them twice.
func shuffled[T any](w *world, records []T) []T {
	out := slices.Clone(records)
	for range len(records) / 5 {
		out = append(out, pickOne(w, records...))
	}
	w.rng.Shuffle(len(out), func(a, b int) { out[a], out[b] = out[b], out[a] })
	return out
}

// The same records come from a hundred sources, in another order from each.
func TestAHundredOrdersOfArrivalGiveOneState(t *testing.T) {
	const sources, pieces = 100, 6
	db := newDB(t)
	z := zone(t, shanghai)
	w := newWorld(t, 20)
	w.span = 100 * 24 * time.Hour
	w.loadAreas(t, db)
	incidents, transitions := w.lifeStory(60)
	months := monthsOf(z, incidents...)
	var all [pieces][]schemas.Incident
	var lives [pieces][]schemas.Transition
	for source := range sources {
		for i, r := range shuffled(w, incidents) {
			r.Source = fmt.Sprint("s", source)
			if r.MatterID != "" {
				r.MatterID += r.Source
			}
			all[i%pieces] = append(all[i%pieces], r)
		}
		for i, r := range shuffled(w, transitions) {
			r.Source = fmt.Sprint("s", source)
			lives[i%pieces] = append(lives[i%pieces], r)
		}
	}
	s := openStore(t, db, shanghai, inMemory)
	for i := range pieces {
		write(t, db, all[i], lives[i], months...)
		if i%2 == 0 {
			_, err := s.Settle(t.Context(), "between")
			require.NoError(t, err)
		}
	}
	_, err := s.Settle(t.Context(), "end")
	require.NoError(t, err)
	facts := factsOf(z, treeOf(t, w.areas), slices.Concat(all[:]...), slices.Concat(lives[:]...))
	require.Equal(t, lines(facts), storedLines(t, db))
	of := map[string][]fact{}
	for _, f := range facts {
		source := f.source
		f.source = ""
		of[source] = append(of[source], f)
	}
	require.Len(t, of, sources)
	for _, f := range of {
		require.Equal(t, lines(of["s0"]), lines(f), "the oracle itself knows no order")
	}
}

// Settles between the batches, with only the months marked that ingest marks,
// give what one settle of everything gives.
func TestSettlesInAnyOrderGiveOneState(t *testing.T) {
	db := newDB(t)
	z := zone(t, shanghai)
	w := newWorld(t, 21)
	w.span = 150 * 24 * time.Hour
	w.loadAreas(t, db)
	incidents, transitions := w.lifeStory(80)
	facts := factsOf(z, treeOf(t, w.areas), incidents, transitions)
	want := lines(facts)
	for round := range 4 {
		for _, table := range []string{"incidents", "transitions", "cube"} {
			require.NoError(t, db.Exec(t.Context(), "TRUNCATE TABLE "+table))
		}
		s := openStore(t, db, shanghai, inMemory)
		i, j := shuffled(w, incidents), shuffled(w, transitions)
		for len(i)+len(j) > 0 {
			n, m := w.rng.IntN(len(i)+1), w.rng.IntN(len(j)+1)
			arrive(t, db, z, i[:n], j[:m])
			i, j = i[n:], j[m:]
			if w.rng.IntN(2) == 0 {
				_, err := s.Settle(t.Context(), "between")
				require.NoError(t, err)
			}
		}
		_, err := s.Settle(t.Context(), "end")
		require.NoError(t, err)
		require.Equal(t, want, storedLines(t, db), "round %d", round)
		for range 30 {
			q := w.query()
			groups, _, err := s.Tallies(t.Context(), s.Current(), q)
			require.NoError(t, err)
			require.Equal(t, answer(facts, q), groups, "round %d: by %s: %s", round, q.By, q.Selection.Canonical())
		}
	}
}

// at moves an incident to a time.
func at(r schemas.Incident, text string) schemas.Incident {
	when, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	r.OccurredAt = when
	return r
}

// settled stores records and settles them.
func settled(t *testing.T, s *Store, incidents []schemas.Incident, transitions ...schemas.Transition) uint64 {
	t.Helper()
	arrive(t, s.opt.DB, s.opt.Zone, incidents, transitions)
	v, err := s.Settle(t.Context(), "test")
	require.NoError(t, err)
	return v
}

// A month whose last incident moves away must not come back with the table
// that is a version behind.
func TestAMonthThatEmptiesStaysEmpty(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 22)
	s := openStore(t, db, "UTC", inMemory)
	r := at(w.incident(1), "2025-01-10")
	settled(t, s, []schemas.Incident{r, at(w.incident(2), "2025-03-10")})
	r = at(r, "2025-02-10")
	r.Version = 2
	settled(t, s, []schemas.Incident{r})
	for i := range 4 {
		settled(t, s, []schemas.Incident{at(w.incident(3+i), "2025-03-11")})
		require.Equal(t, uint64(0), one[uint64](t, db, "SELECT count() FROM cube WHERE toYYYYMM(opened) = 202501"))
		require.Equal(t, uint64(3+i), one[uint64](t, db, "SELECT sum(n) FROM cube"))
		require.Equal(t, int64(3+i), s.Current().Catalogue.Incidents)
		require.Equal(t, 3+i, s.Current().resident.Rows())
	}
}

// ClickHouse takes a hundred partitions in one insert.
func TestManyMonthsSettleAtOnce(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 23)
	var incidents []schemas.Incident
	for i := range 130 {
		r := w.incident(i)
		r.OccurredAt = time.Date(2010, time.Month(1+i), 3, 0, 0, 0, 0, time.UTC)
		incidents = append(incidents, r)
	}
	s := openStore(t, db, "UTC", inMemory)
	settled(t, s, incidents)
	require.Equal(t, 130, s.Current().resident.Rows())
	require.Equal(t, uint64(130), one[uint64](t, db, "SELECT uniqExact(toYYYYMM(opened)) FROM cube"))
}

// A process that is killed at any point of a settle leaves what the next one
// makes right.
func TestASettleThatWasCutOffIsRepeated(t *testing.T) {
	z := zone(t, "UTC")
	for name, cut := range map[string]func(t *testing.T, s *Store, dirty []clickhouse.DirtyMonth){
		"before anything": func(*testing.T, *Store, []clickhouse.DirtyMonth) {},
		"before the exchange": func(t *testing.T, s *Store, dirty []clickhouse.DirtyMonth) {
			require.NoError(t, s.settler.compute(t.Context(), dirty))
		},
		"between exchange and version": func(t *testing.T, s *Store, dirty []clickhouse.DirtyMonth) {
			require.NoError(t, s.settler.settle(t.Context(), dirty))
		},
		"after a part of the table behind was brought up": func(t *testing.T, s *Store, _ []clickhouse.DirtyMonth) {
			require.NoError(t, s.opt.DB.Exec(t.Context(), "TRUNCATE TABLE cube_next"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := newDB(t)
			w := newWorld(t, 24)
			before, lives := w.records(60)
			after := []schemas.Incident{w.incident(60), w.incident(61), w.incident(3)}
			after[2].Version = 2
			s := openStore(t, db, "UTC", inMemory)
			first := settled(t, s, before, lives...)
			arrive(t, db, z, after, nil)
			dirty, _, err := db.Dirty(t.Context(), s.Current().SettledSeq)
			require.NoError(t, err)
			cut(t, s, dirty)

			again := openStore(t, db, "UTC", inMemory)
			require.Equal(t, first+1, again.Current().Version)
			facts := factsOf(z, treeOf(t, w.areas), append(before, after...), lives)
			for i := range facts { // no areas are loaded
				facts[i].county, facts[i].township, facts[i].village, facts[i].grid = "", "", "", ""
			}
			require.Equal(t, lines(facts), storedLines(t, db))
			require.Equal(t, 62, again.Current().resident.Rows())
			v, err := again.Settle(t.Context(), "nothing new")
			require.NoError(t, err)
			require.Equal(t, first+1, v)
		})
	}
}

func TestSettlesAtOnceWhileRecordsArrive(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 25)
	incidents, _ := w.records(60)
	for i := range incidents {
		incidents[i].MatterID = "" // whose months would have to be asked for
	}
	s := openStore(t, db, "UTC", inMemory)
	var group errgroup.Group
	var gate sync.Mutex // the marks' numbers ascend in the order of writing
	s.opt.Gate = &gate
	for i := range 3 {
		group.Go(func() error {
			for some := range slices.Chunk(incidents[i*20:(i+1)*20], 4) {
				gate.Lock()
				err := db.MarkDirty(t.Context(), seq.Add(1), monthsOf(time.UTC, some...))
				if err == nil {
					err = db.InsertIncidents(t.Context(), "", some)
				}
				gate.Unlock()
				if err != nil {
					return err
				}
				if _, err := s.Settle(t.Context(), "mine"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, int64(60), s.Current().Catalogue.Incidents, "every writer settled after its own records")
	require.Equal(t, 60, s.Current().resident.Rows())
	stored, err := db.CurrentVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, s.Current().DataVersion, stored)
}

func TestAVersionIsMadeOnlyByAChange(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 26)
	s := openStore(t, db, shanghai, inMemory)
	require.Zero(t, s.Current().Version, "an empty store has no version yet")
	changed := s.Changed()
	v, err := s.Settle(t.Context(), "nothing")
	require.NoError(t, err)
	require.Zero(t, v)
	requireOpen := func(c <-chan struct{}) {
		select {
		case <-c:
			require.Fail(t, "nothing has changed")
		default:
		}
	}
	requireOpen(changed)
	require.Equal(t, uint64(1), settled(t, s, []schemas.Incident{w.incident(1)}))
	<-changed
	changed = s.Changed()
	requireOpen(changed)
	require.Equal(t, clickhouse.DataVersion{Version: 1, SettledAt: now, SettledSeq: seq.Load(), Incidents: 1}, s.Current().DataVersion)
	v, err = s.Reload(t.Context(), "areas")
	require.NoError(t, err)
	require.Equal(t, uint64(2), v)
	<-changed
	require.Equal(t, "areas", one[string](t, db, "SELECT argMax(cause, version) FROM data_versions"))

	again := openStore(t, db, shanghai, inMemory)
	require.Equal(t, s.Current().DataVersion, again.Current().DataVersion, "a start changes nothing")
	require.Equal(t, s.Today(), DayOf(now.In(s.Zone())))
}

// A reader that holds a snapshot sees one version while the next is made.
func TestASnapshotStaysOneVersion(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 27)
	incidents, transitions := w.records(300)
	s := openStore(t, db, shanghai, inMemory)
	settled(t, s, incidents, transitions...)
	held := s.Current()
	q := Query{By: DimensionCell, Resolution: 7, Selection: Selection{From: 1, To: 65535, Measure: MeasureDays}}
	before, _, err := s.Tallies(t.Context(), held, q)
	require.NoError(t, err)
	field, err := s.CellField(t.Context(), held, q.Selection, q.Resolution)
	require.NoError(t, err)
	stop := make(chan struct{})
	var group errgroup.Group
	group.Go(func() error {
		for {
			groups, _, err := s.Tallies(t.Context(), held, q)
			if err != nil {
				return err
			}
			if fmt.Sprint(groups) != fmt.Sprint(before) {
				return fmt.Errorf("the held version changed to %v", groups)
			}
			for i := range field.Len {
				if got := (Group{before[i].Key, field.Tally(i)}); got != before[i] {
					return fmt.Errorf("the held field changed to %v", got)
				}
			}
			select {
			case <-stop:
				return nil
			default:
			}
		}
	})
	for i := range 5 {
		settled(t, s, []schemas.Incident{w.incident(300 + i), w.incident(i)})
	}
	close(stop)
	require.NoError(t, group.Wait())
	require.Equal(t, held.Version+5, s.Current().Version)
}

// A store that finds a version it did not make reads everything again.
func TestAVersionOfAnotherProcessIsReadWhole(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 28)
	mine, other := openStore(t, db, "UTC", inMemory), openStore(t, db, "UTC", inMemory)
	settled(t, other, []schemas.Incident{w.incident(1), w.incident(2)})
	v, err := mine.Settle(t.Context(), "look")
	require.NoError(t, err)
	require.Equal(t, uint64(1), v)
	require.Equal(t, 2, mine.Current().resident.Rows())
}

func TestTheBoundOfMemoryIsKept(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 29)
	incidents, transitions := w.records(100)
	arrive(t, db, time.UTC, incidents, transitions)
	s := openStore(t, db, "UTC", 100*bytesPerRow)
	complete, bytes := s.Current().Resident()
	require.True(t, complete, "as many as fit")
	require.GreaterOrEqual(t, bytes, int64(100*bytesPerRow))
	held := s.Current()
	settled(t, s, []schemas.Incident{w.incident(100)})
	complete, _ = s.Current().Resident()
	require.False(t, complete, "one more does not")
	require.Equal(t, held.Cells(10)[0], s.Current().Cells(10)[0], "the cells stay known")
	_, executor, err := s.Tallies(t.Context(), s.Current(), Query{By: DimensionTotal, Selection: Selection{From: 1, To: 65535}})
	require.NoError(t, err)
	require.Equal(t, ExecutorSQL, executor)
}

// More codes than a byte numbers: the cube stays in ClickHouse.
func TestTooManyCodesForMemory(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 30)
	var incidents []schemas.Incident
	for i := range 300 {
		r := w.incident(i)
		r.Channel = fmt.Sprint("channel-", i)
		incidents = append(incidents, r)
	}
	s := openStore(t, db, "UTC", inMemory)
	settled(t, s, incidents[:200])
	complete, _ := s.Current().Resident()
	require.True(t, complete)
	settled(t, s, incidents[200:])
	complete, _ = s.Current().Resident()
	require.False(t, complete)
	groups, executor, err := s.Tallies(t.Context(), s.Current(), Query{By: DimensionChannel, Selection: Selection{From: 1, To: 65535}})
	require.NoError(t, err)
	require.Equal(t, ExecutorSQL, executor)
	require.Len(t, groups, 300)
}

// Two sources that tell one closing with different levels: whichever comes
// first, the one nearer the grid is what the cube has (docs/lifecycle.md).
func TestOfTwoLevelsOfOneClosingTheOneNearerTheGridStays(t *testing.T) {
	for _, order := range [][]schemas.Level{{schemas.LevelGrid, schemas.LevelTownship}, {schemas.LevelTownship, schemas.LevelGrid}} {
		db := newDB(t)
		w := newWorld(t, 38)
		r := at(w.incident(1), "2025-03-10")
		r.ClosedAt, r.ResolverLevel = time.Time{}, 0
		s := openStore(t, db, "UTC", inMemory)
		step := schemas.Transition{Source: r.Source, SourceID: r.SourceID, At: r.OccurredAt.AddDate(0, 0, 3), Kind: schemas.TransitionResolve}
		for i, level := range order {
			step.Level = level
			settled(t, s, []schemas.Incident{r}[:1-i], step)
		}
		require.Equal(t, uint8(schemas.LevelGrid), one[uint8](t, db, "SELECT resolver_level FROM cube"))
		require.NoError(t, db.Exec(t.Context(), "OPTIMIZE TABLE transitions FINAL"))
		require.NoError(t, db.MarkDirty(t.Context(), seq.Add(1), []uint32{202503}))
		_, err := s.Settle(t.Context(), "again")
		require.NoError(t, err)
		require.Equal(t, uint8(schemas.LevelGrid), one[uint8](t, db, "SELECT resolver_level FROM cube"))
	}
}

// A month that is settled alone knows the other reports of its matters.
func TestTheFirstReportOfAMatterMayLieInAnotherMonth(t *testing.T) {
	db := newDB(t)
	w := newWorld(t, 39)
	s := openStore(t, db, "UTC", inMemory)
	report := func(n int, day string) schemas.Incident {
		r := at(w.incident(n), day)
		r.MatterID, r.ReportedAt = "one matter", r.OccurredAt
		return r
	}
	first := func() []uint32 {
		return one[[]uint32](t, db, "SELECT groupArray(toYYYYMM(opened)) FROM cube WHERE first_report = 1 AND source != 'alone'")
	}
	alone := at(w.incident(7), "2025-03-20")
	alone.Source, alone.MatterID = "alone", ""
	settled(t, s, []schemas.Incident{report(1, "2025-03-10"), report(2, "2025-01-10"), report(3, "2025-12-10")})
	require.Equal(t, []uint32{202501}, first())
	settled(t, s, []schemas.Incident{alone})
	require.Equal(t, []uint32{202501}, first(), "March was settled without January")
	settled(t, s, []schemas.Incident{report(4, "2024-12-31")})
	require.Equal(t, []uint32{202412}, first())
	moved := report(4, "2024-12-31")
	moved.MatterID, moved.Version, moved.Source = "another", 2, someSources[0]
	settled(t, s, []schemas.Incident{moved})
	require.ElementsMatch(t, []uint32{202412, 202501}, first(), "each matter has its own")
}

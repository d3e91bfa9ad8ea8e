package ingest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
)

const shortHeader = "source,source_id,occurred_at,category,matter_id,updated_at\n"

func short(rows ...string) *strings.Reader {
	return strings.NewReader(shortHeader + strings.Join(rows, "\n") + "\n")
}

func requireCounts(t *testing.T, rep Report, accepted, updated, duplicates, stale int64) {
	t.Helper()
	require.Equal(t, []int64{accepted, updated, duplicates, stale}, []int64{rep.Accepted, rep.Updated, rep.Duplicates, rep.Stale})
}

func TestSameContentIsADuplicate(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,", "grid,2,2025-01-01,land,,", "grid,1,2025-01-01,land,,")), 2, 0, 1, 0)
	inserts := store.inserts
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,2,2025-01-01,land,,", "grid,1,2025-01-01,land,,")), 0, 0, 2, 0)
	require.Equal(t, inserts, store.inserts, "duplicates are not written")
	requireCounts(t, run1(t, in, "generic", "a.csv", short("12345,1,2025-01-01,land,,")), 1, 0, 0, 0)
	require.Len(t, store.incidents, 3)
	require.Len(t, store.batches, 3)
}

func TestTheLaterArrivalWinsWithoutUpdatedAt(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,", "grid,1,2025-01-01,wage,,")), 1, 1, 0, 0)
	require.Equal(t, "wage", store.rows()[0].Category)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,")), 0, 1, 0, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,wage,,")), 0, 1, 0, 0)
	require.Equal(t, "wage", store.rows()[0].Category, "back to content it had before: no token is used twice")
}

func TestTheLaterUpdateWins(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,2025-02-02")), 1, 0, 0, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,wage,,2025-02-01")), 0, 0, 1, 1)
	require.Equal(t, "land", store.rows()[0].Category)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,wage,,2025-02-03")), 0, 1, 0, 0)
	require.Equal(t, "wage", store.rows()[0].Category)
	// The same content later moves the version, so what lies between is stale.
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,wage,,2025-02-09")), 0, 0, 1, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,,2025-02-05")), 0, 0, 1, 1)
	require.Equal(t, "wage", store.rows()[0].Category)
}

// With updated_at, versions of records may come in any order, any number of
// times, in any cut into inputs and batches: one state.
func TestAnyOrderGivesOneState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var versions []string
		want := map[string]string{}
		for id := range rapid.IntRange(1, 6).Draw(t, "records") {
			for day := 1; day <= rapid.IntRange(1, 5).Draw(t, "versions"); day++ {
				category := rapid.SampledFrom([]string{"land", "wage", "family"}).Draw(t, "category")
				versions = append(versions, fmt.Sprintf("grid,%d,2025-0%d-01,%s,,2025-10-%02d", id, day, category, day))
				want[fmt.Sprint(id)] = fmt.Sprintf("2025-0%d %s", day, category)
			}
		}
		sent := slices.Clone(versions)
		sent = append(sent, rapid.SliceOfN(rapid.SampledFrom(versions), 0, 10).Draw(t, "again")...)
		sent = rapid.Permutation(sent).Draw(t, "order")
		store := newMemory()
		in, err := New(Options{Store: store, Clock: ticking(), Random: &noise{}, TimeZone: shanghai, BatchRows: rapid.IntRange(1, 5).Draw(t, "batch")})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := BuiltinProfile("generic")
		accepted := int64(0)
		for part := range slices.Chunk(sent, rapid.IntRange(1, len(sent)).Draw(t, "part")) {
			rep, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: short(part...), Profile: p})
			if err != nil || rep.Quarantined > 0 {
				t.Fatal(rep, err)
			}
			accepted += rep.Accepted
		}
		got := map[string]string{}
		for _, r := range store.rows() {
			got[r.SourceID] = r.OccurredAt.In(shanghai).Format("2006-01 ") + r.Category
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || int(accepted) != len(want) {
			t.Fatalf("%v, want %v; %d accepted", got, want, accepted)
		}
	})
}

// A store that dies before or after any step, at any time: nothing that was
// acknowledged is lost, nothing is there twice, and sending the input again
// completes it with exact counts.
func TestCrashesLoseAndDoubleNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := make([]string, rapid.IntRange(1, 40).Draw(t, "rows"))
		for i := range rows {
			rows[i] = fmt.Sprintf("grid,%d,2025-01-%02d,land,m%d,", i, 1+i%28, i%7)
		}
		store := newMemory()
		broken := fmt.Errorf("crash")
		countdown := rapid.IntRange(0, 30).Draw(t, "steps to the crash")
		crash := func(string) error {
			if countdown--; countdown < 0 {
				return broken
			}
			return nil
		}
		if rapid.Bool().Draw(t, "lost answer") {
			store.failAfter = crash
		} else {
			store.fail = crash
		}
		in, err := New(Options{Store: store, Clock: ticking(), Random: &noise{}, TimeZone: shanghai, BatchRows: rapid.IntRange(1, 9).Draw(t, "batch")})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := BuiltinProfile("generic")
		first, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: short(rows...), Profile: p})
		if err == nil && int(first.Accepted) != len(rows) || err != nil && int(first.Accepted) > len(store.incidents) {
			t.Fatalf("%v %v, %d stored", first, err, len(store.incidents))
		}
		for _, r := range store.incidents {
			if !slices.Contains(store.dirty, dayNumber(r.OccurredAt.In(shanghai))) {
				t.Fatal("a record without a mark")
			}
		}
		before := len(store.incidents)
		store.fail, store.failAfter = nil, nil
		second, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: short(rows...), Profile: p})
		if err != nil || int(second.Accepted) != len(rows)-before || int(second.Duplicates) != before || len(store.incidents) != len(rows) {
			t.Fatalf("%v %v, %d stored before, %d after", second, err, before, len(store.incidents))
		}
	})
}

func TestAStoreThatComesBackIsWaitedFor(t *testing.T) {
	store := newMemory()
	failures := map[string]int{"identities": 1, "mark": 1, "incidents": 2, "batch": 1}
	store.failAfter = func(op string) error {
		if failures[op]--; failures[op] >= 0 {
			return errAway
		}
		return nil
	}
	rep := run1(t, newIngester(t, store, nil, 0), "generic", "a.csv", short("grid,1,2025-01-01,land,,"))
	requireCounts(t, rep, 1, 0, 0, 0)
	require.Equal(t, 1, store.inserts, "one token, one insert")
}

func TestOrderOfWrites(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 2)
	run1(t, in, "generic", "a.csv", short("grid,1,2025-01-01,land,m,", "grid,,2025-01-01,land,,", "grid,2,2025-03-01,land,,", "grid,3,2025-03-01,land,,"))
	require.Equal(t, []string{"identities", "quarantine", "matter days", "mark", "incidents", "mark", "incidents", "batch"}, store.log)
	require.Equal(t, days("2025-01-01", "2025-03-01", "2025-03-01"), store.dirty)
	require.Less(t, store.seqs[0], store.seqs[1])
	b := store.batches[0]
	require.Equal(t, []uint64{4, 3, 0, 0, 1}, []uint64{b.Rows, b.Accepted, b.Updated, b.Duplicates, b.Quarantined})
	require.Equal(t, []string{"incident", "generic", "a.csv"}, []string{b.Record, b.Profile, b.Origin})
	require.True(t, b.FinishedAt.After(b.StartedAt))
}

// days numbers days since 1970-01-01.
func days(texts ...string) []uint16 {
	var out []uint16
	for _, text := range texts {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			panic(err)
		}
		out = append(out, dayNumber(at))
	}
	return out
}

func TestAnUpdateMarksWhatItLeaves(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	// Days are those of the deployment: 17:00 UTC on 31 January is February in
	// Shanghai.
	run1(t, in, "generic", "a.csv", short("grid,1,2025-01-31T17:00:00Z,land,,", "grid,2,2025-04-01,land,m,", "grid,3,2025-05-01,land,m,"))
	require.Equal(t, days("2025-02-01", "2025-04-01", "2025-05-01"), store.dirty)
	store.dirty = nil
	run1(t, in, "generic", "a.csv", short("grid,1,2025-03-01,land,,"))
	require.Equal(t, days("2025-02-01", "2025-03-01"), store.dirty, "the day it was on and the day it is on")
	store.dirty = nil
	run1(t, in, "generic", "a.csv", short("grid,2,2025-04-01,land,,"))
	require.Equal(t, days("2025-04-01", "2025-05-01"), store.dirty, "the other report of the matter it leaves")
	store.dirty = nil
	run1(t, in, "generic", "a.csv", short("12345,9,2025-06-01,land,m,"))
	require.Equal(t, days("2025-05-01", "2025-06-01"), store.dirty, "the other report of the matter it joins")
}

func TestCancelKeepsWhatWasWritten(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 2)
	ctx, cancel := context.WithCancel(context.Background())
	store.failAfter = func(op string) error {
		if op == "incidents" {
			cancel()
		}
		return nil
	}
	rows := []string{"grid,1,2025-01-01,land,,", "grid,2,2025-01-01,land,,", "grid,3,2025-01-01,land,,"}
	rep, err := in.Run(ctx, Input{Name: "a.csv", Reader: short(rows...), Profile: builtin(t, "generic")})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, int64(2), rep.Accepted)
	require.Len(t, store.incidents, 2)
	require.Equal(t, uint64(2), store.batches[0].Accepted, "the record of the run says what was done")
	store.failAfter = nil
	requireCounts(t, run1(t, in, "generic", "a.csv", short(rows...)), 1, 0, 2, 0)

	_, err = in.Run(ctx, Input{Name: "a.csv", Reader: short(rows...), Profile: builtin(t, "generic")})
	require.ErrorIs(t, err, context.Canceled)
}

func TestABrokenInputKeepsTheRowsBeforeTheBreak(t *testing.T) {
	store := newMemory()
	r := io.MultiReader(short("grid,1,2025-01-01,land,,"), strings.NewReader("grid,2,2025"), errReader{io.ErrUnexpectedEOF})
	rep, err := newIngester(t, store, nil, 0).Run(context.Background(), Input{Name: "a.csv", Reader: r, Profile: builtin(t, "generic")})
	requireProblem(t, err, schemas.CodeBadInput)
	require.Equal(t, int64(1), rep.Accepted)
	require.Len(t, store.incidents, 1)
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

// Two inputs at once that bring the same records: each record is new once.
func TestConcurrentInputsStayExact(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 50)
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf("grid,%d,2025-01-01,land,,", i))
	}
	var wg sync.WaitGroup
	reports := make([]Report, 4)
	for i := range reports {
		order := slices.Clone(rows)
		rand.New(rand.NewPCG(uint64(i), 1)).Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		wg.Go(func() {
			rep, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: short(order...), Profile: builtin(t, "generic")})
			if err == nil {
				reports[i] = rep
			}
		})
	}
	wg.Wait()
	var accepted, duplicates int64
	for _, r := range reports {
		accepted, duplicates = accepted+r.Accepted, duplicates+r.Duplicates
	}
	require.Equal(t, []int64{1000, 3000}, []int64{accepted, duplicates})
	require.Len(t, store.incidents, 1000)
}

func TestTooManySources(t *testing.T) {
	var rows []string
	for i := range maxSources + 1 {
		rows = append(rows, fmt.Sprintf("s%d,1,2025-01-01,land,,", i))
	}
	_, err := newIngester(t, newMemory(), nil, 0).Run(context.Background(), Input{Name: "a.csv", Reader: short(rows...), Profile: builtin(t, "generic")})
	requireProblem(t, err, schemas.CodeBadInput)
}

func TestDictionaryEntriesComeWithTheProfile(t *testing.T) {
	store := newMemory()
	run1(t, newIngester(t, store, nil, 0), "stuttgart", "a.csv", strings.NewReader("incident_id,occurred_at,lat,lon,category,text\n"))
	require.Len(t, store.dictionary[DictionaryCategory], 23)
	require.Equal(t, "stuttgart", store.dictionary[DictionarySource][0].Code)
	require.Equal(t, "dictionary", store.log[0])
}

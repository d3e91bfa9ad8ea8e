package ingest

import (
	"bytes"
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

	"reli/schemas"
)

func newGatherer(t testing.TB, in *Ingester) *Gatherer {
	t.Helper()
	g := NewGatherer(in)
	t.Cleanup(g.Close)
	return g
}

func pushOf(t testing.TB, rows ...string) ([]byte, Input) {
	t.Helper()
	body, err := io.ReadAll(short(rows...))
	require.NoError(t, err)
	return body, Input{Name: "push.csv", Profile: builtin(t, "generic")}
}

// waitLong bounds what has to come true at some time.
const (
	waitLong = 30 * time.Second
	waitStep = 5 * time.Millisecond
)

func request(t testing.TB, key, of string) *Request {
	t.Helper()
	q, err := NewRequest("me", key, of)
	require.NoError(t, err)
	return q
}

// Many writers at once, each of whose pushes goes out one to five times in any
// order: every record is new once, and many pushes share one write.
func TestPushesThatComeTogetherShareAWriteAndStayExact(t *testing.T) {
	store := newMemory()
	g := newGatherer(t, newIngester(t, store, nil, 0))
	const records = 60
	var accepted, duplicates, sent int64
	var mu sync.Mutex
	var writers sync.WaitGroup
	for writer := range 2 {
		var queue []int
		random := rand.New(rand.NewPCG(uint64(writer), 1))
		for i := range records {
			for range 1 + random.IntN(5) {
				queue = append(queue, i)
			}
		}
		random.Shuffle(len(queue), func(a, b int) { queue[a], queue[b] = queue[b], queue[a] })
		for some := range slices.Chunk(queue, (len(queue)+15)/16) {
			writers.Go(func() {
				for _, i := range some {
					body, input := pushOf(t, fmt.Sprintf("grid,%d,2025-01-01,land,,", i))
					report, err := g.Take(t.Context(), body, input)
					mu.Lock()
					if err == nil {
						accepted, duplicates, sent = accepted+report.Accepted, duplicates+report.Duplicates, sent+1
					}
					mu.Unlock()
				}
			})
		}
	}
	writers.Wait()
	require.EqualValues(t, records, accepted)
	require.Equal(t, sent-records, duplicates)
	require.Len(t, store.incidents, records)
	require.Len(t, store.batches, int(sent), "each push has its record")
	require.Less(t, store.inserts, records, "pushes share writes")
}

func TestABadPushLeavesItsNeighboursAlone(t *testing.T) {
	store := newMemory()
	g := newGatherer(t, newIngester(t, store, nil, 0))
	bodies := []string{
		shortHeader + "grid,1,2025-01-01,land,,\n",
		"no,header,at,all\n1,2,3,4\n",
		shortHeader + "grid,2,yesterday,land,,\n",
		"\x1f\x8b\x08garbage",
		shortHeader + "grid,3,2025-01-01,land,,\n",
	}
	reports, faults := make([]Report, len(bodies)), make([]error, len(bodies))
	var wg sync.WaitGroup
	for i, b := range bodies {
		wg.Go(func() {
			reports[i], faults[i] = g.Take(context.Background(), []byte(b), Input{Name: "a.csv", Profile: builtin(t, "generic")})
		})
	}
	wg.Wait()
	require.NoError(t, faults[0])
	requireCounts(t, reports[0], 1, 0, 0, 0)
	requireProblem(t, faults[1], schemas.CodeBadInput)
	require.NoError(t, faults[2])
	require.EqualValues(t, 1, reports[2].Quarantined)
	require.Equal(t, "occurred_at", reports[2].Errors[0].Field)
	requireProblem(t, faults[3], schemas.CodeBadInput)
	requireCounts(t, reports[4], 1, 0, 0, 0)
	require.Empty(t, reports[4].Errors, "no fault of a neighbour")
	require.Len(t, store.incidents, 2)
}

func TestTheSameKeyGetsTheFirstAnswer(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	g := newGatherer(t, in)
	body, input := pushOf(t, "grid,1,2025-01-01,land,,", "grid,,2025-01-01,land,,")
	input.Request = request(t, "k1", "generic")
	first, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	requireCounts(t, first, 1, 0, 0, 0)
	require.False(t, first.Replayed)
	again, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	first.Replayed = true
	require.Equal(t, first, again)

	// Also from an ingester that is new, and one by one.
	later := newIngester(t, store, nil, 0)
	input.Reader = bytes.NewReader(body)
	again, err = later.Run(t.Context(), input)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, store.batches, 1, "nothing was taken in twice")

	other, _ := pushOf(t, "grid,2,2025-01-01,land,,")
	_, err = g.Take(t.Context(), other, input)
	requireProblem(t, err, schemas.CodeKeyMismatch)
	input.Reader = bytes.NewReader(other)
	_, err = in.Run(t.Context(), input)
	requireProblem(t, err, schemas.CodeKeyMismatch)
	input.Request = request(t, "k1", "another profile")
	_, err = g.Take(t.Context(), body, input)
	requireProblem(t, err, schemas.CodeKeyMismatch)
	require.Len(t, store.incidents, 1)

	mine, err := NewRequest("you", "k1", "generic")
	require.NoError(t, err)
	input.Request = mine
	fresh, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	requireCounts(t, fresh, 0, 0, 1, 0)
	require.False(t, fresh.Replayed, "the key of somebody else is another key")
}

func TestTheSameKeyAtTheSameTimeIsTakenInOnce(t *testing.T) {
	store := newMemory()
	g := newGatherer(t, newIngester(t, store, nil, 0))
	body, input := pushOf(t, "grid,1,2025-01-01,land,,")
	input.Request = request(t, "k", "generic")
	var wg sync.WaitGroup
	reports := make([]Report, 20)
	for i := range reports {
		wg.Go(func() {
			var err error
			reports[i], err = g.Take(context.Background(), body, input)
			if p, ok := schemas.AsProblem(err); ok && p.Code == schemas.CodeInProgress {
				reports[i].Accepted = 1 // one more try would tell
			}
		})
	}
	wg.Wait()
	for _, r := range reports {
		require.EqualValues(t, 1, r.Accepted)
	}
	require.Len(t, store.batches, 1)
}

// A request that failed is not remembered: the key may be used again.
func TestAKeyWhoseRequestFailedIsFree(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	g := newGatherer(t, in)
	_, input := pushOf(t)
	input.Request = request(t, "k", "generic")
	_, err := g.Take(t.Context(), []byte("no,header\n1,2\n"), input)
	requireProblem(t, err, schemas.CodeBadInput)
	input.Reader = strings.NewReader("no,header\n1,2\n")
	_, err = in.Run(t.Context(), input)
	requireProblem(t, err, schemas.CodeBadInput)
	body, _ := pushOf(t, "grid,1,2025-01-01,land,,")
	report, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	requireCounts(t, report, 1, 0, 0, 0)
	for _, key := range []string{"", strings.Repeat("k", maxKeyBytes+1)} {
		_, err = NewRequest("me", key, "")
		requireProblem(t, err, schemas.CodeBadParameter)
	}
}

// A push does not wait for a large input that is on its way, and both count
// right where they bring the same records.
func TestAPushGoesInBetweenTheChunksOfALargeInput(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	g := newGatherer(t, in)
	const before = 20 * chunkRows // more than is looked at to tell the character set
	var first, second strings.Builder
	first.WriteString(shortHeader)
	for i := range before {
		fmt.Fprintf(&first, "grid,%d,2025-01-01,land,,\n", i)
	}
	for i := range 10 {
		fmt.Fprintf(&second, "grid,%d,2025-01-01,land,,\n", 1_000_000+i)
	}
	stalled, more := io.Pipe()
	large := make(chan Report, 1)
	go func() {
		report, err := in.Run(context.Background(), Input{Name: "large.csv", Profile: builtin(t, "generic"),
			Reader: io.MultiReader(strings.NewReader(first.String()), stalled)})
		if err != nil {
			report.Rows = -1
		}
		large <- report
	}()
	// Rows of what is still coming, and one of what has come.
	body, input := pushOf(t, "grid,1000003,2025-01-01,land,,", "grid,5,2025-01-01,land,,")
	var report Report
	require.Eventually(t, func() bool { // until the large input has begun
		in.write.Lock()
		defer in.write.Unlock()
		w, ok := in.active.(*writer[schemas.Incident])
		return ok && len(w.rows) > 2*chunkRows
	}, waitLong, waitStep)
	report, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	requireCounts(t, report, 1, 0, 1, 0)
	_, err = io.WriteString(more, second.String())
	require.NoError(t, err)
	require.NoError(t, more.Close())
	requireCounts(t, <-large, before+9, 0, 1, 0)
	require.Len(t, store.incidents, before+10)
}

func TestAPushThatUnpacksToManyRowsGoesTheWayOfAFile(t *testing.T) {
	store := newMemory()
	g := newGatherer(t, newIngester(t, store, nil, 0))
	var rows []string
	for i := range maxPushRows + 1 {
		rows = append(rows, fmt.Sprintf("grid,%d,2025-01-01,land,,", i))
	}
	body, input := pushOf(t, rows...)
	input.Request = request(t, "k", "generic")
	report, err := g.Take(t.Context(), body, input)
	require.NoError(t, err)
	requireCounts(t, report, maxPushRows+1, 0, 0, 0)
	report, err = g.Take(t.Context(), body, input)
	require.NoError(t, err)
	require.True(t, report.Replayed)
}

func TestAFullQueueRefuses(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	g := newGatherer(t, in)
	body, input := pushOf(t, "grid,1,2025-01-01,land,,")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody waits for what is queued here
	func() {
		in.write.Lock() // nothing moves but one group
		defer in.write.Unlock()
		var err error
		for range maxQueuedPushes + maxGroupPushes + 1 {
			if err = g.enqueue(&push{ctx: ctx, input: input, body: body, answer: make(chan pushed, 1)}); err != nil {
				break
			}
		}
		requireProblem(t, err, schemas.CodeBusy)
	}()
	report, err := g.Take(t.Context(), body, input)
	if p, ok := schemas.AsProblem(err); !ok || p.Code != schemas.CodeBusy { // the queue empties
		require.NoError(t, err)
		requireCounts(t, report, 1, 0, 0, 0)
	}
	g.Close()
	_, err = g.Take(t.Context(), body, input)
	requireProblem(t, err, schemas.CodeUnavailable)
}

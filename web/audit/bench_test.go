package audit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAppend is what one act waits for: an fsync.
func BenchmarkAppend(b *testing.B) {
	l := open(b, b.TempDir(), &clock{now: spring})
	for b.Loop() {
		require.NoError(b, l.Append(b.Context(), act(1)))
	}
}

// BenchmarkAppendTogether is what each of many at once adds.
func BenchmarkAppendTogether(b *testing.B) {
	l := open(b, b.TempDir(), &clock{now: spring})
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Append(b.Context(), act(1)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(l.Written().Entries)/float64(max(l.Written().Commits, 1)), "entries/fsync")
}

// BenchmarkOnce is what a warm tile pays.
func BenchmarkOnce(b *testing.B) {
	l := open(b, b.TempDir(), &clock{now: spring})
	e := act(1)
	e.Object = "/v1/tiles/hex,grid?from=2025-01-01&to=2025-04-01&area=330123101000&category=land,wage&measure=count"
	require.NoError(b, l.Once(b.Context(), e))
	for b.Loop() {
		if err := l.Once(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify gives the bytes a second.
func BenchmarkVerify(b *testing.B) {
	dir, c := b.TempDir(), &clock{now: spring}
	l := open(b, dir, c)
	events := make([]Event, 5000)
	for i := range events {
		events[i] = act(i)
	}
	require.NoError(b, l.commit(events)) // nothing else writes
	size := l.place.size
	require.NoError(b, l.Close())
	b.SetBytes(size)
	for b.Loop() {
		v, err := Verify(b.Context(), Verification{Dir: dir, Key: testKey})
		require.NoError(b, err)
		require.Zero(b, v.Broken)
	}
	b.ReportMetric(float64(len(events))/b.Elapsed().Seconds()*float64(b.N), "entries/s")
}

// BenchmarkPageOfFew looks through a log for what is hardly there.
func BenchmarkPageOfFew(b *testing.B) {
	l := open(b, b.TempDir(), &clock{now: spring})
	events := make([]Event, 20_000)
	for i := range events {
		events[i] = act(i)
	}
	require.NoError(b, l.commit(events)) // the writer rests
	for b.Loop() {
		page, _, err := l.Page(b.Context(), Filter{Principal: "user:2"}, 10)
		require.NoError(b, err)
		require.Empty(b, page)
	}
	b.ReportMetric(float64(len(events))/b.Elapsed().Seconds()*float64(b.N), "entries/s")
}

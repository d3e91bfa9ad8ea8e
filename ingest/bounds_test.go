package ingest

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repeated gives head, then n times line, without holding them.
func repeated(head, line string, n int) io.Reader {
	block := strings.Repeat(line, 1+(1<<20)/len(line))
	return io.MultiReader(strings.NewReader(head), io.LimitReader(endless{strings.NewReader(block)}, int64(n)*int64(len(line))))
}

type endless struct{ r *strings.Reader }

func (e endless) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err == io.EOF {
		_, err = e.r.Seek(0, io.SeekStart)
	}
	return n, err
}

func TestReportListsTheFirstFaults(t *testing.T) {
	store := newMemory()
	rep := run1(t, newIngester(t, store, nil, 700), "generic", "a.csv", repeated("source,source_id,occurred_at\n", "grid,,x\n", 2000))
	require.Equal(t, int64(2000), rep.Quarantined)
	require.Len(t, rep.Errors, MaxReportedErrors)
	require.Len(t, store.quarantine, 4000)
	for i, e := range rep.Errors {
		require.Equal(t, int64(i/2+1), e.Row)
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	file := wideCSV(5000)
	var last Progress
	_, err := newIngester(t, newMemory(), nil, 1000).Run(context.Background(), Input{Name: "a.csv", Reader: bytes.NewReader(file), Size: int64(len(file)),
		Profile: builtin(t, "generic"), Progress: func(p Progress) {
			require.GreaterOrEqual(t, p.Rows, last.Rows)
			last = p
		}})
	require.NoError(t, err)
	require.Equal(t, Progress{Rows: 5000, Bytes: int64(len(file)), Total: int64(len(file))}, last)
}

// What is stored and counted does not depend on how the work is cut.
func TestCutsMakeNoDifference(t *testing.T) {
	file := wideCSV(3000)
	var want []any
	for _, c := range []struct{ workers, batch int }{{1, 0}, {4, 0}, {3, 7}, {2, 1000}} {
		store := newMemory()
		in, err := New(Options{Store: store, Clock: ticking(), Random: &noise{}, TimeZone: shanghai, Resolution: 10, Workers: c.workers, BatchRows: c.batch})
		require.NoError(t, err)
		rep := run1(t, in, "generic", "a.csv", bytes.NewReader(file))
		rep.Batch = ""
		got := []any{rep, store.rows()}
		if want == nil {
			want = got
		}
		require.Equal(t, want, got)
	}
}

package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// memoryBound is how much a run may take beyond the table of identities, and
// tableBytes how much that takes for a record, while it grows.
const (
	memoryBound = 64 << 20
	tableBytes  = 105
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

// peak runs do and gives the most memory that was reachable while it ran, over
// what was before.
func peak(do func(sample func())) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // the heap stays close to what is reachable
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, m.HeapAlloc
	do(func() {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	})
	return most - before
}

func TestMemoryIsBoundedWhateverIsSent(t *testing.T) {
	header := "source,source_id,occurred_at,first_unit\n"
	row := "grid,1,2025-01-01," + strings.Repeat("x", MaxTextBytes) + "\n"
	f := func(name string, input func() io.Reader, rows int64) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			store := newMemory()
			store.discarding = true
			in := newIngester(t, store, nil, 0)
			var rep Report
			most := peak(func(sample func()) {
				var err error
				rep, err = in.Run(context.Background(), Input{Name: "a.csv", Reader: input(), Profile: builtin(t, "generic"),
					Progress: func(Progress) { sample() }})
				require.NoError(t, err)
			})
			require.Equal(t, rows, rep.Rows)
			require.Less(t, most, uint64(memoryBound+tableBytes*rep.Accepted), "%d MB", most>>20)
			t.Logf("%d MB", most>>20)
		})
	}
	f("one line of 256 MB", func() io.Reader { return repeated(header, "x", 256<<20) }, 1)
	f("one quote of 256 MB", func() io.Reader { return repeated(header+"\"", "x", 256<<20) }, 1)
	f("rows as long as rows may be", func() io.Reader {
		return repeated(header, "grid,1,2025-01-01,"+strings.Repeat(" ", MaxRecordBytes-100)+"\n", 100)
	}, 100)
	f("300,000 rows of long texts", func() io.Reader { return repeated(header, row, 300_000) }, 300_000)
	f("refused rows", func() io.Reader { return repeated(header, "grid,,x,\x01\n", 100_000) }, 100_000)
	f("new rows", func() io.Reader { return &numbered{head: header, rows: 300_000, width: 10} }, 300_000)
	f("new rows of long texts", func() io.Reader { return &numbered{head: header, rows: 300_000, width: MaxTextBytes} }, 300_000)
	f("a gzip bomb", func() io.Reader { return bomb(t, 256<<20) }, 1)
}

// numbered writes rows with an id of their own.
type numbered struct {
	head  string
	rows  int
	width int
	next  int
	buf   bytes.Buffer
}

func (n *numbered) Read(p []byte) (int, error) {
	if n.next == 0 {
		n.buf.WriteString(n.head)
	}
	for n.buf.Len() < len(p) && n.next < n.rows {
		n.next++
		fmt.Fprintf(&n.buf, "grid,%d,2025-01-01,%0*d\n", n.next, n.width, n.next)
	}
	return n.buf.Read(p)
}

// bomb is a small file that unpacks to size bytes without a line end.
func bomb(t *testing.T, size int) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.Copy(z, io.MultiReader(strings.NewReader("source,source_id,occurred_at\n"), io.LimitReader(endless{strings.NewReader(strings.Repeat("x", 1<<20))}, int64(size))))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.Less(t, b.Len(), size/500)
	return &b
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

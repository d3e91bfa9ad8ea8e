//go:build !race

// The race detector takes memory of its own and slows these inputs down
// tenfold; the same pipeline runs under it in every other test.

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
	f("120,000 rows of long texts", func() io.Reader { return repeated(header, row, 120_000) }, 120_000)
	f("refused rows", func() io.Reader { return repeated(header, "grid,,x,\x01\n", 40_000) }, 40_000)
	f("new rows", func() io.Reader { return &numbered{head: header, rows: 120_000, width: 10} }, 120_000)
	f("new rows of long texts", func() io.Reader { return &numbered{head: header, rows: 120_000, width: MaxTextBytes} }, 120_000)
	f("a gzip bomb", func() io.Reader { return bomb(t, 64<<20) }, 1)
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

package engine_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/engine"
)

// post sends a statement and reads its answer away, without the allocations of
// the test client.
func post(b testing.TB, c *client, url string, body io.Reader) {
	response, err := c.http.Post(url, "", body)
	require.NoError(b, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(b, err)
	require.NoError(b, response.Body.Close())
	require.Equal(b, http.StatusOK, response.StatusCode)
}

func BenchmarkSelectOne(b *testing.B) {
	c := sharedClient(b)
	for b.Loop() {
		post(b, c, "http://engine/", strings.NewReader("SELECT 1"))
	}
}

func BenchmarkSelectOneWithAParameter(b *testing.B) {
	c := sharedClient(b)
	for b.Loop() {
		post(b, c, "http://engine/?param_n=1", strings.NewReader("SELECT {n:UInt8}"))
	}
}

func BenchmarkSelectOneWithNewSettings(b *testing.B) {
	c := sharedClient(b)
	n := 0
	for b.Loop() {
		n++
		post(b, c, "http://engine/?log_comment="+strconv.Itoa(n), strings.NewReader("SELECT 1"))
	}
}

func BenchmarkSelectMillionRowsNative(b *testing.B) {
	c := sharedClient(b)
	for b.Loop() {
		post(b, c, "http://engine/?default_format=Native", strings.NewReader("SELECT number, toUInt32(number) FROM numbers(1000000)"))
	}
}

func BenchmarkInsert300kRowsNative(b *testing.B) {
	c := sharedClient(b)
	c.table("bench", "a UInt64, s String, d Date", "a")
	data := []byte(c.rows("SELECT number AS a, toString(number) AS s, toDate(0) AS d FROM numbers(300000) FORMAT Native"))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		post(b, c, "http://engine/?query=INSERT+INTO+bench+FORMAT+Native", bytes.NewReader(data))
	}
}

// TestThousandStatementsLeaveNoMemory watches the child's and this process's
// memory over statements of every kind.
func TestThousandStatementsLeaveNoMemory(t *testing.T) {
	e := ownEngine(t, config(t.TempDir()))
	c := newClient(t, e)
	c.table("leak", "a UInt32, s String", "a")
	data := lines(1000)
	round := func(n int) {
		for i := range n {
			c.rows("SELECT {p:String}, number FROM numbers(1000)", "param_p", strconv.Itoa(i))
			c.query("SELECT throwIf(number = 900) FROM numbers(1000)")
			c.rows("SELECT 1", "log_comment", strconv.Itoa(i))
			require.Equal(t, http.StatusOK, c.insert("INSERT INTO leak FORMAT CSV", strings.NewReader(data)).status)
			c.rows("TRUNCATE TABLE leak")
		}
	}
	round(50)
	own, child := heap(), resident(t, e)
	round(200)
	ownAfter, childAfter := heap(), resident(t, e)
	t.Logf("this process %d → %d KiB, child %d → %d MiB", own>>10, ownAfter>>10, child>>20, childAfter>>20)
	require.Less(t, ownAfter, own+4<<20)
	// The engine's allocator keeps some pages; a leaked chunk a statement would be more.
	require.Less(t, childAfter, child+64<<20)
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func resident(t *testing.T, e *engine.Engine) uint64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(e.PID()) + "/statm")
	require.NoError(t, err)
	pages, err := strconv.ParseUint(strings.Fields(string(text))[1], 10, 64)
	require.NoError(t, err)
	return pages * uint64(os.Getpagesize())
}

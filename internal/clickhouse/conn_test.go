package clickhouse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/test/database"
)

var errStop = errors.New("stop")

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	problem, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, schemas.CodeUnavailable, problem.Code)
	require.Equal(t, http.StatusServiceUnavailable, problem.Status)
	require.NotNil(t, problem.Err, "the cause is for the log")
}

func TestErrorsOfAStatementStayWhatTheyAre(t *testing.T) {
	db := empty(t)
	for sql, code := range map[string]int{
		"SELECT * FROM missing":                      60,
		"SELECT missing":                             47,
		"SELEKT 1":                                   62,
		"SELECT toUInt8({x:String})":                 456,
		"SELECT throwIf(number = 0) FROM numbers(1)": 395,
	} {
		err := db.Exec(t.Context(), sql)
		require.Equal(t, code, clickhouse.ExceptionCode(err), "%s: %v", sql, err)
		_, isProblem := schemas.AsProblem(err)
		require.False(t, isProblem, "internal text is for the log")
	}
	require.Zero(t, clickhouse.ExceptionCode(errStop))
	require.NoError(t, db.Ping(t.Context()))
}

func TestACancelledStatementIsNoAbsentStore(t *testing.T) {
	db := empty(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := db.Exec(ctx, "SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, isProblem := schemas.AsProblem(err)
	require.False(t, isProblem)
}

func TestAnEngineThatIsAwayIsUnavailable(t *testing.T) {
	gone := clickhouse.Config{Dial: func(context.Context) (net.Conn, error) {
		return net.Dial("unix", filepath.Join(t.TempDir(), "none.sock"))
	}}
	_, err := clickhouse.Open(t.Context(), gone)
	requireUnavailable(t, err)
	_, err = clickhouse.Open(t.Context(), clickhouse.Config{URL: "http://127.0.0.1:1/reli"})
	requireUnavailable(t, err)
}

// failing gives rows and then fails: the first block has gone out by then.
const failing = "SELECT number, throwIf(number = 300000) FROM numbers(500000)"

func TestAnErrorInTheMiddleOfAResultIsAnError(t *testing.T) {
	db := empty(t)
	rows := 0
	err := db.Each(t.Context(), failing, func(scan func(...any) error) error {
		var n uint64
		var x uint8
		rows++
		return scan(&n, &x)
	})
	require.Equal(t, 395, clickhouse.ExceptionCode(err), "%v", err)
	require.Positive(t, rows)
	for _, format := range []string{"RowBinary", "CSV", "JSONEachRow", "ArrowStream", "JSON"} {
		stream, err := db.Stream(t.Context(), format, failing)
		require.NoError(t, err, format)
		n, err := io.Copy(io.Discard, stream)
		require.Equal(t, 395, clickhouse.ExceptionCode(err), "%s: %v", format, err)
		require.Positive(t, n)
		require.NoError(t, stream.Close())
	}
	require.Equal(t, uint64(42), one[uint64](t, db, "SELECT toUInt64(42)"), "nothing is left behind")
}

func TestAnErrorBeforeAResultIsTheErrorOfStream(t *testing.T) {
	db := empty(t)
	_, err := db.Stream(t.Context(), "RowBinary", "SELECT * FROM missing")
	require.Equal(t, 60, clickhouse.ExceptionCode(err))
}

// A result that breaks off at the end of a row must not pass for a whole one.
func TestAResultThatBreaksOffIsAnError(t *testing.T) {
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	dir, err := os.MkdirTemp("", "reli-kill-")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	e, err := engine.Start(t.Context(), engine.Config{DataDir: dir, Args: []string{database.ChildWord}})
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close(context.Background())) }()
	db := database.Open(t, database.ConfigOf(e, "killed"))
	stream, err := db.Stream(t.Context(), "RowBinary", "SELECT number FROM numbers(100000000)")
	require.NoError(t, err)
	first := make([]byte, 8)
	_, err = io.ReadFull(stream, first)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(e.PID(), syscall.SIGKILL))
	_, err = io.Copy(io.Discard, stream)
	requireUnavailable(t, err)
	require.NoError(t, stream.Close())
	require.NoError(t, e.Ready(t.Context()))
	require.Eventually(t, func() bool { return db.Ping(t.Context()) == nil }, 5*time.Second, 20*time.Millisecond, "the same DB goes on")
}

func TestEachStopsWhereItsCallerStops(t *testing.T) {
	db := empty(t)
	calls := 0
	err := db.Each(t.Context(), "SELECT number FROM numbers(1000000)", func(func(...any) error) error { calls++; return errStop })
	require.ErrorIs(t, err, errStop)
	require.Equal(t, 1, calls)
	for range 20 { // more than there are connections
		stream, err := db.Stream(t.Context(), "RowBinary", "SELECT number FROM numbers(1000000)")
		require.NoError(t, err)
		require.NoError(t, stream.Close())
	}
	require.NoError(t, db.Ping(t.Context()))
}

func TestParametersAreBoundAndNeverText(t *testing.T) {
	db := empty(t)
	for _, text := range hostile() {
		require.Equal(t, text, one[string](t, db, "SELECT {x:String}", clickhouse.Param("x", text)), "%.20q", text)
		require.Equal(t, []string{text, "b"}, one[[]string](t, db, "SELECT {x:Array(String)}", clickhouse.Param("x", []string{text, "b"})), "%.20q", text)
	}
	require.Empty(t, one[[]string](t, db, "SELECT {x:Array(String)}", clickhouse.Param("x", []string{})))
	require.Empty(t, one[[]string](t, db, "SELECT {x:Array(String)}", clickhouse.Param("x", []string(nil))))
	require.Equal(t, []uint32{0, 1<<32 - 1}, one[[]uint32](t, db, "SELECT {x:Array(UInt32)}", clickhouse.Param("x", []uint32{0, 1<<32 - 1})))
	require.Equal(t, uint64(1<<64-1), one[uint64](t, db, "SELECT {x:UInt64}", clickhouse.Param("x", uint64(1<<64-1))))
	require.Equal(t, "2149-06-06", one[string](t, db, "SELECT toString({x:Date})", clickhouse.Param("x", "2149-06-06")))
}

func TestSelectReadsStructs(t *testing.T) {
	db := empty(t)
	var rows []struct {
		N    uint64 `ch:"n"`
		Text string `ch:"text"`
	}
	require.NoError(t, db.Select(t.Context(), &rows, "SELECT number AS n, toString(number) AS text FROM numbers(3)"))
	require.Len(t, rows, 3)
	require.Equal(t, "2", rows[2].Text)
	require.Error(t, db.Select(t.Context(), &rows, "SELECT 1 AS unknown"))
}

func TestBadAddressesAreRefusedWithoutTheirSecrets(t *testing.T) {
	for _, address := range []string{"embedded?", "ftp://host/db", "http://", "http:///db", "host:8123", "://", "http://user:secret@host:8123/db;drop",
		"http://user:secret@host:8123/a-b", "http://user:secret@host:8123/1a", "http://user:secret@host:port/db",
		"http://user:secret@host/" + strings.Repeat("d", 64), "http://user:secret@host/db?dial_timeout=never", "http://user:sec%ret@host/db", " http://host/db"} {
		_, err := clickhouse.Open(t.Context(), clickhouse.Config{URL: address})
		problem, ok := schemas.AsProblem(err)
		require.True(t, ok, "%q: %v", address, err)
		require.Equal(t, schemas.CodeBadParameter, problem.Code, address)
		require.Equal(t, "clickhouse", problem.Field)
		require.NotContains(t, err.Error(), "sec")
	}
	_, err := clickhouse.Open(t.Context(), clickhouse.Config{})
	require.Error(t, err)
	for _, name := range []string{"a-b", "`x`", "a b", "1"} {
		_, err := clickhouse.Open(t.Context(), clickhouse.Config{Database: name, Dial: func(context.Context) (net.Conn, error) { return nil, errStop }})
		problem, ok := schemas.AsProblem(err)
		require.True(t, ok, "%q: %v", name, err)
		require.Equal(t, "clickhouse", problem.Field)
	}
}

// front is an HTTP address before the engine: what an external server is to
// the client. It keeps the requests.
func front(t *testing.T) (address string, requests func() []http.Request) {
	t.Helper()
	transport := engine.Transport(database.Engine(t).Socket())
	var mu sync.Mutex
	var seen []http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, *r.Clone(context.Background()))
		mu.Unlock()
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", "engine", ""
		response, err := transport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		for name, values := range response.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	}))
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(server.Close)
	return server.URL, func() []http.Request {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

func TestAServerIsReachedByItsAddress(t *testing.T) {
	address, requests := front(t)
	db := database.Open(t, clickhouse.Config{URL: strings.Replace(address, "http://", "http://alice:s3cret@", 1) + "/served"})
	require.Equal(t, "served", db.Name())
	require.Equal(t, "served", one[string](t, db, "SELECT currentDatabase()"))
	last := requests()[len(requests())-1]
	require.Equal(t, "300", last.URL.Query().Get("max_execution_time"), "the settings go with every statement")
	user := last.Header.Get("X-ClickHouse-User")
	if name, _, ok := last.BasicAuth(); ok {
		user = name
	}
	require.Equal(t, "alice", user)
	db = database.Open(t, clickhouse.Config{URL: address})
	require.Equal(t, clickhouse.DefaultDatabase, db.Name())
}

func TestARequestIDGoesWithEveryStatement(t *testing.T) {
	address, requests := front(t)
	server := database.Open(t, clickhouse.Config{URL: address + "/ids"})
	ctx := clickhouse.WithRequestID(t.Context(), "4f1d")
	ids := map[string]bool{}
	for range 2 {
		before := len(requests())
		require.NoError(t, server.Exec(ctx, "SELECT 1"))
		for _, r := range requests()[before:] {
			q := r.URL.Query()
			require.Equal(t, "4f1d", q.Get("log_comment"))
			require.True(t, strings.HasPrefix(q.Get("query_id"), "4f1d."), q.Get("query_id"))
			require.Equal(t, "300", q.Get("max_execution_time"))
			ids[q.Get("query_id")] = true
		}
	}
	require.Len(t, ids, 2, "each statement has an id of its own")
	before := len(requests())
	require.NoError(t, server.Exec(t.Context(), "SELECT 1"))
	require.Empty(t, requests()[before].URL.Query().Get("log_comment"))
}

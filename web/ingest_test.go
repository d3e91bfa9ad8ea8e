package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

type report struct {
	Batch                                            string
	Rows, Accepted, Updated, Duplicates, Quarantined int64
	Errors                                           []struct {
		Row                  int64
		Field, Code, Message string
	}
}

func (s *site) post(t testing.TB, path, kind, body string, header ...string) answer {
	t.Helper()
	h := http.Header{"Content-Type": {kind}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return s.do(t, http.MethodPost, path, h, strings.NewReader(body))
}

func reported(t testing.TB, a answer) report {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	var r report
	require.NoError(t, json.Unmarshal(a.Body, &r))
	require.NotEmpty(t, r.Batch)
	return r
}

const header = "source,source_id,occurred_at,lng,lat,crs,category\n"

// events reads the data versions of the event stream until ctx ends.
func (s *site) events(ctx context.Context, t testing.TB) <-chan uint64 {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events", nil)
	require.NoError(t, err)
	resp, err := s.client.Do(r)
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	versions := make(chan uint64, 16)
	go func() {
		defer close(versions)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			var e struct {
				DataVersion uint64 `json:"data_version"`
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if ok && json.Unmarshal([]byte(data), &e) == nil {
				versions <- e.DataVersion
			}
		}
	}()
	return versions
}

func next(t testing.TB, versions <-chan uint64) uint64 {
	t.Helper()
	select {
	case v, ok := <-versions:
		require.True(t, ok, "the stream ended")
		return v
	case <-time.After(5 * time.Second):
		require.Fail(t, "no event within five seconds")
		return 0
	}
}

func TestWhatIsPostedIsOnTheMapWithinSeconds(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	versions := s.events(ctx, t)
	start := next(t, versions)

	csv := header + "hotline,1,2025-05-01 08:00,120.1,30.1,WGS84,land\nhotline,2,2025-05-02 09:00,120.1,30.1,WGS84,land\n" +
		"hotline,3,yesterday,120.1,30.1,WGS84,land\n"
	r := reported(t, s.post(t, "/v1/incidents", "text/csv; charset=utf-8", csv))
	require.EqualValues(t, 3, r.Rows)
	require.EqualValues(t, 2, r.Accepted)
	require.EqualValues(t, 1, r.Quarantined)
	require.Len(t, r.Errors, 1)
	require.EqualValues(t, 3, r.Errors[0].Row, "rows are counted without the header")
	require.Equal(t, "occurred_at", r.Errors[0].Field)
	require.NotEmpty(t, r.Errors[0].Code)
	require.NotEmpty(t, r.Errors[0].Message)
	second := next(t, versions)
	require.Greater(t, second, start)
	var a seriesAnswer
	s.json(t, "/v1/series?from=2025-05-01&to=2025-05-08", &a)
	require.EqualValues(t, 2, a.Total)
	require.Equal(t, second, a.DataVersion)
	require.Equal(t, http.StatusOK, s.get(t, "/v1/tiles/hex/0/0/0.mvt?from=2025-05-01&to=2025-05-08").Status)

	lines := `{"source":"hotline","source_id":"9","occurred_at":"2025-05-03T10:00:00+08:00","lng":120.1,"lat":30.1,"crs":"WGS84","category":"family"}` + "\n"
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents", "application/x-ndjson", lines)).Accepted)
	third := next(t, versions)
	require.Greater(t, third, second)
	s.json(t, "/v1/series?from=2025-05-01&to=2025-05-08", &a)
	require.EqualValues(t, 3, a.Total)

	// The same again changes nothing and makes no new version.
	again := reported(t, s.post(t, "/v1/incidents?format=csv&name=again.csv", "application/octet-stream", csv))
	require.Zero(t, again.Accepted+again.Updated)
	require.EqualValues(t, 2, again.Duplicates)
	time.Sleep(time.Second)
	require.Equal(t, third, s.Store.Current().Version)

	step := "source,source_id,at,kind\nhotline,1,2025-05-04T08:00:00+08:00,resolve\n"
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/transitions", "text/csv", step)).Accepted)
	require.Greater(t, next(t, versions), third)
	s.json(t, "/v1/series?from=2025-05-01&to=2025-05-08&status=closed", &a)
	require.EqualValues(t, 1, a.Total)
}

func TestUploadsComeInSeveralDresses(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	row := func(id int) string { return header + fmt.Sprintf("s,%d,2025-05-01,120.1,30.1,WGS84,land\n", id) }
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(row(1)))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents", "application/octet-stream", packed.String())).Accepted)
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents", "", row(2))).Accepted)
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents?name=..%2F..%2Fx.csv", "text/plain", row(3))).Accepted)
	profile := "name: mine\nrecord: incident\nsource: mine\ncrs: WGS84\ntimes: [\"2006-01-02\"]\ncolumns: {source_id: nr, occurred_at: tag, lng: x, lat: y}\n"
	mine := s.post(t, "/v1/incidents", "text/csv", "nr,tag,x,y\n1,2025-05-01,120.1,30.1\n", "X-Reli-Profile", base64.StdEncoding.EncodeToString([]byte(profile)))
	require.EqualValues(t, 1, reported(t, mine).Accepted)
}

func TestBadUploadsAreToldAndLeaveNothing(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	good := header + "s,1,2025-05-01,120.1,30.1,WGS84,land\n"
	before := s.EngineWrites()
	for _, c := range []struct {
		name, path, kind, body string
		header                 []string
		code                   string
	}{
		{"profile", "/v1/incidents?profile=nonsense", "text/csv", good, nil, "bad_profile"},
		{"profile of transitions", "/v1/incidents?profile=generic-transitions", "text/csv", good, nil, "bad_parameter"},
		{"profile of incidents", "/v1/transitions?profile=generic", "text/csv", good, nil, "bad_parameter"},
		{"profile as a path", "/v1/incidents?profile=..%2F..%2Fgeneric", "text/csv", good, nil, "bad_profile"},
		{"profile twice", "/v1/incidents?profile=generic&profile=generic", "text/csv", good, nil, "bad_parameter"},
		{"format", "/v1/incidents?format=xml", "text/csv", good, nil, "bad_input"},
		{"parameter", "/v1/incidents?colour=red", "text/csv", good, nil, "bad_parameter"},
		{"own profile", "/v1/incidents", "text/csv", good, []string{"X-Reli-Profile", "!"}, "bad_parameter"},
		{"own profile without sense", "/v1/incidents", "text/csv", good, []string{"X-Reli-Profile", "e30="}, "bad_profile"},
		{"columns", "/v1/incidents", "text/csv", "a,b\n1,2\n", nil, "bad_input"},
		{"reference system", "/v1/incidents", "text/csv", "source,source_id,occurred_at,lng,lat\ns,1,2025-05-01,120.1,30.1\n", nil, "undeclared_crs"},
		{"nothing", "/v1/incidents", "text/csv", "", nil, "bad_input"},
		{"broken gzip", "/v1/incidents", "text/csv", "\x1f\x8b\x08nonsense", nil, "bad_input"},
		{"areas", "/v1/areas", "application/geo+json", "{}", nil, "bad_input"},
		{"areas of nothing", "/v1/areas", "application/geo+json", "", nil, "bad_input"},
		{"areas parameter", "/v1/areas?x=1", "application/geo+json", "{}", nil, "bad_parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireProblem(t, s.post(t, c.path, c.kind, c.body, c.header...), http.StatusBadRequest, c.code)
		})
	}
	t.Logf("%d writes to the engine", s.EngineWrites()-before)
	require.Zero(t, s.Store.Current().Catalogue.Incidents)
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents", "text/csv", good)).Accepted)
}

func TestAreasAreReplaced(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	made := county.Shared(t).Made
	file, err := os.ReadFile(made.Areas)
	require.NoError(t, err)
	a := s.post(t, "/v1/areas", "application/geo+json", string(file))
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.JSONEq(t, `{"areas":776,"levels":{"county":1,"township":9,"village":157,"grid":609},"checked":"grid","faults":0,"list":[]}`, string(a.Body))
	var grids areasAnswer
	s.json(t, "/v1/areas?level=grid", &grids)
	require.Len(t, grids.Areas, 609)
	require.Equal(t, http.StatusOK, s.get(t, s.middle("grid", 8)).Status)
	broken := strings.Replace(string(file), `"level":"township"`, `"level":"town"`, 1)
	requireProblem(t, s.post(t, "/v1/areas", "application/geo+json", broken), http.StatusBadRequest, "bad_input")
	s.json(t, "/v1/areas?level=grid", &grids)
	require.Len(t, grids.Areas, 609, "what was there stays")
}

// TestASlowUploadHoldsUpNobody begins an upload, sends nothing more, and lets
// another client upload.
func TestASlowUploadHoldsUpNobody(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	s.Web.SetBodyIdle(300 * time.Millisecond)
	slow := s.stall(t, "localhost")
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	other := reported(t, s.post(t, "/v1/incidents", "text/csv", header+"s,1,2025-05-01,120.1,30.1,WGS84,land\n"))
	require.EqualValues(t, 1, other.Accepted)
	require.Less(t, time.Since(began), 5*time.Second)
	requireProblem(t, slow(), http.StatusRequestTimeout, "too_slow")
}

// TestAStalledUploadThatIsRefusedIsAnswered refuses one whose body is not read.
func TestAStalledUploadThatIsRefusedIsAnswered(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	s.Web.SetBodyIdle(300 * time.Millisecond)
	requireProblem(t, s.stall(t, "elsewhere.example")(), http.StatusForbidden, schemas.CodeCrossOrigin)
}

// stall sends the beginning of an upload; what it gives waits for the answer.
func (s *site) stall(t *testing.T, host string) (answered func() answer) {
	return s.stallAt(t, host, "/v1/incidents", "text/csv", header)
}

// stallAt sends the beginning of a body to any address.
func (s *site) stallAt(t *testing.T, host, path, kind, begin string) (answered func() answer) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: 50000\r\n\r\n%s", path, host, kind, begin)
	require.NoError(t, err)
	return func() answer {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return answer{resp.StatusCode, resp.Header, body}
	}
}

// TestAnUploadMayTakeLong sends a body in pieces, in all slower than the bound
// between two pieces.
func TestAnUploadMayTakeLong(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	s.Web.SetBodyIdle(time.Second)
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, header)
		for i := range 12 {
			time.Sleep(120 * time.Millisecond)
			_, _ = fmt.Fprintf(writer, "s,%d,2025-05-01,120.1,30.1,WGS84,land\n", i)
		}
		_ = writer.Close()
	}()
	a := s.do(t, http.MethodPost, "/v1/incidents", http.Header{"Content-Type": {"text/csv"}}, reader)
	require.EqualValues(t, 12, reported(t, a).Accepted)
}

// TestAClientThatLeavesEndsItsUpload breaks off and lets another one in.
func TestAClientThatLeavesEndsItsUpload(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	ctx, leave := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	left := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/incidents", reader)
		if err == nil {
			r.Header.Set("Content-Type", "text/csv")
			_, err = s.client.Do(r)
		}
		left <- err
	}()
	_, err := io.WriteString(writer, header+"s,1,2025-05-01,120.1,30.1,WGS84,land\n")
	require.NoError(t, err)
	leave()
	// The client's own transport may still wait for more of the body.
	require.NoError(t, writer.CloseWithError(context.Canceled))
	require.ErrorIs(t, <-left, context.Canceled)
	began := time.Now()
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/incidents", "text/csv", header+"s,2,2025-05-01,120.1,30.1,WGS84,land\n")).Accepted)
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestTheEventStreamEndsWithTheClientAndWithTheServer(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	ctx, leave := context.WithCancel(t.Context())
	versions := s.events(ctx, t)
	next(t, versions)
	leave()
	for range versions { // drained when the stream has ended
	}
	stay := s.events(t.Context(), t)
	next(t, stay)
	s.Web.Drain()
	s.Web.Drain() // twice is no harm
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range stay {
		}
	}()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		require.Fail(t, "the stream outlives the server")
	}
}

func TestNotReadyWithoutTheStore(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	require.Equal(t, http.StatusOK, s.get(t, "/readyz").Status)
	release := s.HoldEngine()
	defer release()
	began := time.Now()
	a := s.get(t, "/readyz")
	requireProblem(t, a, http.StatusServiceUnavailable, "unavailable")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	require.Less(t, time.Since(began), 4*time.Second)
	require.Equal(t, http.StatusOK, s.get(t, "/healthz").Status)
	require.Equal(t, http.StatusOK, s.get(t, "/v1/series").Status, "what is in memory is still served")
	release()
	require.Equal(t, http.StatusOK, s.get(t, "/readyz").Status)
}

// The same request again gets the first answer, also from a server that is
// started anew on the same data.
func TestAnIdempotencyKeyStandsForOneRequest(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := newSite(t, c)
	body := header + "hotline,1,2025-05-01 08:00,120.1,30.1,WGS84,land\n"
	key := []string{"Idempotency-Key", "a4f1"}
	first := s.post(t, "/v1/incidents", "text/csv", body, key...)
	require.EqualValues(t, 1, reported(t, first).Accepted)
	require.Empty(t, first.Header.Get("Idempotency-Replayed"))
	again := s.post(t, "/v1/incidents", "text/csv", body, key...)
	require.Equal(t, string(first.Body), string(again.Body))
	require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))

	restarted := newSite(t, c)
	again = restarted.post(t, "/v1/incidents", "text/csv", body, key...)
	require.Equal(t, string(first.Body), string(again.Body))
	requireProblem(t, restarted.post(t, "/v1/incidents", "text/csv", body+"hotline,2,2025-05-01,120.1,30.1,WGS84,land\n", key...),
		http.StatusConflict, schemas.CodeKeyMismatch)
	long := body + strings.Repeat("hotline,1,2025-05-01 08:00,120.1,30.1,WGS84,land\n", 30_000)
	key[1] = "long"
	first = s.post(t, "/v1/incidents", "text/csv", long, key...)
	require.EqualValues(t, 30_001, reported(t, first).Duplicates)
	require.Equal(t, string(first.Body), string(restarted.post(t, "/v1/incidents", "text/csv", long, key...).Body))
	requireProblem(t, s.post(t, "/v1/incidents", "text/csv", long+"\n\n", key...), http.StatusConflict, schemas.CodeKeyMismatch)
	requireProblem(t, s.post(t, "/v1/incidents", "text/csv", body, "Idempotency-Key", ""), http.StatusBadRequest, schemas.CodeBadParameter)
	step := "source,source_id,at,kind\nhotline,1,2025-05-04T08:00:00+08:00,resolve\n"
	requireProblem(t, s.post(t, "/v1/transitions", "text/csv", step, key...), http.StatusConflict, schemas.CodeKeyMismatch)
	key[1] = "step"
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/transitions", "text/csv", step, key...)).Accepted)
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/transitions", "text/csv", step, key...)).Accepted)
	require.EqualValues(t, 1, reported(t, s.post(t, "/v1/transitions", "text/csv", step)).Duplicates)
}

// Two writers, each of whose pushes goes out one to five times in any order:
// the counts are exact, and the cube is what a computation from nothing gives.
func TestPushesOfTwoWritersSettleToWhatTheRecordsSay(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	const records = 36
	var accepted, duplicates, sent atomic.Int64
	var writers sync.WaitGroup
	for writer := range 2 {
		random := rand.New(rand.NewPCG(uint64(writer), 7))
		var queue []int
		for i := range records {
			for range 1 + random.IntN(5) {
				queue = append(queue, i)
			}
		}
		random.Shuffle(len(queue), func(a, b int) { queue[a], queue[b] = queue[b], queue[a] })
		for some := range slices.Chunk(queue, (len(queue)+7)/8) {
			writers.Go(func() {
				for _, i := range some {
					row := fmt.Sprintf("s,%d,2025-%02d-11 08:00,%f,30.1,WGS84,land\n", i, 1+i%12, 120+float64(i)/100)
					r := reported(t, s.post(t, "/v1/incidents", "text/csv", header+row))
					accepted.Add(r.Accepted)
					duplicates.Add(r.Duplicates)
					sent.Add(1)
				}
			})
		}
	}
	writers.Wait()
	require.EqualValues(t, records, accepted.Load())
	require.Equal(t, sent.Load()-records, duplicates.Load())
	_, err := s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	sum := func() (digest string) {
		require.NoError(t, s.DB.Row(t.Context(), `SELECT toString(tuple(sum(n), groupBitXor(sipHash64(*)))) FROM cube`, []any{&digest}))
		return digest
	}
	settled := sum()
	months, err := s.DB.AllMonths(t.Context(), s.Zone.String())
	require.NoError(t, err)
	require.Len(t, months, 12)
	require.NoError(t, s.DB.Exec(t.Context(), `TRUNCATE TABLE cube`))
	require.NoError(t, s.DB.MarkDirty(t.Context(), uint64(s.Now().UnixNano()), months))
	_, err = s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	require.Equal(t, settled, sum())
	var a seriesAnswer
	s.json(t, "/v1/series?from=2025-01-01&to=2026-01-01", &a)
	require.EqualValues(t, records, a.Total)
}

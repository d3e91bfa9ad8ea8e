package web_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"reli/analytics/areaset"
	"reli/analytics/outlook"
	reporter "reli/analytics/report"
	"reli/test/county"
	"reli/tiles"
	"reli/web"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

// site is a county behind the real handler on a real connection.
type site struct {
	*county.County
	URL    string
	Web    *web.Server
	Log    *lockedText
	client *http.Client
}

// newSite serves a county until the test ends.
func newSite(t testing.TB, c *county.County) *site {
	t.Helper()
	log := &lockedText{}
	w := web.New(options(c, log))
	return serve(t, c, w, w.Handler(), log)
}

// options are those of an open server of a county.
func options(c *county.County, log io.Writer) web.Options {
	logger := slog.New(slog.NewTextHandler(log, nil))
	return web.Options{DB: c.DB, Store: c.Store, Ingest: c.Ingest, Matters: c.Matters(), Sets: areaset.New(c.DB, c.Store), LoadAreas: c.LoadAreas, Now: c.Now, Version: "test",
		Tiles:   tiles.NewServer(tiles.Options{Store: c.Store, CacheBytes: 64 << 20}),
		Reports: reporter.New(reporter.Options{DB: c.DB, Store: c.Store, Now: c.Now, Logger: logger}),
		Outlook: outlook.New(c.Store, c.Now), Pages: pages(), Logger: logger}
}

func serve(t testing.TB, c *county.County, w *web.Server, handler http.Handler, log *lockedText) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.MaxHeaderBytes = web.MaxHeader
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(log, nil), slog.LevelWarn)
	server.Start()
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	t.Cleanup(func() {
		w.Drain()
		transport.CloseIdleConnections()
		server.Close()
		w.Close()
	})
	return &site{County: c, URL: server.URL, Web: w, Log: log, client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func pages() fstest.MapFS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>热力</title>")},
		"assets/fonts-d4.css":  {Data: []byte("@font-face{font-family:Noto Sans SC;src:url(/assets/n.woff2)}")},
		"assets/app-abc123.js": {Data: []byte(strings.Repeat("console.log('hot');", 500))},
	}
}

// lockedText is a log that several goroutines write.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// answer is an HTTP answer read to its end.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func (s *site) do(t testing.TB, method, path string, header http.Header, body io.Reader) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	require.NoError(t, err)
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := s.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, read}
}

func (s *site) get(t testing.TB, path string, header ...string) answer {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return s.do(t, http.MethodGet, path, h, nil)
}

// json reads a JSON answer that has to be there.
func (s *site) json(t testing.TB, path string, into any) {
	t.Helper()
	a := s.get(t, path)
	require.Equal(t, http.StatusOK, a.Status, "%s: %s", path, a.Body)
	require.Equal(t, "application/json", a.Header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal(a.Body, into), "%s", a.Body)
}

type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	RequestID                 string `json:"request_id"`
	Errors                    []struct{ Field, Code, Detail string }
}

// requireProblem holds that an answer is a complete problem of a status.
func requireProblem(t testing.TB, a answer, status int, code string) problem {
	t.Helper()
	require.Equal(t, status, a.Status, "%s", a.Body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	require.Empty(t, a.Header.Get("ETag"))
	var p problem
	require.NoError(t, json.Unmarshal(a.Body, &p), "%s", a.Body)
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.NotEmpty(t, p.Type)
	require.Equal(t, a.Header.Get("X-Request-Id"), p.RequestID)
	require.NotEmpty(t, p.RequestID)
	if code != "" {
		require.Equal(t, code, p.Code)
	}
	return p
}

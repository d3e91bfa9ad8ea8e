package engine_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/engine"
	"reli/test/database"
)

func TestMain(m *testing.M) { os.Exit(database.Main(m)) }

// needLibrary skips a test where the engine's library is not installed.
func needLibrary(t testing.TB) {
	t.Helper()
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
}

func config(dir string) engine.Config {
	return engine.Config{DataDir: dir, Args: []string{database.ChildWord}}
}

// client talks to an engine.
type client struct {
	t    testing.TB
	http *http.Client
}

func newClient(t testing.TB, e *engine.Engine) *client {
	transport := engine.Transport(e.Socket())
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, http: &http.Client{Transport: transport}}
}

// sharedClient talks to the engine of all tests that need none of their own.
func sharedClient(t testing.TB) *client {
	t.Helper()
	return newClient(t, database.Engine(t))
}

// ownEngine starts an engine for one test.
func ownEngine(t testing.TB, c engine.Config) *engine.Engine {
	t.Helper()
	needLibrary(t)
	e, err := engine.Start(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, e.Close(ctx))
	})
	return e
}

// answer is an HTTP answer read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	broken error // the connection broke off in mid-body
}

// do sends a request; pairs are URL parameters.
func (c *client) do(method string, body io.Reader, header http.Header, pairs ...string) answer {
	c.t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://engine/?"+query.Encode(), body)
	require.NoError(c.t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := c.http.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: text.String(), broken: err}
}

// query posts a statement as the body.
func (c *client) query(sql string, pairs ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, strings.NewReader(sql), nil, pairs...)
}

// rows posts a statement that has to succeed and gives its rows.
func (c *client) rows(sql string, pairs ...string) string {
	c.t.Helper()
	got := c.query(sql, pairs...)
	require.NoError(c.t, got.broken)
	require.Equal(c.t, http.StatusOK, got.status, "%s: %s", sql, got.body)
	return got.body
}

// insert posts data for an INSERT … FORMAT in the URL.
func (c *client) insert(sql string, data io.Reader, pairs ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, data, nil, append([]string{"query", sql}, pairs...)...)
}

// table makes an empty table for one test.
func (c *client) table(name, columns, order string) {
	c.t.Helper()
	c.rows("DROP TABLE IF EXISTS " + name)
	c.rows("CREATE TABLE " + name + " (" + columns + ") ENGINE = MergeTree ORDER BY " + order)
}

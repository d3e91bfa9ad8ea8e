package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"reli/internal/engine"
)

// childWord makes the test binary the engine's child.
const childWord = "engine-child"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childWord {
		os.Exit(engine.ChildMain(context.Background(), os.Args[2:], os.Stdin, os.Stderr))
	}
	status := m.Run()
	if shared.engine != nil {
		if err := shared.engine.Close(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "close the engine:", err)
			status = 1
		}
		_ = os.RemoveAll(shared.dir)
	}
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// shared is an engine for the tests that need nothing of their own.
var shared struct {
	once   sync.Once
	engine *engine.Engine
	dir    string
	err    error
}

// needLibrary skips a test where the engine's library is not installed.
func needLibrary(t testing.TB) {
	t.Helper()
	if _, err := engine.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
}

func config(dir string) engine.Config {
	return engine.Config{DataDir: dir, Args: []string{childWord}}
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

// sharedClient starts the shared engine with the first test that needs it.
func sharedClient(t testing.TB) *client {
	t.Helper()
	needLibrary(t)
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "reli-test-"); shared.err == nil {
			shared.engine, shared.err = engine.Start(context.Background(), config(shared.dir))
		}
	})
	require.NoError(t, shared.err)
	return newClient(t, shared.engine)
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

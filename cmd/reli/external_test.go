package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/engine"
	"reli/test/faults"
)

// lag is how late every answer of a slow ClickHouse is.
const lag = 700 * time.Millisecond

// behindALine serves on an "external" ClickHouse: an engine behind a line that
// may break.
func behindALine(t *testing.T) (*server, *faults.Line) {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Config{DataDir: filepath.Join(t.TempDir(), "store"), Args: []string{engineCommand}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(context.Background())) })
	line, err := faults.NewLine(engine.Dial(e.Socket()), lag)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, line.Close()) })
	return serve(t, filepath.Join(t.TempDir(), "data"), "--clickhouse", "http://"+line.Addr()+"/reli"), line
}

// external asks a server for what an external ClickHouse is needed for, and
// for what is not.
type external struct {
	*server
	rows  int // acknowledged
	sure  int // acknowledged, or sent and not answered
	fresh []byte
}

const (
	externalTile = "/v1/tiles/hex/8/221/90.mvt?from=2025-01-01&to=2025-02-01"
	externalSum  = `{"sql":"SELECT sum(incidents) AS n FROM v_daily"}`
)

func (x *external) ask(t *testing.T, method, path, kind, body string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, x.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, text, err
}

// right holds that a question to the store is answered right or not at all.
func (x *external) right(t *testing.T) (answered bool) {
	t.Helper()
	resp, text, err := x.ask(t, http.MethodPost, "/v1/sql", "application/json", externalSum)
	if err != nil {
		return false // broken off in its middle, and the reader knows
	}
	if resp.StatusCode != http.StatusOK {
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, "%s", text)
		require.NotEmpty(t, resp.Header.Get("Retry-After"))
		return false
	}
	var a struct{ Rows [][]json.Number }
	require.NoError(t, json.Unmarshal(text, &a), "%s", text)
	require.Len(t, a.Rows, 1, "%s", text)
	n, err := a.Rows[0][0].Int64()
	require.NoError(t, err)
	require.Contains(t, []int{x.rows, x.sure}, int(n), "a wrong answer: %s", text)
	return true
}

// away holds what a reader and a sender see while the store does not answer.
func (x *external) away(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		resp, _, err := x.ask(t, http.MethodGet, "/readyz", "", "")
		return err == nil && resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	}, time.Minute, 50*time.Millisecond)
	require.Eventually(t, func() bool {
		resp, tile, err := x.ask(t, http.MethodGet, externalTile, "", "")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, x.fresh, tile, "the map goes on")
		return resp.Header.Get("Reli-Stale") != ""
	}, time.Minute, 50*time.Millisecond, "the map is not marked")
	// Once the breaker is open nobody waits any more.
	require.Eventually(t, func() bool {
		asking, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(asking, http.MethodPost, x.url+"/v1/sql", strings.NewReader(externalSum))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	}, time.Minute, 50*time.Millisecond, "the breaker stays closed")
}

// back holds that all is well again without anybody's doing.
func (x *external) back(t *testing.T, batch int) {
	t.Helper()
	require.Eventually(t, func() bool {
		resp, _, err := x.ask(t, http.MethodGet, "/readyz", "", "")
		return err == nil && resp.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
	sendUntilAcknowledged(t, x.server, batchCSV(batch, 50))
	x.rows += 50
	x.sure = x.rows
	x.settled(t, x.rows)
	require.Eventually(t, func() bool { return x.right(t) }, time.Minute, 50*time.Millisecond)
	var resp *http.Response
	require.Eventually(t, func() bool {
		var err error
		resp, x.fresh, err = x.ask(t, http.MethodGet, externalTile, "", "")
		return err == nil && resp.StatusCode == http.StatusOK && resp.Header.Get("Reli-Stale") == ""
	}, time.Minute, 50*time.Millisecond)
}

// TestAnExternalClickHouseThatIsGoneOrHangsOrCutsItsAnswers breaks the line to
// the store while the server runs: maps go on and say how old they are, what
// needs the store is refused with the time to ask again, no answer is wrong,
// and all is well again once the line is.
func TestAnExternalClickHouseThatIsGoneOrHangsOrCutsItsAnswers(t *testing.T) {
	t.Parallel()
	needEngine(t)
	s, line := behindALine(t)
	x := &external{server: s}
	x.back(t, 0)
	for i, fault := range []faults.Fault{faults.Refused, faults.Cut, faults.Silent} {
		line.Break(0, fault)
		for range 3 {
			if fault != faults.Silent {
				x.right(t)
			}
		}
		// A batch whose fate is not known to its sender: it sends it again.
		sent := make(chan struct{})
		x.sure = x.rows + 50
		go func() {
			defer close(sent)
			sendUntilAcknowledged(t, s, batchCSV(i+1, 50))
		}()
		x.away(t)
		line.Break(0, faults.None)
		<-sent
		x.back(t, i+1) // the same batch again is no other
		t.Logf("%s: %d incidents, all right again", fault, x.rows)
	}
}

// TestASlowExternalClickHouseGathersNoRequests asks more than a slow store can
// answer: each asker has a right answer, or is told when to ask again.
func TestASlowExternalClickHouseGathersNoRequests(t *testing.T) {
	t.Parallel()
	needEngine(t)
	s, line := behindALine(t)
	x := &external{server: s}
	x.back(t, 0)
	line.Break(0, faults.Slow)
	var mu sync.Mutex
	answered, later := 0, 0
	var asking sync.WaitGroup
	for range 40 {
		asking.Go(func() {
			ok := x.right(t)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				answered++
			} else {
				later++
			}
		})
	}
	asking.Wait()
	t.Logf("%d answered, %d told to ask later", answered, later)
	require.Positive(t, answered)
	resp, tile, err := x.ask(t, http.MethodGet, externalTile, "", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, x.fresh, tile, "maps do not wait for the store")
	line.Break(0, faults.None)
	x.back(t, 1)
}

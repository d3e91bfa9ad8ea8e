package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// auditFile gives the one segment of a young log.
func auditFile(t testing.TB, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, auditFolder, "*.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files[len(files)-1]
}

// TestKilledWhileWritingTheTrailLosesNoAcknowledgedEntry kills the server with
// acts under way, twice, and looks for each that was answered.
func TestKilledWhileWritingTheTrailLosesNoAcknowledgedEntry(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for round := range 2 {
		s := serve(t, dir)
		enough := make(chan struct{})
		var once sync.Once
		var acting sync.WaitGroup
		for range 8 {
			acting.Go(func() {
				for {
					// Refused, but an act: it changes nothing and is in the trail.
					resp, err := http.Post(s.url+"/v1/tips/none/ack", "application/json", strings.NewReader("{}"))
					if err != nil {
						return // killed
					}
					_ = resp.Body.Close()
					mu.Lock()
					acknowledged[resp.Header.Get("X-Request-Id")] = true
					n := len(acknowledged)
					mu.Unlock()
					if n >= 60*(round+1) {
						once.Do(func() { close(enough) })
					}
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Error("the server answers nothing")
		}
		require.NoError(t, s.cmd.Process.Kill())
		acting.Wait()
		s.stop()
		awaitEngineEnd(t, dir)
		mustReli(t, "verify", "audit", "--data", dir)
	}
	text, err := os.ReadFile(auditFile(t, dir))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(acknowledged), 120)
	for id := range acknowledged {
		require.Contains(t, string(text), `"request":"`+id+`"`)
	}
}

// awaitEngineEnd waits until the engine of a killed server has seen that and
// let go of its lock.
func awaitEngineEnd(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		f, err := os.Open(filepath.Join(dir, "engine.lock"))
		if err != nil {
			return false
		}
		defer f.Close()
		return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
	}, time.Minute, 20*time.Millisecond)
}

// TestTheTrailOfCommands writes by a server, by its socket and without it, and
// then damages what was written.
func TestTheTrailOfCommands(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	_, errs, code := reli(t, "verify", "audit", "--data", dir)
	require.Equal(t, exitFailed, code, errs)
	csv := filepath.Join(t.TempDir(), "rows.csv")
	require.NoError(t, os.WriteFile(csv, []byte("source,source_id,category,occurred_at,lng,lat\nhotline,1,land,2025-03-01T08:00:00+08:00,126.9,46.6\n"), 0o600))
	_, _, _ = reli(t, "ingest", csv, "--data", dir) // rows may be refused: the batch is an entry all the same
	s := serve(t, dir)
	_, _, _ = reli(t, "ingest", csv, "--data", dir)
	status, _ := s.get(t, "/v1/audit")
	require.Equal(t, http.StatusForbidden, status, "an administrator does not read it")
	mustReli(t, "verify", "audit", "--data", dir) // beside the server
	s.stop()
	out := mustReli(t, "verify", "audit", "--data", dir)
	head := regexp.MustCompile(`head (\d+):([0-9a-f]{64})`).FindStringSubmatch(out)
	require.Len(t, head, 3, out)

	var actions []string
	text, err := os.ReadFile(auditFile(t, dir))
	require.NoError(t, err)
	for line := range bytes.Lines(text) {
		var e struct{ Action, From, Object string }
		require.NoError(t, json.Unmarshal(line, &e))
		actions = append(actions, e.Action+" "+e.From)
	}
	require.Equal(t, []string{"ingest.incidents command", "server.start command", "ingest.incidents socket", "audit.read 127.0.0.1",
		"server.stop command"}, actions)
	require.Contains(t, mustReli(t, "verify", "audit", "--data", dir, "--anchor", head[1]+":"+head[2][:24]), "锚点相符")
	_, _, code = reli(t, "verify", "audit", "--data", dir, "--anchor", "3:"+head[2])
	require.Equal(t, exitDamaged, code)
	for _, bad := range []string{"x", "1:abc", "0:" + head[2], "1:2:-3"} {
		_, _, code = reli(t, "verify", "audit", "--data", dir, "--anchor", bad)
		require.Equal(t, exitUsage, code, bad)
	}

	third := bytes.Index(text, []byte("socket"))
	text[third] = 'S'
	require.NoError(t, os.WriteFile(auditFile(t, dir), text, 0o600))
	out, errs, code = reli(t, "verify", "audit", "--data", dir)
	require.Equal(t, exitDamaged, code)
	require.Contains(t, out, fmt.Sprintf("%s:3: entry 3: its hash is not that of its text", filepath.Base(auditFile(t, dir))))
	require.Contains(t, errs, "审计链断裂")
	require.NoError(t, os.Remove(filepath.Join(dir, auditKeyFile)))
	_, errs, code = reli(t, "policy", "simulate", "default", "--data", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "key of the audit trail")
	_, _, code = reli(t, "policy", "simulate", "default", "--data", dir, "--audit-days", "100")
	require.Equal(t, exitUsage, code)
}

func TestAnAnchorIsReadAsItIsPrinted(t *testing.T) {
	a, err := parseAnchor("12:2.81474976710655e+14:4095")
	require.NoError(t, err)
	require.Equal(t, "ffffffffffff000000000fff", a.Hash)
	require.Equal(t, uint64(12), a.Seq)
}

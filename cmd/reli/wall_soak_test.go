package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The wall display shows what comes in every second for half an hour and does
// not grow. RELI_SOAK_MINUTES sets another time.
func TestTheWallRunsForHours(t *testing.T) {
	soakInBrowser(t, "takes half an hour", "the wall is NOT tested")
	s := demoServer(t)
	s.drive(t, "wall.soak.mjs")
}

// soakInBrowser skips a test that asks for more than a run in CI has: why, and
// what is not known where there is no browser.
func soakInBrowser(t *testing.T, why, unknown string) {
	t.Helper()
	if os.Getenv("RELI_SOAK") == "" {
		t.Skip(why + ": set RELI_SOAK=1")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("SKIPPED: no chromium on this machine: " + unknown)
	}
}

// drive runs a script of the pages' tests on the server.
func (s *server) drive(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("e2e", script))
	cmd.Dir = filepath.Join("..", "..", "web", "ui")
	cmd.Env = append(os.Environ(), "RELI_URL="+s.url)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}

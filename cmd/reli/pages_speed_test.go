package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestThePagesAreFast tells how fast the map page is against its bars, and how
// busy the machine was. It fails at three times a bar, RELI_STRICT=1 at the bar.
func TestThePagesAreFast(t *testing.T) {
	if os.Getenv("RELI_SOAK") == "" {
		t.Skip("measures times: set RELI_SOAK=1, on a machine that does nothing else")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("SKIPPED: no chromium on this machine: the pages are NOT measured")
	}
	buildShipped(t)
	s := demoServer(t)
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("e2e", "speed.mjs"))
	cmd.Dir = filepath.Join("..", "..", "web", "ui")
	cmd.Env = append(os.Environ(), "RELI_URL="+s.url)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}

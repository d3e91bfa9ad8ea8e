package main

import (
	"os"
	"os/exec"
	"testing"
)

// TestThePagesOfACity opens the pages on a million incidents and 14,216 grids.
func TestThePagesOfACity(t *testing.T) {
	if os.Getenv("RELI_SOAK") == "" {
		t.Skip("loads a million incidents: set RELI_SOAK=1")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("SKIPPED: no chromium on this machine: the pages of a city are NOT tested")
	}
	needEngine(t)
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--size", "M", "--end", demoEnd)
	serve(t, dir).drive(t, "city.mjs")
}

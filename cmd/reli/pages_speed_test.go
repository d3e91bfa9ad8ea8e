package main

import (
	"os"
	"os/exec"
	"testing"
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
	s.drive(t, "speed.mjs")
}

package main

import "testing"

// TestThePagesAreFast tells how fast the map page is against its bars, and how
// busy the machine was. It fails at three times a bar, RELI_STRICT=1 at the bar.
func TestThePagesAreFast(t *testing.T) {
	soakInBrowser(t, "measures times, on a machine that does nothing else", "the pages are NOT measured")
	buildShipped(t)
	s := demoServer(t)
	s.drive(t, "speed.mjs")
}

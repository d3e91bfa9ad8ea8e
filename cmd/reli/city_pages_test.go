package main

import "testing"

// TestThePagesOfACity opens the pages on a million incidents and 14,216 grids.
func TestThePagesOfACity(t *testing.T) {
	soakInBrowser(t, "loads a million incidents", "the pages of a city are NOT tested")
	needEngine(t)
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--size", "M", "--end", demoEnd)
	serve(t, dir).drive(t, "city.mjs")
}

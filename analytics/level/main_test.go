package level_test

import (
	"os"
	"testing"

	"reli/demo"
	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

// countyOptions are those of a county that a test may change.
func countyOptions() demo.Options { return demo.Options{Seed: 1, Incidents: 3000} }

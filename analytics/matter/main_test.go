package matter_test

import (
	"os"
	"testing"

	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

package tiles_test

import (
	"os"
	"testing"

	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

func TestX(t *testing.T) {
	c := county.Shared(t)
	t.Log(c.Store.Current().Catalogue.Incidents, c.Store.Current().Version)
}

package indicator_test

import (
	"testing"
	"time"

	"reli/analytics/indicator"
	"reli/geo/area"
	"reli/test/county"
)

func TestZZ(t *testing.T) {
	c := county.Shared(t)
	s := indicator.New(keeper(c))
	for range 3 {
		for _, l := range []area.Level{area.Unknown, area.Township, area.Grid} {
			st := time.Now()
			_, _ = s.Indicators(t.Context(), indicator.Request{Selection: window(t, "2025-11-01", "2025-12-01"), Level: l})
			t.Log(l, time.Since(st))
			st = time.Now()
			_, _ = s.Indicators(t.Context(), indicator.Request{Selection: window(t, "2025-01-01", "2026-01-01"), Level: l})
			t.Log(l, "year", time.Since(st))
		}
	}
}

package web_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/tone"
	"reli/ingest"
	"reli/ingest/triage"
	"reli/schemas"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
)

const (
	toneTown  = "990101001000"
	toneOther = "990101002000"
)

// toneCounty takes calm and angry texts in for two townships.
func toneCounty(t *testing.T) *county.County {
	c := county.Empty(t, "Asia/Shanghai")
	require.NoError(t, c.LoadAreas(t.Context(), []schemas.Area{
		{Code: "990101000000", Level: schemas.LevelCounty, Name: "某县"},
		{Code: toneTown, Parent: "990101000000", Level: schemas.LevelTownship, Name: "东镇"},
		{Code: toneOther, Parent: "990101000000", Level: schemas.LevelTownship, Name: "西镇"},
	}))
	in, err := ingest.New(ingest.Options{Store: c.DB, Areas: c.Store.Current().Catalogue.Tree.All(), Clock: c.Now, Random: rand.Reader, TimeZone: c.Zone,
		Resolution: cube.StorageResolution, Triage: triage.Default(), Tone: true})
	require.NoError(t, err)
	var rows strings.Builder
	rows.WriteString("source,source_id,occurred_at,township,text\n")
	n := 0
	report := func(month, township, text string, times int) {
		for range times {
			n++
			fmt.Fprintf(&rows, "12345,%d,%s-05,%s,%s\n", n, month, township, text)
		}
	}
	report("2025-03", toneTown, "请协调界桩。", 9)
	report("2025-03", toneTown, "太气人！欺人太甚！忍无可忍！救命！", 3)
	report("2025-03", toneOther, "请协调界桩。", 9)
	report("2025-04", toneOther, "请协调界桩。", 10)
	report("2026-01", toneTown, "请协调界桩。", 20)
	p, err := ingest.BuiltinProfile("generic")
	require.NoError(t, err)
	for range 2 { // the second time changes nothing
		_, err = in.Run(t.Context(), ingest.Input{Name: "tone.csv", Reader: strings.NewReader(rows.String()), Profile: p})
		require.NoError(t, err)
	}
	_, err = c.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	return c
}

func TestToneIsOffUnlessItIsSwitchedOn(t *testing.T) {
	s := newSite(t, county.Shared(t))
	a := s.get(t, "/v1/tone")
	require.Equal(t, http.StatusNotFound, a.Status)
	require.Contains(t, string(a.Body), schemas.CodeSwitchedOff)
}

func TestToneIsToldOfManyReportsOnly(t *testing.T) {
	c := toneCounty(t)
	_, err := tone.New(tone.Options{DB: c.DB, Store: c.Store, Least: 9})
	require.Error(t, err, "never under ten")
	service, err := tone.New(tone.Options{DB: c.DB, Store: c.Store, Least: 10})
	require.NoError(t, err)
	g := newGuarded(t, c, func(o *web.Options) { o.Tone = service })
	var told struct {
		Months []struct {
			Month, Area, Name string
			Incidents         int
			Tone              float64
		}
	}
	ask := func(role access.Role, scope cube.Scope, query string) int {
		told.Months = nil
		a := g.as(t, g.token(t, role, scope), "GET", "/v1/tone"+query, "")
		if a.Status == http.StatusOK {
			require.NoError(t, unmarshal(a, &told))
		}
		return a.Status
	}
	require.Equal(t, http.StatusOK, ask(access.RoleAnalyst, cube.Scope{}, ""))
	require.Len(t, told.Months, 2, "not 9 reports, and no month that is not over")
	require.Equal(t, []any{"2025-03", toneTown, "东镇", 12, 1.8}, []any{told.Months[0].Month, told.Months[0].Area, told.Months[0].Name, told.Months[0].Incidents, told.Months[0].Tone})
	require.Equal(t, []any{"2025-04", toneOther, 10, 1.0}, []any{told.Months[1].Month, told.Months[1].Area, told.Months[1].Incidents, told.Months[1].Tone})

	require.Equal(t, http.StatusOK, ask(access.RoleTownship, cube.Scope{Areas: []string{toneOther}}, "?from=2025-01&to=2025-12"))
	require.Len(t, told.Months, 1)
	require.Equal(t, toneOther, told.Months[0].Area)
	require.Equal(t, http.StatusForbidden, ask(access.RoleDepartment, cube.Scope{Categories: []string{"land"}}, ""))
	require.Equal(t, http.StatusForbidden, ask(access.RoleWall, cube.Scope{}, ""))
	require.Equal(t, http.StatusBadRequest, ask(access.RoleAnalyst, cube.Scope{}, "?from=2025"))
	require.Equal(t, http.StatusBadRequest, ask(access.RoleAnalyst, cube.Scope{}, "?category=land"))
}

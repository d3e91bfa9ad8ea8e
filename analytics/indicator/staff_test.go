package indicator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/indicator"
	"reli/geo/area"
	"reli/schemas/roster"
	"reli/test/county"
)

// aRoster gives each grid nine members of staff until June, two from July on,
// every tenth three.
func aRoster(t testing.TB, grids []area.Area) *roster.Roster {
	t.Helper()
	var staff strings.Builder
	staff.WriteString("area,staff,from,to\nunknown,9,2025-01-01,\n")
	for i, g := range grids {
		members := 2
		if i%10 == 9 {
			members = 3
		}
		fmt.Fprintf(&staff, "%s,9,2024-01-01,2025-06-30\n%s,%d,2025-07-01,\n", g.Code, g.Code, members)
	}
	r, err := roster.Parse(nil, []byte(staff.String()))
	require.NoError(t, err)
	return r
}

// F56: staff of the window's last day, summed upwards; those of an area that
// the tree does not have count nowhere.
func TestF56StaffIsSummedUpwards(t *testing.T) {
	c := county.Shared(t)
	tree := c.Store.Current().Catalogue.Tree
	grids := tree.AtLevel(area.Grid)
	q := indicator.Request{Selection: window(t, "2025-01-01", "2026-01-01"), Roster: aRoster(t, grids), Codes: []string{"staff_per_grid", "staff_per_thousand", "load_per_staff"}}
	s := indicator.New(keeper(c))
	total, err := s.Indicators(t.Context(), q)
	require.NoError(t, err)
	v := total.Areas[0].Values
	require.Equal(t, [2]int64{2*609 + 60, 609}, [2]int64{v[0].Numerator, v[0].Denominator})
	require.EqualValues(t, total.Areas[0].Population, v[1].Denominator)
	require.EqualValues(t, 2*609+60, v[2].Denominator)

	q.Level = area.Township
	towns, err := s.Indicators(t.Context(), q)
	require.NoError(t, err)
	var staff, all int64
	for _, a := range towns.Areas {
		staff, all = staff+a.Values[0].Numerator, all+a.Values[0].Denominator
	}
	require.Equal(t, []int64{2*609 + 60, 609}, []int64{staff, all})

	q.Selection = window(t, "2025-01-01", "2025-07-01")
	total, err = s.Indicators(t.Context(), indicator.Request{Selection: q.Selection, Roster: q.Roster, Codes: q.Codes})
	require.NoError(t, err)
	require.EqualValues(t, 9*609, total.Areas[0].Values[0].Numerator, "on 30 June the table before")

	// A township's staff see their own; the county's row has their part.
	own := tree.AtLevel(area.Township)[2].Code
	q.Selection.Scope.Areas = []string{own}
	scoped, err := s.Indicators(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, scoped.Areas, 1)
	q.Level = area.County
	county, err := s.Indicators(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, scoped.Areas[0].Values[0].Numerator, county.Areas[0].Values[0].Numerator)
	require.Less(t, county.Areas[0].Values[0].Denominator, int64(609))
}

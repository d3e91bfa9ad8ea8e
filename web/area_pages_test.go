package web_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

// TestAListWithShapesComesInPages asks for a round county of very many corners
// and more townships than a page holds.
func TestAListWithShapesComesInPages(t *testing.T) {
	const towns, corners = 1002, 60_000
	shape := func(ring orb.Ring) []byte {
		text, err := wkb.Marshal(orb.MultiPolygon{{ring}})
		require.NoError(t, err)
		return text
	}
	var round orb.Ring
	for n := range corners {
		angle := 2 * math.Pi * float64(n) / corners
		round = append(round, orb.Point{131 + math.Cos(angle), 46 + math.Sin(angle)})
	}
	areas := []schemas.Area{{Set: schemas.DivisionSet, Code: "0", Level: schemas.LevelCounty, Name: "县", Geometry: shape(append(round, round[0]))}}
	for n := range towns {
		x, y := 131+float64(n%32)/100, 46+float64(n/32)/100
		areas = append(areas, schemas.Area{Set: schemas.DivisionSet, Code: fmt.Sprintf("1%04d", n), Parent: "0", Level: schemas.LevelTownship, Name: "镇",
			Geometry: shape(orb.Ring{{x, y}, {x + 0.01, y}, {x + 0.01, y + 0.01}, {x, y + 0.01}, {x, y}})})
	}
	c := county.Empty(t, "Asia/Shanghai")
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	s := newSite(t, c)
	var sizes []int
	seen := map[string]bool{}
	for after := ""; ; {
		path := "/v1/areas?geometry=1"
		if after != "" {
			path += "&after=" + url.QueryEscape(after)
		}
		var page struct {
			Areas []struct {
				Code     string
				Geometry any
			}
			Next *string `json:"next_after"`
		}
		s.json(t, path, &page)
		for _, a := range page.Areas {
			require.NotNil(t, a.Geometry)
			require.False(t, seen[a.Code], "%s is on two pages", a.Code)
			seen[a.Code] = true
		}
		sizes = append(sizes, len(page.Areas))
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	require.Equal(t, []int{1, 1000, 2}, sizes)
	require.Len(t, seen, towns+1)

	var all struct {
		Areas []struct{ Geometry any }
		Next  *string `json:"next_after"`
	}
	s.json(t, "/v1/areas", &all)
	require.Len(t, all.Areas, towns+1, "without shapes the list is whole")
	for _, path := range []string{"/v1/areas?after=10001", "/v1/areas?geometry=1&after=nowhere", "/v1/areas?geometry=1&level=township&after=0"} {
		p := requireProblem(t, s.get(t, path), http.StatusBadRequest, "bad_parameter")
		require.Equal(t, "after", p.Errors[0].Field, path)
	}
}

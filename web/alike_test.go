package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/test/county"
)

func TestPlacesAlikeHaveTheMixOfTheirBreakdowns(t *testing.T) {
	c := county.Shared(t)
	s := newSite(t, c)
	tree := c.Store.Current().Catalogue.Tree
	shares := func(code string) (map[string]float64, int64) {
		var b breakdownAnswer
		s.json(t, "/v1/breakdown?by=category&area="+code, &b)
		out := map[string]float64{}
		for _, g := range b.Groups {
			out[g.Key] = float64(g.Count) / float64(b.Total)
		}
		return out, b.Total
	}
	towns := tree.AtLevel(area.Township)
	var answer struct {
		By     string
		Places []struct {
			Key, Zh string
			Count   int64
			Alike   float64
		}
	}
	s.json(t, fmt.Sprintf("/v1/breakdown?area=%s&alike=20", towns[0].Code), &answer)
	require.Equal(t, "township", answer.By)
	require.NotEmpty(t, answer.Places)
	own, _ := shares(towns[0].Code)
	for i, p := range answer.Places {
		require.NotEqual(t, towns[0].Code, p.Key)
		require.True(t, i == 0 || answer.Places[i-1].Alike >= p.Alike, "the most alike first")
		mix, n := shares(p.Key)
		require.Equal(t, n, p.Count)
		require.GreaterOrEqual(t, n, int64(20))
		var want float64
		for c, share := range mix {
			want += min(share, own[c])
		}
		require.InDelta(t, want, p.Alike, 1e-9, p.Zh)
	}
	for _, query := range []string{"alike=3", "area=" + towns[0].Code + "&alike=0", "area=" + towns[0].Code + "&alike=2&by=category"} {
		require.Equal(t, http.StatusBadRequest, s.get(t, "/v1/breakdown?"+query).Status, query)
	}
}

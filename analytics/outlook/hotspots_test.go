package outlook_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/test/county"
)

// planted is the window in which a hot spot of the fictional county burns.
func planted(c *county.County, from, to float64) cube.Selection {
	cat := c.Store.Current().Catalogue
	days := float64(cat.Last + 1 - cat.First)
	return cube.Selection{From: cat.First + cube.Day(from*days), To: min(cat.Last+1, cat.First+cube.Day(to*days)+60)}
}

func TestPlantedHotSpotsAreTheStrongest(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	require.Len(t, c.Made.HotSpots, 4)
	for _, hot := range c.Made.HotSpots[1:3] { // the scan is tested on all of them
		sel := planted(c, hot.From, hot.To)
		sel.Categories = []string{hot.Category}
		h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "grid"), Method: outlook.MethodGiStar, Selection: sel})
		require.NoError(t, err)
		require.Equal(t, "rate", h.Basis)
		require.NotEmpty(t, h.Spots)
		top := h.Spots[0]
		require.Equal(t, hot.Grid, top.ID, "%s", hot.Category)
		require.Equal(t, "hot", top.Class)
		require.Greater(t, float64(top.Observed), 2*top.Expected)
		require.LessOrEqual(t, *top.PAdjusted, h.Alpha)
		require.Less(t, h.Hot, 25, "a few of 609")
	}
}

func TestEveryMethodAnswersOnEveryLayer(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	sel := planted(c, .6, 1)
	sel.Categories = []string{c.Made.HotSpots[2].Category}
	for _, name := range []string{"hex", "village"} {
		for _, method := range []string{outlook.MethodGiStar, outlook.MethodMoran, outlook.MethodScan, outlook.MethodPermutation,
			outlook.MethodEmerging, outlook.MethodRates, outlook.MethodNearRepeat} {
			l, err := outlook.ParseLayer(name, map[string]int{"hex": 6}[name])
			require.NoError(t, err)
			h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: l, Method: method, Selection: sel})
			require.NoError(t, err, "%s %s", name, method)
			require.Contains(t, []string{outlook.StateOK, outlook.StateTooFew, outlook.StateNoPeople}, h.State.Code)
			require.Equal(t, h.State.Code == outlook.StateNoPeople, name == "hex" && method == outlook.MethodRates)
			_, err = json.Marshal(h)
			require.NoError(t, err)
			require.Equal(t, h.NearRepeat != nil, method == outlook.MethodNearRepeat)
			for _, p := range h.Spots {
				require.NotEmpty(t, p.Class)
				require.Less(t, p.From, p.To)
				if method != outlook.MethodEmerging {
					require.LessOrEqual(t, *p.PAdjusted, h.Alpha)
				}
			}
		}
	}
	_, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "grid"), Method: "guess", Selection: sel})
	require.Error(t, err)
}

func TestAnEvenMapHasNoHotSpot(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	c.Take(t, even(c, rand.New(rand.NewPCG(3, 4)), 200, 80, 12, 0))
	s := outlook.New(c.Store, c.Now)
	sel := cube.Selection{From: c.Store.Today() - 200, To: c.Store.Today()}
	for _, method := range []string{outlook.MethodGiStar, outlook.MethodMoran, outlook.MethodPermutation} {
		h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "hex"), Method: method, Selection: sel})
		require.NoError(t, err)
		require.Equal(t, outlook.StateOK, h.State.Code)
		require.Greater(t, h.Places, 40)
		require.Empty(t, h.Spots, method)
	}
}

func TestPlacesOfAHotSpotLieInTheAreaAskedFor(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	tree := c.Store.Current().Catalogue.Tree
	hot := c.Made.HotSpots[0]
	sel := planted(c, hot.From, hot.To)
	sel.Area = tree.Path(hot.Grid)[1]
	for _, name := range []string{"grid", "hex"} {
		h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, name), Method: outlook.MethodGiStar, Selection: sel})
		require.NoError(t, err)
		require.Greater(t, h.Places, 10)
		require.Less(t, h.Places, 300)
		for _, p := range h.Spots {
			require.True(t, name == "hex" || slices.Contains(tree.Path(p.ID), sel.Area))
		}
	}
}

func TestThePoissonScanFindsThePlantedPlacesWithTheirShape(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	tree := c.Store.Current().Catalogue.Tree
	for _, hot := range c.Made.HotSpots {
		sel := planted(c, hot.From, hot.To)
		sel.Categories = []string{hot.Category}
		request := outlook.HotspotsRequest{Layer: layer(t, "grid"), Method: outlook.MethodScan, Selection: sel, Geometry: true}
		h, err := s.Hotspots(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, "rate", h.Basis)
		top := h.Spots[0]
		require.Contains(t, top.Members, hot.Grid, hot.Category)
		require.Greater(t, float64(top.Observed), 1.8*top.Expected)
		require.LessOrEqual(t, *top.PAdjusted, .001)
		require.Positive(t, top.Strength)
		require.Equal(t, sel.From, top.From)
		require.Equal(t, "MultiPolygon", top.Geometry.Type)
		polygons := 0
		for _, id := range top.Members {
			a, ok := tree.Get(id)
			require.True(t, ok)
			polygons += len(a.Geometry)
		}
		require.Len(t, top.Geometry.Coordinates, polygons)
		request.Geometry = false
		h, err = s.Hotspots(t.Context(), request)
		require.NoError(t, err)
		require.Nil(t, h.Spots[0].Geometry, "only where it is asked for")
	}
}

func TestSmoothedRatesLieBetweenTheRawOnesAndTheMean(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	sel := planted(c, 0, 1)
	h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "village"), Method: outlook.MethodRates, Selection: sel})
	require.NoError(t, err)
	require.Len(t, h.Rates, 157)
	require.Positive(t, h.Prior.Deviation)
	total := int64(0)
	for i, r := range h.Rates {
		total += r.N
		require.InDelta(t, 1e4*float64(r.N)/float64(r.Population), *r.Raw, 1e-4, r.Name)
		require.GreaterOrEqual(t, *r.Smoothed, min(*r.Raw, h.Prior.Mean)-1e-3)
		require.LessOrEqual(t, *r.Smoothed, max(*r.Raw, h.Prior.Mean)+1e-3)
		require.InDelta(t, float64(r.Population)*h.Prior.Mean/1e4, r.Expected, .1)
		if i > 0 {
			require.LessOrEqual(t, *r.Smoothed, *h.Rates[i-1].Smoothed)
		}
	}
	require.Equal(t, h.Incidents, total)
	h, err = s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "hex"), Method: outlook.MethodRates, Selection: sel})
	require.NoError(t, err)
	require.Equal(t, outlook.StateNoPeople, h.State.Code, "nobody knows how many people live in a hexagon")
	require.Empty(t, h.Rates)
}

func TestEmergingClassesOnRatesAndOnCounts(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	sel := planted(c, .5, 1)
	sel.Categories = []string{"land"} // which grows to the end, here
	for _, hot := range c.Made.HotSpots {
		if hot.Category == "land" {
			sel.Area = c.Store.Current().Catalogue.Tree.Path(hot.Grid)[1]
		}
	}
	for _, basis := range []string{"count", "rate"} {
		h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "grid"), Method: outlook.MethodEmerging, Selection: sel, Basis: basis})
		require.NoError(t, err)
		require.Equal(t, outlook.StateOK, h.State.Code)
		require.Equal(t, basis, h.Basis)
		require.Equal(t, basis == "count", h.Exact)
		require.NotEmpty(t, h.Spots)
	}
	h, err := s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "hex"), Method: outlook.MethodEmerging, Selection: sel, Basis: "rate"})
	require.NoError(t, err)
	require.Equal(t, outlook.StateNoPeople, h.State.Code)
	_, err = s.Hotspots(t.Context(), outlook.HotspotsRequest{Layer: layer(t, "hex"), Method: outlook.MethodGiStar, Selection: sel, Basis: "ratio"})
	require.Error(t, err)
}

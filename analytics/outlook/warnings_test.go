package outlook_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/test/county"
)

const header = "source,source_id,occurred_at,lng,lat,crs,category\n"

// even writes incidents that happen evenly over places and days before `to`,
// about perDay a day, and then extra ones on the last day at the first place.
func even(c *county.County, rng *rand.Rand, days, places int, perDay float64, extra int) string {
	var b strings.Builder
	b.WriteString(header)
	n := 0
	write := func(day cube.Day, place int) {
		n++
		fmt.Fprintf(&b, "s,%d,%sT%02d:00:00,%.5f,%.5f,WGS84,land\n", n, day, 8+n%10, 131+.01*float64(place%10), 46.5+.008*float64(place/10))
	}
	today := c.Store.Today()
	for back := days; back > 0; back-- {
		for range 100 {
			if rng.Float64() < perDay/100 {
				write(today-cube.Day(back), rng.IntN(places))
			}
		}
	}
	for range extra {
		write(today-1, 0)
	}
	return b.String()
}

func TestChanceRaisesNoWarningAndAnOutbreakOne(t *testing.T) {
	for _, history := range []struct {
		name, method string
		days         int
	}{{"young", outlook.MethodEARS, 120}, {"two years and more", outlook.MethodFarrington, 900}} {
		for _, extra := range []int{0, 12} {
			t.Run(fmt.Sprintf("%s, %d more", history.name, extra), func(t *testing.T) {
				c := county.Empty(t, "Asia/Shanghai")
				// The last whole week of the fixture's clock ends three days before
				// today, so a long history needs its outbreak there.
				rows := even(c, rand.New(rand.NewPCG(1, 2)), history.days, 20, 10, 0)
				day := c.Store.Today() - 1
				if history.method == outlook.MethodFarrington {
					day = cube.StepWeek.Begin(c.Store.Today()) - 3
				}
				for i := range extra {
					rows += fmt.Sprintf("s,x%d,%sT09:00:00,131,46.5,WGS84,land\n", i, day)
				}
				c.Take(t, rows)
				for _, budget := range []float64{0, 1} {
					w, err := outlook.New(c.Store, c.Now).Warnings(t.Context(), outlook.WarningsRequest{Layer: layer(t, "hex"), Budget: budget})
					require.NoError(t, err)
					require.Equal(t, outlook.StateOK, w.State.Code)
					require.GreaterOrEqual(t, w.Tests, 15)
					if extra == 0 {
						require.Empty(t, w.Alarms)
						continue
					}
					require.NotEmpty(t, w.Alarms)
					for _, a := range w.Alarms[1:] { // of a long history the weekly scan sees the same
						require.Equal(t, outlook.MethodPermutation, a.Method)
						require.Contains(t, a.Members, w.Alarms[0].ID)
						require.Nil(t, a.Upper)
					}
					a := w.Alarms[0]
					require.Equal(t, history.method, a.Method)
					require.GreaterOrEqual(t, a.Observed, int64(extra))
					require.Greater(t, float64(a.Observed), *a.Upper)
					require.Less(t, a.Expected, *a.Upper)
					require.LessOrEqual(t, a.P, a.PAdjusted)
					require.Less(t, a.PAdjusted, .05)
					require.Contains(t, a.ReasonZh, fmt.Sprint(a.Observed))
					require.Contains(t, a.ReasonEn, "upper bound")
					require.Len(t, a.Chart.Expected, len(a.Chart.Counts))
					require.Equal(t, a.Observed, a.Chart.Counts[len(a.Chart.Counts)-1])
					_, err = json.Marshal(w)
					require.NoError(t, err)
				}
			})
		}
	}
}

// The fictional county has two hot spots that still grow at its end, one of
// category land and one of expropriation: slow rises that no place's own week
// shows, but a circle of places over weeks does.
func TestTheWeeklyScanFindsWhatStillBurnsAndNothingElseIsRaised(t *testing.T) {
	c := county.Shared(t)
	s := sharedService(c)
	burning := map[string]string{}
	for _, h := range c.Made.HotSpots {
		if h.Grows && h.To > .85 {
			burning[h.Category] = h.Grid
		}
	}
	require.Len(t, burning, 2)
	categories := slices.Sorted(maps.Keys(burning))
	categories = append(categories, "contract", "other", "wage")
	for _, name := range []string{"county", "township", "grid"} {
		w, err := s.Warnings(t.Context(), outlook.WarningsRequest{Layer: layer(t, name), Categories: categories})
		require.NoError(t, err)
		require.Equal(t, w.Series, w.Quiet+w.Unanswered+w.Tests, name)
		found := map[string]bool{}
		others := 0
		for _, a := range w.Alarms {
			if name == "grid" && slices.Contains(a.Members, burning[a.Category]) {
				require.Equal(t, outlook.MethodPermutation, a.Method)
				require.Greater(t, float64(a.Observed), 2*a.Expected)
				require.Positive(t, *a.Recurrence)
				require.Contains(t, a.ReasonZh, "按各处与各周的常态预计")
				weeks := int(a.To-a.From) / 7
				require.EqualValues(t, a.Observed, sumLast(a.Chart.Counts, weeks))
				expected := 0.
				for _, e := range a.Chart.Expected[len(a.Chart.Expected)-weeks:] {
					expected += *e
				}
				require.InDelta(t, a.Expected, expected, 1e-3)
				found[a.Category] = true
			}
			if burning[a.Category] == "" {
				others++
			}
		}
		require.LessOrEqual(t, others, 1, "%s: nothing else is planted at the end", name)
		switch name {
		case "county":
			require.Equal(t, outlook.StateTooFew, w.Scan.State.Code, "one place has no circles")
		case "grid":
			require.Len(t, found, 2)
			require.Positive(t, w.Scan.Tests)
		}
		// A budget too small for any p-value that a scan can have.
		strict, err := s.Warnings(t.Context(), outlook.WarningsRequest{Layer: layer(t, name), Categories: categories, Budget: .01})
		require.NoError(t, err)
		require.Empty(t, strict.Alarms, name)
	}
}

func sumLast(counts []int64, n int) (total int64) {
	for _, v := range counts[len(counts)-n:] {
		total += v
	}
	return total
}

package indicator_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/indicator"
	"reli/geo/area"
	"reli/schemas"
	"reli/test/county"
)

// F20: nine townships with figures made by hand.
func TestF20NineTownshipsByHand(t *testing.T) {
	areas, err := county.Shared(t).DB.Areas(t.Context(), schemas.DivisionSet)
	require.NoError(t, err)
	c := county.Empty(t, "Asia/Shanghai")
	require.NoError(t, c.LoadAreas(t.Context(), areas))
	towns := c.Store.Current().Catalogue.Tree.AtLevel(area.Township)
	require.Len(t, towns, 9)
	table := []struct {
		mediated, resolved, assigned, pretrial, sued int
		success, platform, pretrialRate              string
	}{
		{40, 30, 50, 6, 2, "75.0%", "60.0%", "75.0%"},
		{40, 40, 40, 5, 0, "100.0%", "100.0%", "100.0%"},
		{8, 7, 9, 0, 5, "87.5%", "77.8%", "0.0%"},
		{3, 3, 3, 1, 1, "样本不足（n=3）", "样本不足（n=3）", "样本不足（n=2）"},
		{0, 0, 6, 0, 0, "—", "0.0%", "—"},
		{12, 9, 14, 4, 3, "75.0%", "64.3%", "57.1%"},
		{7, 5, 7, 2, 4, "71.4%", "71.4%", "33.3%"},
		{30, 1, 33, 9, 11, "3.3%", "3.0%", "45.0%"},
		{6, 2, 24, 5, 1, "33.3%", "8.3%", "83.3%"},
	}
	r := &records{}
	for i, town := range towns {
		row := table[i]
		here := func(in *schemas.Incident) { in.Area = town.Code }
		for n := range max(row.assigned, row.mediated) {
			steps := []step{{schemas.TransitionAssign, 1, 2}}
			if n < row.mediated {
				steps = append(steps, step{schemas.TransitionMediate, 2, 2})
			}
			if n < row.resolved {
				steps = append(steps, resolve(3, 2))
			}
			switch {
			case n < row.pretrial:
				steps = append(steps, step{schemas.TransitionPretrial, 4, 1})
			case n < row.pretrial+row.sued:
				steps = append(steps, step{schemas.TransitionSue, 4, 1})
			}
			r.add(1, "2024-03-04 10:00", here, steps...)
		}
	}
	c.Put(t, r.incidents, r.steps)
	a, err := indicator.New(keeper(c)).Indicators(t.Context(), indicator.Request{Selection: window(t, "2024-03-01", "2024-04-01"), Level: area.Township,
		Codes: []string{"mediation_success_rate", "platform_closing_rate", "pretrial_rate", "litigation_rate"}})
	require.NoError(t, err)
	for i, place := range a.Areas {
		row := table[i]
		require.Equal(t, towns[i].Code, place.Code)
		have := func(k int) string { return a.Indicators[k].Text(place.Values[k]) }
		require.Equal(t, row.success, have(0), "township %d", i)
		require.Equal(t, row.platform, have(1), "township %d", i)
		require.Equal(t, row.pretrialRate, have(2), "township %d", i)
		require.Equal(t, fmt.Sprintf("%.2f", 1e4*float64(row.sued)/float64(towns[i].Population)), have(3), "township %d", i)
		require.EqualValues(t, row.sued, place.Values[3].Numerator)
	}
}

func TestWhatIsSettledAndSuedLaterIsASuit(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	r := &records{}
	r.add(6, "2024-03-04 10:00", nil, step{schemas.TransitionPretrial, 4, 1})
	r.add(2, "2024-03-04 10:00", nil, step{schemas.TransitionPretrial, 4, 1}, step{schemas.TransitionSue, 400, 1})
	c.Put(t, r.incidents, r.steps)
	for to, want := range map[string][2]int64{"2024-03-10": {8, 8}, "2024-04-01": {6, 8}} {
		a, err := indicator.New(keeper(c)).Indicators(t.Context(), indicator.Request{Selection: window(t, "2024-03-01", to), Codes: []string{"pretrial_rate"}})
		require.NoError(t, err)
		v := a.Areas[0].Values[0]
		require.Equal(t, want, [2]int64{v.Numerator, v.Denominator}, "until "+to)
	}
}

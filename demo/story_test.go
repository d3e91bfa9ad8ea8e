package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

// year is a larger year than the county's, so that shares can be held to a
// per cent.
type year struct {
	sum  Summary
	rows []map[string]string
}

func TestAYearOfIncidents(t *testing.T) {
	sum := generate(t, Options{Seed: 5, Incidents: 30_000})
	y := year{sum, allIncidents(t, sum)}
	t.Run("has its cycles", y.hasItsCycles)
	t.Run("has plausible shares", y.hasPlausibleShares)
	t.Run("is heavy-tailed over the grids", y.isHeavyTailed)
	t.Run("uses the dictionary's codes", y.usesTheDictionary)
	t.Run("has matters whose reports agree", y.hasMattersThatAgree)
	t.Run("has hot spots that grow and one that dies out", y.hasHotSpots)
}

func localTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, zone)
	require.NoError(t, err)
	return at
}

func (y year) hasItsCycles(t *testing.T) {
	rows := y.rows
	cal := newCalendar()
	byDate := map[string]float64{}
	hours := [24]float64{}
	for _, r := range rows {
		at := localTime(t, r["occurred_at"])
		byDate[at.Format(time.DateOnly)]++
		hours[at.Hour()]++
	}
	var days, counts [3]float64
	var spring, before, autumn float64
	for d := time.Date(2025, 1, 1, 0, 0, 0, 0, zone); d.Year() == 2025; d = d.AddDate(0, 0, 1) {
		n := byDate[d.Format(time.DateOnly)]
		days[cal.kind(d)]++
		counts[cal.kind(d)] += n
		switch date := d.Format("01-02"); {
		case date >= "01-28" && date <= "02-04":
			spring += n / 8
		case date >= "01-14" && date <= "01-27":
			before += n / 14
		case date >= "10-01" && date <= "10-08":
			autumn += n / 8
		}
	}
	mean := func(k dayKind) float64 { return counts[k] / days[k] }
	require.InDelta(t, 0.64, mean(weekend)/mean(workday), 0.08)
	require.InDelta(t, 0.53, mean(holiday)/mean(workday), 0.10)
	require.Less(t, spring, 0.7*before)
	require.Less(t, autumn, 0.7*mean(workday))
	require.Greater(t, hours[9], 8*hours[3])
}

func (y year) hasPlausibleShares(t *testing.T) {
	rows := y.rows
	share := func(column, value string, of func(map[string]string) bool) float64 {
		n, all := 0.0, 0.0
		for _, r := range rows {
			if of == nil || of(r) {
				all++
				if r[column] == value {
					n++
				}
			}
		}
		return n / all
	}
	resolved := func(r map[string]string) bool { return r["resolver_level"] != "" }
	require.InDelta(t, 0.72, share("resolver_level", "grid", resolved), 0.015)
	require.InDelta(t, 0.45, share("source", "grid", nil), 0.05)
	require.InDelta(t, 0.93, share("scale", "1", nil), 0.01)
	require.InDelta(t, 0.11, share("urgency", "2", nil), 0.02)
	require.Greater(t, share("category", "neighbour", nil), 0.12)
	for _, c := range categories {
		s := share("category", c.code, nil)
		require.True(t, s > 0.003 && s < 0.25, "%s: %g", c.code, s)
	}
	inTown := func(r map[string]string) bool { return len(r["grid"]) == 15 && r["grid"][9:12] < "200" }
	inVillage := func(r map[string]string) bool { return len(r["grid"]) == 15 && r["grid"][9:12] >= "200" }
	require.Greater(t, share("category", "property", inTown), 5*share("category", "property", inVillage))
	require.Greater(t, share("category", "land", inVillage), 3*share("category", "land", inTown))
	late := func(r map[string]string) bool {
		return localTime(t, r["reported_at"]).Sub(localTime(t, r["occurred_at"])) > 14*24*time.Hour
	}
	n := 0
	for _, r := range rows {
		if late(r) {
			n++
		}
	}
	require.InDelta(t, 0.02, float64(n)/float64(len(rows)), 0.008)
}

func (y year) isHeavyTailed(t *testing.T) {
	rows := y.rows
	counts := map[string]float64{}
	total, most := 0.0, 0.0
	for _, r := range rows {
		if r["grid"] != "" {
			total++
			counts[r["grid"]]++
			most = max(most, counts[r["grid"]])
		}
	}
	require.Greater(t, most, 6*total/609)
	require.Greater(t, len(counts), 580)
}

func (y year) usesTheDictionary(t *testing.T) {
	sum, rows := y.sum, y.rows
	d := schemas.LoadDictionary()
	known := func(list []schemas.Entry) map[string]bool {
		out := map[string]bool{}
		for _, e := range list {
			out[e.Code] = true
		}
		return out
	}
	require.Len(t, sum.Incidents, len(d.Sources))
	for column, list := range map[string][]schemas.Entry{"category": d.Categories, "source": d.Sources,
		"channel": d.Channels, "scale": d.Scales, "urgency": d.Urgencies} {
		codes := known(list)
		for _, r := range rows {
			if !codes[r[column]] {
				t.Fatalf("%s has no %q", column, r[column])
			}
		}
	}
	require.Len(t, categories, len(d.Categories))
}

// The state, the closing time and the resolver of a record are what its
// transitions say, and nothing is known after the end.
func TestTransitionsTellTheStateOfEachRecord(t *testing.T) {
	sum := generate(t, Options{Seed: 2})
	type course struct{ state, closed, level, last string }
	courses := map[string]course{}
	kinds := map[string]int{}
	states := map[string]string{"register": "registered", "assign": "assigned", "resolve": "resolved",
		"visit": "visited", "cancel": "cancelled", "reopen": "reopened"}
	for _, s := range readTable(t, sum.Transitions.Path) {
		id := s["source"] + " " + s["source_id"]
		c, begun := courses[id]
		require.Equal(t, !begun, s["kind"] == "register")
		require.GreaterOrEqual(t, s["at"], c.last)
		require.Less(t, s["at"], "2026-01-01")
		require.NotEmpty(t, s["unit"])
		require.NotEmpty(t, s["level"])
		c.last = s["at"]
		kinds[s["kind"]]++
		if state, moves := states[s["kind"]]; moves {
			c.state = state
		}
		switch s["kind"] {
		case "resolve":
			c.closed, c.level = s["at"], s["level"]
		case "reopen":
			c.closed, c.level = "", ""
		}
		courses[id] = c
	}
	open := 0
	for _, r := range allIncidents(t, sum) {
		c := courses[r["source"]+" "+r["source_id"]]
		require.Equal(t, course{r["state"], r["closed_at"], r["resolver_level"], r["updated_at"]}, c, r)
		if c.closed == "" {
			open++
		}
	}
	require.Len(t, courses, 9000)
	for _, kind := range []string{"register", "assign", "supervise", "resolve", "visit", "cancel", "reopen", "review",
		"mediate", "fail", "pretrial", "sue", "skip", "cross", "spill", "whistle", "muster", "satisfied", "fair", "dissatisfied"} {
		require.NotZero(t, kinds[kind], kind)
	}
	require.InDelta(t, 0.035, float64(kinds["reopen"])/9000, 0.012)
	require.True(t, open > 60 && open < 400, "%d open at the end", open)
}

func (y year) hasMattersThatAgree(t *testing.T) {
	rows := y.rows
	byMatter := map[string][]map[string]string{}
	for _, r := range rows {
		if r["matter_id"] != "" {
			byMatter[r["matter_id"]] = append(byMatter[r["matter_id"]], r)
		}
	}
	require.InDelta(t, 0.065, float64(len(byMatter))/float64(len(rows)), 0.01)
	for id, reports := range byMatter {
		seen := map[string]bool{}
		for _, r := range reports {
			require.False(t, seen[r["source"]], "%s twice from one source", id)
			seen[r["source"]] = true
			require.Equal(t, reports[0]["category"], r["category"])
			require.Equal(t, reports[0]["occurred_at"], r["occurred_at"])
		}
	}
}

func (y year) hasHotSpots(t *testing.T) {
	sum, rows := y.sum, y.rows
	require.Len(t, sum.HotSpots, 4)
	for _, h := range sum.HotSpots {
		var first, last float64
		codes := h.codes(t)
		for _, r := range rows {
			near := r["category"] == h.Category && slices.Contains(codes, r["grid"])
			switch {
			case near && r["occurred_at"] < "2025-04":
				first++
			case near && r["occurred_at"] >= "2025-10":
				last++
			}
		}
		if h.Grows {
			require.Greater(t, last, 3*first, "%s %g %g", h.Category, first, last)
		} else {
			require.Greater(t, first, 3*last, "%s %g %g", h.Category, first, last)
		}
	}
}

func (h HotSpot) codes(t *testing.T) []string {
	t.Helper()
	c := smallCounty(t, 5)
	out := make([]string, len(h.grids))
	for i, g := range h.grids {
		out[i] = c.grids[g].code
	}
	require.Equal(t, h.Grid, out[0])
	return out
}

func TestCalendar(t *testing.T) {
	cal := newCalendar()
	for date, want := range map[string]dayKind{
		"2025-01-28": holiday, "2025-02-04": holiday, "2025-02-05": workday, "2025-01-26": workday, // a Sunday worked
		"2025-10-08": holiday, "2025-10-11": workday, "2025-10-12": weekend, "2026-02-23": holiday,
		"2030-10-03": holiday, "2030-10-08": workday, "2030-01-01": holiday, "2030-03-16": weekend,
	} {
		at, err := time.ParseInLocation(time.DateOnly, date, zone)
		require.NoError(t, err)
		require.Equal(t, want, cal.kind(at), date)
	}
}

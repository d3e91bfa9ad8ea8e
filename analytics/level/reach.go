package level

import (
	"maps"
	"slices"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// reachDays is how long a matter counts after it last reached out.
const reachDays = 28

// days is a run of days [from, to).
type days struct{ from, to int32 }

// addReach notes a matter for every area that holds one of its reports, from
// that report on: as one across villages from its report from a second village
// on, or a step 三跨; as one of several departments from a second handling unit
// or a call (吹哨) on; each until reachDays after the last such report or step.
func (f *facts) addReach(m clickhouse.MatterReach) {
	since := map[int]int32{} // area → day of the first report in it
	for _, r := range m.Reports {
		if at, ok := f.index[r.Place]; ok {
			for _, up := range f.above[at] {
				if _, known := since[up]; !known {
					since[up] = r.Day
				}
			}
		}
	}
	villages := second(m.Reports, func(r clickhouse.MatterReport) string { return r.Village })
	units := second(m.Reports, func(r clickhouse.MatterReport) string { return r.Unit })
	for _, up := range slices.Sorted(maps.Keys(since)) {
		f.addRuns(up, CrossArea, runs(append(villages, m.Crossed...)), since[up])
		f.addRuns(up, CrossUnit, runs(append(units, m.Called...)), since[up])
	}
}

// second gives the days of the reports from the one on that brings a second
// value; none where there is only one.
func second(reports []clickhouse.MatterReport, of func(clickhouse.MatterReport) string) []int32 {
	first := ""
	for i, r := range reports {
		switch v := of(r); {
		case v == "":
		case first == "":
			first = v
		case v != first:
			var out []int32
			for _, later := range reports[i:] {
				out = append(out, later.Day)
			}
			return out
		}
	}
	return nil
}

// runs joins the days that each of some days keeps a matter for.
func runs(of []int32) []days {
	of = slices.Sorted(slices.Values(of))
	var out []days
	for _, d := range of {
		if n := len(out); n > 0 && d <= out[n-1].to {
			out[n-1].to = d + reachDays
			continue
		}
		out = append(out, days{d, d + reachDays})
	}
	return out
}

// addRuns adds one to an input of an area for some runs of days, but not before
// a day.
func (f *facts) addRuns(place int, in Input, of []days, since int32) {
	for _, run := range of {
		from := max(run.from, since, int32(f.first))
		if from >= run.to || cube.Day(from) > f.last {
			continue
		}
		f.note(from, change{place: int32(place), what: what(in), category: -1, by: 1, alone: true})
		f.note(run.to, change{place: int32(place), what: what(in), category: -1, by: -1, alone: true})
	}
}

// note adds a change on a day, unless it lies behind the last.
func (f *facts) note(day int32, c change) {
	if cube.Day(day) <= f.last {
		f.days[day-int32(f.first)] = append(f.days[day-int32(f.first)], c)
	}
}

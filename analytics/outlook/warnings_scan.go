package outlook

import (
	"context"
	"fmt"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/hotspot/scan"
	"reli/analytics/warning"
)

// Limits of the weekly scan.
const (
	// alarmScanWeeks is the past that says how a category spreads over the
	// places; alarmLeastWeeks is the least of it.
	alarmScanWeeks  = 52
	alarmLeastWeeks = 16
	// alarmReplications make the smallest p-value 4e-4, enough for one false
	// alarm a year over the scans of two dozen categories.
	alarmReplications = 2499
	// alarmPlaces bounds the layers that are scanned, each category of them every
	// week.
	alarmPlaces = 1000
	// alarmStop ends the replications of a category on which nothing can come
	// out any more: with 20 reached the p-value is known to a quarter of itself.
	alarmStop = 20
)

// ScanLook says what the weekly scan looked at. Each category is one test: the
// p-value of a circle is that of the best of all circles and windows.
type ScanLook struct {
	State State    `json:"state"`
	Tests int      `json:"tests"` // categories scanned
	From  cube.Day `json:"from"`  // whole weeks read
	To    cube.Day `json:"to"`
}

// scanState says whether a layer can be scanned.
func scanState(p *places, sp span) State {
	switch {
	case len(p.ids) < 2:
		return tooFewPlaces(len(p.ids), 2)
	case len(p.ids) > alarmPlaces:
		return tooManyToScan(len(p.ids), alarmPlaces)
	case sp.weeks() < alarmLeastWeeks:
		return tooFewWeeks(sp.weeks(), alarmLeastWeeks)
	}
	return ready()
}

// alarmScan is the scan of one category.
type alarmScan struct {
	category string
	first    int // week of the span at which the scan begins
	result   *scan.Result
	weekly   counts
}

// p is the p-value of its best circle, 1 without one.
func (a alarmScan) p() float64 {
	if len(a.result.Clusters) == 0 {
		return 1
	}
	return a.result.Clusters[0].P
}

// scanCategory scans one category prospectively: only windows that reach the
// last whole week, so that a circle is one that burns now. ok is false where
// the last weeks hold too few cases in all places together.
func (s *Service) scanCategory(ctx context.Context, q question, p *places, category string, weekly counts) (a alarmScan, ok bool, err error) {
	weeks := q.span.weeks()
	first := max(0, weeks-alarmScanWeeks)
	recent := int64(0)
	for i := range p.ids {
		recent += weekly.sum(i, max(0, weeks-leastDays/weekDays), weeks)
	}
	if recent < leastCases {
		return a, false, nil
	}
	part := counts{steps: weeks - first, n: make([][]int64, len(weekly.n))}
	for i, all := range weekly.n {
		if all != nil {
			part.n[i] = all[first:]
		}
	}
	r, err := s.permutation(ctx, p, part, scan.Options{MaxSteps: min(scanWeeks, part.steps/2), Replications: alarmReplications, StopAfter: alarmStop})
	return alarmScan{category: category, first: first, result: r, weekly: weekly}, true, err
}

// permutation runs the space-time permutation scan. It is keyed by what was
// counted: a change that left the whole weeks as they were costs no second one.
func (s *Service) permutation(ctx context.Context, p *places, c counts, o scan.Options) (*scan.Result, error) {
	series := make(map[string]int, len(p.ids))
	points, cases := make([]scan.Point, len(p.ids)), make([]int, len(p.ids)*c.steps)
	for i, at := range p.centers {
		series[p.ids[i]] = i
		points[i] = scan.Point{X: at.Lng, Y: at.Lat}
		for t, n := range c.n[i] {
			cases[i*c.steps+t] = int(n)
		}
	}
	o.Metric, o.MaxShare, o.MaxLocations, o.Seed = scan.GreatCircle, scanShare, scanCircle, seed
	return s.scans.get(ctx, fmt.Sprintf("%s %016x %+v", p.layer, newTally(c, series, nil).digest, o), func(ctx context.Context) (*scan.Result, error) {
		return scan.Permutation(ctx, points, c.steps, cases, o)
	})
}

// alarms are the circles of a scan whose p-value is at most limit.
func (a alarmScan) alarms(q question, p *places, limit, adjusted float64, scans int) (out []Alarm) {
	for _, k := range a.result.Clusters {
		if k.P > limit {
			continue
		}
		alarm := Alarm{ID: p.ids[k.Center], Name: p.names[k.Center], Category: a.category, Method: MethodPermutation,
			From: q.span.week(a.first + k.From), To: q.span.week(a.first + k.To), Observed: int64(k.Cases), Expected: round(k.Expected),
			P: k.P, PAdjusted: max(k.P, adjusted), Strength: round(k.LLR), Chart: Chart{Step: cube.StepWeek, From: q.span.week(a.first)}}
		for _, i := range k.Locations {
			alarm.Members = append(alarm.Members, p.ids[i])
		}
		alarm.Chart.Counts, alarm.Chart.Expected = a.curve(k.Locations, q.span.weeks())
		alarm.Chart.Upper = make([]*float64, len(alarm.Chart.Counts))
		years := warning.RecurrenceYears(k.P, scans)
		alarm.Recurrence = &years
		alarm.label(q.snap.Catalogue)
		alarm.ReasonZh, alarm.ReasonEn = alarm.scanReason()
		out = append(out, alarm)
	}
	return out
}

// curve is the history of a circle, week by week, beside what its share of all
// places' events would have been: the expectation of the permutation model. Its
// sum over the window of an alarm is what the alarm expects.
func (a alarmScan) curve(circle []int, weeks int) (count []int64, expected []*float64) {
	count, all := make([]int64, weeks-a.first), make([]int64, weeks-a.first)
	own, total := 0., 0.
	for i := range a.weekly.n {
		inside := slices.Contains(circle, i)
		for t := range count {
			n := a.weekly.sum(i, a.first+t, a.first+t+1)
			all[t] += n
			total += float64(n)
			if inside {
				count[t] += n
				own += float64(n)
			}
		}
	}
	expected = make([]*float64, len(count))
	for t := range expected {
		e := round(float64(all[t]) * own / total)
		expected[t] = &e
	}
	return count, expected
}

// scanReason says in words why there is an alarm.
func (a Alarm) scanReason() (zh, en string) {
	whereZh, whereEn := a.where()
	everyZh, every := a.every()
	return fmt.Sprintf("%s周围 %d 处“%s”%s 起 %d 周共 %d 件，按各处与各周的常态预计 %.1f 件%s", whereZh, len(a.Members), a.CategoryZh, a.From, int(a.To-a.From)/weekDays, a.Observed, a.Expected, everyZh),
		fmt.Sprintf("%s around %s, %s: %d in %s from %s, %.1f expected from what is usual in these places and weeks%s", several(len(a.Members), "place"), whereEn, a.CategoryEn, a.Observed, several(int(a.To-a.From)/weekDays, "week"), a.From, a.Expected, every)
}

// several counts in English.
func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// inScope tells whether all that an alarm speaks of may be shown.
func (a Alarm) inScope(cat *cube.Catalogue, scope cube.Scope) bool {
	return scope.Holds(cat.Tree, a.ID) && !slices.ContainsFunc(a.Members, func(id string) bool { return !scope.Holds(cat.Tree, id) })
}

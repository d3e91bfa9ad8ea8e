package outlook

import (
	"cmp"
	"context"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/warning"
)

// candidate is one test that was made.
type candidate struct {
	place    int
	category string
	method   string
	signal   warning.Signal
	from, to cube.Day
	weekly   []int64
	daily    []int64
	dayFrom  cube.Day
	plot     Chart
}

// look tests every place and category and keeps the alarms that the rule
// allows.
func (s *Service) look(ctx context.Context, q question, r WarningsRequest, w *Warnings) error {
	p, err := s.placesOf(q.snap, r.Layer, "", q.scope)
	if err != nil {
		return err
	}
	categories := r.Categories
	if len(categories) == 0 {
		for _, e := range q.snap.Catalogue.Categories {
			categories = append(categories, e.Code)
		}
	}
	var found evidence
	w.Scan = ScanLook{State: scanState(p, q.span), From: q.span.week(max(0, q.span.weeks()-alarmScanWeeks)), To: q.span.end}
	for _, category := range categories {
		if category == "" {
			continue
		}
		if err = s.lookAt(ctx, q, p, category, w, &found); err != nil {
			return err
		}
	}
	w.Tests, w.Scan.Tests = len(found.tests), len(found.scans)
	w.raise(q, p, r.Budget, found)
	return ctx.Err()
}

// evidence is all that one look tests.
type evidence struct {
	tests []candidate
	scans []alarmScan
}

// raise keeps the alarms that the rule allows. There is one false-alarm budget:
// where there are tests and scans, each kind has half of it (weighted p-values,
// Genovese, Roeder & Wasserman 2006), or the few scans, whose p-values cannot
// be small, would drown among the many tests.
func (w *Warnings) raise(q question, p *places, budget float64, found evidence) {
	tests, scans := len(found.tests), len(found.scans)
	ofTest, ofScan := 1., 1.
	if tests > 0 && scans > 0 {
		ofTest, ofScan = float64(tests+scans)/float64(2*tests), float64(tests+scans)/float64(2*scans)
	}
	var values []float64
	for _, t := range found.tests {
		looks := 1.
		if budget > 0 && t.method == MethodEARS {
			looks = weekDays // a look a day, and the budget is for the year
		}
		values = append(values, min(1, t.signal.P/ofTest*looks))
	}
	for _, a := range found.scans {
		values = append(values, min(1, a.p()/ofScan))
	}
	rule := warning.FDR(WarningFDR)
	if budget > 0 {
		rule = warning.Budget(budget)
	}
	raised, adjusted := rule(values), warning.AdjustFDR(values)
	for i, t := range found.tests {
		if raised[i] && t.signal.Observed > t.signal.Upper {
			w.Alarms = append(w.Alarms, t.alarm(q.snap.Catalogue, p, max(t.signal.P, adjusted[i]), tests))
		}
	}
	limit := 0.
	for i, a := range found.scans {
		if raised[tests+i] {
			limit = max(limit, a.p())
		}
	}
	for i, a := range found.scans {
		if raised[tests+i] {
			w.Alarms = append(w.Alarms, a.alarms(q, p, limit, adjusted[tests+i], scans)...)
		}
	}
	slices.SortStableFunc(w.Alarms, func(a, b Alarm) int { return cmp.Compare(a.P, b.P) })
}

// lookAt tests one category in every place: the last whole week by Farrington
// flexible where the history is long enough, otherwise the last whole day by
// EARS C2; and all places together by the weekly scan.
func (s *Service) lookAt(ctx context.Context, q question, p *places, category string, w *Warnings, found *evidence) error {
	q.categories = []string{category}
	weekly, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
	if err != nil {
		return err
	}
	if w.Scan.State.Ready() {
		a, ok, err := s.scanCategory(ctx, q, p, category, weekly)
		if err != nil {
			return err
		}
		if ok {
			found.scans = append(found.scans, a)
		}
	}
	recent := cube.Selection{From: w.Day - dailyDays, To: w.Day, Categories: q.categories, Measure: cube.MeasureCount, Scope: q.scope}
	daily, err := s.countPlaces(ctx, q.snap, p, recent, cube.StepDay)
	if err != nil {
		return err
	}
	options, long := flexibleFor(q.span.weeks())
	for i := range p.ids {
		if weekly.n[i] == nil && daily.n[i] == nil {
			continue
		}
		w.Series++
		if daily.sum(i, dailyDays-leastDays, dailyDays) < leastCases {
			w.Quiet++
			continue
		}
		c := candidate{place: i, category: category, weekly: weekly.n[i], daily: daily.n[i], dayFrom: recent.From}
		if long {
			c.farrington(q.span, options)
		} else {
			c.ears(w.Day)
		}
		if c.signal.Status != warning.OK {
			w.Unanswered++
			continue
		}
		found.tests = append(found.tests, c)
	}
	return ctx.Err()
}

func (c candidate) alarm(cat *cube.Catalogue, p *places, adjusted float64, tests int) Alarm {
	upper := round(c.signal.Upper)
	a := Alarm{ID: p.ids[c.place], Name: p.names[c.place], Category: c.category, Method: c.method, From: c.from, To: c.to, Observed: int64(c.signal.Observed), Expected: round(c.signal.Expected),
		Upper: &upper, P: c.signal.P, PAdjusted: adjusted, Chart: c.plot}
	a.label(cat)
	if years := warning.RecurrenceYears(c.signal.P, tests); !math.IsInf(years, 0) {
		if c.method == MethodEARS {
			years /= weekDays // a look a day, not a week
		}
		a.Recurrence = &years
	}
	a.ReasonZh, a.ReasonEn = a.reason()
	return a
}

// label names the category.
func (a *Alarm) label(cat *cube.Catalogue) {
	a.CategoryZh, a.CategoryEn = a.Category, a.Category
	for _, e := range cat.Categories {
		if e.Code == a.Category {
			a.CategoryZh, a.CategoryEn = e.Zh, e.En
		}
	}
}

// round keeps four decimals, more than a count can carry.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

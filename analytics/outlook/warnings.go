package outlook

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/warning"
)

// WarningsRequest asks what is more than its past leads to expect.
type WarningsRequest struct {
	Layer      Layer    // areas or hexagons
	Categories []string // each apart; nil for every one that occurs
	// Budget is the number of false alarms a year that is accepted for all
	// tests together; 0 keeps the false-discovery rate at WarningFDR instead.
	Budget float64
}

// WarningFDR is the share of false alarms among the alarms of one look that is
// accepted where no budget is given.
const WarningFDR = 0.05

// Warnings are the alarms of one look, and what they were chosen from.
type Warnings struct {
	State       State    `json:"state"`
	Level       string   `json:"level"`
	Resolution  int      `json:"resolution,omitempty"`
	Categories  []string `json:"categories"`
	DataVersion uint64   `json:"data_version"`
	Day         cube.Day `json:"day"`    // first day that is not read
	Series      int      `json:"series"` // place × category with any incident in the history
	Quiet       int      `json:"quiet"`  // of these, with fewer than 5 cases in 4 weeks: not tested
	Unanswered  int      `json:"unanswered"`
	Tests       int      `json:"tests"`
	Rule        Rule     `json:"rule"`
	Alarms      []Alarm  `json:"alarms"` // strongest first
}

// Rule says how false alarms are bounded.
type Rule struct {
	Name    string  `json:"name"` // fdr or budget
	Rate    float64 `json:"rate,omitempty"`
	PerYear float64 `json:"per_year,omitempty"`
	Zh      string  `json:"zh"`
	En      string  `json:"en"`
}

// Methods of an alarm.
const (
	MethodFarrington = "farrington_flexible"
	MethodEARS       = "ears_c2"
)

// Alarm is one place and category with more incidents than expected.
type Alarm struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	Category   string   `json:"category"`
	CategoryZh string   `json:"category_zh"`
	CategoryEn string   `json:"category_en"`
	Method     string   `json:"method"`
	From       cube.Day `json:"from"`
	To         cube.Day `json:"to"`
	Observed   int64    `json:"observed"`
	Expected   float64  `json:"expected"`
	Upper      float64  `json:"upper"`
	P          float64  `json:"p"`
	PAdjusted  float64  `json:"p_adjusted"`
	// Recurrence is the mean number of years between two chance alarms this
	// strong among as many tests; null for p = 0.
	Recurrence *float64 `json:"recurrence_years"`
	ReasonZh   string   `json:"reason_zh"`
	ReasonEn   string   `json:"reason_en"`
	Chart      Chart    `json:"chart"`
}

// Chart is the history of an alarm: counts a step, and for the last steps what
// was expected and the bound, null where there was none.
type Chart struct {
	Step     cube.Step  `json:"step"`
	From     cube.Day   `json:"from"`
	Counts   []int64    `json:"counts"`
	Expected []*float64 `json:"expected"`
	Upper    []*float64 `json:"upper"`
}

// Warnings answers a request on the newest settled state.
func (s *Service) Warnings(ctx context.Context, r WarningsRequest) (*Warnings, error) {
	snap := s.store.Current()
	r.Categories = sortedCodes(r.Categories)
	end, _ := lastDay(snap.Catalogue, s.store.Today())
	return s.warnings.get(ctx, key(snap, "warnings", r.Layer, r.Categories, r.Budget, end), func(ctx context.Context) (*Warnings, error) {
		w := &Warnings{Level: r.Layer.Name, Resolution: r.Layer.Resolution, Categories: r.Categories, DataVersion: snap.Version,
			Day: end, Rule: ruleOf(r.Budget), Alarms: []Alarm{}}
		q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today())}
		if w.State = stateOf(snap, q.span, r.Layer, earsWeeks); !w.State.Ready() {
			return w, nil
		}
		return w, s.look(ctx, q, r, w)
	})
}

func ruleOf(budget float64) Rule {
	if budget > 0 {
		return Rule{Name: "budget", PerYear: budget, Zh: fmt.Sprintf("全部检验合计每年误报不超过 %g 次", budget),
			En: fmt.Sprintf("at most %g false alarms a year over all tests", budget)}
	}
	return Rule{Name: "fdr", Rate: WarningFDR, Zh: fmt.Sprintf("错误发现率不超过 %g%%", 100*WarningFDR),
		En: fmt.Sprintf("false-discovery rate at most %g %%", 100*WarningFDR)}
}

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
	p, err := s.placesOf(q.snap, r.Layer, "")
	if err != nil {
		return err
	}
	categories := r.Categories
	if len(categories) == 0 {
		for _, e := range q.snap.Catalogue.Categories {
			categories = append(categories, e.Code)
		}
	}
	var tests []candidate
	for _, category := range categories {
		if category == "" {
			continue
		}
		if tests, err = s.lookAt(ctx, q, p, category, w, tests); err != nil {
			return err
		}
	}
	w.Tests = len(tests)
	values := make([]float64, len(tests))
	for i, t := range tests {
		values[i] = t.signal.P
	}
	rule := warning.FDR(WarningFDR)
	if r.Budget > 0 {
		rule = warning.Budget(r.Budget)
	}
	raised, adjusted := rule(values), warning.AdjustFDR(values)
	for i, t := range tests {
		if raised[i] && t.signal.Observed > t.signal.Upper {
			w.Alarms = append(w.Alarms, t.alarm(q.snap.Catalogue, p, adjusted[i], len(tests)))
		}
	}
	slices.SortStableFunc(w.Alarms, func(a, b Alarm) int { return cmp.Compare(a.P, b.P) })
	return ctx.Err()
}

// lookAt tests one category in every place: the last whole week by Farrington
// flexible where the history is long enough, otherwise the last whole day by
// EARS C2.
func (s *Service) lookAt(ctx context.Context, q question, p *places, category string, w *Warnings, tests []candidate) ([]candidate, error) {
	q.categories = []string{category}
	weekly, err := s.countPlaces(ctx, q.snap, p, q.selection(), cube.StepWeek)
	if err != nil {
		return nil, err
	}
	recent := cube.Selection{From: w.Day - dailyDays, To: w.Day, Categories: q.categories, Measure: cube.MeasureCount}
	daily, err := s.countPlaces(ctx, q.snap, p, recent, cube.StepDay)
	if err != nil {
		return nil, err
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
		tests = append(tests, c)
	}
	return tests, ctx.Err()
}

func (c candidate) alarm(cat *cube.Catalogue, p *places, adjusted float64, tests int) Alarm {
	a := Alarm{ID: p.ids[c.place], Name: p.names[c.place], Category: c.category, CategoryZh: c.category, CategoryEn: c.category,
		Method: c.method, From: c.from, To: c.to, Observed: int64(c.signal.Observed), Expected: round(c.signal.Expected),
		Upper: round(c.signal.Upper), P: c.signal.P, PAdjusted: adjusted, Chart: c.plot}
	for _, e := range cat.Categories {
		if e.Code == c.category {
			a.CategoryZh, a.CategoryEn = e.Zh, e.En
		}
	}
	if years := warning.RecurrenceYears(c.signal.P, tests); !math.IsInf(years, 0) {
		if c.method == MethodEARS {
			years /= weekDays // a look a day, not a week
		}
		a.Recurrence = &years
	}
	a.ReasonZh, a.ReasonEn = c.reason(a)
	return a
}

// round keeps four decimals, more than a count can carry.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

package outlook

import (
	"context"
	"errors"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
	"reli/schemas"
)

// BacktestRequest asks how good the forecasts of a layer would have been.
type BacktestRequest struct {
	Layer      Layer
	Categories []string // together as one; nil for all
	Holdout    int      // hidden weeks; 0 for a third of the history, at most 26
	Seed       uint64   // of the bootstrap
	// Detection adds the experiment with injected outbreaks, which takes seconds
	// to minutes; a stored report of all categories has it since its first night.
	Detection bool
	// Scope of who asks; one without areas, as a backtest is of all of them.
	Scope cube.Scope
	// Progress is told how far the work is, from the goroutine that does it.
	Progress func(done, total int)
}

// Backtest is the report with what it was made from.
type Backtest struct {
	Made
	State       State            `json:"state"`
	Level       string           `json:"level"`
	Resolution  int              `json:"resolution,omitempty"`
	Categories  []string         `json:"categories"`
	HistoryFrom cube.Day         `json:"history_from"`
	HistoryTo   cube.Day         `json:"history_to"`
	Skill       []SkillAt        `json:"skill,omitempty"` // of what forecasts give, against the best baseline
	Report      *backtest.Report `json:"report"`
}

// Holdouts, in weeks.
const (
	mostHoldout  = 26
	leastHoldout = 8
)

// defaultHoldout hides a third of the history, half a year at most; 0 where
// that leaves too little to judge by.
func defaultHoldout(weeks int) int {
	if weeks < leastHoldout+forecast.MinWeeks {
		return 0
	}
	return min(mostHoldout, max(leastHoldout, weeks/3))
}

// Backtest answers a request on the newest settled state. Equal requests on
// equal data give equal reports.
func (s *Service) Backtest(ctx context.Context, r BacktestRequest) (*Backtest, error) {
	snap := s.store.Current()
	q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), categories: sortedCodes(r.Categories), scope: r.Scope.WithoutAreas()}
	weeks := q.span.weeks()
	answer := s.emptyBacktest(q, r.Layer)
	if answer.State = stateOf(snap, q.span, r.Layer, forecast.MinWeeks+leastHoldout); !answer.State.Ready() {
		return answer, nil
	}
	if r.Holdout == 0 {
		r.Holdout = defaultHoldout(weeks)
	}
	if r.Holdout < 1 || weeks-r.Holdout < forecast.MinWeeks {
		return nil, schemas.BadParameter("holdout", "want 1 to %d weeks: there are %d, and %d must be left", weeks-forecast.MinWeeks, weeks, forecast.MinWeeks)
	}
	j, err := s.judged(ctx, q, r.Layer, backtest.Options{Holdout: r.Holdout, Seed: r.Seed, Progress: r.Progress})
	if errors.Is(err, errNoEvents) {
		answer.State = noEvents()
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	if !r.Detection || j.Backtest.Report.Detection != nil {
		return &j.Backtest, nil
	}
	return s.withDetection(ctx, q, r.Layer, r.Seed, j.Backtest)
}

func (s *Service) emptyBacktest(q question, l Layer) *Backtest {
	return &Backtest{Made: s.madeNow(q.snap), Level: l.Name, Resolution: l.Resolution, Categories: q.categories,
		HistoryFrom: q.span.first, HistoryTo: q.span.end}
}

// Markdown writes the report for people.
func (b *Backtest) Markdown() string {
	if !b.State.Ready() {
		return b.State.Zh + "\n\n" + b.State.En + "\n"
	}
	return b.Report.Markdown()
}

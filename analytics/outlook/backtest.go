package outlook

import (
	"context"
	"errors"

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
	// Progress is told how far the work is, from the goroutine that does it.
	Progress func(done, total int)
}

// Backtest is the report with what it was made from.
type Backtest struct {
	State        State            `json:"state"`
	Level        string           `json:"level"`
	Resolution   int              `json:"resolution,omitempty"`
	Categories   []string         `json:"categories"`
	DataVersion  uint64           `json:"data_version"`
	ModelVersion string           `json:"model_version"`
	HistoryFrom  string           `json:"history_from"`
	HistoryTo    string           `json:"history_to"`
	Report       *backtest.Report `json:"report"`
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
	r.Categories = sortedCodes(r.Categories)
	q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), categories: r.Categories}
	weeks := q.span.weeks()
	if r.Holdout == 0 {
		r.Holdout = defaultHoldout(weeks)
	}
	answer := &Backtest{Level: r.Layer.Name, Resolution: r.Layer.Resolution, Categories: r.Categories, DataVersion: snap.Version,
		ModelVersion: ModelVersion, HistoryFrom: q.span.first.String(), HistoryTo: q.span.end.String()}
	if answer.State = stateOf(snap, q.span, r.Layer, forecast.MinWeeks+leastHoldout); !answer.State.Ready() {
		return answer, nil
	}
	if r.Holdout < 1 || weeks-r.Holdout < forecast.MinWeeks {
		return nil, schemas.BadParameter("holdout", "want 1 to %d weeks: there are %d, and %d must be left", weeks-forecast.MinWeeks, weeks, forecast.MinWeeks)
	}
	_, direct, err := s.fitsOf(ctx, q, r.Layer)
	if err != nil {
		return nil, err
	}
	if direct.counts.total() == 0 {
		answer.State = noEvents()
		return answer, nil
	}
	answer.Report, err = s.runBacktest(ctx, q, direct, backtest.Options{Holdout: r.Holdout, Seed: r.Seed, Progress: r.Progress})
	if errors.Is(err, errNoEvents) {
		answer.State = noEvents()
		return answer, nil
	}
	return answer, err
}

func (s *Service) runBacktest(ctx context.Context, q question, f *fitted, o backtest.Options) (*backtest.Report, error) {
	return s.backtests.get(ctx, key(q.snap, "backtest", f.name, q.span, q.categories, o.Holdout, o.Seed), func(ctx context.Context) (*backtest.Report, error) {
		if before := f.panel.Weeks() - o.Holdout; totalOf(f.panel.Counts(0, before)) == 0 {
			return nil, errNoEvents
		}
		return backtest.Run(ctx, f.panel, o)
	})
}

func totalOf(counts []int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

// backtestOf judges a fitted layer for its forecasts; nil where the history is
// too short.
func (s *Service) backtestOf(ctx context.Context, q question, f *fitted) (*backtest.Report, error) {
	holdout := defaultHoldout(f.panel.Weeks())
	if holdout == 0 {
		return nil, nil
	}
	r, err := s.runBacktest(ctx, q, f, backtest.Options{Holdout: holdout})
	if errors.Is(err, errNoEvents) {
		return nil, nil
	}
	return r, err
}

// Markdown writes the report for people.
func (b *Backtest) Markdown() string {
	if !b.State.Ready() {
		return b.State.Zh + "\n\n" + b.State.En + "\n"
	}
	return b.Report.Markdown()
}

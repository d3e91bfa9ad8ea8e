package outlook

import (
	"context"
	"errors"

	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
)

// judged is a backtest with its verdicts on the places.
type judged struct {
	Backtest Backtest                    `json:"backtest"`
	Places   map[string]forecast.Verdict `json:"places"` // by area code or hexagon
}

// judged gives the stored backtest of a layer, where it is the one that is
// stored, or makes one.
func (s *Service) judged(ctx context.Context, q question, l Layer, o backtest.Options) (*judged, error) {
	if q.scope.Empty() && o.Holdout == defaultHoldout(q.span.weeks()) && o.Seed == 0 {
		j, m, ok, err := stored(ctx, s, s.backtests, q.snap, kindBacktest, nameOf(l, q.categories), q.span.end, q.oldBacktest)
		if err != nil {
			return nil, err
		}
		if ok {
			shown := *j
			shown.Backtest.Made = m
			return &shown, nil
		}
	}
	return s.judgedNow(ctx, q, l, o)
}

// judgedNow makes a backtest, once for all who ask.
func (s *Service) judgedNow(ctx context.Context, q question, l Layer, o backtest.Options) (*judged, error) {
	_, direct, err := s.talliesOf(ctx, q, l)
	if err != nil {
		return nil, err
	}
	return s.backtests.get(ctx, key(q.snap, l, q.span, q.categories, q.scope.Canonical(), o.Holdout, o.Seed), func(ctx context.Context) (*judged, error) {
		return s.makeBacktest(ctx, q, l, direct, o)
	})
}

// judgedFor judges a layer for its forecasts; without a report where the
// history is too short for one.
func (s *Service) judgedFor(ctx context.Context, q question, l Layer) (*judged, error) {
	none := &judged{}
	holdout := defaultHoldout(q.span.weeks())
	if holdout == 0 {
		return none, nil
	}
	j, err := s.judged(ctx, q, l, backtest.Options{Holdout: holdout})
	if errors.Is(err, errNoEvents) {
		return none, nil
	}
	return j, err
}

// makeBacktest measures a layer: the model of its places, and what forecasts
// give of it, the division of the whole.
func (s *Service) makeBacktest(ctx context.Context, q question, l Layer, direct *tally, o backtest.Options) (*judged, error) {
	panel, err := panelOf(q.span, direct.counts, direct.neighbours, l.Name == LayerHex)
	if err != nil {
		return nil, err
	}
	before := 0
	for _, n := range panel.Counts(0, panel.Weeks()-o.Holdout) {
		before += n
	}
	if before == 0 {
		return nil, errNoEvents
	}
	if o.Fixed, err = s.coherent(ctx, q, l, o.Holdout); err != nil {
		return nil, err
	}
	report, err := backtest.Run(ctx, panel, o)
	if err != nil {
		return nil, err
	}
	out := &judged{Backtest: *s.emptyBacktest(q, l), Places: make(map[string]forecast.Verdict, len(report.Places))}
	out.Backtest.State, out.Backtest.Report, out.Backtest.Skill = ready(), report, skillOf(report)
	id := make([]string, len(direct.series))
	for code, n := range direct.series {
		id[n] = code
	}
	for _, p := range report.Places {
		out.Places[id[p.Series]] = p.Verdict
	}
	return out, nil
}

// overall is the verdict on all places together; without a backtest it is
// "too few weeks".
func (j *judged) overall() Verdict {
	if r := j.Backtest.Report; r != nil && len(r.Groups) > 0 {
		return verdictOf(r.Groups[0].Verdict)
	}
	return verdictOf(forecast.Verdict{Reason: forecast.ReasonTooFew})
}

// place is the verdict on one place.
func (j *judged) place(id string) Verdict {
	v, known := j.Places[id]
	if !known {
		v.Reason = forecast.ReasonTooFew
	}
	return verdictOf(v)
}

// bestBaseline is the baseline with the better log score one week ahead.
func (j *judged) bestBaseline() string {
	if r := j.Backtest.Report; r != nil && len(r.Horizons) > 0 {
		return bestOf(r.Horizons[0]).Method
	}
	return backtest.GammaPoisson
}

// skill says how good it was; nil without a backtest.
func (j *judged) skill() *Skill {
	b := j.Backtest
	if b.Report == nil {
		return nil
	}
	out := &Skill{Made: b.Made, HistoryTo: b.HistoryTo, Holdout: b.Report.Holdout, Horizons: b.Skill}
	out.sentence()
	return out
}

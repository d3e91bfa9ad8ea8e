package outlook

import (
	"context"
	"fmt"
	"strings"

	"reli/analytics/forecast"
)

// expectations are the means of a panel's series as they would have been at
// each origin of a backtest, by last known week, horizon and series.
type expectations map[int][horizonCount][]float64

// expected walks a tally through the hidden weeks; the structure of the model
// is chosen on the weeks before.
func (s *Service) expected(ctx context.Context, q question, t *tally, holdout int) (expectations, error) {
	return s.walks.get(ctx, fmt.Sprintf("%s|%016x|%d", q.span, t.digest, holdout), func(ctx context.Context) (expectations, error) {
		panel, err := panelOf(q.span, t.counts, t.neighbours, false)
		if err != nil {
			return nil, err
		}
		before := panel.Weeks() - holdout
		train, err := panel.Head(before)
		if err != nil {
			return nil, err
		}
		choice, err := forecast.Choose(ctx, train)
		if err != nil {
			return nil, err
		}
		out := expectations{}
		err = forecast.Walk(ctx, panel, choice, before-1, func(o *forecast.Origin) error {
			var at [horizonCount][]float64
			for _, h := range forecast.Horizons() {
				at[h] = make([]float64, panel.Series())
				for i, c := range o.Counts(h) {
					at[h][i] = c.Mean
				}
			}
			out[o.Week()] = at
			return ctx.Err()
		})
		return out, err
	})
}

// coherent gives what the places of a layer would have been given at each
// origin: the sum of their parts, see divide. It is nil for the finest places,
// whose own expectations stand.
func (s *Service) coherent(ctx context.Context, q question, l Layer, holdout int) (func(week int, h forecast.Horizon) []float64, error) {
	parts, direct, err := s.talliesOf(ctx, q, l)
	if err != nil || parts == direct {
		return nil, err
	}
	means, err := s.expected(ctx, q, parts, holdout)
	if err != nil {
		return nil, err
	}
	of := belongs(q, parts, direct)
	return func(week int, h forecast.Horizon) []float64 {
		out := make([]float64, len(direct.counts.n))
		for _, step := range stepsOf(h) {
			for i, mean := range means[week][step] {
				if of[i] >= 0 {
					out[of[i]] += mean
				}
			}
		}
		return out
	}, nil
}

// stepsOf are the horizons that a horizon's total adds up: the four weeks, or
// itself.
func stepsOf(h forecast.Horizon) []forecast.Horizon {
	if h == forecast.FourWeeks {
		return []forecast.Horizon{forecast.Week1, forecast.Week2, forecast.Week3, forecast.Week4}
	}
	return []forecast.Horizon{h}
}

// belongs gives the series of the layer that each part lies in, −1 for none.
func belongs(q question, parts, direct *tally) []int {
	of := make([]int, len(parts.counts.n))
	for id, i := range parts.series {
		of[i] = -1
		if n, same := direct.series[id]; same {
			of[i] = n
			continue
		}
		code, _ := strings.CutSuffix(id, rest)
		for _, step := range q.snap.Catalogue.Tree.Path(code) {
			if n, ok := direct.series[step]; ok {
				of[i] = n
			}
		}
	}
	return of
}

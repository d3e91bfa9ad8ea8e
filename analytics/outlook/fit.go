package outlook

import (
	"context"
	"fmt"
	"strings"

	"reli/analytics/cube"
	"reli/analytics/forecast"
)

// fitted is a model of the weekly counts of one set of places, together with
// what it was made from.
type fitted struct {
	*tally
	name  string
	span  span
	panel *forecast.Panel
	model *forecast.Model
}

// question is what all models of one answer have in common.
type question struct {
	snap       *cube.Snapshot
	span       span
	categories []string
	// scope of what is counted; see counted.
	scope cube.Scope
	// oldBacktest says that the stored backtest will do until the night.
	oldBacktest bool
}

// counted is the part of a principal's scope that the counts keep to. An area
// has the same forecast and the same false alarms whoever asks, so areas are
// modelled together and listed by scope; what a hexagon on the border holds
// of the neighbour, though, is nobody's to see.
func counted(l Layer, scope cube.Scope) cube.Scope {
	if l.Name == LayerHex {
		return scope
	}
	return scope.WithoutAreas()
}

func (q question) selection() cube.Selection {
	return cube.Selection{From: q.span.first, To: q.span.end, Categories: q.categories, Measure: cube.MeasureCount, Scope: q.scope}
}

// panelOf makes the panel of counts; neighbours may be nil.
func panelOf(sp span, c counts, neighbours [][]int, byEvent bool) (*forecast.Panel, error) {
	spec := forecast.Spec{Weeks: sp.weeks(), FirstDay: sp.first.Time(), Groups: make([]int32, len(c.n)), ByEvent: byEvent}
	if neighbours != nil {
		spec.Neighbours = make([][]int32, len(c.n))
		for i, list := range neighbours {
			for _, j := range list {
				spec.Neighbours[i] = append(spec.Neighbours[i], int32(j))
			}
		}
	}
	var observations []forecast.Observation
	for i, weeks := range c.n {
		for w, n := range weeks {
			if n > 0 {
				observations = append(observations, forecast.Observation{Series: i, Week: w, Count: int(n)})
			}
		}
	}
	return forecast.NewPanel(spec, observations)
}

// fit models a tally. It is keyed by what was counted, so that a change that
// left the counts as they were costs no second fit.
func (s *Service) fit(ctx context.Context, q question, name string, t *tally) (*fitted, error) {
	return s.fits.get(ctx, fmt.Sprintf("%s|%s|%016x", name, q.span, t.digest), func(ctx context.Context) (*fitted, error) {
		f := &fitted{name: name, span: q.span, tally: t}
		var err error
		if f.panel, err = panelOf(q.span, t.counts, t.neighbours, strings.HasPrefix(name, LayerHex)); err != nil {
			return nil, err
		}
		f.model, err = forecast.Fit(ctx, f.panel)
		return f, err
	})
}

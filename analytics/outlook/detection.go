package outlook

import (
	"context"

	"reli/analytics/forecast/backtest"
	"reli/analytics/hotspot/scan"
)

// detection measures the methods of warning on a layer by injected outbreaks;
// equal seeds on equal data give equal numbers. It is made where it is asked
// for and in the night, never for a forecast.
func (s *Service) detection(ctx context.Context, q question, l Layer, seed uint64) (*backtest.DetectionReport, error) {
	_, direct, err := s.talliesOf(ctx, q, l)
	if err != nil {
		return nil, err
	}
	return s.detections.get(ctx, key(q.snap, l, q.span, q.categories, q.scope.Canonical(), seed), func(ctx context.Context) (*backtest.DetectionReport, error) {
		panel, err := panelOf(q.span, direct.counts, direct.neighbours, l.Name == LayerHex)
		if err != nil {
			return nil, err
		}
		p, err := s.placesOf(q.snap, l, "", q.scope)
		if err != nil {
			return nil, err
		}
		points := make([]scan.Point, panel.Series())
		for i, id := range p.ids {
			if n, ok := direct.series[id]; ok {
				points[n] = scan.Point{X: p.centers[i].Lng, Y: p.centers[i].Lat}
			}
		}
		return backtest.Detect(ctx, panel, backtest.Detection{Points: points, Metric: scan.GreatCircle, Seed: seed})
	})
}

// withDetection adds the detection experiment to a report that others share.
func (s *Service) withDetection(ctx context.Context, q question, l Layer, seed uint64, b Backtest) (*Backtest, error) {
	d, err := s.detection(ctx, q, l, seed)
	if err != nil {
		return nil, err
	}
	report := *b.Report
	report.Detection, b.Report = d, &report
	return &b, nil
}

package outlook

import (
	"context"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/scan"
)

// Limits of a scan, whose work grows with the places times the places of a
// circle.
const (
	scanPlaces = 2000
	scanCircle = 30
	// scanStop ends the replications of a map on which nothing can come out any
	// more.
	scanStop = 50
	// scanWeeks is the longest window of a cluster.
	scanWeeks = 8
	// scanShare bounds a circle: larger ones are a rise of the whole county.
	scanShare = 0.25
)

func checkScan(p *places) error {
	if len(p.ids) > scanPlaces {
		return hotspot.Refuse(hotspot.TooMany, "places", tooManyToScan(len(p.ids), scanPlaces).En)
	}
	return nil
}

// scan looks for circles with more in the window than their population (or,
// without one, their number of places) explains: Kulldorff's Poisson scan.
func (m *look) scan(ctx context.Context) error {
	o, err := m.readMap(ctx)
	if err != nil {
		return err
	}
	if err := checkScan(o.places); err != nil {
		return err
	}
	points, cases := make([]scan.Point, len(o.cases)), make([]int, len(o.cases))
	for i, at := range o.places.centers {
		points[i], cases[i] = scan.Point{X: at.Lng, Y: at.Lat}, int(o.cases[i])
	}
	r, err := scan.Spatial(ctx, points, cases, o.share, scan.Options{Metric: scan.GreatCircle, MaxShare: scanShare,
		MaxLocations: scanCircle, StopAfter: scanStop, Seed: seed})
	if err != nil {
		return err
	}
	m.clusters(o.places, r, func(k scan.Cluster) Spot {
		return Spot{From: m.request.Selection.From, To: m.request.Selection.To, Count: int64(o.cases[k.Center])}
	})
	return nil
}

// permutation looks for circles with more in the last weeks than their own past
// and the county's rise explain.
func (m *look) permutation(ctx context.Context) error {
	p, c, sp, err := m.weekly(ctx)
	if err != nil {
		return err
	}
	if err := checkScan(p); err != nil {
		return err
	}
	r, err := m.service.permutation(ctx, p, c, scan.Options{MaxSteps: min(scanWeeks, c.steps/2), StopAfter: scanStop})
	if err != nil {
		return err
	}
	m.clusters(p, r, func(k scan.Cluster) Spot {
		recurrence := k.Recurrence
		return Spot{From: sp.week(k.From), To: sp.week(k.To), Count: c.sum(k.Center, k.From, k.To), Recurrence: &recurrence}
	})
	return nil
}

// clusters lists the circles of a scan that are no chance; begin gives what is
// particular to the method.
func (m *look) clusters(p *places, r *scan.Result, begin func(scan.Cluster) Spot) {
	h := m.answer
	h.Alpha = scan.DefaultAlarm
	for _, k := range r.Alarms(h.Alpha) {
		h.Hot++
		s, chance := begin(k), k.P
		s.ID, s.Name, s.Class = p.ids[k.Center], p.names[k.Center], "cluster"
		s.Center = [2]float64{p.centers[k.Center].Lng, p.centers[k.Center].Lat}
		s.Observed, s.Expected, s.Strength = int64(k.Cases), round(k.Expected), round(k.LLR)
		s.PAdjusted, s.RadiusM = &chance, round(k.Radius)
		for _, i := range k.Locations {
			s.Members = append(s.Members, p.ids[i])
		}
		h.Spots = append(h.Spots, s)
	}
}

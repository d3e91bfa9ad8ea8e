package outlook

import (
	"context"
	"math"

	"reli/analytics/cube"
	"reli/analytics/hotspot"
	"reli/analytics/hotspot/knox"
	"reli/geo"
	"reli/schemas"
)

// Limits of the methods in time.
const (
	// emergingWindow sums weeks to one map: at a county's density a week alone
	// says little.
	emergingWindow = 4
	// leastSteps of a window that is analysed in time.
	leastSteps = 8
	// repeatIncidents bounds the near-repeat test, whose work grows with the
	// square: two seconds.
	repeatIncidents = 4000
	repeatDraws     = 199
)

// weekly counts the whole weeks of the window, week by week. Only whole past
// weeks are read, as everywhere.
func (m *look) weekly(ctx context.Context) (*places, counts, span, error) {
	s, sel := m.service, m.request.Selection
	all := wholeWeeks(m.snap.Catalogue, s.store.Today())
	sp := span{first: max(all.first, cube.StepWeek.Begin(sel.From+weekDays-1)), end: min(all.end, cube.StepWeek.Begin(sel.To))}
	if sp.first > sp.end || sp.weeks() < leastSteps {
		return nil, counts{}, sp, hotspot.Refuse(hotspot.TooFew, "weeks", "fewer than 8 whole weeks in the window")
	}
	sel.From, sel.To = sp.first, sp.end
	m.answer.From, m.answer.To = sp.first, sp.end
	p, err := s.placesOf(m.snap, m.request.Layer, sel.Area, sel.Scope)
	if err != nil {
		return nil, counts{}, sp, err
	}
	c, err := s.countPlaces(ctx, m.snap, p, sel, cube.StepWeek)
	if err != nil {
		return nil, counts{}, sp, err
	}
	m.answer.Places, m.answer.Incidents = len(p.ids), c.total()
	if m.answer.Incidents == 0 {
		return nil, counts{}, sp, hotspot.Refuse(hotspot.NoCases, "cases", "no incident in the window")
	}
	return p, c, sp, nil
}

// emerging classes every place by how its hot spots came and went.
func (m *look) emerging(ctx context.Context) error {
	p, c, sp, err := m.weekly(ctx)
	if err != nil {
		return err
	}
	w, err := hotspot.FromNeighbours(p.neighbours)
	if err != nil {
		return err
	}
	byRate, err := m.byRate(p)
	if err != nil {
		return err
	}
	maps, err := trailing(p, c, byRate)
	if err != nil {
		return err
	}
	e, err := hotspot.EmergingHotSpots(ctx, maps, w.WithSelf(), hotspot.EmergingOptions{Detect: hotspot.DetectOptions{Seed: seed}})
	if err != nil {
		return err
	}
	h := m.answer
	h.Alpha, h.Exact = hotspot.DefaultAlpha, !byRate
	for t := range e.Steps {
		h.Steps = append(h.Steps, sp.week(t))
	}
	total := float64(h.Incidents)
	for i, pattern := range e.Patterns {
		if pattern.Class == hotspot.NoPattern {
			continue
		}
		h.Hot++
		spot := Spot{ID: p.ids[i], Name: p.names[i], Center: [2]float64{p.centers[i].Lng, p.centers[i].Lat}, Class: pattern.Class.String(),
			From: sp.first, To: sp.end, Count: c.sum(i, 0, c.steps), Expected: total / float64(len(p.ids)),
			Strength: round(e.Z[pattern.LastHot*len(p.ids)+i])}
		spot.Observed = spot.Count
		for _, j := range p.neighbours[i] {
			spot.Observed += c.sum(j, 0, c.steps)
			spot.Expected += total / float64(len(p.ids))
		}
		spot.Expected = round(spot.Expected)
		hot := pattern.HotSteps
		spot.HotSteps = &hot
		h.Spots = append(h.Spots, spot)
	}
	return nil
}

// trailing gives the map of every four weeks, one beginning with each week:
// their counts, or, where rates count, those four weeks' empirical-Bayes
// standardised rates. Four weeks without any incident are a map of zeros, on
// which nothing is hot.
func trailing(p *places, c counts, byRate bool) (hotspot.Cube, error) {
	out := hotspot.Cube{Steps: c.steps - emergingWindow + 1, Cells: len(p.ids)}
	for t := range out.Steps {
		values := make([]float64, len(p.ids))
		total := 0.0
		for i := range values {
			values[i] = float64(c.sum(i, t, t+emergingWindow))
			total += values[i]
		}
		if byRate && total > 0 {
			var err error
			if values, _, err = hotspot.StandardisedRates(values, p.population); err != nil {
				return out, err
			}
		}
		out.Values = append(out.Values, values...)
	}
	return out, nil
}

// NearRepeat is the Knox table: rows of Distances, columns of Days.
type NearRepeat struct {
	Distances []float64   `json:"distances_m"` // breaks
	Days      []float64   `json:"days"`        // breaks
	Observed  [][]int     `json:"observed"`
	Expected  [][]float64 `json:"expected"`
	Ratio     [][]float64 `json:"ratio"`
	P         [][]float64 `json:"p"`
}

// metresPerDegree of latitude.
const metresPerDegree = 111_195

// nearRepeat asks whether incidents follow each other in space and time. The
// places are the stored cells, 130 m across, so bands below 200 m mean nothing.
func (m *look) nearRepeat(ctx context.Context) error {
	sel := m.request.Selection
	p, err := hexPlaces(m.snap, Layer{LayerHex, cube.StorageResolution}, sel.Area, sel.Scope)
	if err != nil {
		return err
	}
	months, err := m.service.countPlaces(ctx, m.snap, p, sel, cube.StepMonth)
	if err != nil {
		return err
	}
	h := m.answer
	h.Layer, h.Resolution, h.Places, h.Incidents = LayerHex, cube.StorageResolution, len(p.ids), months.total()
	if h.Incidents > repeatIncidents || sel.Days() > maxWeeks*weekDays {
		return schemas.BadParameter("from", "%d incidents are more than the %d that the near-repeat test takes: choose a shorter window", h.Incidents, repeatIncidents)
	}
	if h.Incidents < 2 {
		return hotspot.Refuse(hotspot.TooFew, "incidents", "fewer than two incidents")
	}
	days, err := m.service.countPlaces(ctx, m.snap, p, sel, cube.StepDay)
	if err != nil {
		return err
	}
	o := knox.Options{Distances: []float64{0, 200, 400, 800, 1600}, Times: []float64{0, 4, 8, 15, 29}, Permutations: repeatDraws, Seed: seed}
	r, err := knox.Test(ctx, eventsOf(p.centers, days), o)
	if err != nil {
		return err
	}
	h.NearRepeat = &NearRepeat{o.Distances, o.Times, r.Observed, r.Expected, r.Ratio, r.P}
	return nil
}

// eventsOf places every incident on a plane in metres, good to a per mille over
// a county.
func eventsOf(centers []geo.LngLat, days counts) []knox.Event {
	var out []knox.Event
	for i, at := range centers {
		x := at.Lng * metresPerDegree * math.Cos(centers[0].Lat*math.Pi/180)
		for day, n := range days.n[i] {
			for range n {
				out = append(out, knox.Event{X: x, Y: at.Lat * metresPerDegree, T: float64(day)})
			}
		}
	}
	return out
}

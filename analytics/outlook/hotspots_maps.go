package outlook

import (
	"context"

	"reli/analytics/cube"
	"reli/analytics/hotspot"
)

// oneMap is a map of the whole window: counts, and the values that a statistic
// sees.
type oneMap struct {
	places  *places
	cases   []float64
	share   []float64 // expected share of all cases: of the population, or equal
	values  []float64
	weights *hotspot.Weights // without self
	total   float64
}

// readMap counts the window's incidents place by place. Where every place has a
// population the values are empirical-Bayes standardised rates, otherwise
// counts.
func (m *look) readMap(ctx context.Context) (*oneMap, error) {
	s, sel := m.service, m.request.Selection
	p, err := s.placesOf(m.snap, m.request.Layer, sel.Area, sel.Scope)
	if err != nil {
		return nil, err
	}
	c, err := s.countPlaces(ctx, m.snap, p, sel, cube.StepMonth)
	if err != nil {
		return nil, err
	}
	o := &oneMap{places: p, cases: make([]float64, len(p.ids)), share: make([]float64, len(p.ids))}
	people := 0.0
	for i := range p.ids {
		o.cases[i] = float64(c.sum(i, 0, c.steps))
		o.total += o.cases[i]
		people += p.population[i]
	}
	m.answer.Places, m.answer.Incidents = len(p.ids), int64(o.total)
	if o.total == 0 {
		return nil, hotspot.Refuse(hotspot.NoCases, "cases", "no incident in the window")
	}
	o.values = o.cases
	for i := range o.share {
		o.share[i] = 1 / float64(len(p.ids))
	}
	byRate, err := m.byRate(p)
	if err != nil {
		return nil, err
	}
	if byRate {
		for i := range o.share {
			o.share[i] = p.population[i] / people
		}
		if o.values, _, err = hotspot.StandardisedRates(o.cases, p.population); err != nil {
			return nil, err
		}
	}
	o.weights, err = hotspot.FromNeighbours(p.neighbours)
	return o, err
}

// byRate says whether the values of a map are rates, and notes it.
func (m *look) byRate(p *places) (bool, error) {
	known := p.hasPopulation()
	if m.request.Basis == basisRate && !known {
		return false, hotspot.Refuse(hotspot.NoExposure, "population", "not every place has a population")
	}
	if !known || m.request.Basis == basisCount {
		return false, nil
	}
	m.answer.Basis = basisRate
	return true, nil
}

// spot describes place i with its neighbours.
func (m *look) spot(o *oneMap, i int, class string) Spot {
	p := o.places
	out := Spot{ID: p.ids[i], Name: p.names[i], Center: [2]float64{p.centers[i].Lng, p.centers[i].Lat}, Class: class,
		From: m.request.Selection.From, To: m.request.Selection.To, Count: int64(o.cases[i]), Observed: int64(o.cases[i])}
	share := o.share[i]
	for _, j := range p.neighbours[i] {
		out.Observed += int64(o.cases[j])
		share += o.share[j]
	}
	out.Expected = round(share * o.total)
	return out
}

func (m *look) giStar(ctx context.Context) error {
	o, err := m.readMap(ctx)
	if err != nil {
		return err
	}
	d, err := hotspot.Detect(ctx, o.values, o.weights.WithSelf(), hotspot.DetectOptions{Seed: seed})
	if err != nil {
		return err
	}
	h := m.answer
	h.Alpha, h.Exact = hotspot.DefaultAlpha, d.Exact
	for i, state := range d.State {
		class, p := "hot", d.HotQ[i]
		switch state {
		case hotspot.Hot:
			h.Hot++
		case hotspot.Cold:
			h.Cold++
			class, p = "cold", d.ColdQ[i]
		default:
			continue
		}
		spot := m.spot(o, i, class)
		spot.Strength, spot.PAdjusted = round(d.Z[i]), &p
		h.Spots = append(h.Spots, spot)
	}
	return nil
}

// moranDraws is the number of permutations of local Moran's I: the smallest
// p-value must pass the correction for thousands of places.
const moranDraws = 9999

func (m *look) moran(ctx context.Context) error {
	o, err := m.readMap(ctx)
	if err != nil {
		return err
	}
	w := o.weights.RowStandardised()
	global, err := hotspot.MoranI(o.values, w)
	if err != nil {
		return err
	}
	local, err := hotspot.LocalMoranI(ctx, o.values, w, hotspot.Draws{N: moranDraws, Seed: seed})
	if err != nil {
		return err
	}
	p := make([]float64, len(local))
	for i, l := range local {
		p[i] = l.P
	}
	adjusted, err := hotspot.BenjaminiHochberg(p)
	if err != nil {
		return err
	}
	h := m.answer
	h.Alpha, h.Global = hotspot.DefaultAlpha, &Global{round(global.I), round(global.Expected), round(global.RandomZ)}
	for i, l := range local {
		if !l.Defined || adjusted[i] > h.Alpha {
			continue
		}
		switch l.Quadrant {
		case hotspot.HighHigh:
			h.Hot++
		case hotspot.LowLow:
			h.Cold++
		}
		spot := m.spot(o, i, quadrantName(l.Quadrant))
		spot.Strength, spot.PAdjusted = round(l.Z), &adjusted[i]
		h.Spots = append(h.Spots, spot)
	}
	return nil
}

// quadrantName is the class of a local Moran's I: high or low itself, among
// high or low neighbours.
func quadrantName(q hotspot.Quadrant) string {
	return map[hotspot.Quadrant]string{hotspot.HighHigh: "high_high", hotspot.LowHigh: "low_high",
		hotspot.LowLow: "low_low", hotspot.HighLow: "high_low"}[q]
}

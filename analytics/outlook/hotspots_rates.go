package outlook

import (
	"cmp"
	"context"
	"math"
	"slices"

	"reli/analytics/hotspot"
)

// perPeople is the number of people that rates are given for.
const perPeople = 10_000

// Rate is the rate of one place: incidents of the window per 10,000 people.
// Raw is null without a population; Smoothed is drawn towards the mean of all
// places the more, the fewer people live in the place (Marshall 1991).
type Rate struct {
	ID         string     `json:"id"`
	Name       string     `json:"name,omitempty"`
	Center     [2]float64 `json:"center"` // lng, lat
	N          int64      `json:"n"`
	Population int64      `json:"population"`
	Raw        *float64   `json:"raw"`
	Smoothed   *float64   `json:"smoothed"`
	Expected   float64    `json:"expected"` // incidents at the mean rate of all places
}

// RatePrior is the distribution of the true rates per 10,000 people, as the map
// suggests it. A deviation of 0 means that chance alone explains the
// differences, and all places have the same smoothed rate.
type RatePrior struct {
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// maxRates bounds the list; what is left out is counted in left_out.
const maxRates = 20_000

// rates lists every place with its raw and smoothed rate. Places without a
// population have none; incidents there would have no rate, so they are left
// out of the estimate.
func (m *look) rates(ctx context.Context) error {
	m.request.Basis = basisCount // the rates are the answer, not the values of a map
	o, err := m.readMap(ctx)
	if err != nil {
		return err
	}
	p := o.places
	cases, known := make([]float64, len(p.ids)), 0
	for i, n := range p.population {
		if n > 0 {
			cases[i] = o.cases[i]
			known++
		}
	}
	if known == 0 {
		return hotspot.Refuse(hotspot.NoExposure, "population", "no place has a population")
	}
	r, prior, err := hotspot.MarshallGlobal(cases, p.population)
	if err != nil {
		return err
	}
	h := m.answer
	h.Basis, h.Prior = basisRate, &RatePrior{Mean: round(perPeople * prior.Mean), Deviation: round(perPeople * math.Sqrt(prior.Variance))}
	for i := range p.ids {
		rate := Rate{ID: p.ids[i], Name: p.names[i], Center: [2]float64{p.centers[i].Lng, p.centers[i].Lat}, N: int64(o.cases[i]),
			Population: int64(p.population[i]), Expected: round(prior.Mean * p.population[i])}
		if r.Defined[i] {
			raw, smoothed := round(perPeople*r.Raw[i]), round(perPeople*r.Smoothed[i])
			rate.Raw, rate.Smoothed = &raw, &smoothed
		}
		h.Rates = append(h.Rates, rate)
	}
	slices.SortFunc(h.Rates, func(a, b Rate) int {
		return cmp.Or(cmp.Compare(smoothedOf(b), smoothedOf(a)), cmp.Compare(a.ID, b.ID))
	})
	h.LeftOut = max(0, len(h.Rates)-maxRates)
	h.Rates = h.Rates[:len(h.Rates)-h.LeftOut]
	return nil
}

// smoothedOf puts places without a rate last.
func smoothedOf(r Rate) float64 {
	if r.Smoothed == nil {
		return -1
	}
	return *r.Smoothed
}

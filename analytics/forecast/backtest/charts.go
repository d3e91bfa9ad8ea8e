package backtest

import "reli/analytics/forecast/score"

// pitBins and reliabilityBins are the classes of the two diagrams.
const (
	pitBins         = 10
	reliabilityBins = 10
)

// Reliability is one class of the reliability diagram of P(≥ 1 event): how
// often there was one where so much was said.
type Reliability struct {
	Cases  int     `json:"cases"`
	Said   float64 `json:"said"`   // mean predicted probability
	Actual float64 `json:"actual"` // share of the cases with an event
}

// diagrams gathers what the charts of a method show.
type diagrams struct {
	weekly      []float64 // mean log score by origin
	pit         [pitBins]float64
	reliability [reliabilityBins]Reliability
}

// add takes one case: its forecast, what came, and the bounds of the
// probability integral transform.
func (d *diagrams) add(c score.Count, y int, low, high float64) {
	d.spread(low, high)
	said := c.AtLeastOne()
	r := &d.reliability[min(reliabilityBins-1, max(0, int(said*reliabilityBins)))]
	r.Cases++
	r.Said += said
	if y > 0 {
		r.Actual++
	}
}

// spread adds the histogram of a count's transform: uniform between its bounds
// (Czado, Gneiting & Held 2009).
func (d *diagrams) spread(low, high float64) {
	if high <= low {
		d.pit[min(pitBins-1, int(low*pitBins))]++
		return
	}
	for i := int(low * pitBins); i < pitBins && float64(i)/pitBins < high; i++ {
		from, to := max(low, float64(i)/pitBins), min(high, float64(i+1)/pitBins)
		d.pit[i] += (to - from) / (high - low)
	}
}

// report gives the diagrams as shares and means of n cases; empty classes of
// the reliability diagram are left out.
func (d *diagrams) report(m *MethodReport, n float64) {
	m.Weekly = d.weekly
	for _, v := range d.pit {
		m.PIT = append(m.PIT, v/n)
	}
	for _, r := range d.reliability {
		if r.Cases > 0 {
			r.Said /= float64(r.Cases)
			r.Actual /= float64(r.Cases)
			m.Reliability = append(m.Reliability, r)
		}
	}
}

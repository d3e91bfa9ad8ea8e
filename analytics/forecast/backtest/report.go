package backtest

import (
	"math/rand/v2"

	"reli/analytics/forecast"
	"reli/analytics/forecast/score"
)

// Report is the outcome of a backtest. It is plain data: encoding/json writes
// it, Markdown renders it.
type Report struct {
	Weeks   int `json:"weeks"`
	Holdout int `json:"holdout_weeks"`
	// Series is the number of series with an event before the holdout.
	Series int `json:"series"`
	Events int `json:"events"`
	// MeanRate is the mean count of a series and week in the holdout, Zeros
	// the share of its zeros.
	MeanRate float64 `json:"mean_rate"`
	Zeros    float64 `json:"zeros"`
	// Outside is the share of the holdout's events in series unknown before.
	Outside  float64         `json:"events_outside_known"`
	Gaps     []forecast.Gap  `json:"gaps"`
	Choice   forecast.Choice `json:"choice"`
	Seed     uint64          `json:"seed"`
	Horizons []HorizonReport `json:"horizons"`
	Groups   []GroupVerdict  `json:"groups"`
	// Places has one verdict for each known series; it is left out of the JSON
	// for its size.
	Places []PlaceVerdict `json:"-"`
	// PlacesBetter, PlacesNot and PlacesFew count those verdicts.
	PlacesBetter int `json:"places_better"`
	PlacesNot    int `json:"places_not_better"`
	PlacesFew    int `json:"places_too_few"`
	// Detection is there where the caller of Detect put it.
	Detection *DetectionReport `json:"detection,omitempty"`
}

// HorizonReport compares the methods at one horizon.
type HorizonReport struct {
	Horizon string         `json:"horizon"`
	Cases   int            `json:"cases"`
	Methods []MethodReport `json:"methods"`
}

// MethodReport are the scores of one method: the mean logarithmic score, ranked
// probability score and pinball loss, the coverage of the 90 % interval by the
// randomised probability integral transform, in all and by predicted rate, the
// ratio of expected to actual events, and the hit-rate curve.
type MethodReport struct {
	Method   string  `json:"method"`
	LogScore float64 `json:"log_score"`
	RPS      float64 `json:"rps"`
	Pinball  float64 `json:"pinball"`
	Coverage float64 `json:"coverage_90"`
	Bias     float64 `json:"expected_over_actual"`
	Bins     []Bin   `json:"bins"`
	Hits     []Hit   `json:"hit_curve"`
	// Weekly is the mean log score of each origin, PIT the shares of the ten
	// classes of the probability integral transform, a tenth each where the
	// spread is right.
	Weekly      []float64     `json:"weekly_log_score"`
	PIT         []float64     `json:"pit"`
	Reliability []Reliability `json:"reliability"`
}

// Bin is the coverage in one class of the predicted mean.
type Bin struct {
	Rate     string  `json:"rate"`
	Cases    int     `json:"cases"`
	Coverage float64 `json:"coverage_90"`
}

// Hit is one point of the hit-rate curve: the share of the events in the top
// share of the known cells. PAI takes all cells as equally large.
type Hit struct {
	Share    float64        `json:"share_of_cells"`
	Rate     float64        `json:"hit_rate"`
	Interval score.Interval `json:"interval_90"`
	PAI      float64        `json:"pai"`
	PEI      float64        `json:"pei"`
}

// GroupVerdict is the verdict on one group with the scaled error of its weekly
// totals (nil where there is no scale).
type GroupVerdict struct {
	Group int `json:"group"`
	forecast.Verdict
	MASE *float64 `json:"mase"`
}

// PlaceVerdict is the verdict on one series, by its number in the panel given.
type PlaceVerdict struct {
	Series int
	Events int
	forecast.Verdict
}

func binNames() [forecast.RateBins]string {
	return [forecast.RateBins]string{"<0.1", "0.1-0.5", "0.5-2", ">=2"}
}

func (b *book) report(o Options, rng *rand.Rand) *Report {
	r := &Report{Weeks: b.panel.Weeks(), Holdout: o.Holdout, Seed: o.Seed}
	for _, h := range forecast.Horizons() {
		pages := b.pages[h]
		if pages[Model].n == 0 {
			continue
		}
		line := HorizonReport{Horizon: h.String(), Cases: int(pages[Model].n)}
		for _, m := range b.method {
			line.Methods = append(line.Methods, pages[m].report(m, o, rng))
		}
		r.Horizons = append(r.Horizons, line)
	}
	for g := range b.panel.Groups() {
		r.Groups = append(r.Groups, b.groupVerdict(g))
	}
	for i, p := range b.places {
		v := PlaceVerdict{Series: i, Events: p.events, Verdict: p.verdict()}
		switch v.Reason {
		case forecast.ReasonBetter:
			r.PlacesBetter++
		case forecast.ReasonNotBetter:
			r.PlacesNot++
		default:
			r.PlacesFew++
		}
		r.Places = append(r.Places, v)
	}
	return r
}

func (p *page) report(method string, o Options, rng *rand.Rand) MethodReport {
	m := MethodReport{
		Method: method, LogScore: p.logS / p.n, RPS: p.rps / p.n, Pinball: p.pinball / p.n,
		Coverage: p.covered / p.n,
	}
	p.diagrams.report(&m, p.n)
	if p.events > 0 {
		m.Bias = p.mean / p.events
	}
	for i, bin := range p.bins {
		bin.Rate = binNames()[i]
		if bin.Cases > 0 {
			bin.Coverage /= float64(bin.Cases)
		}
		m.Bins = append(m.Bins, bin)
	}
	for i, share := range score.Shares() {
		var all score.Hits
		for _, h := range p.hits[i] {
			all = all.Add(h)
		}
		hit := Hit{Share: share, Rate: all.Rate(), PEI: all.PEI()}
		if interval, err := score.BootstrapRate(p.hits[i], o.Draws, intervalLevel, rng); err == nil {
			hit.Interval = interval
		}
		cells := p.n / float64(len(p.hits[i]))
		if pai, err := score.PAI(all.Top, all.All, float64(score.TopCells(int(cells), share)), cells); err == nil {
			hit.PAI = pai
		}
		m.Hits = append(m.Hits, hit)
	}
	return m
}

// describe fills in what the panel itself says, and the verdicts of places.
func (r *Report) describe(all, known *forecast.Panel, before int, kept []int) {
	r.Series, r.Gaps = known.Series(), known.Gaps()
	inside, zeros := 0, 0
	for w := before; w < known.Weeks(); w++ {
		for _, n := range known.Counts(w, w+1) {
			inside += n
			if n == 0 {
				zeros++
			}
		}
	}
	cells := float64(known.Series() * (known.Weeks() - before))
	r.MeanRate, r.Zeros = float64(inside)/cells, float64(zeros)/cells
	everything := 0
	for _, n := range all.Counts(before, all.Weeks()) {
		everything += n
	}
	if everything > 0 {
		r.Outside = 1 - float64(inside)/float64(everything)
	}
	for _, n := range all.Counts(0, all.Weeks()) {
		r.Events += n
	}
	for i := range r.Places {
		r.Places[i].Series = kept[i]
	}
}

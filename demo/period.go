package demo

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

const (
	yearlyGrowth = 0.04
	dayNoise     = 0.10 // spread of a day beyond chance, log-normal
)

// period is the days that are told, with the number of records of each.
type period struct {
	start  time.Time // first local day
	end    int64     // unix seconds, the midnight after the last day
	counts []int64
	mixes  [][]float64 // per day the running shares of the sources
}

// newPeriod shares the records out over the days. The counts add up exactly.
func newPeriod(start time.Time, days int, records int64, rng *rand.Rand) period {
	cal := newCalendar()
	p := period{start: start, end: start.AddDate(0, 0, days).Unix(),
		counts: make([]int64, days), mixes: make([][]float64, days)}
	weights := make([]float64, days)
	for d := range days {
		date := p.date(d)
		kind := cal.kind(date)
		shares := make([]float64, len(sources))
		for i := range sources {
			shares[i] = sources[i].share * sources[i].byKind[kind]
			if kind == workday {
				shares[i] *= weekdays[date.Weekday()]
			}
			weights[d] += shares[i]
		}
		p.mixes[d] = cumulative(shares)
		room := float64(p.end) - float64(date.Unix()) - day/2
		weights[d] *= cal.season(date) * knownShare(room) * (1 + yearlyGrowth*float64(d)/365) *
			math.Exp(dayNoise*rng.NormFloat64())
	}
	p.apportion(weights, records, rng)
	return p
}

func (p *period) date(d int) time.Time { return p.start.AddDate(0, 0, d) }

// apportion draws each day's count around its share (normal approximation of
// Poisson) and then hands out or takes back single records until they add up.
func (p *period) apportion(weights []float64, records int64, rng *rand.Rand) {
	running := cumulative(weights)
	var sum int64
	before := 0.0
	for d, r := range running {
		mean := (r - before) * float64(records)
		before = r
		p.counts[d] = int64(math.Max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
		sum += p.counts[d]
	}
	for sum != records {
		d := min(sort.SearchFloat64s(running, rng.Float64()), len(running)-1)
		switch {
		case sum < records:
			p.counts[d]++
			sum++
		case p.counts[d] > 0:
			p.counts[d]--
			sum--
		}
	}
}

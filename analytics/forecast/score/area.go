package score

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

// shares are the fractions of the populated cells at which the hit rate is
// always reported: one point alone invites the choice of a flattering one.
var shares = [...]float64{.01, .02, .05, .10, .20}

// Shares returns the fractions of cells of the hit-rate curve, ascending.
func Shares() []float64 { return slices.Clone(shares[:]) }

// Hits counts the events of one period that fell into the top cells by risk.
type Hits struct {
	// Top is the number of events in the chosen cells. Where the border of the
	// choice runs through cells of equal risk it is the mean over their
	// orders, so that the order of the input decides nothing.
	Top float64
	// Best is the number of events an oracle would have caught with as many
	// cells.
	Best float64
	// All is the number of events in all cells.
	All float64
	// Cells is the number of cells chosen.
	Cells int
}

// TopCells is the number of cells that a share of n cells stands for, at least
// one.
func TopCells(n int, share float64) int {
	return min(n, max(1, int(math.Round(share*float64(n)))))
}

// Ranking orders cells by a risk, highest first, once for several choices.
type Ranking struct {
	risk  []float64
	order []int32
}

// NewRanking orders the cells of risk.
func NewRanking(risk []float64) *Ranking {
	order := make([]int32, len(risk))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(risk[b], risk[a]) })
	return &Ranking{risk: risk, order: order}
}

// Hit counts truth in the top k cells; truth is parallel to the risks.
func (r *Ranking) Hit(truth []int, k int) Hits {
	k = min(k, len(r.order))
	hits := Hits{Cells: k}
	sorted := slices.Clone(truth)
	slices.SortFunc(sorted, func(a, b int) int { return cmp.Compare(b, a) })
	for i, y := range sorted {
		hits.All += float64(y)
		if i < k {
			hits.Best += float64(y)
		}
	}
	if k == 0 {
		return hits
	}
	border := r.risk[r.order[k-1]]
	tied, tiedEvents, sure := 0, 0, 0
	for _, i := range r.order {
		switch {
		case r.risk[i] > border:
			hits.Top += float64(truth[i])
			sure++
		case r.risk[i] == border:
			tied++
			tiedEvents += truth[i]
		}
	}
	hits.Top += float64(tiedEvents) * float64(k-sure) / float64(tied)
	return hits
}

// Add sums the hits of two periods.
func (h Hits) Add(o Hits) Hits {
	return Hits{Top: h.Top + o.Top, Best: h.Best + o.Best, All: h.All + o.All, Cells: h.Cells + o.Cells}
}

// Rate is the share of the events that the chosen cells caught; 0 without
// events.
func (h Hits) Rate() float64 { return ratio(h.Top, h.All) }

// PEI is the prediction efficiency index: the hit rate relative to the best
// possible with as many cells (Hunt 2016); 0 without events.
func (h Hits) PEI() float64 { return ratio(h.Top, h.Best) }

// PAI is the prediction accuracy index (n/N)/(a/A) (Chainey, Tompson & Uhlig
// 2008): hits n of N events in area a of A. It grows without bound as a
// shrinks, so it is only ever shown beside the hit-rate curve. It is an error
// where there are no events or no area.
func PAI(n, all, area, total float64) (float64, error) {
	if all <= 0 || area <= 0 || total <= 0 {
		return 0, errors.New("score: PAI needs events and area")
	}
	return (n / all) / (area / total), nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Interval is a two-sided interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// BootstrapRate is a percentile interval for the hit rate of summed periods:
// whole periods are drawn with replacement, for the events of one week are not
// independent. level is the central probability.
func BootstrapRate(periods []Hits, draws int, level float64, rng *rand.Rand) (Interval, error) {
	if len(periods) == 0 || draws < 1 {
		return Interval{}, ErrNoCases
	}
	rates := make([]float64, draws)
	for d := range rates {
		var sum Hits
		for range periods {
			sum = sum.Add(periods[rng.IntN(len(periods))])
		}
		rates[d] = sum.Rate()
	}
	slices.Sort(rates)
	edge := (1 - level) / 2 * float64(draws-1)
	return Interval{Low: rates[int(edge)], High: rates[int(math.Ceil(float64(draws-1)-edge))]}, nil
}

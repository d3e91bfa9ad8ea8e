package hotspot

import (
	"context"

	"reli/analytics/hotspot/internal/montecarlo"
)

// ConditionalP returns the conditional permutation p-value of Gi or Gi* (Anselin
// 1995): cell i keeps its value, the values of all other cells are dealt out to
// its neighbours N times, p = (hits+1)/(N+1). With and without self the p-value is
// the same, since the cell's own value adds the same to every sum. Cells without
// neighbours, or with all others as neighbours, get 1.
//
// It cannot go below 1/(N+1), too coarse for thousands of cells: see CountP.
func ConditionalP(ctx context.Context, x []float64, w *Weights, tail Tail, d Draws) ([]float64, error) {
	if w == nil {
		return nil, Refuse(BadWeights, "weights", "are missing")
	}
	if err := checkMap(x, w, w.self); err != nil {
		return nil, err
	}
	hits, err := conditionalHits(ctx, x, w, d)
	if err != nil {
		return nil, err
	}
	p := make([]float64, len(x))
	for i, h := range hits {
		p[i] = twoTails(h.upper(d.N), h.lower(d.N), tail)
	}
	return p, nil
}

// tailHits counts the random sums at least and at most as large as the observed.
type tailHits struct {
	atLeast, atMost int
	defined         bool
}

func (h tailHits) upper(n int) float64 { return h.p(h.atLeast, n) }
func (h tailHits) lower(n int) float64 { return h.p(h.atMost, n) }

func (h tailHits) p(hits, n int) float64 {
	if !h.defined {
		return 1
	}
	return float64(hits+1) / float64(n+1)
}

// conditionalHits permutes around every cell; each cell has its own generator.
func conditionalHits(ctx context.Context, x []float64, w *Weights, d Draws) ([]tailHits, error) {
	if d.N < 1 {
		return nil, Refuse(BadOption, "draws", "at least one permutation is needed")
	}
	hits := make([]tailHits, len(x))
	err := montecarlo.Each(ctx, 0, len(x), d.Workers, func() func(int) error {
		draw := newDrawer(len(x))
		return func(i int) error {
			hits[i] = hitsAround(i, x, w, draw, d)
			return nil
		}
	})
	return hits, err
}

func hitsAround(i int, x []float64, w *Weights, draw *drawer, d Draws) tailHits {
	m, observed := w.Degree(i), w.sum(i, x)
	if w.self {
		m, observed = m-1, observed-x[i]
	}
	if m == 0 || m >= len(x)-1 {
		return tailHits{}
	}
	rng := montecarlo.Rand(d.Seed, i)
	h := tailHits{defined: true}
	for range d.N {
		draw.begin()
		draw.taken[i] = draw.now
		var s float64
		for range m {
			s += x[draw.take(rng)]
		}
		slack := dust * (1 + max(observed, -observed))
		if s >= observed-slack {
			h.atLeast++
		}
		if s <= observed+slack {
			h.atMost++
		}
	}
	return h
}

package scan

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"

	"reli/analytics/hotspot/internal/montecarlo"
)

// replicator fills counts with one data set drawn under the null hypothesis.
type replicator func(rng *rand.Rand, counts []int)

// run finds the clusters and tests them against newReplicator's data sets; share is
// what MaxShare limits, a place.
func (s *study) run(ctx context.Context, share []float64, newReplicator func() replicator) (*Result, error) {
	var err error
	if s.circles, err = buildCircles(ctx, s.points, share, s.options); err != nil {
		return nil, err
	}
	w := newWindows(s)
	found, err := s.bestAround(ctx, w)
	if err != nil {
		return nil, err
	}
	result := &Result{Cases: s.total, Clusters: s.apart(found)}
	if len(result.Clusters) == 0 {
		return result, nil
	}
	plan := montecarlo.Plan{
		Replications: s.options.Replications, StopAfter: s.options.StopAfter,
		Seed: s.options.Seed, Workers: s.options.Workers,
	}
	values, stopped, err := montecarlo.Maxima(ctx, plan, result.Clusters[0].LLR,
		func() func(*rand.Rand) float64 {
			k, replicate := newWalker(w, false), newReplicator()
			counts := make([]int, len(s.cases))
			return func(rng *rand.Rand) float64 {
				replicate(rng, counts)
				return k.maximum(counts)
			}
		})
	if err != nil {
		return nil, err
	}
	result.Replications, result.Stopped = len(values), stopped
	for i := range result.Clusters {
		c := &result.Clusters[i]
		c.P = montecarlo.P(values, stopped, c.LLR)
		if s.options.Prospective {
			c.Recurrence = 1 / c.P
		}
	}
	return result, nil
}

// maximum returns the largest likelihood ratio of a data set.
func (k *walker) maximum(counts []int) float64 {
	k.load(counts)
	k.reset()
	for center := range k.circles {
		k.walk(center)
	}
	llr, _ := k.harvest()
	return llr
}

// candidate is the best window round a centre.
type candidate struct {
	center int
	spot   spot
	cases  int
	llr    float64
}

// bestAround finds the best window round every centre of the observed data.
func (s *study) bestAround(ctx context.Context, w *windows) ([]candidate, error) {
	found := make([]candidate, len(s.points))
	err := montecarlo.Each(ctx, 0, len(s.points), s.options.Workers, func() func(int) error {
		k := newWalker(w, true)
		k.load(s.cases)
		return func(center int) error {
			k.reset()
			k.walk(center)
			llr, cases := k.harvest()
			if llr > 0 {
				found[center] = candidate{center, k.spots[cases], cases, llr}
			}
			return nil
		}
	})
	return found, err
}

// apart picks clusters by descending ratio, each sharing no place with a better
// one; of equal ratios the circle with fewer places wins, then the lower centre.
func (s *study) apart(found []candidate) []Cluster {
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.llr, a.llr),
			cmp.Compare(a.spot.size, b.spot.size), cmp.Compare(a.center, b.center))
	})
	var out []Cluster
	taken := make([]bool, len(s.points))
	for _, f := range found {
		if f.llr == 0 || (s.options.MaxClusters > 0 && len(out) == s.options.MaxClusters) {
			break
		}
		places := s.circles[f.center][:f.spot.size]
		if slices.ContainsFunc(places, func(p int32) bool { return taken[p] }) {
			continue
		}
		for _, p := range places {
			taken[p] = true
		}
		out = append(out, s.cluster(f, places))
	}
	return out
}

func (s *study) cluster(f candidate, places []int32) Cluster {
	c := Cluster{
		Center: f.center, From: int(f.spot.from), To: int(f.spot.to),
		Cases: f.cases, LLR: f.llr, Locations: make([]int, len(places)),
	}
	for i, p := range places {
		c.Locations[i] = int(p)
		c.Radius = max(c.Radius, radius(s.options.Metric, s.points[f.center], s.points[p]))
		for t := c.From; t < c.To; t++ {
			c.Expected += s.expected[int(p)*s.steps+t]
		}
	}
	if c.Cases < s.total {
		outside := float64(s.total-c.Cases) / (float64(s.total) - c.Expected)
		c.RelativeRisk = float64(c.Cases) / c.Expected / outside
	}
	return c
}

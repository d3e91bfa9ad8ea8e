// Package montecarlo runs numbered pieces of random work on several goroutines so
// that the answer depends on the seed alone: every piece has its own generator,
// made from the seed and the piece's number.
//
// It knows no statistics beyond the sequential stopping rule of a Monte-Carlo
// p-value. Callers: hotspot and its sub-packages.
package montecarlo

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Rand returns the generator of piece number piece of the run with this seed.
func Rand(seed uint64, piece int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, mix(uint64(piece))))
}

// mix spreads consecutive numbers over 64 bits (the finaliser of SplitMix64,
// Steele, Lea and Flood 2014), so that neighbouring pieces share no structure.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Workers returns the number of goroutines to use: n, or one a processor if n < 1.
func Workers(n int) int {
	if n < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// Each calls work(i) for every i in [from, to) on the given number of goroutines;
// newWork is called once a goroutine and may allocate what it reuses. It returns
// the first error, or the context's.
func Each(ctx context.Context, from, to, workers int, newWork func() func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	next.Store(int64(from))
	for range min(Workers(workers), to-from) {
		group.Go(func() error {
			work := newWork()
			for {
				i := int(next.Add(1)) - 1
				if i >= to {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := work(i); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// block is the number of replications between two looks at the stopping rule.
const block = 32

// Plan says how many replications to make.
type Plan struct {
	Replications int
	StopAfter    int // stop once this many reached the observed value; 0 never
	Seed         uint64
	Workers      int
}

// Maxima returns the statistic of replications 0, 1, … in order. It stops after
// the replication in which the StopAfter-th value reached observed (Besag and
// Clifford 1991) and says so; the place does not depend on the number of workers.
func Maxima(
	ctx context.Context, plan Plan, observed float64, newReplication func() func(*rand.Rand) float64,
) (values []float64, stopped bool, err error) {
	values = make([]float64, plan.Replications)
	hits := 0
	for from := 0; from < plan.Replications; from += block {
		to := min(from+block, plan.Replications)
		err := Each(ctx, from, to, plan.Workers, func() func(int) error {
			replicate := newReplication()
			return func(i int) error {
				values[i] = replicate(Rand(plan.Seed, i))
				return nil
			}
		})
		if err != nil {
			return nil, false, err
		}
		for i := from; i < to; i++ {
			if values[i] >= observed {
				hits++
			}
			if plan.StopAfter > 0 && hits == plan.StopAfter {
				return values[:i+1], true, nil
			}
		}
	}
	return values, false, nil
}

// P returns the Monte-Carlo p-value of observed: hits/l where the run was stopped
// (Besag and Clifford 1991), else (hits+1)/(l+1).
func P(values []float64, stopped bool, observed float64) float64 {
	hits := 0
	for _, v := range values {
		if v >= observed {
			hits++
		}
	}
	if stopped {
		return float64(hits) / float64(len(values))
	}
	return float64(hits+1) / float64(len(values)+1)
}

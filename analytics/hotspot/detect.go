package hotspot

import (
	"context"
	"errors"
	"math"
)

// DefaultAlpha is the false-discovery rate at which Detect raises alarms. It is
// below the promised 5 % of alarms on maps without hot spots because that promise
// is kept by counting alarms on a finite number of maps, not only on average.
const DefaultAlpha = 0.03

// Limits of the draws for maps that are not counts: enough for the smallest
// p-value to pass the correction for all cells ten times over, at most two million
// (half a second a degree).
const (
	drawsPerCell = 10
	maxDraws     = 2_000_000
)

// State says whether a cell is a hot or a cold spot.
type State int8

// The states of a cell.
const (
	Cold    State = -1
	Neutral State = 0
	Hot     State = 1
)

// DetectOptions steers Detect; the zero value is the recommended one.
type DetectOptions struct {
	Alpha   float64 // false-discovery rate, 0 means DefaultAlpha
	Seed    uint64  // used only where p-values are sampled
	Workers int     // goroutines; below 1 means one a processor
}

// Detection is a map of hot and cold spots; all slices have one entry a cell.
type Detection struct {
	Scores
	HotQ  []float64 // adjusted p-value of being hot
	ColdQ []float64 // adjusted p-value of being cold
	State []State
	Exact bool // p-values exact (counts), not sampled
}

// Detect finds the hot and cold spots of one map: Gi* scores, permutation p-values
// (exact for counts, sampled otherwise) and Benjamini–Hochberg over all cells, hot
// and cold apart. w must have self. Where exposure exists, x is StandardisedRates.
func Detect(ctx context.Context, x []float64, w *Weights, o DetectOptions) (Detection, error) {
	alpha := o.Alpha
	if alpha == 0 {
		alpha = DefaultAlpha
	}
	if err := checkLevel("alpha", alpha); err != nil {
		return Detection{}, err
	}
	scores, err := GiStar(x, w)
	if err != nil {
		return Detection{}, err
	}
	tails, exact, err := permutationTails(ctx, x, w, alpha, o)
	if err != nil {
		return Detection{}, err
	}
	d := Detection{Scores: scores, State: make([]State, len(x)), Exact: exact}
	if d.HotQ, err = BenjaminiHochberg(tails.upper); err != nil {
		return Detection{}, err
	}
	if d.ColdQ, err = BenjaminiHochberg(tails.lower); err != nil {
		return Detection{}, err
	}
	for i := range x {
		switch {
		case !scores.Defined[i]:
		case d.HotQ[i] <= alpha && scores.Z[i] > 0:
			d.State[i] = Hot
		case d.ColdQ[i] <= alpha && scores.Z[i] < 0:
			d.State[i] = Cold
		}
	}
	return d, nil
}

// permutationTails takes the exact law where it can be had.
func permutationTails(
	ctx context.Context, x []float64, w *Weights, alpha float64, o DetectOptions,
) (t tailPair, exact bool, err error) {
	t, err = countTails(x, w)
	if err == nil {
		return t, true, ctx.Err()
	}
	var input *InputError
	if !errors.As(err, &input) || (input.Code != NotCount && input.Code != TooMany) {
		return tailPair{}, false, err
	}
	n := math.Ceil(drawsPerCell * float64(len(x)) / alpha)
	t, err = sampledTails(ctx, x, w, Draws{N: int(min(n, maxDraws)), Seed: o.Seed, Workers: o.Workers})
	return t, false, err
}

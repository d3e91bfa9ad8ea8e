package series

import "math"

// What a silence and a jump must be, the same as in analytics/forecast.
const (
	// silenceWindow is how many steps beside a silence say what is usual.
	silenceWindow = 13
	// silenceExpected is how many events must have been expected during it: with
	// Poisson counts its probability is exp(−20); the rest is for counts that
	// vary more.
	silenceExpected = 20
	// jumpFactor and jumpSigmas: so many times the past, and so many Poisson
	// standard deviations after the square root.
	jumpFactor = 2
	jumpSigmas = 5
	// leastPast is the fewest steps that a jump is measured against.
	leastPast = 8
)

// Silent marks the steps of a run of zeros in which so many events were to be
// expected that a source must have stopped: they are missing, not zero. A
// series without any event has no such run: nothing says what to expect.
func Silent(counts []int64) []bool {
	out := make([]bool, len(counts))
	for from := 0; from < len(counts); from++ {
		to := from
		for to < len(counts) && counts[to] == 0 {
			to++
		}
		if to == from {
			continue
		}
		low, high := max(0, from-silenceWindow), from
		if from == 0 {
			low, high = to, min(to+silenceWindow, len(counts))
		}
		if high > low && mean(counts[low:high])*float64(to-from) >= silenceExpected {
			for i := from; i < to; i++ {
				out[i] = true
			}
		}
		from = to
	}
	return out
}

func mean(counts []int64) float64 {
	sum := int64(0)
	for _, v := range counts {
		sum += v
	}
	return float64(sum) / float64(len(counts))
}

// Jump compares the last recent steps with up to 12 times as many before them;
// missing ones (nil for none) are left out. ratio is last to usual; ok is false
// where there is no jump, or too little to tell.
func Jump(counts []int64, missing []bool, recent int) (ratio float64, ok bool) {
	split := len(counts) - recent
	if split < 0 {
		return 0, false
	}
	last, lastSteps := known(counts, missing, split, len(counts))
	before, beforeSteps := known(counts, missing, max(0, split-12*recent), split)
	if lastSteps == 0 || beforeSteps < leastPast {
		return 0, false
	}
	expected := before / beforeSteps * lastSteps
	ratio = (last + .5) / (expected + .5)
	change := 2 * math.Abs(math.Sqrt(last)-math.Sqrt(expected))
	return ratio, change >= jumpSigmas && (ratio >= jumpFactor || ratio <= 1./jumpFactor)
}

// known adds up the steps [from, to) that are not missing.
func known(counts []int64, missing []bool, from, to int) (sum, steps float64) {
	for i := from; i < to; i++ {
		if missing == nil || !missing[i] {
			sum += float64(counts[i])
			steps++
		}
	}
	return sum, steps
}

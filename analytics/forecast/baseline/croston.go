package baseline

import "errors"

// ErrNoDemand says that a series has no event, so that the intermittent
// methods have nothing to smooth.
var ErrNoDemand = errors.New("baseline: series without events")

// Croston is the forecast per period of an intermittent series (Croston 1972):
// exponential smoothing with weight alpha of the sizes of the non-zero counts
// and of the intervals between them, started at the first size and the first
// interval, the one from the start of the series.
func Croston(y []float64, alpha float64) (float64, error) {
	size, interval, since, seen := 0.0, 0.0, 0.0, false
	for _, v := range y {
		since++
		if v == 0 {
			continue
		}
		if !seen {
			size, interval, seen = v, since, true
		} else {
			size += alpha * (v - size)
			interval += alpha * (since - interval)
		}
		since = 0
	}
	if !seen {
		return 0, ErrNoDemand
	}
	return size / interval, nil
}

// SBA is Croston's forecast with the bias correction 1−alpha/2 of Syntetos &
// Boylan (2005).
func SBA(y []float64, alpha float64) (float64, error) {
	forecast, err := Croston(y, alpha)
	return forecast * (1 - alpha/2), err
}

// TSB is the method of Teunter, Syntetos & Babai (2011): it smooths the
// probability of a non-zero count in every period with weight beta and the
// sizes with weight alpha, so that the forecast of a dead series falls. Both
// start at their means over the series.
func TSB(y []float64, alpha, beta float64) (float64, error) {
	sum, busy := 0.0, 0.0
	for _, v := range y {
		sum += v
		if v > 0 {
			busy++
		}
	}
	if busy == 0 {
		return 0, ErrNoDemand
	}
	size, chance := sum/busy, busy/float64(len(y))
	for _, v := range y {
		if v == 0 {
			chance -= beta * chance
			continue
		}
		chance += beta * (1 - chance)
		size += alpha * (v - size)
	}
	return size * chance, nil
}

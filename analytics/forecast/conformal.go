package forecast

import "math"

// RateBins is the number of classes of the predicted mean in which intervals
// are calibrated apart.
const RateBins = 4

// RateBin is the class of a predicted mean: < 0.1, 0.1–0.5, 0.5–2, ≥ 2 events
// in the horizon.
func RateBin(mean float64) int {
	switch {
	case mean < .1:
		return 0
	case mean < .5:
		return 1
	case mean < 2:
		return 2
	}
	return 3
}

const (
	// pitCells is the resolution of the calibration: 0.5 %, so that the ends
	// of a 95 % interval lie five cells from the border.
	pitCells = 200
	// pitPrior is the number of perfectly calibrated targets assumed before
	// the first real one.
	pitPrior = 100
	// pitHalfLife is how fast the calibration forgets, in weeks: the online
	// correction under drift.
	pitHalfLife = 26
)

// calibration is the distribution of past probability integral transforms of
// one horizon and rate bin. Each target's transform is spread evenly over its
// interval (Czado, Gneiting & Held 2009), which is the mean over the
// randomisation, so that no random numbers are needed.
type calibration struct {
	mass [pitCells]float64
	n    float64
	// rise is where the even mass of newly added targets begins and ends: it
	// keeps adding O(1) and is summed up once, when they are merged.
	rise [pitCells]float64
}

func (c *calibration) add(low, high float64) {
	c.n++
	a, b := low*pitCells, high*pitCells
	first, last := min(int(a), pitCells-1), min(int(b), pitCells-1)
	if first == last {
		c.mass[first]++
		return
	}
	density := 1 / (b - a)
	c.mass[first] += (float64(first+1) - a) * density
	c.rise[first+1] += density
	c.rise[last] -= density
	c.mass[last] += (b - float64(last)) * density
}

// merge takes in newly added targets after the old ones have faded by keep.
func (c *calibration) merge(o *calibration, keep float64) {
	even := 0.0
	for k := range c.mass {
		even += o.rise[k]
		c.mass[k] = c.mass[k]*keep + o.mass[k] + even
	}
	c.n = c.n*keep + o.n
}

// level is the transform u below which a share p of the past targets fell:
// split conformal prediction (Vovk, Gammerman & Shafer 2005) on transforms.
func (c *calibration) level(p float64) float64 {
	goal := p * (c.n + pitPrior)
	sum := 0.0
	for k, m := range c.mass {
		cell := m + pitPrior/float64(pitCells)
		if sum+cell >= goal {
			return (float64(k) + (goal-sum)/cell) / pitCells
		}
		sum += cell
	}
	return 1
}

// Band is a central interval of the probability integral transform: with
// perfect calibration of a level L it is [(1−L)/2, (1+L)/2].
type Band struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func (c *calibration) band(level float64) Band {
	return Band{Low: c.level((1 - level) / 2), High: c.level((1 + level) / 2)}
}

// pitKeep is what a week leaves of the old transforms.
var pitKeep = math.Exp2(-1.0 / pitHalfLife)

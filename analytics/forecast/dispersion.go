package forecast

import (
	"math"

	"reli/analytics/forecast/score"
)

// spread is the size of the negative binomial as a power of its mean:
// size = exp(logC)·μ^power. Power 0 is NB2 (variance μ+μ²/c), power 1 is NB1
// (variance μ·(1+1/c)); counts of places usually lie between (Cameron &
// Trivedi 2013, ch. 3).
type spread struct{ logC, power float64 }

// firstSpread is used until enough has been seen.
var firstSpread = spread{logC: math.Log(2), power: .5}

func (s spread) count(mean float64) score.Count {
	if mean <= 0 {
		return score.Count{Mean: 0, Size: math.Inf(1)}
	}
	return score.Count{Mean: mean, Size: s.size(math.Log(mean))}
}

// sizeLow keeps the size positive where the mean is almost zero.
const sizeLow = 1e-6

// size is the size at the logarithm of a mean.
func (s spread) size(log float64) float64 {
	return math.Max(sizeLow, math.Exp(s.logC+s.power*log))
}

const (
	// meanSteps is the number of classes of the mean in one decade: wide
	// enough to be few, narrow enough (6 %) that the mean of the class stands
	// for its members.
	meanSteps = 20
	// meanLow and meanDecades bound the classes: 1e-6 … 1e6 events.
	meanLow, meanDecades = -6, 12
	meanClasses          = meanSteps * meanDecades
	// exactCount is the largest count tabulated with its class; larger ones
	// are kept one by one.
	exactCount = 24
)

// meanClass is the class of a mean with the given logarithm.
func meanClass(log float64) int {
	class := int((log/math.Ln10 - meanLow) * meanSteps)
	return min(meanClasses-1, max(0, class))
}

// tally is what a spread is fitted from: how often each count came in each
// class of the predicted mean.
type tally struct {
	sum   [meanClasses]float64 // Σ of the means of a class
	n     [meanClasses]float64
	exact [meanClasses][exactCount + 1]float32
	large []largeCount
	busy  int // non-zero targets
}

type largeCount struct {
	mean float64
	y    int
}

func (a *tally) add(mean, log float64, y int) {
	if y > 0 {
		a.busy++
	}
	if y > exactCount {
		a.large = append(a.large, largeCount{mean, y})
		return
	}
	class := meanClass(log)
	a.n[class]++
	a.sum[class] += mean
	a.exact[class][y]++
}

// merge takes in newly settled targets after the old ones have faded by keep;
// of the large counts the oldest are dropped.
func (a *tally) merge(o *tally, keep float64) {
	for i := range a.n {
		a.n[i] = a.n[i]*keep + o.n[i]
		a.sum[i] = a.sum[i]*keep + o.sum[i]
		if a.n[i] == 0 {
			continue
		}
		for y := range a.exact[i] {
			a.exact[i][y] = a.exact[i][y]*float32(keep) + o.exact[i][y]
		}
	}
	a.large = append(a.large, o.large...)
	if over := len(a.large) - largeKept; over > 0 {
		a.large = a.large[over:]
	}
	a.busy += o.busy
}

// largeKept bounds the list of large counts.
const largeKept = 1024

// loss is the negative log-likelihood of a spread.
func (a *tally) loss(s spread) float64 {
	total := 0.0
	for class, n := range a.n {
		if n == 0 {
			continue
		}
		c := s.count(a.sum[class] / n)
		total += a.classLoss(c, class)
	}
	for _, l := range a.large {
		total += score.Log(s.count(l.mean), l.y)
	}
	// A weak prior toward the first spread, worth about one observation.
	return total + .5*(s.power-firstSpread.power)*(s.power-firstSpread.power) + .01*(s.logC-firstSpread.logC)*(s.logC-firstSpread.logC)
}

// classLoss steps through the counts of one class by the recursion of the
// masses, so that it needs one logarithm a count and no gamma function.
func (a *tally) classLoss(c score.Count, class int) float64 {
	if c.Mean == 0 {
		return 0
	}
	logMass, total := c.LogZero(), 0.0
	step := math.Log(c.Mean / (c.Mean + c.Size))
	last := exactCount
	for last > 0 && a.exact[class][last] == 0 {
		last--
	}
	for y := 0; ; y++ {
		total -= float64(a.exact[class][y]) * logMass
		if y == last {
			return total
		}
		logMass += step + math.Log((float64(y)+c.Size)/float64(y+1))
	}
}

// spreadFewest is the number of non-zero targets below which a spread is not
// fitted.
const spreadFewest = 100

// fit lowers the loss from a start by compass search: derivative-free, two
// parameters. It begins with long steps the first time and with short ones from
// the fit before.
func (a *tally) fit(start spread) spread {
	if a.busy < spreadFewest {
		return start
	}
	best, loss := start, a.loss(start)
	step := stepFirst
	if start != firstSpread {
		step = stepAgain
	}
	for step > stepLast {
		improved := false
		for _, d := range [...]spread{{step, 0}, {-step, 0}, {0, step / 2}, {0, -step / 2}} {
			try := spread{
				logC:  math.Min(logCHigh, math.Max(-logCHigh, best.logC+d.logC)),
				power: math.Min(powerHigh, math.Max(powerLow, best.power+d.power)),
			}
			if l := a.loss(try); l < loss {
				best, loss, improved = try, l, true
			}
		}
		if !improved {
			step /= 2
		}
	}
	return best
}

const (
	// stepFirst, stepAgain and stepLast are steps of the compass search, in
	// units of log size: 2 % of the size changes no interval.
	stepFirst, stepAgain, stepLast = .4, .08, .02
	// logCHigh bounds the spread's scale: e^±9 is Poisson on one side and
	// nothing but clusters on the other.
	logCHigh = 9
	// powerLow and powerHigh keep the variance between μ+μ^2.5 and μ+μ^.5.
	powerLow, powerHigh = -.5, 1.5
)

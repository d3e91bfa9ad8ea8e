package warning

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Detector is the p-value of week `at` of a series from that week and earlier
// ones; ok is false where it has no answer.
type Detector func(y []float64, at int) (p float64, ok bool)

// FlexibleDetector is Farrington flexible as a detector.
func FlexibleDetector(o Options) Detector {
	return func(y []float64, at int) (float64, bool) {
		s := FarringtonFlexible(y, at, o)
		return s.P, s.Status == OK
	}
}

// Outbreak is what is added to a series to see whether it is noticed.
type Outbreak struct {
	// Factor multiplies the expected count: (Factor−1) times the mean of the
	// year before is added, Poisson distributed. 1 or 0 adds nothing.
	Factor float64
	// Extra events are added every week.
	Extra int
	// Weeks is how long it lasts.
	Weeks int
}

// String names the outbreak, such as "x2, 3 weeks".
func (o Outbreak) String() string {
	if o.Extra > 0 {
		return fmt.Sprintf("+%d, %d weeks", o.Extra, o.Weeks)
	}
	return fmt.Sprintf("x%g, %d weeks", o.Factor, o.Weeks)
}

// Outbreaks are the injections every report shows: ×2, ×3 and +5 events a week
// for 1 to 4 weeks.
func Outbreaks() []Outbreak {
	var list []Outbreak
	for weeks := 1; weeks <= 4; weeks++ {
		list = append(list, Outbreak{Factor: 2, Weeks: weeks}, Outbreak{Factor: 3, Weeks: weeks}, Outbreak{Extra: 5, Weeks: weeks})
	}
	return list
}

// Detection is how one kind of outbreak fared.
type Detection struct {
	Outbreak    string  `json:"outbreak"`
	Trials      int     `json:"trials"`
	Probability float64 `json:"probability"` // of an alarm while it lasts
	Delay       float64 `json:"delay_weeks"` // mean weeks to the alarm where there was one; 0 is the first week
}

// ExperimentResult is the outcome of an experiment.
type ExperimentResult struct {
	Detections []Detection `json:"detections"`
	// FalseAlarms is the number of alarms a series and year without injection.
	// Real outbreaks in the data count here too, so it is an upper bound.
	FalseAlarms float64 `json:"false_alarms_per_series_year"`
	// Unanswered is the share of series-weeks without a threshold.
	Unanswered float64 `json:"unanswered"`
}

// Experiment describes a detection experiment.
type Experiment struct {
	Series    [][]float64 // equally long weekly counts
	From      int         // first week that is judged
	Detector  Detector
	Rule      Rule // over all series of a week
	Outbreaks []Outbreak
	Trials    int // for each kind of outbreak
}

// ErrExperiment says that an experiment has nothing to work on.
var ErrExperiment = errors.New("warning: experiment needs series of one length, judged weeks, a detector, a rule and trials")

func (e Experiment) check() error {
	if len(e.Series) == 0 || e.From < 0 || e.Detector == nil || e.Rule == nil || e.Trials < 1 {
		return ErrExperiment
	}
	for _, y := range e.Series {
		if len(y) != len(e.Series[0]) || e.From >= len(y) {
			return ErrExperiment
		}
	}
	return nil
}

// Run injects outbreaks into randomly chosen series and weeks, one at a time,
// and judges the week among all the others under the rule. The same rng seed
// gives the same result.
func (e Experiment) Run(ctx context.Context, rng *rand.Rand) (*ExperimentResult, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	quiet, result, err := e.undisturbed(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range e.Outbreaks {
		d := Detection{Outbreak: o.String(), Trials: e.Trials}
		found, delays := 0, 0
		for range e.Trials {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			delay, ok, err := e.trial(o, quiet, rng)
			if err != nil {
				return nil, err
			}
			if ok {
				found++
				delays += delay
			}
		}
		d.Probability = float64(found) / float64(e.Trials)
		if found > 0 {
			d.Delay = float64(delays) / float64(found)
		}
		result.Detections = append(result.Detections, d)
	}
	return result, nil
}

// undisturbed judges the data as they are: p-values by week and series.
func (e Experiment) undisturbed(ctx context.Context) ([][]float64, *ExperimentResult, error) {
	weeks := len(e.Series[0])
	quiet := make([][]float64, weeks)
	alarms, unanswered, tests := 0, 0, 0
	for at := e.From; at < weeks; at++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		quiet[at] = make([]float64, len(e.Series))
		for i, y := range e.Series {
			p, ok := e.Detector(y, at)
			if !ok {
				p = 1
				unanswered++
			}
			quiet[at][i] = p
			tests++
		}
		for _, alarm := range e.Rule(quiet[at]) {
			if alarm {
				alarms++
			}
		}
	}
	return quiet, &ExperimentResult{
		FalseAlarms: float64(alarms) / (float64(tests) / YearWeeks),
		Unanswered:  float64(unanswered) / float64(tests),
	}, nil
}

// trial injects one outbreak and returns the weeks until its alarm.
func (e Experiment) trial(o Outbreak, quiet [][]float64, rng *rand.Rand) (delay int, found bool, err error) {
	weeks := len(e.Series[0])
	if o.Weeks < 1 || weeks-e.From < o.Weeks {
		return 0, false, ErrExperiment
	}
	i := rng.IntN(len(e.Series))
	start := e.From + rng.IntN(weeks-e.From-o.Weeks+1)
	y := slices.Clone(e.Series[i])
	usual := yearMean(y, start)
	for w := range o.Weeks {
		at := start + w
		if math.IsNaN(y[at]) {
			continue
		}
		y[at] += float64(o.Extra) + poisson((o.Factor-1)*usual, rng)
		p, ok := e.Detector(y, at)
		if !ok {
			continue
		}
		all := slices.Clone(quiet[at])
		all[i] = p
		if e.Rule(all)[i] {
			return w, true, nil
		}
	}
	return 0, false, nil
}

func yearMean(y []float64, at int) float64 {
	sum, n := 0.0, 0.0
	for _, v := range y[max(0, at-52):at] {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / math.Max(1, n)
}

func poisson(mean float64, rng *rand.Rand) float64 {
	if !(mean > 0) {
		return 0
	}
	return distuv.Poisson{Lambda: mean, Src: rng}.Rand()
}

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

// Experiment injects the same outbreaks for all methods and compares them at
// the same rate of false alarms: the threshold of each method is the one that
// gives this rate in the watched weeks without any injection. Real outbreaks in
// the data count as false alarms, alike for all methods.
type Experiment struct {
	Series    [][]float64 // equally long weekly counts, NaN for a missing week
	From      int         // first week that is watched; the last one is the end
	Methods   []Method
	Rates     []float64 // false alarms a series and year, each compared apart
	Outbreaks []Outbreak
	Trials    int // for each kind of outbreak
	// Sample bounds the series that a method of one series at a time judges and
	// that outbreaks go into; 0 for all.
	Sample   int
	Progress func(done, total int)
}

// Detection is how one kind of outbreak fared.
type Detection struct {
	Outbreak string  `json:"outbreak"`
	Trials   int     `json:"trials"`
	Added    float64 `json:"events_added"` // mean, over its weeks
	// Probability of an alarm while it lasts.
	Probability float64 `json:"probability"`
	// Delay is the mean number of weeks to the alarm where there was one, 0 for
	// the first week; null where there was none.
	Delay *float64 `json:"delay_weeks"`
}

// MethodResult is one method at one rate of false alarms.
type MethodResult struct {
	Method string `json:"method"`
	// State is ok, no_answer (no week had one) or coarse (fewer than three false
	// alarms set the threshold).
	State string `json:"state"`
	// Threshold of the method's own strength; null without one.
	Threshold *float64 `json:"threshold"`
	// FalseAlarms a series and year without injection; below the rate aimed at
	// where alarms are equally strong.
	FalseAlarms float64     `json:"false_alarms_per_series_year"`
	Unanswered  float64     `json:"unanswered"` // share of series-weeks without an answer
	Detections  []Detection `json:"detections"`
}

// RateResult compares the methods at one rate of false alarms.
type RateResult struct {
	FalseAlarms float64        `json:"false_alarms_aimed_at"` // a series and year
	Methods     []MethodResult `json:"methods"`
}

// ExperimentResult is the outcome of an experiment.
type ExperimentResult struct {
	Series  int          `json:"series"`
	Sampled int          `json:"series_sampled"`
	Weeks   int          `json:"weeks_watched"`
	Seed    uint64       `json:"seed"`
	Rates   []RateResult `json:"rates"`
}

// States of a MethodResult.
const (
	StateOK       = "ok"
	StateCoarse   = "coarse"
	StateNoAnswer = "no_answer"
)

// leastAlarms is how many false alarms a threshold should rest on.
const leastAlarms = 3

// ErrExperiment says that an experiment has nothing to work on.
var ErrExperiment = errors.New("warning: experiment needs series of one length, weeks to watch, methods, rates and trials")

func (e Experiment) check() error {
	if len(e.Series) == 0 || e.From < 0 || len(e.Methods) == 0 || len(e.Rates) == 0 || e.Trials < 1 {
		return ErrExperiment
	}
	for _, y := range e.Series {
		if len(y) != len(e.Series[0]) || e.From >= len(y) {
			return ErrExperiment
		}
	}
	for _, o := range e.Outbreaks {
		if o.Weeks < 1 || len(e.Series[0])-e.From < o.Weeks {
			return ErrExperiment
		}
	}
	return nil
}

// Run does the experiment. The same seed gives the same result.
func (e Experiment) Run(ctx context.Context, seed uint64) (*ExperimentResult, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x0b5e7))
	sample := rng.Perm(len(e.Series))
	if e.Sample > 0 && e.Sample < len(sample) {
		sample = sample[:e.Sample]
	}
	slices.Sort(sample)
	weeks := len(e.Series[0])
	result := &ExperimentResult{Series: len(e.Series), Sampled: len(sample), Weeks: weeks - e.From, Seed: seed}
	for _, rate := range e.Rates {
		result.Rates = append(result.Rates, RateResult{FalseAlarms: rate})
	}
	trials := e.draw(sample, rng)
	total, done := len(e.Methods)*(weeks-e.From+len(trials)), 0
	step := func() error {
		done++
		if e.Progress != nil {
			e.Progress(done, total)
		}
		return ctx.Err()
	}
	for _, m := range e.Methods {
		quiet, err := e.undisturbed(m, sample, step)
		if err != nil {
			return nil, err
		}
		thresholds := e.thresholds(quiet)
		strengths := make([][]float64, len(trials))
		for i, t := range trials {
			if len(thresholds) > 0 {
				strengths[i] = t.strengths(e.Series, m, slices.Max(thresholds))
			}
			if err := step(); err != nil {
				return nil, err
			}
		}
		for i, rate := range e.Rates {
			result.Rates[i].Methods = append(result.Rates[i].Methods, e.judge(m, quiet, rate, trials, strengths))
		}
	}
	return result, nil
}

// undisturbed is what a method says without any injection.
type undisturbed struct {
	alarms            []float64 // strengths of possible alarms
	tests, unanswered int       // series-weeks
}

func (e Experiment) undisturbed(m Method, sample []int, step func() error) (u undisturbed, err error) {
	for at := e.From; at < len(e.Series[0]); at++ {
		alarms, tests, unanswered := m.week(e.Series, sample, at)
		u.alarms, u.tests, u.unanswered = append(u.alarms, alarms...), u.tests+tests, u.unanswered+unanswered
		if err := step(); err != nil {
			return u, err
		}
	}
	return u, nil
}

// thresholds are those of all rates; none where no week had an answer.
func (e Experiment) thresholds(u undisturbed) (all []float64) {
	for _, rate := range e.Rates {
		if t, ok := thresholdFor(u.alarms, u.allowed(rate)); ok {
			all = append(all, t)
		}
	}
	return all
}

// allowed is how many false alarms a rate comes to.
func (u undisturbed) allowed(rate float64) int { return int(rate * u.years()) }

// years of all series together.
func (u undisturbed) years() float64 { return float64(u.tests) / YearWeeks }

// judge sets the threshold for a rate and counts what it finds.
func (e Experiment) judge(m Method, u undisturbed, rate float64, trials []trial, strengths [][]float64) MethodResult {
	r := MethodResult{Method: m.Name, State: StateOK, Unanswered: float64(u.unanswered) / float64(max(1, u.tests))}
	years, allowed := u.years(), u.allowed(rate)
	threshold, ok := thresholdFor(u.alarms, allowed)
	if !ok {
		r.State = StateNoAnswer
		return r
	}
	if allowed < leastAlarms {
		r.State = StateCoarse
	}
	r.Threshold = &threshold
	for _, s := range u.alarms {
		if s > threshold {
			r.FalseAlarms += 1 / years
		}
	}
	for at := 0; at < len(trials); at += e.Trials {
		r.Detections = append(r.Detections, detect(trials[at:at+e.Trials], strengths[at:at+e.Trials], threshold))
	}
	return r
}

// thresholdFor is the least strength that at most so many alarms exceed.
func thresholdFor(strengths []float64, allowed int) (threshold float64, ok bool) {
	if len(strengths) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(strengths))
	return sorted[max(0, len(sorted)-1-allowed)], true
}

func detect(trials []trial, strengths [][]float64, threshold float64) Detection {
	d := Detection{Outbreak: trials[0].outbreak.String(), Trials: len(trials)}
	found, delays := 0, 0.0
	for i, t := range trials {
		for _, n := range t.added {
			d.Added += n / float64(len(trials))
		}
		if at := slices.IndexFunc(strengths[i], func(s float64) bool { return s > threshold }); at >= 0 {
			found++
			delays += float64(at)
		}
	}
	d.Probability = float64(found) / float64(len(trials))
	if found > 0 {
		delay := delays / float64(found)
		d.Delay = &delay
	}
	return d
}

// trial is one injected outbreak.
type trial struct {
	outbreak      Outbreak
	series, start int
	added         []float64 // by week
}

// redraws bounds the search for a place and week in which an outbreak adds
// anything at all: twice nothing is nothing.
const redraws = 200

func (e Experiment) draw(sample []int, rng *rand.Rand) []trial {
	var trials []trial
	for _, o := range e.Outbreaks {
		for range e.Trials {
			t := trial{outbreak: o}
			for range redraws {
				t.series = sample[rng.IntN(len(sample))]
				t.start = e.From + rng.IntN(len(e.Series[0])-e.From-o.Weeks+1)
				t.added = make([]float64, o.Weeks)
				sum, usual := 0.0, yearMean(e.Series[t.series], t.start)
				for w := range t.added {
					t.added[w] = float64(o.Extra) + poisson((o.Factor-1)*usual, rng)
					sum += t.added[w]
				}
				if sum > 0 {
					break
				}
			}
			trials = append(trials, t)
		}
	}
	return trials
}

// strengths of the evidence in each week of the outbreak, up to the first that
// is enough for every threshold; −Inf without an answer.
func (t trial) strengths(series [][]float64, m Method, enough float64) (out []float64) {
	disturbed := slices.Clone(series)
	y := slices.Clone(series[t.series])
	disturbed[t.series] = y
	for w, n := range t.added {
		y[t.start+w] += n // a missing week stays missing
		out = append(out, m.of(disturbed, t.series, t.start+w))
		if out[w] > enough {
			break
		}
	}
	return out
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

package backtest

import (
	"context"
	"fmt"
	"math"
	"strings"

	"reli/analytics/forecast"
	"reli/analytics/hotspot/scan"
	"reli/analytics/warning"
)

// Detection asks for the detection experiment: outbreaks are injected into the
// last weeks, and every method of warning is measured at the same rate of false
// alarms.
type Detection struct {
	// Points are the places of the series, for the scan statistic; nil leaves it
	// out.
	Points []scan.Point
	Metric scan.Metric
	Trials int // for each kind of outbreak; 0 means 100
	Sample int // most series that are watched one at a time; 0 means 200
	Seed   uint64
}

// DetectionReport is the outcome of the experiment.
type DetectionReport struct {
	*warning.ExperimentResult
	// Scan says why the scan statistic is not among the methods; empty where it is.
	Scan string `json:"scan_left_out,omitempty"`
}

// MethodScan is the prospective space-time permutation scan.
const MethodScan = "prospective_scan"

const (
	defaultTrials = 100
	defaultSample = 200
	// Weeks of the scan, its longest window and its largest circle; the settings
	// of the warnings.
	scanWeeks, scanSteps = 52, 8
	scanPlaces           = 30
	scanShare            = .25
	// maxScanned is the most places that are scanned: a scan for every week of
	// every trial is seconds at 700 places and minutes beyond.
	maxScanned = 700
)

// rates of false alarms a series and year at which the methods are compared:
// one in ten years, and one a year.
func rates() []float64 { return []float64{.1, 1} }

// Detect runs the experiment on the last year, or less where the history is
// short, with the series that had an event before it. A panel of fewer than
// MinWeeks + 4 weeks is refused with a *ShortError.
func Detect(ctx context.Context, p *forecast.Panel, d Detection) (*DetectionReport, error) {
	const longest = 4 // weeks of an outbreak
	if need := forecast.MinWeeks + longest; p.Weeks() < need {
		return nil, &ShortError{Weeks: p.Weeks(), Need: need}
	}
	from := max(forecast.MinWeeks, p.Weeks()-watchedWeeks)
	known, kept, err := p.Known(from)
	if err != nil {
		return nil, err
	}
	e := warning.Experiment{Series: seriesOf(known), From: from, Methods: warning.Methods(from), Rates: rates(),
		Outbreaks: warning.Outbreaks(), Trials: d.Trials, Sample: d.Sample}
	if e.Trials == 0 {
		e.Trials = defaultTrials
	}
	if e.Sample == 0 {
		e.Sample = defaultSample
	}
	r := &DetectionReport{}
	switch {
	case d.Points == nil:
		r.Scan = "no_places"
	case known.Series() < 2:
		r.Scan = "one_place"
	case known.Series() > maxScanned:
		r.Scan = "too_many_places"
	default:
		points := make([]scan.Point, len(kept))
		for i, k := range kept {
			points[i] = d.Points[k]
		}
		e.Methods = append(e.Methods, scanMethod(ctx, points, d.Metric))
	}
	r.ExperimentResult, err = e.Run(ctx, d.Seed)
	return r, err
}

// watchedWeeks are watched where the history is that long: a threshold needs
// some false alarms to rest on.
const watchedWeeks = 52

// seriesOf are the weekly counts of the panel, NaN in weeks that are missing.
func seriesOf(p *forecast.Panel) [][]float64 {
	out := make([][]float64, p.Series())
	for i := range out {
		out[i] = make([]float64, p.Weeks())
	}
	for w := range p.Weeks() {
		for i, n := range p.Counts(w, w+1) {
			out[i][w] = float64(n)
			if !p.Observed(p.Group(i), w) {
				out[i][w] = math.NaN()
			}
		}
	}
	return out
}

// scanMethod scans the last year up to the week judged. Its strength is the log
// likelihood ratio of the cluster that a place lies in, so that no Monte-Carlo
// draw is needed: the threshold is set like everybody's.
func scanMethod(ctx context.Context, points []scan.Point, metric scan.Metric) warning.Method {
	o := scan.Options{Metric: metric, MaxShare: scanShare, MaxLocations: scanPlaces, MaxSteps: scanSteps, Replications: 1, Workers: 1}
	return warning.Method{Name: MethodScan, All: func(series [][]float64, at int) (each, alarms []float64) {
		each = make([]float64, len(series))
		steps := min(scanWeeks, at+1)
		cases := make([]int, len(series)*steps)
		for i, y := range series {
			each[i] = math.Inf(-1)
			for s := range steps {
				if v := y[at+1-steps+s]; !math.IsNaN(v) {
					cases[i*steps+s] = int(v)
				}
			}
		}
		o := o
		o.MaxSteps = min(o.MaxSteps, steps-1)
		r, err := scan.Permutation(ctx, points, steps, cases, o)
		if err != nil {
			return each, nil // a week without a case has no cluster
		}
		for _, c := range r.Clusters {
			alarms = append(alarms, c.LLR)
			for _, i := range c.Locations {
				each[i] = c.LLR
			}
		}
		return each, alarms
	}}
}

// markdown writes one table for each rate of false alarms.
func (d *DetectionReport) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Detection of injected outbreaks\n\nThe last %d weeks, seed %d; %d of %d series for the methods that watch one at a time. The threshold of each method is the one that gives the rate of false alarms without any injection. ",
		d.Weeks, d.Seed, d.Sampled, d.ExperimentResult.Series)
	b.WriteString("Each cell: probability of an alarm while the outbreak lasts, and the mean delay in weeks where there was one. Real outbreaks in the data count as false alarms.\n")
	if d.Scan != "" {
		fmt.Fprintf(b, "\nThe prospective scan is left out: %s.\n", strings.ReplaceAll(d.Scan, "_", " "))
	}
	for _, rate := range d.Rates {
		fmt.Fprintf(b, "\nAt %g false alarms a place and year:\n\n| outbreak | events added |", rate.FalseAlarms)
		longest := 0
		for i, m := range rate.Methods {
			fmt.Fprintf(b, " %s |", m.Method)
			if len(m.Detections) > len(rate.Methods[longest].Detections) {
				longest = i
			}
		}
		b.WriteString("\n|---|---|" + strings.Repeat("---|", len(rate.Methods)) + "\n")
		for i, line := range rate.Methods[longest].Detections {
			fmt.Fprintf(b, "| %s | %.1f |", line.Outbreak, line.Added)
			for _, m := range rate.Methods {
				b.WriteString(" " + cell(m, i) + " |")
			}
			b.WriteString("\n")
		}
		b.WriteString("| false alarms measured | |")
		for _, m := range rate.Methods {
			fmt.Fprintf(b, " %s |", measured(m))
		}
		b.WriteString("\n")
	}
}

func cell(m warning.MethodResult, i int) string {
	if i >= len(m.Detections) {
		return "no answer"
	}
	d := m.Detections[i]
	if d.Delay == nil {
		return fmt.Sprintf("%.2f", d.Probability)
	}
	return fmt.Sprintf("%.2f, %.1f", d.Probability, *d.Delay)
}

func measured(m warning.MethodResult) string {
	switch m.State {
	case warning.StateNoAnswer:
		return "no answer"
	case warning.StateCoarse:
		return fmt.Sprintf("%.2f (coarse)", m.FalseAlarms)
	}
	return fmt.Sprintf("%.2f", m.FalseAlarms)
}

package scan

import (
	"math"

	"reli/analytics/hotspot"
)

// Metric says how distances between places are taken.
type Metric uint8

// The metrics.
const (
	Planar      Metric = iota // X and Y in one unit of length
	GreatCircle               // X longitude and Y latitude in degrees; radii in metres
)

// Point is a place: a cell's or polygon's centre.
type Point struct{ X, Y float64 }

// Defaults of Options, those of SaTScan.
const (
	DefaultMaxShare     = 0.5
	DefaultMinCases     = 2
	DefaultReplications = 999
)

// DefaultAlarm is the p-value at which a cluster counts as an alarm. It is below the
// promised 5 % of alarms on maps without clusters because that promise is kept by
// counting alarms on a finite number of maps, not only on average. A weekly scan
// that should err about once a year asks for Recurrence ≥ 52 instead.
const DefaultAlarm = 0.03

// Limits: the neighbour lists of all circles take four bytes an entry, a count of
// cases indexes a table.
const (
	maxCircleEntries = 200_000_000
	maxCases         = 10_000_000
)

// Options steers a scan; the zero value is usable.
type Options struct {
	Metric       Metric
	MaxShare     float64 // largest share of the baseline (population, cases) in a circle; 0 means 0.5
	MaxLocations int     // most places in a circle; 0 means no limit
	MinCases     int     // fewest cases in a cluster; 0 means 2
	MinSteps     int     // shortest time window; 0 means 1
	MaxSteps     int     // longest time window; 0 means half of the steps
	Prospective  bool    // SpaceTime: only windows that reach the last step
	Replications int     // Monte-Carlo replications; 0 means 999
	// StopAfter ends the replications once this many reached the observed maximum,
	// after which nothing significant can come out; 0 never. SaTScan uses 50.
	StopAfter   int
	MaxClusters int // most clusters returned; 0 means all
	Seed        uint64
	Workers     int // goroutines; below 1 means one a processor
}

// withDefaults fills in zero fields for a study of steps time steps.
func (o Options) withDefaults(steps int) Options {
	if o.MaxShare == 0 {
		o.MaxShare = DefaultMaxShare
	}
	if o.MinCases == 0 {
		o.MinCases = DefaultMinCases
	}
	if o.MinSteps == 0 {
		o.MinSteps = 1
	}
	if o.MaxSteps == 0 {
		o.MaxSteps = max(o.MinSteps, steps/2)
	}
	if o.Replications == 0 {
		o.Replications = DefaultReplications
	}
	return o
}

func (o Options) check(steps int) error {
	bad := func(field, why string) error {
		return hotspot.Refuse(hotspot.BadOption, field, why)
	}
	switch {
	case !(o.MaxShare > 0 && o.MaxShare <= 1):
		return bad("max_share", "must lie in (0, 1]")
	case o.MaxLocations < 0:
		return bad("max_locations", "must not be negative")
	case o.MinCases < 1:
		return bad("min_cases", "must be at least 1")
	case o.MinSteps < 1 || o.MinSteps > o.MaxSteps || o.MaxSteps > steps:
		return bad("max_steps", "windows must have 1 ≤ min_steps ≤ max_steps ≤ steps")
	case o.Replications < 1:
		return bad("replications", "must be at least 1")
	case o.StopAfter < 0 || o.MaxClusters < 0:
		return bad("stop_after", "must not be negative")
	}
	return nil
}

// Cluster is a circle of places, and a run of steps, with more cases than expected.
type Cluster struct {
	Center    int     // position of the centre
	Locations []int   // positions of all places in it, nearest first
	Radius    float64 // distance to the farthest place; metres for GreatCircle
	From, To  int     // steps [From, To)
	Cases     int
	Expected  float64
	// RelativeRisk is (c/E) / ((C−c)/(C−E)); 0 where no case lies outside.
	RelativeRisk float64
	LLR          float64 // log likelihood ratio
	P            float64 // Monte-Carlo p-value against the maximum over all windows
	// Recurrence is 1/P, for prospective scans the number of analyses between
	// chance alarms of this strength: weeks, if run weekly; 0 otherwise.
	Recurrence float64
}

// Result is what a scan found. Clusters come with descending LLR and do not share a
// place; an empty list means that no window holds more cases than expected.
type Result struct {
	Clusters     []Cluster
	Cases        int
	Replications int  // made
	Stopped      bool // by StopAfter
}

// Alarms returns the clusters whose p-value is at most alpha (see DefaultAlarm).
func (r *Result) Alarms(alpha float64) []Cluster {
	for i, c := range r.Clusters {
		if c.P > alpha { // p grows as LLR falls
			return r.Clusters[:i]
		}
	}
	return r.Clusters
}

// logRatio is the Poisson log likelihood ratio c ln(c/E) + (C−c) ln((C−c)/(C−E))
// for c > E, else 0 (Kulldorff 1997, eq. 5).
func logRatio(c int, e float64, total int) float64 {
	count, all := float64(c), float64(total)
	if count <= e || e <= 0 {
		return 0
	}
	llr := count * math.Log(count/e)
	if c < total {
		llr += (all - count) * math.Log((all-count)/(all-e))
	}
	return llr
}

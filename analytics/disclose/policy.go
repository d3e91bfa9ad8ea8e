package disclose

import (
	"errors"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
)

// Limits of a Policy.
const (
	// maxK bounds the threshold: a county's township has some hundred
	// incidents a month, and a map of nothing protects nobody.
	maxK = 1000
	// maxPeriods bounds a window of a restricted viewer: ten years of months.
	maxPeriods = 120
)

var errTwo = errors.New("disclose: a threshold of 2 would tell every count of 1; want 1 (no protection) or 3 and more")

// Period is the length of the shortest window that a restricted viewer sees.
type Period string

// Periods of the calendar.
const (
	Month   Period = "month"
	Quarter Period = "quarter"
)

// Begin gives the first day of the period that holds d.
func (p Period) Begin(d cube.Day) cube.Day {
	t := d.Time()
	back := 0
	if p == Quarter {
		back = (int(t.Month()) - 1) % 3
	}
	return cube.DayOf(t.AddDate(0, -back, 1-t.Day()))
}

// next gives the first day of the period that comes n after the one that
// begins on begin.
func (p Period) next(begin cube.Day, n int) cube.Day {
	months := n
	if p == Quarter {
		months = 3 * n
	}
	return cube.DayOf(begin.Time().AddDate(0, months, 0))
}

// Family is the division of the ground that is protected; the other one is
// made from it.
type Family string

// Families.
const (
	Areas    Family = "areas"    // county ⊃ township ⊃ village ⊃ grid; hexagons are made of whole areas
	Hexagons Family = "hexagons" // hexagons and the total only, for places without areas
)

// Policy says what restricted viewers may see. One server has one Policy for
// all of them: two thresholds, periods or families on the same incidents
// would be two tables whose differences nobody has checked (the package's
// proof says more).
type Policy struct {
	K      int64  // smallest count shown; up to 1 for no restriction, never 2
	Period Period // Month or Quarter
	Family Family
	// Finest is the finest layer of areas that is shown; Grid where unset.
	Finest area.Level
	// Resolution is the finest H3 resolution that is shown; finer ones are
	// answered with it.
	Resolution int
	// Divide is the level of area that is divided by category, source and
	// channel; Unknown for everything together. Each is told on its own:
	// category by source is not.
	Divide area.Level
	// Rounding rounds what is shown to its multiples; up to 1 for none.
	Rounding int64
}

// Restricted is a Policy with a threshold and our defaults: months, areas
// down to the grid, hexagons of about a grid's size (resolution 7), no
// rounding.
func Restricted(k int64) Policy {
	return Policy{K: k, Period: Month, Family: Areas, Finest: area.Grid, Resolution: 7}
}

// Check refuses a Policy that cannot be kept.
func (p Policy) Check() error {
	switch {
	case p.Open():
		return nil
	case p.K == 2:
		return errTwo
	case p.K > maxK:
		return errors.New("disclose: the threshold is too large")
	case p.Period != Month && p.Period != Quarter:
		return errors.New("disclose: want a period of month or quarter")
	case p.Family != Areas && p.Family != Hexagons:
		return errors.New("disclose: want a family of areas or hexagons")
	case p.Finest > area.Grid || p.Divide > area.Grid:
		return errors.New("disclose: no such level of area")
	case p.Family == Hexagons && p.Divide != area.Unknown:
		return errors.New("disclose: with hexagons only everything together is divided")
	case p.Resolution < 0 || p.Resolution > cube.StorageResolution:
		return errors.New("disclose: no such resolution")
	case p.Rounding < 0 || p.Rounding > maxK:
		return errors.New("disclose: no such rounding")
	}
	return nil
}

// Open reports whether the Policy restricts nothing.
func (p Policy) Open() bool { return p.K <= 1 }

func (p Policy) finest() area.Level {
	if p.Finest == area.Unknown {
		return area.Grid
	}
	return p.Finest
}

func refuse(field, format string, args ...any) error {
	return schemas.BadParameter(field, format, args...)
}

// divisions are the dimensions beside place and period.
var divisions = []cube.Dimension{cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel}

func codesOf(sel cube.Selection, by cube.Dimension) []string {
	switch by {
	case cube.DimensionCategory:
		return sel.Categories
	case cube.DimensionSource:
		return sel.Sources
	}
	return sel.Channels
}

// filter gives the one division that a Selection filters by; "" for none.
func filter(sel cube.Selection) (cube.Dimension, error) {
	var found cube.Dimension
	for _, d := range divisions {
		if len(codesOf(sel, d)) == 0 {
			continue
		}
		if found != "" {
			return "", refuse(string(d), "not beside a filter by %s: a restricted viewer sees each on its own", found)
		}
		found = d
	}
	return found, nil
}

// CheckSelection says whether a restricted viewer may ask for a Selection
// grouped by a dimension. What it refuses is a *schemas.Problem with the
// reason. It does not look at the window, which Snap does, nor at the areas,
// which depend on the snapshot.
func (p Policy) CheckSelection(sel cube.Selection, by cube.Dimension) error {
	if p.Open() {
		return nil
	}
	switch {
	case sel.Hours != 0:
		return refuse("hours", "hours of day are not shown to a restricted viewer: they would tell apart single incidents")
	case sel.Weekdays != 0:
		return refuse("weekdays", "days of week are not shown to a restricted viewer: they would tell apart single incidents")
	case sel.Status != "":
		return refuse("status", "states are not shown to a restricted viewer: they change from day to day, and differences would tell single incidents")
	case !slices.Contains([]cube.Measure{cube.MeasureCount, cube.MeasureRate, cube.MeasureChange, cube.MeasureYear}, sel.Measure):
		return refuse("measure", "a restricted viewer sees counts, rates and changes of counts")
	}
	by, err := p.checkDimension(by)
	if err != nil {
		return err
	}
	filtered, err := filter(sel)
	if err != nil {
		return err
	}
	if by != "" && filtered != "" && filtered != by {
		return refuse(string(filtered), "not divided by %s as well: a restricted viewer sees each on its own", by)
	}
	return nil
}

// checkDimension gives the division that a dimension is, "" for a place.
func (p Policy) checkDimension(by cube.Dimension) (cube.Dimension, error) {
	switch by {
	case cube.DimensionTotal, cube.DimensionCell:
		return "", nil
	case cube.DimensionCategory, cube.DimensionSource, cube.DimensionChannel:
		return by, nil
	}
	level, err := area.ParseLevel(string(by))
	if err != nil {
		return "", refuse("by", "a restricted viewer sees places, categories, sources and channels, and series by %s", p.Period)
	}
	return "", p.checkLevel(level)
}

func (p Policy) checkLevel(level area.Level) error {
	if p.Family == Hexagons {
		return refuse("layer", "here a restricted viewer sees hexagons, and no areas beside them")
	}
	if level > p.finest() {
		return refuse("layer", "a restricted viewer sees no finer areas than %s", p.finest())
	}
	return nil
}

// Snap widens a window to whole periods and cuts off the period that still
// runs, whose counts would tell each new incident from one day to the next.
// It gives the Selection that is answered; answers say its window.
func (p Policy) Snap(sel cube.Selection, today cube.Day) (cube.Selection, error) {
	if p.Open() {
		return sel, nil
	}
	running := p.Period.Begin(today)
	to := p.Period.Begin(sel.To - 1)
	if to < running {
		to = p.Period.next(to, 1)
	}
	sel.From, sel.To = p.Period.Begin(sel.From), min(to, running)
	if sel.From >= sel.To {
		return sel, refuse("from", "a restricted viewer sees a %s when it has ended", p.Period)
	}
	if p.Period.next(sel.From, maxPeriods) < sel.To {
		return sel, refuse("to", "the window is longer than %d of a %s", maxPeriods, p.Period)
	}
	return sel, nil
}

// Begins lists the first days of the periods of a snapped window.
func (p Policy) Begins(from, to cube.Day) []cube.Day {
	var out []cube.Day
	for d := from; d < to; d = p.Period.next(d, 1) {
		out = append(out, d)
	}
	return out
}

// base gives the first day of the window that a change is measured against.
func (p Policy) base(sel cube.Selection) cube.Day {
	n := len(p.Begins(sel.From, sel.To))
	if sel.Measure == cube.MeasureYear {
		n = 12
		if p.Period == Quarter {
			n = 4
		}
	}
	return p.Period.next(sel.From, -n)
}

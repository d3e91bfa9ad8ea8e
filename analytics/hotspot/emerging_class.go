package hotspot

// Class is how a cell's hot spots have come and gone.
type Class uint8

// The classes of the emerging hot-spot analysis.
const (
	NoPattern Class = iota
	NewHotSpot
	Consecutive
	Intensifying
	Persistent
	Diminishing
	Sporadic
	Oscillating
	Historical
)

// String returns the class's code.
func (c Class) String() string {
	names := [...]string{
		"no_pattern", "new", "consecutive", "intensifying", "persistent",
		"diminishing", "sporadic", "oscillating", "historical",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// lastingTenths is the share of steps a lasting hot spot must have been hot, in tenths.
const lastingTenths = 9

// Classify gives the class of a series of states with its trend in Gi* (Esri,
// "How Emerging Hot Spot Analysis works"). Rules in the published order, the first
// that holds wins; "lasting" means hot in at least 90 % of the steps:
//
//   - new: hot in the last step and never before;
//   - consecutive: the last two or more steps are hot, none before, not lasting;
//   - intensifying, persistent, diminishing: lasting, hot in the last step, with a
//     rising, no or a falling trend at level alpha;
//   - sporadic: hot in the last step, on and off before, not lasting, never cold;
//   - oscillating: the same, but cold at some time;
//   - historical: lasting, but not hot in the last step;
//   - no pattern: all else.
func Classify(states []State, trend Trend, alpha float64) Class {
	if len(states) == 0 {
		return NoPattern
	}
	hot, cold, run := 0, 0, 0 // run: length of the hot run that ends the series
	for _, s := range states {
		switch s {
		case Hot:
			hot++
			run++
		case Cold:
			cold++
			run = 0
		default:
			run = 0
		}
	}
	lasting := 10*hot >= lastingTenths*len(states)
	switch {
	case run == 0 && lasting:
		return Historical
	case run == 0:
		return NoPattern
	case hot == 1:
		return NewHotSpot
	case lasting:
		return lastingClass(trend, alpha)
	case run == hot:
		return Consecutive
	case cold == 0:
		return Sporadic
	default:
		return Oscillating
	}
}

func lastingClass(trend Trend, alpha float64) Class {
	switch {
	case trend.P <= alpha && trend.S > 0:
		return Intensifying
	case trend.P <= alpha && trend.S < 0:
		return Diminishing
	default:
		return Persistent
	}
}

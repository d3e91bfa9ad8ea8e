package cube

// Measure is what a field shows of each place.
type Measure string

// Measures. Each is defined on the incidents that a Selection picks.
const (
	MeasureCount    Measure = "count"        // number of incidents
	MeasureRate     Measure = "rate"         // per 10,000 people, empirical-Bayes smoothed
	MeasureWeighted Measure = "weighted"     // weighted by category, scale and urgency
	MeasureOpen     Measure = "open"         // open at the window's end
	MeasureOverdue  Measure = "overdue"      // open and past the deadline at the window's end
	MeasureClosed   Measure = "closed_share" // share closed before the window's end, per cent
	MeasureDays     Measure = "median_days"  // median days from occurrence to closing, of those closed
	MeasureChange   Measure = "change"       // count less that of the window before, of the same length
	MeasureYear     Measure = "change_year"  // count less that of the same window a year before
)

// MeasureLevel is the level of the four-level response of an area: 0 for none,
// 1 (blue) to 4 (red). It is no density and so none of Measures: package tiles
// draws it from what analytics/level decided; a Tally knows only the count.
const MeasureLevel Measure = "level"

// MeasureInfo describes a measure for people.
type MeasureInfo struct {
	Code   Measure `json:"code"`
	Zh     string  `json:"zh"`
	En     string  `json:"en"`
	UnitZh string  `json:"unit_zh"`
	UnitEn string  `json:"unit_en"`
	// AreasOnly: the measure needs a population, which hexagons have not.
	AreasOnly bool `json:"areas_only"`
	// Signed: values lie on both sides of zero.
	Signed bool `json:"signed"`
	needs  need
}

// need says which parts of a Tally a measure is made from.
type need uint8

const (
	needOpen need = 1 << iota
	needOverdue
	needClosed
	needWeight
	needBase
	needMedian
)

// Measures lists all measures in the order they are offered.
func Measures() []MeasureInfo {
	return []MeasureInfo{
		{MeasureCount, "件数", "Incidents", "件", "incidents", false, false, 0},
		{MeasureRate, "万人发生率", "Per 10,000 people", "件/万人", "per 10,000", true, false, 0},
		{MeasureWeighted, "加权件数", "Weighted incidents", "分", "points", false, false, needWeight},
		{MeasureOpen, "未办结", "Open", "件", "incidents", false, false, needOpen},
		{MeasureOverdue, "超期", "Overdue", "件", "incidents", false, false, needOverdue},
		{MeasureClosed, "办结占比", "Closed share", "%", "%", false, false, needClosed},
		{MeasureDays, "办理天数中位数", "Median handling days", "天", "days", false, false, needClosed | needMedian},
		{MeasureChange, "环比增减", "Change on the window before", "件", "incidents", false, true, needBase},
		{MeasureYear, "同比增减", "Change on the year before", "件", "incidents", false, true, needBase},
	}
}

// LookupMeasure finds a measure by its code.
func LookupMeasure(code Measure) (MeasureInfo, bool) {
	if code == MeasureLevel {
		return MeasureInfo{MeasureLevel, "响应等级", "Response level", "级", "level", true, false, 0}, true
	}
	for _, m := range Measures() {
		if m.Code == code {
			return m, true
		}
	}
	return MeasureInfo{}, false
}

// Base gives the window that a change is measured against.
func (s Selection) Base() (from, to Day) {
	if s.Measure == MeasureYear {
		return s.From.AddYears(-1), s.To.AddYears(-1)
	}
	return s.From - (s.To - s.From), s.From
}

// Tally is the answer for one key. Only the parts that the measure needs are
// filled; Count always is.
type Tally struct {
	Count   int64
	Open    int64
	Overdue int64
	Closed  int64
	Weight  int64   // in 1/WeightUnit points
	Base    int64   // count of the window that a change is measured against
	Median  float64 // days; meaningful where Closed > 0
}

// WeightUnit is the weight of one ordinary incident, see weights.
const WeightUnit = 40

// Value gives the measure of a tally; ok is false where it is undefined (a
// share or a median of nothing). MeasureRate is made from a whole layer by
// package tiles, here it is the count.
func (m Measure) Value(t Tally) (value float64, ok bool) {
	switch m {
	case MeasureWeighted:
		return float64(t.Weight) / WeightUnit, true
	case MeasureOpen:
		return float64(t.Open), true
	case MeasureOverdue:
		return float64(t.Overdue), true
	case MeasureClosed:
		if t.Count == 0 {
			return 0, false
		}
		return 100 * float64(t.Closed) / float64(t.Count), true
	case MeasureDays:
		return t.Median, t.Closed > 0
	case MeasureChange, MeasureYear:
		return float64(t.Count - t.Base), true
	default:
		return float64(t.Count), true
	}
}

package indicator

import (
	"encoding/json"
	"math"
	"strconv"

	"reli/analytics/series"
)

// State says whether a figure is shown.
type State string

// States.
const (
	StateOK    State = "ok"
	StateSmall State = "small" // 样本不足: fewer cases than the floor
	StateNone  State = "none"  // no case at all
)

// Floors of the small-number guard.
const (
	// Floor is the number of cases below which a share or duration is not shown:
	// one more case would move it by 20 points or more.
	Floor = 5
	// FloorPeople is the population below which a rate per 10,000 is not shown:
	// one case in a grid of 300 is not 33 per 10,000.
	FloorPeople = 1000
)

// Value is one indicator of one area. Numerator and Denominator are whole
// numbers of cases; of the mean handling time the numerator is minutes.
type Value struct {
	State       State
	Value       float64 // in the unit of the definition; NaN unless State is ok
	Numerator   int64
	Denominator int64
	Low, High   float64 // interval; NaN where there is none
	Change      *Change
}

// Change is a value against that of another window, which is always shown:
// shares differ in 百分点, everything else in per cent, and the two never mix.
type Change struct {
	Base    *float64 `json:"base"`    // null where there is no figure to compare
	Percent *float64 `json:"percent"` // of all but shares
	Points  *float64 `json:"points"`  // of shares
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
}

// minutes of a day and of an hour.
const (
	minutesOfDay  = 1440
	minutesOfHour = 60
)

// Of makes the value of an indicator from counts.
func (d *Definition) of(c *Counts, v *intervals) Value {
	out := Value{State: StateOK, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	if d.numerator != nil {
		out.Numerator = d.numerator(c)
	}
	if d.denominator == nil {
		out.Value = float64(out.Numerator)
		return out
	}
	out.Denominator = d.denominator(c)
	floor := int64(Floor)
	switch d.Kind {
	case KindRate:
		floor = FloorPeople
	case KindRatio:
		floor = 1
	}
	switch {
	case out.Denominator == 0:
		out.State = StateNone
		return out
	case out.Denominator < floor:
		out.State = StateSmall
		return out
	}
	n := float64(out.Denominator)
	switch d.Kind {
	case KindShare:
		low, high := v.share(out.Numerator, out.Denominator)
		out.Value, out.Low, out.High = 100*float64(out.Numerator)/n, 100*low, 100*high
	case KindRate:
		low, high := v.count(out.Numerator)
		out.Value, out.Low, out.High = 1e4*float64(out.Numerator)/n, 1e4*low/n, 1e4*high/n
	case KindRatio:
		out.Value = d.times * float64(out.Numerator) / n
	case KindDays:
		out.Value = d.duration(c, out, n) / minutesOfDay
	case KindHours:
		out.Value = d.duration(c, out, n) / minutesOfHour
	}
	return out
}

// duration in minutes: a quantile, or the mean.
func (d *Definition) duration(c *Counts, v Value, n float64) float64 {
	if d.middle != nil {
		return d.middle(c)
	}
	return float64(v.Numerator) / n
}

// Against gives a value with its change on a base value.
func (d *Definition) Against(v, base Value) Value {
	v.Change = &Change{Zh: series.None, En: series.None}
	if base.State != StateOK {
		return v
	}
	before := round(base.Value, d.comparedDecimals())
	v.Change.Base = &before
	if v.State != StateOK {
		return v
	}
	if d.Kind == KindShare {
		c := series.OfShares(float64(v.Numerator), float64(v.Denominator), float64(base.Numerator), float64(base.Denominator))
		v.Change.Points, v.Change.Zh, v.Change.En = c.Points, c.Zh, c.En
		return v
	}
	c := series.OfCounts(round(v.Value, d.Decimals), before)
	v.Change.Percent, v.Change.Zh, v.Change.En = c.Percent, c.Zh, c.En
	return v
}

// comparedDecimals are those of a base: 百分点 are given with two, so the shares
// they lie between are too.
func (d *Definition) comparedDecimals() int {
	const ofPoints = 2
	if d.Kind == KindShare {
		return max(d.Decimals, ofPoints)
	}
	return d.Decimals
}

// MarshalJSON writes numbers that are none as null.
func (v Value) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 128), `{"state":"`...)
	b = append(b, v.State...)
	b = append(b, `","value":`...)
	b = appendNumber(b, v.Value)
	b = append(b, `,"numerator":`...)
	b = strconv.AppendInt(b, v.Numerator, 10)
	b = append(b, `,"denominator":`...)
	b = strconv.AppendInt(b, v.Denominator, 10)
	b = append(b, `,"low":`...)
	b = appendNumber(b, v.Low)
	b = append(b, `,"high":`...)
	b = appendNumber(b, v.High)
	if v.Change != nil {
		change, err := json.Marshal(v.Change)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"change":`...), change...)
	}
	return append(b, '}'), nil
}

// appendNumber keeps four decimals: more than any indicator shows.
func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, math.Round(v*1e4)/1e4, 'f', -1, 64)
}

// Text writes the figure for people, with its unit: 88.8%, 样本不足（n=3）, —.
func (d *Definition) Text(v Value) string {
	switch v.State {
	case StateNone:
		return series.None
	case StateSmall:
		return "样本不足（n=" + strconv.FormatInt(v.Denominator, 10) + "）"
	}
	return Number(v.Value, d.Decimals) + map[bool]string{true: "%"}[d.Kind == KindShare]
}

// Number rounds half away from zero, as people do: 0.125 is 0.13.
func Number(v float64, decimals int) string {
	return strconv.FormatFloat(round(v, decimals), 'f', decimals, 64)
}

func round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// ShareOf gives a share k of n with its interval, for tables that have their
// own counts.
func ShareOf(k, n int64) Value {
	d := Definition{Kind: KindShare, numerator: func(*Counts) int64 { return k }, denominator: func(*Counts) int64 { return n }}
	return d.of(&Counts{}, nil)
}

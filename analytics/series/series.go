// Package series is the arithmetic of counts in time: moving averages, changes
// against a base with the base always shown (同比, 环比), the split into season,
// trend and remainder, silences and jumps of a source. Per cent is a change of a
// count, 百分点 the difference of two shares; the two never mix.
//
// It is pure: slices in, numbers out, no clock and no store. The handlers of
// web and the reports call it.
package series

import (
	"fmt"
	"math"
)

// None is what is written where a change has no base.
const None = "—"

// Change is a count against its base. A share never is one: see ShareChange.
type Change struct {
	Value      float64 `json:"value"`
	Base       float64 `json:"base"`
	Difference float64 `json:"difference"` // value − base
	// Percent is 100·difference/base, null without a base.
	Percent *float64 `json:"percent"`
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
}

// OfCounts is the change of a count in per cent. Against a base of 0 there is
// none.
func OfCounts(value, base float64) Change {
	c := Change{Value: value, Base: base, Difference: value - base, Zh: None, En: None}
	if base > 0 {
		p := oneDecimal(100 * c.Difference / base)
		c.Percent = &p
		c.Zh = fmt.Sprintf("%+.1f%%（基数 %g）", p, base)
		c.En = fmt.Sprintf("%+.1f %% (base %g)", p, base)
	}
	return c
}

// ShareChange is a share against another, both in per cent; null where there is
// nothing to take a share of. The difference is in 百分点.
type ShareChange struct {
	Value  *float64 `json:"value"`
	Base   *float64 `json:"base"`
	Points *float64 `json:"points"` // value − base, in percentage points
	Zh     string   `json:"zh"`
	En     string   `json:"en"`
}

// OfShares is the change from part out of whole to another, in 百分点 and never
// in per cent.
func OfShares(part, whole, basePart, baseWhole float64) ShareChange {
	c := ShareChange{Value: share(part, whole), Base: share(basePart, baseWhole), Zh: None, En: None}
	if c.Value != nil && c.Base != nil {
		p := math.Round(100*(*c.Value-*c.Base)) / 100
		c.Points = &p
		c.Zh = fmt.Sprintf("%+.2f 个百分点（基数 %g%%）", p, *c.Base)
		c.En = fmt.Sprintf("%+.2f percentage points (base %g %%)", p, *c.Base)
	}
	return c
}

// share in per cent, with two decimals.
func share(part, whole float64) *float64 {
	if whole <= 0 {
		return nil
	}
	v := math.Round(1e4*part/whole) / 100
	return &v
}

func oneDecimal(v float64) float64 { return math.Round(10*v) / 10 }

// MovingAverage is the mean of each value and those before it, width in all;
// nil where fewer than width are there or one of them is not known (known nil
// for all known): a missing step is no zero.
func MovingAverage(values []int64, known []bool, width int) []*float64 {
	out := make([]*float64, len(values))
	var sum int64
	steps := 0 // known ones in a row
	for i, v := range values {
		sum += v
		if i >= width {
			sum -= values[i-width]
		}
		if steps++; known != nil && !known[i] {
			steps = 0
		}
		if width > 0 && steps >= width {
			mean := float64(sum) / float64(width)
			out[i] = &mean
		}
	}
	return out
}

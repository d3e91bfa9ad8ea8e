// Package series is the arithmetic of counts in time: moving averages, and
// changes against a base with the base always shown (同比, 环比). Per cent is a
// change of a count, 百分点 the difference of two shares; the two never mix.
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

// Change is a value against its base.
type Change struct {
	Value      float64 `json:"value"`
	Base       float64 `json:"base"`
	Difference float64 `json:"difference"` // value − base, in the unit of both
	// Percent is 100·difference/base, null without a base and for shares.
	Percent *float64 `json:"percent"`
	// Points is the difference of two shares in 百分点, null for counts.
	Points *float64 `json:"points"`
	Zh     string   `json:"zh"`
	En     string   `json:"en"`
}

// OfCounts is the change of a count in per cent. Against a base of 0 there is
// none.
func OfCounts(value, base float64) Change {
	c := Change{Value: value, Base: base, Difference: value - base, Zh: None, En: None}
	if base > 0 {
		p := oneDecimal(100 * c.Difference / base)
		c.Percent = &p
		c.Zh = fmt.Sprintf("%+.1f%%(基数 %g)", p, base)
		c.En = fmt.Sprintf("%+.1f %% (base %g)", p, base)
	}
	return c
}

// OfShares is the change of a share given in per cent, in 百分点; ok says that
// the base is defined.
func OfShares(value, base float64, ok bool) Change {
	c := Change{Value: value, Zh: None, En: None}
	if ok {
		c.Base, c.Difference = base, math.Round(1e6*(value-base))/1e6
		c.Points = &c.Difference
		c.Zh = fmt.Sprintf("%+.2f 个百分点(基数 %g%%)", c.Difference, base)
		c.En = fmt.Sprintf("%+.2f percentage points (base %g %%)", c.Difference, base)
	}
	return c
}

func oneDecimal(v float64) float64 { return math.Round(10*v) / 10 }

// MovingAverage is the mean of each value and those before it, width in all;
// nil where fewer than width are there.
func MovingAverage(values []int64, width int) []*float64 {
	out := make([]*float64, len(values))
	var sum int64
	for i, v := range values {
		sum += v
		if i >= width {
			sum -= values[i-width]
		}
		if width > 0 && i >= width-1 {
			mean := float64(sum) / float64(width)
			out[i] = &mean
		}
	}
	return out
}

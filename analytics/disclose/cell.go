package disclose

import "math"

// State says what a Cell tells.
type State uint8

// States. Suppressed is not Zero: it may be anything from Low to High, and
// is never to be drawn as nothing.
const (
	Zero       State = iota // no incident, exactly
	Exact                   // Count incidents, exactly
	Range                   // k or more, from Low to High; Count is an estimate
	Suppressed              // possibly fewer than k; Count is 0
)

var stateNames = [...]string{"zero", "exact", "range", "suppressed"}

// String is the name used in answers.
func (s State) String() string { return stateNames[s] }

// MarshalText writes the name for JSON.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Cell is what may be shown of one place and window.
type Cell struct {
	State State
	Count int64 // incidents; an estimate for Range, 0 for Suppressed
	Low   int64 // fewest that is compatible with everything published
	High  int64 // most
}

// Known is what the protected table says of one cell: every whole number from
// Low to High is possible, and Estimate, inside them, is made from other
// published values only.
type Known struct {
	Low, High int64
	Estimate  float64
}

func exactly(n int64) Known { return Known{n, n, float64(n)} }

// hides reports whether the value is not settled.
func (b Known) hides() bool { return b.Low < b.High }

// plus gives what is known of the sum of two cells.
func (b Known) plus(c Known) Known {
	return Known{b.Low + c.Low, b.High + c.High, b.Estimate + c.Estimate}
}

// show turns what is known into what is shown. base is the Policy's Rounding.
func (b Known) show(k, base int64) Cell {
	switch {
	case b.High == 0:
		return Cell{}
	case b.Low < k:
		return Cell{State: Suppressed, Low: roundDown(b.Low, base), High: roundUp(b.High, base)}
	case base <= 1 && !b.hides():
		return Cell{State: Exact, Count: b.Low, Low: b.Low, High: b.High}
	}
	unit := max(base, 1)
	count := unit * int64(math.Round(b.Estimate/float64(unit)))
	return Cell{State: Range, Count: count, Low: roundDown(b.Low, base), High: roundUp(b.High, base)}
}

func roundDown(n, base int64) int64 { return n - n%max(base, 1) }

func roundUp(n, base int64) int64 {
	base = max(base, 1)
	return (n + base - 1) / base * base
}

package disclose_test

import (
	"math"
	"math/big"

	"reli/analytics/disclose"
)

// attacker knows cells by bounds, and equations between them. It shares no
// code with the package.
type attacker struct {
	low, high []int64
	equations []equation
}

// equation says that parts make the whole: whole = -1 where only the bounds
// of the total are known.
type equation struct {
	whole     int
	parts     []int
	low, high int64
}

const unknown = math.MaxInt32

func newAttacker(cells int) *attacker {
	a := &attacker{low: make([]int64, cells), high: make([]int64, cells)}
	for i := range a.high {
		a.high[i] = unknown
	}
	return a
}

func (a *attacker) cell(low, high int64) int {
	a.low, a.high = append(a.low, low), append(a.high, high)
	return len(a.low) - 1
}

func (a *attacker) learn(i int, low, high int64) bool {
	changed := low > a.low[i] || high < a.high[i]
	a.low[i], a.high[i] = max(a.low[i], low), min(a.high[i], high)
	return changed
}

// conclude draws every conclusion that bounds allow, until there is no more.
// Where the equations form a tree these are all that can be drawn.
func (a *attacker) conclude() (rounds int) {
	for changed := true; changed; rounds++ {
		changed = false
		for _, e := range a.equations {
			changed = a.apply(e) || changed
		}
	}
	return rounds
}

func (a *attacker) apply(e equation) bool {
	var low, high int64
	for _, p := range e.parts {
		low, high = low+a.low[p], high+a.high[p]
	}
	wholeLow, wholeHigh := e.low, e.high
	changed := false
	if e.whole >= 0 {
		changed = a.learn(e.whole, low, high)
		wholeLow, wholeHigh = a.low[e.whole], a.high[e.whole]
	}
	for _, p := range e.parts {
		othersLow, othersHigh := low-a.low[p], high-a.high[p]
		if a.learn(p, wholeLow-othersHigh, wholeHigh-othersLow) {
			changed = true
			low, high = othersLow+a.low[p], othersHigh+a.high[p]
		}
	}
	return changed
}

// solves reports which unknown cells follow from the cells that are known
// exactly by linear algebra alone: the exact reduced row echelon form.
func (a *attacker) solves() []int {
	known := func(i int) bool { return a.low[i] == a.high[i] }
	var rows [][]*big.Rat
	n := len(a.low)
	for _, e := range a.equations {
		if e.whole < 0 {
			continue
		}
		row := make([]*big.Rat, n)
		for i := range row {
			row[i] = new(big.Rat)
		}
		if !known(e.whole) {
			row[e.whole].SetInt64(-1)
		}
		for _, p := range e.parts {
			if !known(p) {
				row[p].SetInt64(1)
			}
		}
		rows = append(rows, row)
	}
	return pinned(reduce(rows, n))
}

func reduce(rows [][]*big.Rat, n int) [][]*big.Rat {
	done := 0
	for column := 0; column < n && done < len(rows); column++ {
		pivot := -1
		for r := done; r < len(rows); r++ {
			if rows[r][column].Sign() != 0 {
				pivot = r
				break
			}
		}
		if pivot < 0 {
			continue
		}
		rows[done], rows[pivot] = rows[pivot], rows[done]
		inverse := new(big.Rat).Inv(rows[done][column])
		for c := range n {
			rows[done][c].Mul(rows[done][c], inverse)
		}
		for r := range rows {
			if r == done || rows[r][column].Sign() == 0 {
				continue
			}
			factor := new(big.Rat).Set(rows[r][column])
			for c := range n {
				rows[r][c].Sub(rows[r][c], new(big.Rat).Mul(factor, rows[done][c]))
			}
		}
		done++
	}
	return rows[:done]
}

// pinned gives the columns that a reduced row settles alone.
func pinned(rows [][]*big.Rat) []int {
	var out []int
	for _, row := range rows {
		at, n := -1, 0
		for c, v := range row {
			if v.Sign() != 0 {
				at, n = c, n+1
			}
		}
		if n == 1 {
			out = append(out, at)
		}
	}
	return out
}

// attackHierarchy tells an attacker everything that is published of a
// hierarchy, and more than that: what lies in no child of a node, as if it
// were shown as a child of its own.
func attackHierarchy(h disclose.Hierarchy, counts []int64, known []disclose.Known, k int64) *attacker {
	a := newAttacker(len(h))
	children := make([][]int, len(h))
	own := append([]int64(nil), counts...)
	for i, p := range h {
		a.learn(i, known[i].Low, known[i].High)
		if p >= 0 {
			children[p] = append(children[p], i)
			own[p] -= counts[i]
		}
	}
	for i, parts := range children {
		if len(parts) == 0 {
			continue
		}
		low, high := own[i], own[i]
		switch {
		case counts[i] < k || known[i].Low < k: // nothing below is told
			low, high = 0, known[i].High
		case own[i] > 0 && own[i] < k:
			low, high = 1, k-1
		}
		a.equations = append(a.equations, equation{whole: i, parts: append(parts, a.cell(low, high))})
	}
	return a
}

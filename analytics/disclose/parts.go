package disclose

import "fmt"

// ProtectParts gives what may be known of the parts into which a cell is
// divided a second time, by category say, beside its division into places.
// counts are raw and add up to the cell. order names every part once and must
// not depend on counts; nil is the order of counts.
//
// Nothing of the cell is told that total does not tell already, so something
// must give way for the small parts: the keeper, the first part in the order
// that has its fair share of the total. Its range takes up what the small
// parts and the total leave open; all other parts are exact. Where that would
// not do, all parts are closed, and each may be anything from 0 to the whole.
func ProtectParts(total Known, counts []int64, order []int, k int64) ([]Known, error) {
	if k == 2 {
		return nil, errTwo
	}
	if order != nil && len(order) != len(counts) {
		return nil, fmt.Errorf("disclose: %d parts, an order of %d", len(counts), len(order))
	}
	var all int64
	for i, n := range counts {
		if n < 0 {
			return nil, fmt.Errorf("disclose: part %d has a count of %d", i, n)
		}
		all += n
	}
	if all < total.Low || all > total.High {
		return nil, fmt.Errorf("disclose: the parts make %d, the whole is %d to %d", all, total.Low, total.High)
	}
	if out, ok := divide(total, counts, order, k); ok {
		return out, nil
	}
	closed := make([]Known, len(counts))
	for i := range closed {
		closed[i] = Known{High: total.High, Estimate: total.Estimate / float64(len(counts))}
	}
	return closed, nil
}

// divide tells the parts of a total; ok is false where they must stay closed.
// It looks at the total as it is told, and at small parts only as such, so
// that it does the same whatever the true values are.
func divide(total Known, counts []int64, order []int, k int64) (out []Known, ok bool) {
	out = make([]Known, len(counts))
	var smalls, large int64 // parts from 1 to k-1; what the others have together
	for i, c := range counts {
		if out[i] = alone(c, k); out[i].hides() {
			out[i].Estimate = float64(k) / 2
			smalls++
			continue
		}
		large += c
	}
	if smalls == 0 && !total.hides() {
		return out, true
	}
	fair := fairShare(total.Low, len(counts), k)
	keeper := firstAtLeast(counts, order, fair)
	if keeper < 0 {
		return nil, false
	}
	large -= counts[keeper]
	// With less a small part of k-1 could only go with a keeper under its fair
	// share. The bound is k higher than that, because otherwise a closed
	// division would tell that no part has k-1.
	if total.Low-large < smalls+2*k-2+fair {
		return nil, false
	}
	out[keeper] = Known{Low: max(fair, total.Low-large-smalls*(k-1)), High: total.High - large - smalls}
	rest := total.Estimate - float64(large) - float64(smalls)*float64(k)/2
	out[keeper].Estimate = min(max(rest, float64(out[keeper].Low)), float64(out[keeper].High))
	return out, true
}

// fairShare is what each of a number of equal parts has of a total of n or
// more. Some part always has as much, where it is more than k.
func fairShare(n int64, parts int, k int64) int64 {
	d := int64(parts)
	return max(k, (n+d-1)/d)
}

func firstAtLeast(counts []int64, order []int, least int64) int {
	for i := range counts {
		if order != nil {
			i = order[i]
		}
		if counts[i] >= least {
			return i
		}
	}
	return -1
}

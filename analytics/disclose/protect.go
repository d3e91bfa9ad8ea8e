package disclose

import "fmt"

// Hierarchy gives the parent of each node, -1 for a root. A parent comes
// before its children. A node may hold more than its children together: what
// is known of the place, but of no place below it.
type Hierarchy []int32

// Check refuses a hierarchy in which a parent does not come first.
func (h Hierarchy) Check() error {
	for i, p := range h {
		if p < -1 || int(p) >= i {
			return fmt.Errorf("disclose: node %d comes before its parent %d", i, p)
		}
	}
	return nil
}

// Protect gives what may be known of every node of a hierarchy, whose raw
// counts are given, so that every count from 1 to k-1 stays possible for each
// node that has one: see the package's proof. k ≤ 1 protects nothing. k = 2
// is refused: a count that is not 0 and below 2 is 1, whatever one does.
func Protect(h Hierarchy, counts []int64, k int64) ([]Known, error) {
	if err := checkInput(h, counts, k); err != nil {
		return nil, err
	}
	out := make([]Known, len(counts))
	sums, err := settleUpwards(h, counts, k, out)
	if err != nil {
		return nil, err
	}
	explainDownwards(h, counts, k, sums, out)
	return out, nil
}

func checkInput(h Hierarchy, counts []int64, k int64) error {
	if len(h) != len(counts) {
		return fmt.Errorf("disclose: %d counts for %d nodes", len(counts), len(h))
	}
	if k == 2 {
		return errTwo
	}
	for i, n := range counts {
		if n < 0 {
			return fmt.Errorf("disclose: node %d has a count of %d", i, n)
		}
	}
	return h.Check()
}

// sum collects what is known of the parts of one node.
type sum struct {
	low, high int64
	widest    int64 // greatest high-low of a part
	count     int64 // raw
	parts     int64
}

func (s *sum) add(b Known, count int64) {
	s.low, s.high = s.low+b.Low, s.high+b.High
	s.widest = max(s.widest, b.High-b.Low)
	s.count += count
	s.parts++
}

// settleUpwards fills out from the leaves to the roots as if every node were
// open, and gives the sums of the nodes' parts.
func settleUpwards(h Hierarchy, counts []int64, k int64, out []Known) ([]sum, error) {
	sums := make([]sum, len(counts))
	for i := len(counts) - 1; i >= 0; i-- {
		s, n := &sums[i], counts[i]
		if s.count > n {
			return nil, fmt.Errorf("disclose: node %d has %d, its children have %d", i, n, s.count)
		}
		if s.parts > 0 {
			s.add(alone(n-s.count, k), n-s.count) // what lies in no child
		}
		out[i] = alone(n, k)
		if s.parts > 0 && n >= k {
			out[i] = s.tell(n, k)
		}
		if h[i] >= 0 {
			sums[h[i]].add(out[i], n)
		}
	}
	return sums, nil
}

// alone is what may be known of a count that nothing below explains.
func alone(n, k int64) Known {
	if n == 0 || n >= k {
		return exactly(n)
	}
	return Known{Low: 1, High: k - 1}
}

// tell gives as much of the total n ≥ k as leaves every part every value that
// it had before: a part of width w needs, at its greatest, a total of
// low + w, and at its least one of high - w. So totals between the two are
// told exactly, those at the ends only as "up to low + widest" and "from
// high - widest"; where the two overlap there is one range.
func (s *sum) tell(n, k int64) Known {
	bottom := max(s.low, k)
	up, down := s.low+s.widest, s.high-s.widest
	switch {
	case s.widest == 0:
		return exactly(n)
	case up >= down:
		return Known{Low: bottom, High: s.high}
	case n <= up:
		return Known{Low: bottom, High: up}
	case n >= down:
		return Known{Low: down, High: s.high}
	}
	return exactly(n)
}

// explainDownwards closes what lies below a small node, and estimates what is
// hidden from what is published above it.
func explainDownwards(h Hierarchy, counts []int64, k int64, sums []sum, out []Known) {
	closed := make([]bool, len(counts)) // the parts of the node are not told
	for i := range counts {
		p := h[i]
		if p >= 0 && closed[p] {
			closed[i] = true
			out[i] = Known{High: out[p].High, Estimate: out[p].Estimate / float64(sums[p].parts)}
			continue
		}
		closed[i] = counts[i] > 0 && counts[i] < k
		switch {
		case !out[i].hides():
		case p < 0:
			out[i].Estimate = float64(out[i].Low+out[i].High) / 2
		default:
			out[i].Estimate = sums[p].share(out[p].Estimate, out[i])
		}
	}
}

// share estimates a hidden part: all hidden parts lie equally far between
// their ends, so that together they make the total.
func (s *sum) share(total float64, part Known) float64 {
	at := (total - float64(s.low)) / float64(s.high-s.low)
	at = min(max(at, 0), 1)
	return float64(part.Low) + at*float64(part.High-part.Low)
}

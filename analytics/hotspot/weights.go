package hotspot

import "slices"

// Weights says which cells are neighbours of which, as compressed sparse rows.
// A row holds equal weights: 1 each (binary) or 1/degree each (row-standardised),
// so no weight is stored. Weights are immutable and safe for concurrent use.
type Weights struct {
	start        []int   // row i is column[start[i]:start[i+1]], ascending
	column       []int32 // neighbour positions
	self         bool    // every row holds its own position
	standardised bool    // rows sum to one
}

// Len returns the number of cells.
func (w *Weights) Len() int { return len(w.start) - 1 }

// Degree returns the number of entries of row i, itself included where HasSelf.
func (w *Weights) Degree(i int) int { return w.start[i+1] - w.start[i] }

// Row returns the neighbour positions of cell i, ascending; it must not be changed.
func (w *Weights) Row(i int) []int32 { return w.column[w.start[i]:w.start[i+1]] }

// Weight returns the weight each entry of row i has; 0 for an empty row.
func (w *Weights) Weight(i int) float64 {
	switch d := w.Degree(i); {
	case d == 0:
		return 0
	case w.standardised:
		return 1 / float64(d)
	default:
		return 1
	}
}

// HasSelf tells whether every cell counts as its own neighbour.
func (w *Weights) HasSelf() bool { return w.self }

// WithSelf returns the weights in which every cell is its own neighbour too, as
// Gi* needs; row-standardised weights stay row-standardised.
func (w *Weights) WithSelf() *Weights {
	if w.self {
		return w
	}
	n := w.Len()
	out := &Weights{
		start:        make([]int, n+1),
		column:       make([]int32, 0, len(w.column)+n),
		self:         true,
		standardised: w.standardised,
	}
	for i := range n {
		row := w.Row(i)
		at, _ := slices.BinarySearch(row, int32(i))
		out.column = append(out.column, row[:at]...)
		out.column = append(out.column, int32(i))
		out.column = append(out.column, row[at:]...)
		out.start[i+1] = len(out.column)
	}
	return out
}

// RowStandardised returns the same neighbours with weights that sum to one in
// every row that has neighbours.
func (w *Weights) RowStandardised() *Weights {
	out := *w
	out.standardised = true
	return &out
}

// Binary returns the same neighbours with weight 1 each.
func (w *Weights) Binary() *Weights {
	out := *w
	out.standardised = false
	return &out
}

// sum adds x over row i, unweighted.
func (w *Weights) sum(i int, x []float64) float64 {
	var s float64
	for _, j := range w.column[w.start[i]:w.start[i+1]] {
		s += x[j]
	}
	return s
}

// has tells whether j is in row i.
func (w *Weights) has(i, j int) bool {
	_, ok := slices.BinarySearch(w.Row(i), int32(j))
	return ok
}

// checkWeights refuses weights that do not fit n values or hold (lack) self.
func checkWeights(w *Weights, n int, self bool) error {
	switch {
	case w == nil:
		return Refuse(BadWeights, "weights", "are missing")
	case w.Len() != n:
		return Refuse(LengthMismatch, "weights", "must have one row a value")
	case self && !w.self:
		return Refuse(BadWeights, "weights", "must count every cell as its own neighbour: use WithSelf")
	case !self && w.self:
		return Refuse(BadWeights, "weights", "must not count a cell as its own neighbour")
	}
	return nil
}

package knox

import (
	"math"
	"slices"
)

// bandCells is the number of cells of a bander's table.
const bandCells = 1024

// unsure marks a table cell that a break cuts.
const unsure = math.MaxUint16

// bander finds the band of a number in constant time: the range up to the last
// break is cut into cells, and a cell that lies in one band knows it.
type bander struct {
	breaks []float64
	cells  []uint16 // bandCells and one more for all that lies beyond
	scale  float64  // cells per unit
}

func newBander(breaks []float64) bander {
	last := breaks[len(breaks)-1]
	b := bander{breaks: breaks, cells: make([]uint16, bandCells+1), scale: bandCells / last}
	b.cells[bandCells] = uint16(len(breaks) - 1)
	for i := range bandCells {
		// A cell is judged with its neighbours' edges, which covers rounding.
		low, high := float64(i)-0.01, float64(i)+1.01
		k := b.search(max(0, low/b.scale))
		if k != b.search(high/b.scale) {
			k = unsure
		}
		b.cells[i] = uint16(k)
	}
	return b
}

// of returns the band of v ≥ 0, the number of bands if v lies in none.
func (b *bander) of(v float64) int {
	k := b.cells[bandCells]
	if at := v * b.scale; at < bandCells {
		k = b.cells[int(at)]
	}
	if k == unsure {
		return b.search(v)
	}
	return int(k)
}

// search finds the band by bisection.
func (b *bander) search(v float64) int {
	at, found := slices.BinarySearch(b.breaks, v)
	if !found {
		at--
	}
	if at < 0 {
		return len(b.breaks) - 1
	}
	return at
}

// count files the close pairs by distance band and time band, row by row.
func count(near []pair, times []float64, bands bander, rows int) []int {
	columns := len(bands.breaks) - 1
	wide := make([]int, rows*(columns+1)) // the last column takes pairs in no time band
	for _, p := range near {
		wide[int(p.band)*(columns+1)+bands.of(math.Abs(times[p.a]-times[p.b]))]++
	}
	table := make([]int, 0, rows*columns)
	for row := range rows {
		table = append(table, wide[row*(columns+1):][:columns]...)
	}
	return table
}

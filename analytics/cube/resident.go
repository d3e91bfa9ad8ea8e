package cube

import (
	"slices"
	"sync"

	"reli/geo/hex"
)

// columns hold one row an incident, one small value a column.
type columns struct {
	opened, closed, due             []uint16 // days; 0 for none
	hour, category, source, channel []uint8
	class                           []uint8 // scale in bits 0–1, urgency in bits 2–3
	// place numbers the area; only in the order of cells, nil in that of
	// places, where an area is a range of rows.
	place []uint32
}

// bytesPerRow is what one incident takes in the two orders.
const bytesPerRow = 2*(3*2+5) + 4

func makeColumns(n int, placed bool) columns {
	days := make([]uint16, 3*n)
	codes := make([]uint8, 5*n)
	var place []uint32
	if placed {
		place = make([]uint32, n)
	}
	return columns{
		place:  place,
		opened: days[:n:n], closed: days[n : 2*n : 2*n], due: days[2*n:],
		hour: codes[:n:n], category: codes[n : 2*n : 2*n], source: codes[2*n : 3*n : 3*n],
		channel: codes[3*n : 4*n : 4*n], class: codes[4*n:],
	}
}

func (c *columns) set(i int, r *row) {
	c.opened[i], c.closed[i], c.due[i] = r.opened, r.closed, r.due
	c.hour[i], c.category[i], c.source[i], c.channel[i], c.class[i] = r.hour, r.category, r.source, r.channel, r.class
	if c.place != nil {
		c.place[i] = r.place
	}
}

func (c *columns) copyRow(i int, from *columns, j int) {
	c.opened[i], c.closed[i], c.due[i] = from.opened[j], from.closed[j], from.due[j]
	c.hour[i], c.category[i], c.source[i], c.channel[i], c.class[i] = from.hour[j], from.category[j], from.source[j], from.channel[j], from.class[j]
	if c.place != nil {
		c.place[i] = from.place[j]
	}
}

// row is an incident on its way into the orders.
type row struct {
	cell                                   hex.Cell
	place                                  uint32
	opened, closed, due                    uint16
	hour, category, source, channel, class uint8
}

// Resident is the cube in memory: every incident of a data version, twice,
// once in the order of cells and once in the order of places, each order by
// day within a key. It is a copy, never a source, and it is immutable.
type Resident struct {
	places places
	codes  *codebook
	// complete: all rows are here. Otherwise only the cells are known, and
	// ClickHouse answers.
	complete bool

	cells     []hex.Cell // distinct storage cells, ascending; 0 first where incidents have none
	cellStart []uint32   // row at which a cell begins in byCell, one more at the end
	byCell    columns

	placeStart []uint32 // row at which a place begins in byPlace, one more at the end
	byPlace    columns

	parents [StorageResolution + 1]parentIndex
}

// parentIndex is the cells of one resolution, made when first asked for.
type parentIndex struct {
	once  sync.Once
	cells []hex.Cell
	start []uint32
}

// Rows gives the number of incidents.
func (r *Resident) Rows() int { return len(r.byCell.opened) }

// Bytes gives the memory of the two orders.
func (r *Resident) Bytes() int64 {
	return bytesPerRow*int64(r.Rows()) + 12*int64(len(r.cells)) + 4*int64(len(r.placeStart))
}

// at gives the distinct cells of a resolution, ascending, and the rows of
// each in byCell: cell i has rows start[i] to start[i+1].
func (r *Resident) at(res int) ([]hex.Cell, []uint32) {
	p := &r.parents[res]
	p.once.Do(func() {
		for i, c := range r.cells {
			if c == 0 {
				continue
			}
			parent := c
			if res < StorageResolution {
				parent = c.Parent(res)
			}
			if n := len(p.cells); n == 0 || p.cells[n-1] != parent {
				p.cells = append(p.cells, parent)
				p.start = append(p.start, r.cellStart[i])
			}
		}
		p.start = append(p.start, r.cellStart[len(r.cells)])
	})
	return p.cells, p.start
}

// buildResident sorts rows into the two orders, which have nothing to do with
// each other, at the same time.
func buildResident(pl places, codes *codebook, rows []row) *Resident {
	r := &Resident{places: pl, codes: codes, complete: true}
	n := len(rows)
	byDay := countingSort(nil, n, 1<<16, func(i uint32) uint32 { return uint32(rows[i].opened) })
	var cells sync.WaitGroup
	cells.Go(func() {
		order := sortByCell(byDay, rows)
		r.byCell = makeColumns(n, true)
		for i, j := range order {
			if at := &rows[j]; len(r.cells) == 0 || r.cells[len(r.cells)-1] != at.cell {
				r.cells, r.cellStart = append(r.cells, at.cell), append(r.cellStart, uint32(i))
			}
			r.byCell.set(i, &rows[j])
		}
		r.cellStart = append(r.cellStart, uint32(n))
	})
	order := countingSort(byDay, n, len(pl.code), func(i uint32) uint32 { return rows[i].place })
	r.byPlace = makeColumns(n, false)
	r.placeStart = make([]uint32, len(pl.code)+1)
	for i, j := range order {
		r.byPlace.set(i, &rows[j])
		r.placeStart[rows[j].place+1]++
	}
	accumulate(r.placeStart)
	cells.Wait()
	return r
}

func accumulate(starts []uint32) {
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
}

// countingSort gives the rows of order (nil: 0 … n-1) sorted by key, equal
// keys in the order in which they came.
func countingSort(order []uint32, n, buckets int, key func(uint32) uint32) []uint32 {
	at := func(i int) uint32 {
		if order == nil {
			return uint32(i)
		}
		return order[i]
	}
	next := make([]uint32, buckets+1)
	for i := range n {
		next[key(at(i))+1]++
	}
	accumulate(next)
	out := make([]uint32, n)
	for i := range n {
		k := key(at(i))
		out[next[k]] = at(i)
		next[k]++
	}
	return out
}

// sortByCell gives the rows of order sorted by cell, equal cells in the order
// in which they came: a radix sort over the bytes in which cells differ, which
// in one county are five of eight.
func sortByCell(order []uint32, rows []row) []uint32 {
	n := len(order)
	from, to := slices.Clone(order), make([]uint32, n)
	keys, next := make([]hex.Cell, n), make([]hex.Cell, n)
	var differ hex.Cell
	for i, j := range from {
		keys[i] = rows[j].cell
		differ |= keys[i] ^ keys[0]
	}
	for shift := 0; shift < 64; shift += 8 {
		if byte(differ>>shift) == 0 {
			continue
		}
		var place [257]uint32
		for _, k := range keys {
			place[int(byte(k>>shift))+1]++
		}
		accumulate(place[:])
		for i, k := range keys {
			at := &place[byte(k>>shift)]
			to[*at], next[*at] = from[i], k
			*at++
		}
		from, to, keys, next = to, from, next, keys
	}
	return from
}

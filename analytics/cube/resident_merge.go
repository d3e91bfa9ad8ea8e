package cube

import (
	"sync"

	"reli/geo/hex"
)

// replaceDays gives the resident cube in which the incidents that opened on
// days are fresh. It merges the two sorted orders instead of
// sorting again, so its cost is one pass over memory.
func (r *Resident) replaceDays(codes *codebook, days []uint16, fresh []row) *Resident {
	drop := dropTable(days)
	add := buildResident(r.places, codes, fresh)
	next := &Resident{places: r.places, codes: codes, complete: true}
	var cells sync.WaitGroup // the two orders have nothing to do with each other
	cells.Go(func() {
		next.cells, next.cellStart, next.byCell = mergeOrder(
			r.cells, r.cellStart, &r.byCell, add.cells, add.cellStart, &add.byCell, drop)
	})
	keys := make([]hex.Cell, len(r.places.code))
	for i := range keys {
		keys[i] = hex.Cell(i)
	}
	placeKeys, starts, byPlace := mergeOrder(
		keys, r.placeStart, &r.byPlace, keys, add.placeStart, &add.byPlace, drop)
	next.byPlace = byPlace
	next.placeStart = spread(placeKeys, starts, len(keys))
	cells.Wait()
	return next
}

// dropTable says for each day whether it is replaced.
func dropTable(days []uint16) []bool {
	drop := make([]bool, 1<<16)
	for _, day := range days {
		drop[day] = true
	}
	return drop
}

// mergeOrder merges two runs of keys with their rows; rows of the first whose
// day is dropped are left out, keys without a row vanish.
func mergeOrder(aKeys []hex.Cell, aStart []uint32, a *columns, bKeys []hex.Cell, bStart []uint32, b *columns, drop []bool) ([]hex.Cell, []uint32, columns) {
	kept := 0
	for _, day := range a.opened {
		if !drop[day] {
			kept++
		}
	}
	out := makeColumns(kept+len(b.opened), a.place != nil)
	var keys []hex.Cell
	var start []uint32
	n := 0
	for i, j := 0, 0; i < len(aKeys) || j < len(bKeys); {
		key := nextKey(aKeys, i, bKeys, j)
		begin := n
		var aLow, aHigh, bLow, bHigh int
		if i < len(aKeys) && aKeys[i] == key {
			aLow, aHigh = int(aStart[i]), int(aStart[i+1])
			i++
		}
		if j < len(bKeys) && bKeys[j] == key {
			bLow, bHigh = int(bStart[j]), int(bStart[j+1])
			j++
		}
		n = mergeRows(&out, n, a, aLow, aHigh, b, bLow, bHigh, drop)
		if n > begin {
			keys, start = append(keys, key), append(start, uint32(begin))
		}
	}
	return keys, append(start, uint32(n)), out
}

func nextKey(a []hex.Cell, i int, b []hex.Cell, j int) hex.Cell {
	switch {
	case i == len(a):
		return b[j]
	case j == len(b):
		return a[i]
	}
	return min(a[i], b[j])
}

// mergeRows keeps the days of one key ascending. Days that are dropped from a
// are exactly those that b has, so equal days never meet.
func mergeRows(out *columns, n int, a *columns, aLow, aHigh int, b *columns, bLow, bHigh int, drop []bool) int {
	for aLow < aHigh || bLow < bHigh {
		switch {
		case aLow < aHigh && drop[a.opened[aLow]]:
			aLow++
			continue
		case bLow == bHigh || (aLow < aHigh && a.opened[aLow] < b.opened[bLow]):
			out.copyRow(n, a, aLow)
			aLow++
		default:
			out.copyRow(n, b, bLow)
			bLow++
		}
		n++
	}
	return n
}

// spread turns starts of the keys that have rows into starts of all keys
// 0 … count-1, and one more at the end.
func spread(keys []hex.Cell, start []uint32, count int) []uint32 {
	out := make([]uint32, count+1)
	k := 0
	for i := range count {
		out[i] = start[k]
		if k < len(keys) && keys[k] == hex.Cell(i) {
			k++
		}
	}
	out[count] = start[len(start)-1]
	return out
}

package cube

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"reli/geo/area"
	"reli/geo/hex"
)

// Group is the tally of one key.
type Group struct {
	Key string // cell as a decimal number, area or code as text, day as a number of days
	Tally
}

// Tallies answers a query; which executor answered comes with it. Groups are
// in the order of their keys' text; keys without an incident in the window
// (or in the base window) are absent.
func (s *Store) Tallies(ctx context.Context, snap *Snapshot, q Query) ([]Group, Executor, error) {
	if err := q.check(); err != nil {
		return nil, "", err
	}
	if err := q.Selection.Scope.raw(); err != nil {
		return nil, "", err
	}
	if snap.resident.complete {
		return s.residentTallies(snap, q), ExecutorResident, nil
	}
	groups, err := s.sqlTallies(ctx, snap, q)
	return groups, ExecutorSQL, err
}

func (s *Store) sqlTallies(ctx context.Context, snap *Snapshot, q Query) ([]Group, error) {
	sql, params, err := q.statement(snap.Catalogue, s.weights)
	if err != nil {
		return nil, err
	}
	var out []Group
	err = s.opt.DB.Each(ctx, sql, func(scan func(...any) error) error {
		var g Group
		if err := scan(&g.Key, &g.Count, &g.Open, &g.Overdue, &g.Closed, &g.Weight, &g.Base, &g.Median); err != nil {
			return err
		}
		out = append(out, g)
		return nil
	}, params...)
	if err != nil {
		return nil, fmt.Errorf("tally by %s: %w", q.By, err)
	}
	return out, nil
}

// residentTallies answers from memory.
func (s *Store) residentTallies(snap *Snapshot, q Query) []Group {
	r := snap.resident
	p := s.plans.compile(snap, q.Selection, s.weights)
	switch q.By {
	case DimensionCell:
		return r.groupCells(p, q)
	case DimensionCounty, DimensionTownship, DimensionVillage, DimensionGrid:
		if q.Within != 0 {
			return r.groupAreasWithin(p, snap, q)
		}
		return r.groupAreas(p, snap, q)
	}
	rows, columns := p.rowsOfPlaces(r, 0, uint32(len(r.places.code))), &r.byPlace
	if q.Within != 0 {
		columns = &r.byCell
		low, high := r.cellRows(q.Within)
		rows = func(yield func(int, int) bool) { yield(low, high) }
	}
	return r.groupRows(p, columns, rows, q.By)
}

// cellRows gives the rows of byCell inside a cell of any resolution.
func (r *Resident) cellRows(within hex.Cell) (low, high int) {
	first, last := within.ChildRange(StorageResolution)
	i, _ := slices.BinarySearch(r.cells, first)
	j, found := slices.BinarySearch(r.cells, last)
	if found {
		j++
	}
	return int(r.cellStart[i]), int(r.cellStart[j])
}

func (r *Resident) groupCells(p *plan, q Query) []Group {
	cells, start := r.at(q.Resolution)
	low, high := 0, r.Rows()
	if q.Within != 0 {
		low, high = r.cellRows(q.Within)
	}
	var out []Group
	for i, c := range cells {
		from, to := max(int(start[i]), low), min(int(start[i+1]), high)
		if from >= to {
			continue
		}
		t := p.tally(&r.byCell, from, to, q.Resolution == StorageResolution)
		if t.present() {
			out = append(out, Group{strconv.FormatUint(uint64(c), 10), t})
		}
	}
	return out
}

func (r *Resident) groupAreas(p *plan, snap *Snapshot, q Query) []Group {
	level, err := area.ParseLevel(string(q.By))
	if err != nil {
		return nil
	}
	var out []Group
	for _, n := range snap.levels[level] {
		if t := p.tallyPlaces(r, n, r.places.end[n]); t.present() {
			out = append(out, Group{r.places.code[n], t})
		}
	}
	return sortGroups(out)
}

// groupAreasWithin groups the rows of a cell by the areas of a level.
func (r *Resident) groupAreasWithin(p *plan, snap *Snapshot, q Query) []Group {
	level, err := area.ParseLevel(string(q.By))
	if err != nil {
		return nil
	}
	owner := make([]uint32, len(r.places.code)) // by place: the area of the level around it
	for _, n := range snap.levels[level] {
		for place := n; place < r.places.end[n]; place++ {
			owner[place] = n
		}
	}
	buckets := map[uint32]*bucket{}
	low, high := r.cellRows(q.Within)
	for i := low; i < high; i++ {
		n := owner[r.byCell.place[i]]
		bits := p.bits(&r.byCell, i)
		if n == 0 || bits == 0 {
			continue
		}
		if buckets[n] == nil {
			buckets[n] = &bucket{}
		}
		p.add(&r.byCell, i, bits, buckets[n])
	}
	var out []Group
	for n, b := range buckets {
		out = append(out, Group{r.places.code[n], p.finish(b)})
	}
	return sortGroups(out)
}

// present says whether SQL would give the group a row.
func (t Tally) present() bool { return t.Count != 0 || t.Base != 0 }

func sortGroups(groups []Group) []Group {
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return groups
}

// groupRows groups rows by a dimension that is a column.
func (r *Resident) groupRows(p *plan, c *columns, rows iter.Seq2[int, int], by Dimension) []Group {
	buckets := make([]*bucket, bucketCount(by))
	for low, high := range rows {
		for i := low; i < high; i++ {
			bits := p.bits(c, i)
			if bits == 0 {
				continue
			}
			k := p.bucketOf(c, i, by)
			if buckets[k] == nil {
				buckets[k] = &bucket{}
			}
			p.add(c, i, bits, buckets[k])
		}
	}
	var out []Group
	for k, b := range buckets {
		if b != nil {
			out = append(out, Group{r.bucketKey(by, k), p.finish(b)})
		}
	}
	return sortGroups(out)
}

// bucketCount gives one more than the greatest bucket of a dimension.
func bucketCount(by Dimension) int {
	if by == DimensionDay {
		return 1 << 16
	}
	return 1 << 8
}

func (p *plan) bucketOf(c *columns, i int, by Dimension) int {
	switch by {
	case DimensionDay:
		return int(c.opened[i])
	case DimensionHour:
		return int(c.hour[i])
	case DimensionWeekday:
		return Day(c.opened[i]).Weekday()
	case DimensionCategory:
		return int(c.category[i])
	case DimensionSource:
		return int(c.source[i])
	case DimensionChannel:
		return int(c.channel[i])
	case DimensionStatus:
		return int(p.statusOf(c, i))
	}
	return 0 // DimensionTotal
}

func (r *Resident) bucketKey(by Dimension, k int) string {
	switch by {
	case DimensionTotal:
		return ""
	case DimensionCategory:
		return r.codes.category[k]
	case DimensionSource:
		return r.codes.source[k]
	case DimensionChannel:
		return r.codes.channel[k]
	case DimensionStatus:
		return string(rowStatus(k).name())
	}
	return strconv.Itoa(k)
}

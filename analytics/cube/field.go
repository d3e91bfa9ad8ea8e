package cube

import (
	"context"
	"strconv"

	"reli/geo/area"
	"reli/geo/hex"
)

// Executor says which of the two ways answered.
type Executor string

// Executors.
const (
	ExecutorResident Executor = "resident" // the cube in memory
	ExecutorSQL      Executor = "sql"      // the cube in ClickHouse
)

// Field is the answer to a Selection for all keys of one layer. Key i of the
// field is key i of the snapshot's Cells or of the tree's areas of the level.
// Tally may be called from several goroutines; each call counts anew where
// the resident cube answers, so that a tile costs only its own keys.
type Field struct {
	Executor Executor
	Len      int
	Tally    func(i int) Tally
	shown    func(i int) bool // nil for all
}

// Shown reports whether key i may be named to who asks; a key that may not is
// absent from every answer, not one without incidents.
func (f Field) Shown(i int) bool { return f.shown == nil || f.shown(i) }

// Cells gives the distinct cells of a resolution that hold incidents of any
// day, ascending; none beyond StorageResolution. The slice is shared and must
// not be changed.
func (s *Snapshot) Cells(res int) []hex.Cell {
	if checkResolution(res) != nil {
		return nil
	}
	cells, _ := s.resident.at(res)
	return cells
}

// CellField answers a Selection for the snapshot's Cells of a resolution.
func (s *Store) CellField(ctx context.Context, snap *Snapshot, sel Selection, res int) (Field, error) {
	if err := checkResolution(res); err != nil {
		return Field{}, err
	}
	if err := sel.Scope.raw(); err != nil {
		return Field{}, err
	}
	if !snap.resident.complete {
		return s.sqlField(ctx, snap, Query{Selection: sel, By: DimensionCell, Resolution: res})
	}
	r := snap.resident
	p := s.plans.compile(snap, sel, s.weights)
	cells, start := r.at(res)
	sorted := res == StorageResolution
	return Field{Executor: ExecutorResident, Len: len(cells), Tally: func(i int) Tally {
		return p.tally(&r.byCell, int(start[i]), int(start[i+1]), sorted)
	}}, nil
}

// AreaField answers a Selection for the areas of a level, in the order of the
// tree's AtLevel.
func (s *Store) AreaField(ctx context.Context, snap *Snapshot, sel Selection, level area.Level) (Field, error) {
	if err := sel.Scope.raw(); err != nil {
		return Field{}, err
	}
	if !snap.resident.complete {
		return s.sqlField(ctx, snap, Query{Selection: sel, By: Dimension(level.String())})
	}
	r := snap.resident
	p := s.plans.compile(snap, sel, s.weights)
	numbers := snap.levels[level]
	return Field{Executor: ExecutorResident, Len: len(numbers), shown: snap.shown(sel.Scope, level), Tally: func(i int) Tally {
		return p.tallyPlaces(r, numbers[i], r.places.end[numbers[i]])
	}}, nil
}

// scope gives the range of place numbers inside an area, empty for an unknown
// one.
func (r *Resident) scope(code string) (low, high uint32) {
	if code == "" {
		return 0, uint32(len(r.places.code))
	}
	n, ok := r.places.number[code]
	if !ok {
		return 0, 0
	}
	return n, r.places.end[n]
}

// sqlField asks ClickHouse for the whole layer at once.
func (s *Store) sqlField(ctx context.Context, snap *Snapshot, q Query) (Field, error) {
	groups, err := s.sqlTallies(ctx, snap, q)
	if err != nil {
		return Field{}, err
	}
	var index map[string]int
	var shown func(i int) bool
	n := 0
	if q.By == DimensionCell {
		cells := snap.Cells(q.Resolution)
		n, index = len(cells), make(map[string]int, len(cells))
		for i, c := range cells {
			index[strconv.FormatUint(uint64(c), 10)] = i
		}
	} else {
		level, err := area.ParseLevel(string(q.By))
		if err != nil {
			return Field{}, err
		}
		numbers := snap.levels[level]
		n, index = len(numbers), make(map[string]int, len(numbers))
		for i, number := range numbers {
			index[snap.resident.places.code[number]] = i
		}
		shown = snap.shown(q.Selection.Scope, level)
	}
	tallies := make([]Tally, n)
	for _, g := range groups {
		if i, ok := index[g.Key]; ok {
			tallies[i] = g.Tally
		}
	}
	return Field{Executor: ExecutorSQL, Len: n, shown: shown, Tally: func(i int) Tally { return tallies[i] }}, nil
}

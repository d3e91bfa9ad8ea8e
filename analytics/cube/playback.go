package cube

import (
	"context"
	"strconv"

	"reli/geo/area"
)

// maxFrames bounds the steps of a playback: ten years of days.
const maxFrames = 3660

// Frames are the counts of each place in each step of a window. Only places
// with an incident in the window are there.
type Frames struct {
	Executor Executor
	Begins   []Day     // first day of each step
	Keys     []string  // cell as a decimal number, or area code
	Counts   [][]int64 // by key, then by step
}

// Frames counts every place of a layer in every step of the Selection's
// window, in one pass. The measure is the count.
func (s *Store) Frames(ctx context.Context, snap *Snapshot, sel Selection, by Dimension, res int, step Step) (Frames, error) {
	sel.Measure = MeasureCount
	if err := (Query{Selection: sel, By: by, Resolution: res}).check(); err != nil {
		return Frames{}, err
	}
	if err := sel.Scope.raw(); err != nil {
		return Frames{}, err
	}
	f := Frames{Begins: step.begins(sel.From, sel.To)}
	frameOf := make([]int32, sel.Days())
	for i, k := 0, int32(-1); i < len(frameOf); i++ {
		if int(k)+1 < len(f.Begins) && sel.From+Day(i) >= f.Begins[k+1] {
			k++
		}
		frameOf[i] = k
	}
	if snap.resident.complete {
		f.Executor = ExecutorResident
		s.residentFrames(snap, sel, by, res, frameOf, &f)
		return f, nil
	}
	f.Executor = ExecutorSQL
	return f, s.sqlFrames(ctx, snap, sel, by, res, frameOf, &f)
}

// TooManyFrames reports whether a window has more steps than a playback may.
func TooManyFrames(sel Selection, step Step) bool {
	return step == StepDay && sel.Days() > maxFrames
}

func (s Step) begins(from, to Day) []Day {
	var out []Day
	for d := from; d < to; d++ {
		if begin := max(s.Begin(d), from); len(out) == 0 || out[len(out)-1] != begin {
			out = append(out, begin)
		}
	}
	return out
}

func (s *Store) residentFrames(snap *Snapshot, sel Selection, by Dimension, res int, frameOf []int32, f *Frames) {
	r := snap.resident
	p := s.plans.compile(snap, sel, s.weights)
	var counts []int64 // of the key at hand, nil before its first incident
	add := func(c *columns, low, high int) {
		for i := low; i < high; i++ {
			if p.bits(c, i)&bitWindow == 0 {
				continue
			}
			if counts == nil {
				counts = make([]int64, len(f.Begins))
			}
			counts[frameOf[int(c.opened[i])-int(sel.From)]]++
		}
	}
	done := func(key func() string) {
		if counts != nil {
			f.Keys, f.Counts = append(f.Keys, key()), append(f.Counts, counts)
			counts = nil
		}
	}
	if by == DimensionCell {
		cells, start := r.at(res)
		for i, c := range cells {
			add(&r.byCell, int(start[i]), int(start[i+1]))
			done(func() string { return strconv.FormatUint(uint64(c), 10) })
		}
		return
	}
	level, err := area.ParseLevel(string(by))
	if err != nil {
		return // no level, no areas
	}
	for _, n := range snap.levels[level] {
		for low, high := range p.rowsOfPlaces(r, n, r.places.end[n]) {
			add(&r.byPlace, low, high)
		}
		done(func() string { return r.places.code[n] })
	}
}

func (s *Store) sqlFrames(ctx context.Context, snap *Snapshot, sel Selection, by Dimension, res int, frameOf []int32, f *Frames) error {
	q := Query{Selection: sel, By: by, Resolution: res}
	key, err := q.keyColumn()
	if err != nil {
		return err
	}
	info, _ := LookupMeasure(sel.Measure)
	where, params := q.where(snap.Catalogue, info)
	index := map[string]int{}
	return s.opt.DB.Each(ctx, framesSQL(key, where), func(scan func(...any) error) error {
		var k string
		var day uint16
		var n int64
		if err := scan(&k, &day, &n); err != nil {
			return err
		}
		i, ok := index[k]
		if !ok {
			i = len(f.Keys)
			index[k] = i
			f.Keys, f.Counts = append(f.Keys, k), append(f.Counts, make([]int64, len(f.Begins)))
		}
		f.Counts[i][frameOf[int(day)-int(sel.From)]] += n
		return nil
	}, params...)
}

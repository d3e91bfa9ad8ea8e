package cube

import (
	"iter"
	"slices"
	"sort"
)

// Bits of a plan's tables.
const (
	bitWindow = 1 // inside the window
	bitBase   = 2 // inside the window that a change is measured against
	bitBoth   = bitWindow | bitBase
)

// plan is a Selection compiled to lookup tables for the resident cube: a row
// counts where the AND of its table entries keeps a bit.
type plan struct {
	first                     uint16  // day of day[0]
	day                       []uint8 // the days from the first to the last that may count
	category, source, channel [256]uint8
	hour                      [256]uint8
	weight                    [][16]int64 // by category number and class
	filtered                  bool        // anything but the window decides
	byWindow                  bool        // the window alone decides: two searches a key
	from, to                  uint16
	area                      bool        // places restrict: by ranges of rows where rows are in the order of places,
	spans                     []placeSpan // by ranges of numbers otherwise
	status                    Status
	wanted                    [3]bool // by rowStatus: what status picks
	needs                     need
}

func compilePlan(s Selection, r *Resident, weights weightTable) *plan {
	codes := r.codes
	info, _ := LookupMeasure(s.Measure)
	p := &plan{from: uint16(max(s.From, 0)), to: uint16(min(s.To, 65535)), status: s.Status, wanted: rowsOf(s.Status), needs: info.needs}
	p.area, p.spans = s.Area != "" || len(s.Scope.Areas) > 0, r.spans(s)
	p.days(s)
	pick(&p.category, codes.category, s.Categories, s.Scope.Categories)
	pick(&p.source, codes.source, s.Sources, s.Scope.Sources)
	pick(&p.channel, codes.channel, s.Channels, nil)
	for h := range p.hour {
		if s.Hours == 0 || s.Hours&(1<<h) != 0 {
			p.hour[h] = bitBoth
		}
	}
	if p.needs&needWeight != 0 {
		p.weight = make([][16]int64, len(codes.category))
		for n, code := range codes.category {
			for class := range p.weight[n] {
				p.weight[n][class] = weights.of(code, uint8(class&3), uint8(class>>2))
			}
		}
	}
	p.filtered = len(s.Categories)+len(s.Sources)+len(s.Channels)+len(s.Scope.Categories)+len(s.Scope.Sources) > 0 || s.Hours != 0 || s.Status != ""
	p.byWindow = !p.filtered && p.needs == 0 && s.Weekdays == 0
	return p
}

func (p *plan) days(s Selection) {
	low, high := s.From, s.To
	baseFrom, baseTo := s.Base()
	if p.needs&needBase != 0 {
		low, high = min(low, baseFrom), max(high, baseTo)
	}
	low, high = max(low, 0), min(high, 1<<16)
	p.first, p.day = uint16(low), make([]uint8, max(high-low, 0))
	mark := func(from, to Day, bit uint8) {
		for d := max(from, low); d < min(to, high); d++ {
			if s.Weekdays == 0 || s.Weekdays&(1<<d.Weekday()) != 0 {
				p.day[d-low] |= bit
			}
		}
	}
	mark(s.From, s.To, bitWindow)
	if p.needs&needBase != 0 {
		mark(baseFrom, baseTo, bitBase)
	}
}

// dayBits gives the windows that hold a day.
func (p *plan) dayBits(d uint16) uint8 {
	if i := int(d - p.first); i < len(p.day) { // days before the first wrap around
		return p.day[i]
	}
	return 0
}

// pick marks the codes that a filter and a scope leave.
func pick(table *[256]uint8, codes, filter, scope []string) {
	wanted, none := both(filter, scope)
	for n := range table {
		if !none && (len(wanted) == 0 || (n < len(codes) && slices.Contains(wanted, codes[n]))) {
			table[n] = bitBoth
		}
	}
}

// tally counts the rows low to high of an order. sorted says that they are
// the rows of one key, so that their days ascend.
func (p *plan) tally(c *columns, low, high int, sorted bool) Tally {
	if p.area && c.place != nil {
		return p.tallyAll(c, low, high)
	}
	if p.byWindow && sorted {
		return Tally{Count: int64(p.searchWindow(c.opened[low:high]))}
	}
	if p.byWindow {
		return Tally{Count: int64(p.countDays(c.opened[low:high]))}
	}
	if p.needs == 0 && p.status == "" {
		return Tally{Count: p.countFiltered(c, low, high)}
	}
	return p.tallyAll(c, low, high)
}

// searchWindow finds the window in ascending days.
func (p *plan) searchWindow(days []uint16) int {
	const few = 24 // a scan is cheaper than two searches below this
	if len(days) <= few {
		return p.countDays(days)
	}
	low := sort.Search(len(days), func(i int) bool { return days[i] >= p.from })
	return sort.Search(len(days)-low, func(i int) bool { return days[low+i] >= p.to })
}

func (p *plan) countDays(days []uint16) int {
	n := 0
	span := p.to - p.from
	for _, d := range days {
		if d-p.from < span {
			n++
		}
	}
	return n
}

func (p *plan) countFiltered(c *columns, low, high int) int64 {
	opened, category := c.opened[low:high], c.category[low:high]
	source, channel, hour := c.source[low:high], c.channel[low:high], c.hour[low:high]
	var n int64
	for i, d := range opened {
		bits := p.dayBits(d)
		if bits == 0 {
			continue
		}
		n += int64(bits & p.category[category[i]] & p.source[source[i]] & p.channel[channel[i]] & p.hour[hour[i]] & bitWindow)
	}
	return n
}

// bits gives the windows that row i counts in.
func (p *plan) bits(c *columns, i int) uint8 {
	b := p.dayBits(c.opened[i])
	if b == 0 || (p.area && c.place != nil && !p.holds(c.place[i])) {
		return 0
	}
	if !p.filtered {
		return b
	}
	b &= p.category[c.category[i]] & p.source[c.source[i]] & p.channel[c.channel[i]] & p.hour[c.hour[i]]
	if b == 0 || p.status == "" || p.wanted[p.statusOf(c, i)] {
		return b
	}
	return 0
}

// holds reports whether a place may count. Most plans have one span.
func (p *plan) holds(place uint32) bool {
	for _, s := range p.spans {
		if place-s.low < s.high-s.low {
			return true
		}
	}
	return false
}

// tallyPlaces counts the rows of the places [low, high) that may count.
func (p *plan) tallyPlaces(r *Resident, low, high uint32) Tally {
	if len(p.spans) == 1 {
		from, to := max(low, p.spans[0].low), min(high, p.spans[0].high)
		if from >= to {
			return Tally{}
		}
		return p.tally(&r.byPlace, int(r.placeStart[from]), int(r.placeStart[to]), to-from == 1)
	}
	var b bucket
	for from, to := range p.rowsOfPlaces(r, low, high) {
		p.addRows(&r.byPlace, from, to, &b)
	}
	return p.finish(&b)
}

// rowsOfPlaces gives the ranges of rows in byPlace of the places [low, high)
// that may count.
func (p *plan) rowsOfPlaces(r *Resident, low, high uint32) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for _, s := range p.spans {
			from, to := max(low, s.low), min(high, s.high)
			if from < to && !yield(int(r.placeStart[from]), int(r.placeStart[to])) {
				return
			}
		}
	}
}

// rowStatus numbers the statuses.
type rowStatus uint8

const (
	rowOpen rowStatus = iota
	rowClosed
	rowOverdue
)

func (s rowStatus) name() Status {
	switch s {
	case rowClosed:
		return StatusClosed
	case rowOverdue:
		return StatusOverdue
	}
	return StatusOpen
}

// rowsOf says which rows a status picks: what is overdue is open, too.
func rowsOf(s Status) (wanted [3]bool) {
	switch s {
	case StatusClosed:
		wanted[rowClosed] = true
	case StatusOverdue:
		wanted[rowOverdue] = true
	case StatusOpen:
		wanted[rowOpen], wanted[rowOverdue] = true, true
	}
	return wanted
}

// statusOf gives the status of row i as of the window's end.
func (p *plan) statusOf(c *columns, i int) rowStatus {
	switch {
	case c.closed[i] != 0 && c.closed[i] < p.to:
		return rowClosed
	case c.due[i] != 0 && c.due[i] < p.to:
		return rowOverdue
	}
	return rowOpen
}

// bucket collects the rows of one key.
type bucket struct {
	tally    Tally
	handling []int // days from opening to closing
}

// add counts row i, which has bits.
func (p *plan) add(c *columns, i int, bits uint8, b *bucket) {
	if bits&bitBase != 0 {
		b.tally.Base++
	}
	if bits&bitWindow == 0 {
		return
	}
	b.tally.Count++
	if p.needs&(needOpen|needOverdue|needClosed) != 0 {
		switch p.statusOf(c, i) {
		case rowClosed:
			b.tally.Closed++
			if p.needs&needMedian != 0 {
				b.handling = append(b.handling, int(c.closed[i])-int(c.opened[i]))
			}
		case rowOverdue:
			b.tally.Overdue++
			b.tally.Open++
		default:
			b.tally.Open++
		}
	}
	if p.needs&needWeight != 0 {
		b.tally.Weight += p.weight[c.category[i]][c.class[i]&15]
	}
}

// finish gives the tally with just the parts that the measure needs.
func (p *plan) finish(b *bucket) Tally {
	t := b.tally
	if p.needs&needOpen == 0 {
		t.Open = 0
	}
	if p.needs&needOverdue == 0 {
		t.Overdue = 0
	}
	if p.needs&needClosed == 0 {
		t.Closed = 0
	}
	t.Median = median(b.handling)
	return t
}

func (p *plan) tallyAll(c *columns, low, high int) Tally {
	var b bucket
	p.addRows(c, low, high, &b)
	return p.finish(&b)
}

func (p *plan) addRows(c *columns, low, high int, b *bucket) {
	for i := low; i < high; i++ {
		if bits := p.bits(c, i); bits != 0 {
			p.add(c, i, bits, b)
		}
	}
}

// median of whole days: the middle one, or the mean of the middle two.
func median(v []int) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	n := len(v)
	return float64(v[(n-1)/2]+v[n/2]) / 2
}

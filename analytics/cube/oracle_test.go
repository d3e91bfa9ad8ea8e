package cube

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/geo/hex"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// fact is what the cube knows of one incident, found by another way than the
// cube's: by living each incident's life step by step.
type fact struct {
	opened, closed, due             Day
	hour                            int
	cell                            hex.Cell
	county, township, village, grid string
	category, source, channel       string
	scale, urgency, resolver, state uint8
	first                           bool
	people                          uint32
}

// factsOf gives the facts of the newest versions.
func factsOf(z *time.Location, tree *area.Tree, incidents []schemas.Incident, transitions []schemas.Transition) []fact {
	type identity struct{ source, id string }
	newest := map[identity]schemas.Incident{}
	for _, r := range incidents {
		k := identity{r.Source, r.SourceID}
		if have, ok := newest[k]; !ok || r.Version > have.Version {
			newest[k] = r
		}
	}
	lives := map[identity][]schemas.Transition{}
	for _, t := range transitions {
		k := identity{t.Source, t.SourceID}
		if !slices.Contains(lives[k], t) {
			lives[k] = append(lives[k], t)
		}
	}
	heads := map[string]schemas.Incident{}
	for _, r := range newest {
		if h, ok := heads[r.MatterID]; !ok || cmp.Or(r.ReportedAt.Compare(h.ReportedAt), cmp.Compare(r.Source, h.Source), cmp.Compare(r.SourceID, h.SourceID)) < 0 {
			heads[r.MatterID] = r
		}
	}
	var out []fact
	for k, r := range newest {
		local := r.OccurredAt.In(z)
		f := fact{opened: DayOf(local), hour: local.Hour(), cell: hex.Cell(r.Cell), category: r.Category, source: r.Source, channel: r.Channel,
			scale: uint8(r.Scale), urgency: uint8(r.Urgency), people: r.People, first: r.MatterID == "" || identity{heads[r.MatterID].Source, heads[r.MatterID].SourceID} == k}
		if !r.DueAt.IsZero() {
			f.due = DayOf(r.DueAt.In(z))
		}
		if _, ok := tree.Get(r.Area); ok {
			f.county, f.township = tree.Ancestor(r.Area, area.County), tree.Ancestor(r.Area, area.Township)
			f.village, f.grid = tree.Ancestor(r.Area, area.Village), tree.Ancestor(r.Area, area.Grid)
		}
		f.live(z, r, lives[k])
		out = append(out, f)
	}
	return out
}

// live goes through the steps in the order of time; in one second what closes
// comes before what opens again, and that before what follows a closing.
func (f *fact) live(z *time.Location, r schemas.Incident, steps []schemas.Transition) {
	if !r.ClosedAt.IsZero() {
		steps = append(slices.Clone(steps), schemas.Transition{At: r.ClosedAt, Kind: schemas.TransitionResolve, Level: r.ResolverLevel})
	}
	rank := map[schemas.TransitionKind]int{schemas.TransitionResolve: 1, schemas.TransitionCancel: 1, schemas.TransitionReopen: 2, schemas.TransitionVisit: 3}
	slices.SortStableFunc(steps, func(a, b schemas.Transition) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(rank[a.Kind], rank[b.Kind]))
	})
	f.state = uint8(schemas.StateRegistered)
	if r.State == schemas.StateAssigned {
		f.state = uint8(schemas.StateAssigned)
	}
	var closed time.Time
	var level schemas.Level
	for _, s := range steps {
		switch s.Kind {
		case schemas.TransitionAssign:
			if f.state == uint8(schemas.StateRegistered) {
				f.state = uint8(schemas.StateAssigned)
			}
		case schemas.TransitionReopen:
			closed, level, f.state = time.Time{}, 0, uint8(schemas.StateReopened)
		case schemas.TransitionResolve, schemas.TransitionCancel:
			switch {
			case closed.IsZero():
				closed, level, f.state = s.At, s.Level, uint8(schemas.StateResolved)
			case s.At.Equal(closed):
				level = max(level, s.Level)
			}
			if s.Kind == schemas.TransitionCancel && f.state == uint8(schemas.StateResolved) {
				f.state = uint8(schemas.StateCancelled)
			}
		case schemas.TransitionVisit:
			if !closed.IsZero() {
				f.state = uint8(schemas.StateVisited)
			}
		}
	}
	if closed.IsZero() {
		return
	}
	f.closed = max(DayOf(closed.In(z)), f.opened)
	f.resolver = uint8(cmp.Or(r.ResolverLevel, level))
}

// lines gives the cube's rows that facts make, one line a row.
func lines(facts []fact) []string {
	type total struct{ n, people uint64 }
	rows := map[string]total{}
	for _, f := range facts {
		people := f.people
		f.people = 0
		key := fmt.Sprintf("%s %s %s %d %d %q %q %q %q %q %q %q %d %d %d %d %v", f.opened, f.closed, f.due, f.hour, f.cell,
			f.county, f.township, f.village, f.grid, f.category, f.source, f.channel, f.scale, f.urgency, f.resolver, f.state, f.first)
		t := rows[key]
		rows[key] = total{t.n + 1, t.people + uint64(people)}
	}
	var out []string
	for key, t := range rows {
		out = append(out, fmt.Sprint(key, " ", t.n, " ", t.people))
	}
	slices.Sort(out)
	return out
}

// storedLines gives the cube's rows in ClickHouse as lines does.
func storedLines(t testing.TB, db *clickhouse.DB) []string {
	t.Helper()
	var out []string
	require.NoError(t, db.Each(t.Context(), `SELECT toInt32(toUInt16(opened)), toInt32(toUInt16(closed)), toInt32(toUInt16(due)), hour, cell, county, township, village, grid,
category, source, channel, scale, urgency, resolver_level, state, first_report, n, people FROM cube`, func(scan func(...any) error) error {
		var opened, closed, due int32
		var hour, scale, urgency, resolver, state, first uint8
		var cell, people uint64
		var n uint32
		var text [7]string
		if err := scan(&opened, &closed, &due, &hour, &cell, &text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6],
			&scale, &urgency, &resolver, &state, &first, &n, &people); err != nil {
			return err
		}
		out = append(out, fmt.Sprintf("%s %s %s %d %d %q %q %q %q %q %q %q %d %d %d %d %v %d %d", Day(opened), Day(closed), Day(due), hour, cell,
			text[0], text[1], text[2], text[3], text[4], text[5], text[6], scale, urgency, resolver, state, first == 1, n, people))
		return nil
	}))
	slices.Sort(out)
	return out
}

// answer gives the groups of a query by looking at every fact.
func answer(facts []fact, q Query) []Group {
	s := q.Selection
	info, _ := LookupMeasure(s.Measure)
	baseFrom, baseTo := s.Base()
	type part struct {
		tally Tally
		days  []int
	}
	groups := map[string]*part{}
	for _, f := range facts {
		inWindow := f.opened >= s.From && f.opened < s.To
		inBase := info.needs&needBase != 0 && f.opened >= baseFrom && f.opened < baseTo
		key, ok := f.key(q)
		if !ok || (!inWindow && !inBase) || !f.picked(q) {
			continue
		}
		g := groups[key]
		if g == nil {
			g = &part{}
			groups[key] = g
		}
		if inBase {
			g.tally.Base++
		}
		if !inWindow {
			continue
		}
		g.tally.Count++
		switch f.status(s.To) {
		case StatusClosed:
			g.tally.Closed++
			g.days = append(g.days, int(f.closed-f.opened))
		case StatusOverdue:
			g.tally.Overdue++
			g.tally.Open++
		default:
			g.tally.Open++
		}
		g.tally.Weight += defaultWeights().of(f.category, f.scale, f.urgency)
	}
	var out []Group
	for key, g := range groups {
		t := g.tally
		for _, p := range []struct {
			need need
			of   *int64
		}{{needOpen, &t.Open}, {needOverdue, &t.Overdue}, {needClosed, &t.Closed}, {needWeight, &t.Weight}} {
			if info.needs&p.need == 0 {
				*p.of = 0
			}
		}
		if n := len(g.days); info.needs&needMedian != 0 && n > 0 {
			slices.Sort(g.days)
			t.Median = (float64(g.days[(n-1)/2]) + float64(g.days[n/2])) / 2
		}
		out = append(out, Group{key, t})
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// status is the status at the beginning of day to: open, overdue or closed.
func (f fact) status(to Day) Status {
	switch {
	case f.closed != 0 && f.closed < to:
		return StatusClosed
	case f.due != 0 && f.due < to:
		return StatusOverdue
	}
	return StatusOpen
}

func (f fact) picked(q Query) bool {
	s := q.Selection
	in := func(codes []string, code string) bool { return len(codes) == 0 || slices.Contains(codes, code) }
	status := f.status(s.To)
	weekday := f.opened.Time().Weekday()
	switch {
	case !f.allowed(s.Scope):
		return false
	case !in(s.Categories, f.category), !in(s.Sources, f.source), !in(s.Channels, f.channel),
		s.Area != "" && !slices.Contains([]string{f.county, f.township, f.village, f.grid}, s.Area),
		s.Hours != 0 && s.Hours>>f.hour&1 == 0,
		s.Weekdays != 0 && s.Weekdays>>((int(weekday)+6)%7+1)&1 == 0,
		q.Within != 0 && (f.cell == 0 || f.cell.Parent(q.Within.Resolution()) != q.Within):
		return false
	case s.Status == StatusOpen:
		return status != StatusClosed
	}
	return s.Status == "" || s.Status == status
}

// allowed says whether a principal with a scope may know of the fact.
func (f fact) allowed(s Scope) bool {
	own := len(s.Areas) == 0
	for _, code := range s.Areas {
		own = own || code == f.county || code == f.township || code == f.village || code == f.grid
	}
	return own && (len(s.Categories) == 0 || slices.Contains(s.Categories, f.category)) &&
		(len(s.Sources) == 0 || slices.Contains(s.Sources, f.source))
}

// key gives the key of a fact; ok is false where the dimension has none.
func (f fact) key(q Query) (key string, ok bool) {
	switch q.By {
	case DimensionCell:
		if f.cell == 0 {
			return "", false
		}
		return strconv.FormatUint(uint64(f.cell.Parent(q.Resolution)), 10), true
	case DimensionCounty:
		return f.county, f.county != ""
	case DimensionTownship:
		return f.township, f.township != ""
	case DimensionVillage:
		return f.village, f.village != ""
	case DimensionGrid:
		return f.grid, f.grid != ""
	case DimensionDay:
		return strconv.Itoa(int(f.opened)), true
	case DimensionHour:
		return strconv.Itoa(f.hour), true
	case DimensionWeekday:
		return strconv.Itoa((int(f.opened.Time().Weekday())+6)%7 + 1), true
	case DimensionCategory:
		return f.category, true
	case DimensionSource:
		return f.source, true
	case DimensionChannel:
		return f.channel, true
	case DimensionStatus:
		return string(f.status(q.Selection.To)), true
	}
	return "", true
}

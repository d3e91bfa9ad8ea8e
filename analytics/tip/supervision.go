package tip

import (
	"cmp"
	"context"
	"slices"
	"time"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/schemas"
	"reli/schemas/deadlines"
)

// failedFor is how long a failed mediation calls for supervision: as long as
// it is an input of the levels.
const failedFor = 30 * 24 * time.Hour

// Matter is an open matter that calls for supervision, by its number in its
// source. It holds nothing of persons.
type Matter struct {
	Source, SourceID, Matter string
	Category, Area, Unit     string
	Urgency                  schemas.Urgency
	Opened                   cube.Day
	Due                      cube.Day // 0 without a date
	Standing                 deadlines.Standing
	DaysOver                 int  // whole days past the date
	Urgent                   bool // 特急
	Overdue                  bool // 已过期, from 24:00 of the date on
	DueSoon                  bool // 将到期
	Failed                   bool // a mediation failed in the last 30 days
	Supervised               bool // a step 督办 was made
}

// Place is what calls for supervision in an area.
type Place struct {
	Area                                         string
	Tier                                         area.Level
	Urgent, Overdue, DueSoon, Failed, Supervised int // matters
	Level                                        level.Level
}

// Supervision is the list of a day.
type Supervision struct {
	Day         cube.Day
	AsOf        cube.Day // dates stand as at the beginning of this day: today, or the day after Day where the data end before
	DataVersion uint64
	Places      []Place  // villages and townships with anything, the most first
	Matters     []Matter // longest overdue first
}

// Supervision lists the matters that call for 督办, and their villages and
// townships, among those that keep lets through.
func (s *Service) Supervision(ctx context.Context, keep func(Matter) bool) (*Supervision, error) {
	snap, board := s.opt.Store.Current(), s.opt.Levels.Board()
	out := &Supervision{Day: s.day(), DataVersion: snap.Version}
	out.AsOf = min(s.opt.Store.Today(), out.Day+1)
	tree := snap.Catalogue.Tree
	if tree == nil {
		return out, nil
	}
	rows, err := s.opt.DB.OpenMatters(ctx, s.opt.Store.Zone().String(), int32(out.AsOf)+int32(s.opt.SoonDays), s.midnight(out.Day).Add(-failedFor))
	if err != nil {
		return nil, err
	}
	places, zone := map[string]*Place{}, s.opt.Store.Zone()
	for _, r := range rows {
		if _, known := tree.Get(r.Area); !known {
			continue
		}
		m := Matter{Source: r.Source, SourceID: r.SourceID, Matter: r.Matter, Category: r.Category, Area: r.Area, Unit: r.Unit,
			Urgency: schemas.Urgency(r.Urgency), Opened: cube.DayOf(r.OccurredAt.In(zone)), Urgent: schemas.Urgency(r.Urgency) == schemas.UrgencyCritical,
			Failed: r.Failed, Supervised: r.Supervised, Standing: deadlines.Normal}
		if !r.DueAt.IsZero() {
			m.Due = cube.DayOf(r.DueAt.In(zone))
			m.Standing = deadlines.Stands(r.DueAt, s.midnight(out.AsOf), zone, s.opt.SoonDays)
			m.Overdue, m.DueSoon, m.DaysOver = m.Standing == deadlines.Overdue, m.Standing == deadlines.DueSoon, max(0, int(out.AsOf-m.Due))
		}
		if !keep(m) {
			continue
		}
		out.Matters = append(out.Matters, m)
		for _, tier := range []area.Level{area.Township, area.Village} {
			if code := tree.Ancestor(r.Area, tier); code != "" {
				if places[code] == nil {
					places[code] = &Place{Area: code, Tier: tier, Level: board.Level(code)}
				}
				places[code].count(m)
			}
		}
	}
	for _, p := range places {
		out.Places = append(out.Places, *p)
	}
	slices.SortFunc(out.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(b.Overdue+b.Urgent+b.Failed, a.Overdue+a.Urgent+a.Failed), cmp.Compare(a.Area, b.Area))
	})
	return out, nil
}

// day is the one that the board is of; before there is a board, today.
func (s *Service) day() cube.Day {
	if d := s.opt.Levels.Board().Day; d != 0 {
		return d
	}
	return s.opt.Store.Today()
}

func (p *Place) count(m Matter) {
	for _, c := range []struct {
		n  *int
		is bool
	}{{&p.Urgent, m.Urgent}, {&p.Overdue, m.Overdue}, {&p.DueSoon, m.DueSoon}, {&p.Failed, m.Failed}, {&p.Supervised, m.Supervised}} {
		if c.is {
			*c.n++
		}
	}
}

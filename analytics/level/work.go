package level

import (
	"context"
	"errors"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// work is one computation under way.
type work struct {
	service   *Service
	facts     *facts
	replay    *replay
	overrides map[string]Override
	version   uint64
	revision  uint64
	entries   map[string]Entry // of the last day done
	loads     map[string]Inputs
	rows      []clickhouse.LevelRow // to be written
	failed    error                 // of writing them
}

// writeRows is from how many rows on those of the days that are done are
// written: a quarter of a large county has more than a million.
const writeRows = 20_000

func (s *Service) work(f *facts, overrides map[string]Override, version uint64) *work {
	w := &work{service: s, facts: f, overrides: overrides, version: version, entries: s.inForce, loads: map[string]Inputs{},
		revision: max(uint64(s.opt.Now().UnixNano()), s.Board().Revision+1),
		replay:   &replay{policy: s.opt.Policy, standing: make([]Standing, len(f.places))}}
	for i, p := range f.places {
		switch before, known := s.standing[p.Code]; {
		case known:
			w.replay.standing[i] = before
		case s.lastDay > 0:
			w.replay.standing[i] = Standing{None, s.lastDay}
		}
	}
	return w
}

// run decides all days.
func (w *work) run(ctx context.Context) error {
	today := map[string]Entry{}
	before := w.entries
	err := w.replay.each(ctx, w.facts, func(s *sweep, i int, d cube.Day, decision Decision, quiet bool) {
		e, there := w.entry(s.places[i], decision, quiet, d, before)
		if there {
			today[e.Area] = e
		}
		w.write(e, there, before)
		if d == w.facts.last {
			w.loads[e.Area] = s.inputs[i]
		}
		if i == len(s.places)-1 {
			before, w.entries, today = today, today, map[string]Entry{}
			if len(w.rows) >= writeRows && w.failed == nil {
				w.failed = w.service.save(ctx, w)
			}
		}
	})
	return errors.Join(err, w.failed)
}

// entry makes the entry of an area; there is false where nothing is to be
// said.
func (w *work) entry(p Place, d Decision, quiet bool, day cube.Day, before map[string]Entry) (e Entry, there bool) {
	e = Entry{Day: day, Area: p.Code, Tier: uint8(p.Tier), Level: d.Level, Ruled: d.Level, RuledSince: d.Since, Bare: d.Bare, Score: d.Score,
		Contributions: d.Contributions, Policy: w.replay.policy.Version}
	o, overridden := w.overrides[p.Code]
	overridden = overridden && o.at(w.moment(day))
	if quiet && !overridden {
		return e, false
	}
	e.ReasonZh, e.ReasonEn = w.replay.policy.Reason(d, day)
	if overridden {
		e.Level, e.Override = o.Level, o.number
		zh, en := overrideWords(o, w.service.opt.Store.Zone())
		e.ReasonZh, e.ReasonEn = zh+"（规则："+e.ReasonZh+"）", en+" (by the rules: "+e.ReasonEn+")"
	}
	e.Body = w.replay.policy.Body(p, e.Level)
	if e.Ruled == None {
		e.RuledSince = day // nothing is remembered of areas without a level
	}
	was := before[p.Code]
	e.Since, e.Was = day, was.Level
	if was.Level == e.Level && (e.Level != None || was.Day == day) {
		e.Since, e.Was = was.Since, was.Was
		if was.Body.ID != "" && was.Policy == e.Policy {
			e.Body = was.Body // who was told stays answerable while the level lasts
		}
	}
	return e, e.Score > 0 || e.Level != None || overridden
}

// moment is the time of a day at which overrides are looked at: now for the
// newest, the last instant for one of the past.
func (w *work) moment(d cube.Day) time.Time {
	zone := w.service.opt.Store.Zone()
	t := d.Time()
	end := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone).Add(-time.Nanosecond)
	if now := w.service.opt.Now(); d == w.facts.last || now.Before(end) {
		return now
	}
	return end
}

// write notes the row of an entry where it is not the one that stands there.
func (w *work) write(e Entry, there bool, before map[string]Entry) {
	was, known := before[e.Area]
	switch {
	case there && known && was.equal(e):
		return
	case !there && (!known || was.Level == None && was.Day != e.Day):
		return // nothing was said of it, and nothing is
	}
	if !there {
		e.Since = e.Day
	}
	w.rows = append(w.rows, e.row(w.version, w.revision))
}

func (w *work) standings() map[string]Standing {
	out := make(map[string]Standing, len(w.facts.places))
	for i, p := range w.facts.places {
		out[p.Code] = w.replay.standing[i]
	}
	return out
}

func overrideWords(o Override, zone *time.Location) (zh, en string) {
	ends := o.EndsAt.In(zone).Format("2006-01-02 15:04")
	if o.Level == None {
		return "人工调整为不着色：" + o.Reason + "，至 " + ends, "set by hand to no level: " + o.Reason + ", until " + ends
	}
	c := o.Level.Class()
	return "人工调整为" + c.Zh + c.Numeral + "级：" + o.Reason + "，至 " + ends, "set by hand to " + c.Code + " " + c.Numeral + ": " + o.Reason + ", until " + ends
}

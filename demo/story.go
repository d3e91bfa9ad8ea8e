package demo

import (
	"context"
	"math/rand/v2"

	"reli/schemas"
)

const (
	repeatShare  = 0.07 // matters that follow another at the same place
	repeatDays   = 14
	memory       = 4096 // recent matters that may be followed
	twiceShare   = 0.065
	thriceShare  = 0.15 // of those reported twice
	progressStep = 10_000
)

// story tells the incidents of a period, day after day, in bounded memory.
type story struct {
	county *county
	scene  *scene
	period period
	mix    mixTable
	hours  [len(sources)][]float64
	rng    *rand.Rand
	out    *output
	sum    *Summary

	numbers [len(sources)]int64
	matters int64
	recent  []remembered
	next    int // place in recent that is written next
	life    life
}

// remembered is what a near repeat needs to know of the first matter.
type remembered struct {
	day, grid, category int
	where               spot
}

// mixTable holds running shares of the categories by source, town or not, and
// month.
type mixTable [len(sources)][2][12][]float64

func newMixTable() mixTable {
	var t mixTable
	for s := range sources {
		for town := range 2 {
			for month := range 12 {
				shares := make([]float64, len(categories))
				for i, c := range categories {
					shares[i] = c.rural
					if town == 1 {
						shares[i] = c.town
					}
					shares[i] *= c.bySource[s] * seasons[c.season][month]
				}
				t[s][town][month] = cumulative(shares)
			}
		}
	}
	return t
}

func newStory(c *county, s *scene, p period, rng *rand.Rand, out *output, sum *Summary) *story {
	st := &story{county: c, scene: s, period: p, mix: newMixTable(), rng: rng, out: out, sum: sum,
		recent: make([]remembered, 0, memory)}
	for i := range sources {
		st.hours[i] = cumulative(sources[i].hours[:])
	}
	return st
}

// tell writes all records. It stops at the first error of writing and when
// the context ends.
func (s *story) tell(ctx context.Context, total int64, progress func(done, total int64)) error {
	var done int64
	for d, n := range s.period.counts {
		for left := n; left > 0; {
			written := s.matter(d, left)
			left -= written
			if done += written; done/progressStep != (done-written)/progressStep {
				if err := ctx.Err(); err != nil {
					return err
				}
				progress(done, total)
			}
		}
		if err := s.out.err(); err != nil {
			return err
		}
	}
	progress(done, total)
	return ctx.Err()
}

// matter tells one matter of a day, with up to room reports of it, and gives
// the number written.
func (s *story) matter(d int, room int64) int64 {
	rng := s.rng
	r := report{source: pick(s.period.mixes[d], rng.Float64())}
	s.place(d, &r)
	r.describe(rng)
	s.remember(remembered{day: d, grid: r.grid, category: r.category, where: r.where})
	midnight := s.period.date(d).Unix()
	h := pick(s.hours[r.source], rng.Float64())
	r.occurred = midnight + int64(h)*3600 + rng.Int64N(3600)
	r.reported = r.occurred + int64(reportDelay(float64(s.period.end-r.occurred), rng))

	reports := int64(1)
	if rng.Float64() < twiceShare {
		reports = 2
		if rng.Float64() < thriceShare {
			reports = 3
		}
	}
	reports = min(reports, room)
	if reports > 1 {
		s.matters++
		r.matter = s.matters
		s.sum.Matters++
	}
	level := handlingLevel(&r, rng)
	resolved := s.write(&r, level, 0)
	for k := int64(1); k < reports; k++ {
		again := r
		again.source = (r.source + int(k)) % len(sources)
		again.where = nearby(s.county.grids[r.grid].ring, r.where, rng)
		wait := min(float64(s.period.end-r.reported), 3*day)
		again.reported = r.reported + int64(rng.Float64()*(wait-1))
		s.write(&again, level, resolved)
	}
	return reports
}

// place draws where a matter arises and what it is about.
func (s *story) place(d int, r *report) {
	rng := s.rng
	if len(s.recent) > 0 && rng.Float64() < repeatShare {
		if first := s.recent[rng.IntN(len(s.recent))]; d-first.day <= repeatDays {
			r.grid, r.category = first.grid, first.category
			r.where = nearby(s.county.grids[r.grid].ring, first.where, rng)
			return
		}
	}
	grid, hot := s.scene.where(float64(d)/float64(len(s.period.counts)), rng)
	town := 0
	if s.county.grids[grid].town {
		town = 1
	}
	r.grid = grid
	r.category = pick(s.mix[r.source][town][s.period.date(d).Month()-1], rng.Float64())
	if hot != nil && rng.Float64() < 0.7 {
		r.category = hot.category
	}
	r.where = anywhere(s.county.grids[grid].ring, rng)
}

// remember keeps a matter for near repeats, over the oldest.
func (s *story) remember(m remembered) {
	if len(s.recent) < memory {
		s.recent = append(s.recent, m)
		return
	}
	s.recent[s.next] = m
	s.next = (s.next + 1) % memory
}

// write adds the source's part and the course of life, and writes the report
// with its transitions. It gives the time the matter was resolved.
func (s *story) write(r *report, level schemas.Level, resolvedAt int64) int64 {
	if src := &sources[r.source]; src.office {
		r.reported = min(officeTime(r.reported), s.period.end-1)
	}
	r.intake(s.rng)
	s.numbers[r.source]++
	r.number = s.numbers[r.source]
	u := s.units(r, level)
	resolvedAt = s.life.live(r, u, resolvedAt, s.period.end, s.rng)
	s.out.report(r, &s.life, u, s.county)
	s.sum.count(r, &s.life)
	return resolvedAt
}

// units names who takes the report in and who handles it.
func (s *story) units(r *report, level schemas.Level) units {
	g := &s.county.grids[r.grid]
	village, township := &s.county.villages[g.village], &s.county.townships[g.township]
	committee := township.name + village.name + "调委会"
	u := units{assigner: township.name + "综治中心", taking: sources[r.source].taking, handling: level}
	switch sources[r.source].code {
	case "grid":
		u.first = township.name + village.name
	case "mediation":
		u.first = committee
	case "police":
		u.first = township.name + "派出所"
	case "petition":
		u.first = countyOffice("信访局")
	default:
		u.first = countyOffice("12345热线中心")
	}
	switch level {
	case schemas.LevelCounty:
		u.handler = countyOffice(categories[r.category].office)
	case schemas.LevelTownship:
		u.handler = u.assigner
	default:
		u.handler = committee
	}
	return u
}

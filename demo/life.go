package demo

import (
	"math"
	"math/rand/v2"
	"sort"

	"reli/schemas"
)

const (
	hour = 3600.0 // seconds
	day  = 24 * hour

	reopenShare = 0.035
	visitShare  = 0.68
	cancelShare = 0.85
	reviewShare = 0.03 // of petitions
	tailShare   = 0.05 // matters that drag on
)

// hoursToHandle is the median time from assignment to resolution by urgency,
// ordinary, urgent, critical.
var hoursToHandle = [...]float64{schemas.UrgencyNormal: 46, schemas.UrgencyUrgent: 22, schemas.UrgencyCritical: 9}

// step is one transition.
type step struct {
	at    int64 // unix seconds
	kind  schemas.TransitionKind
	unit  string
	level schemas.Level
}

// life is the course of one report as it is known at the end of the period.
type life struct {
	steps    []step
	state    schemas.State
	resolver schemas.Level // 0 while it was never resolved
	updated  int64
	closed   int64      // when it was last resolved; 0 while open
	extra    *rand.Rand // for the steps that do not move the state
}

// units are the names of those who take a report in and handle it.
type units struct {
	first, assigner, handler string
	taking, handling         schemas.Level
}

// live draws the transitions of a report. A report of a matter that another
// source already reported is resolved with the first: resolvedAt is 0 for the
// first, and what it returns is passed on to the others.
func (l *life) live(r *report, u units, resolvedAt int64, end int64, rng *rand.Rand) int64 {
	l.steps = l.steps[:0]
	src := sources[r.source]
	add := func(at float64, kind schemas.TransitionKind, unit string, level schemas.Level) {
		l.steps = append(l.steps, step{int64(at), kind, unit, level})
	}
	reported := float64(r.reported)
	add(reported, schemas.TransitionRegister, u.first, u.taking)
	assigned := reported + math.Min(2*day, 300+2.5*hour*rng.ExpFloat64())
	add(assigned, schemas.TransitionAssign, u.assigner, schemas.LevelTownship)
	resolved := math.Max(float64(resolvedAt), assigned+0.3*hour)
	if resolvedAt == 0 {
		resolved = assigned + handlingTime(r, u.handling, rng)
	}
	l.supervise(r, resolved, rng)
	add(resolved, schemas.TransitionResolve, u.handler, u.handling)
	closed := l.close(resolved, u, rng)
	if src.code == "petition" && rng.Float64() < reviewShare {
		add(resolved+day*(3+25*rng.Float64()), schemas.TransitionReview, countyOffice("信访局"), schemas.LevelCounty)
	}
	if rng.Float64() < reopenShare {
		again := closed + day*(3+42*rng.Float64())
		add(again, schemas.TransitionReopen, u.first, u.taking)
		add(again+hour*(1+20*rng.Float64()), schemas.TransitionAssign, u.assigner, schemas.LevelTownship)
		again += 1.5*handlingTime(r, u.handling, rng) + day
		add(again, schemas.TransitionResolve, u.handler, u.handling)
		l.close(again, u, rng)
	}
	l.beside(r, u)
	if r.urgency != schemas.UrgencyCritical {
		for i := range l.steps[1:] {
			l.steps[i+1].at = officeTime(l.steps[i+1].at)
		}
	}
	l.cut(end)
	return int64(resolved)
}

// officeTime moves a time to office hours, never back and keeping the order:
// the night from 18 to 8 o'clock becomes the hour from 8 to 9, and the rest of
// the day begins after it.
func officeTime(unix int64) int64 {
	const opens, begins, closes = 8 * 3600, 9 * 3600, 18 * 3600
	const zoneSeconds, daySeconds = 8 * 3600, 24 * 3600
	midnight := unix - (unix+zoneSeconds)%daySeconds
	second := unix - midnight
	switch {
	case second < opens:
		second = opens + (second+daySeconds-closes)*3600/(daySeconds-closes+opens)
	case second < closes:
		second = begins + (second-opens)*(closes-begins)/(closes-opens)
	default:
		second = daySeconds + opens + (second-closes)*3600/(daySeconds-closes+opens)
	}
	return midnight + second
}

// supervise adds 督办: for half of the critical matters, and for matters that
// run past their date.
func (l *life) supervise(r *report, resolved float64, rng *rand.Rand) {
	at, assigned := 0.0, float64(l.steps[1].at)
	switch due := float64(r.due); {
	case r.urgency == schemas.UrgencyCritical && rng.Float64() < 0.5:
		at = assigned + 0.2*hour
	case resolved > due && rng.Float64() < 0.45:
		at = math.Max(due, assigned) + hour*(1+20*rng.Float64())
	}
	if at > 0 && at < resolved {
		l.steps = append(l.steps, step{int64(at), schemas.TransitionSupervise, countyOffice("综治中心"), schemas.LevelCounty})
	}
}

// close adds the follow-up visit and the removal from the list, and gives the
// time of the last.
func (l *life) close(resolved float64, u units, rng *rand.Rand) float64 {
	at := resolved
	if rng.Float64() < visitShare {
		at += day * (1 + 6*rng.Float64())
		l.steps = append(l.steps, step{int64(at), schemas.TransitionVisit, u.first, u.taking})
	}
	if rng.Float64() < cancelShare {
		at += day * (0.2 + 5*rng.Float64())
		l.steps = append(l.steps, step{int64(at), schemas.TransitionCancel, u.assigner, schemas.LevelTownship})
	}
	return at
}

// handlingTime draws seconds from assignment to resolution: log-normal, with
// a few matters that take five to forty times as long.
func handlingTime(r *report, level schemas.Level, rng *rand.Rand) float64 {
	t := hour * hoursToHandle[r.urgency] * categories[r.category].slow * math.Exp(0.75*rng.NormFloat64())
	switch level {
	case schemas.LevelTownship:
		t *= 1.7
	case schemas.LevelCounty:
		t *= 3
	}
	if rng.Float64() < tailShare {
		t *= math.Min(40, 5*math.Pow(1-rng.Float64(), -0.7))
	}
	return math.Max(t, 0.2*hour)
}

// cut orders the steps, forgets those after the end, and derives the state.
func (l *life) cut(end int64) {
	sort.SliceStable(l.steps, func(i, j int) bool { return l.steps[i].at < l.steps[j].at })
	known := sort.Search(len(l.steps), func(i int) bool { return l.steps[i].at >= end })
	l.steps = l.steps[:known]
	l.state, l.resolver, l.updated, l.closed = schemas.StateRegistered, schemas.LevelUnknown, l.steps[0].at, 0
	for _, s := range l.steps {
		l.updated = s.at
		switch s.kind {
		case schemas.TransitionAssign:
			l.state = schemas.StateAssigned
		case schemas.TransitionResolve:
			l.state, l.resolver, l.closed = schemas.StateResolved, s.level, s.at
		case schemas.TransitionVisit:
			l.state = schemas.StateVisited
		case schemas.TransitionCancel:
			l.state = schemas.StateCancelled
		case schemas.TransitionReopen:
			l.state, l.resolver, l.closed = schemas.StateReopened, schemas.LevelUnknown, 0
		default: // the others do not move the state
		}
	}
}

// countyOffice is the name of a department of the county.
func countyOffice(name string) string { return "县" + name }

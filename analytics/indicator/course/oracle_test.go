package course_test

import (
	"cmp"
	"slices"
	"time"

	"reli/schemas"
)

var shanghai = time.FixedZone("CST", 8*3600)

// dayOf gives midnight UTC of the local day, as ClickHouse gives a Date; the
// zero day for none.
func dayOf(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	y, m, d := t.In(shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// courseOf tells the life of an incident step by step, as one would by hand.
func courseOf(in schemas.Incident, steps []schemas.Transition) row {
	opened := dayOf(in.OccurredAt)
	later := func(t time.Time) time.Time {
		d := dayOf(t)
		if !t.IsZero() && d.Before(opened) {
			return opened
		}
		return d
	}
	all := slices.Clone(steps)
	if !in.ClosedAt.IsZero() {
		all = append(all, schemas.Transition{At: in.ClosedAt, Kind: schemas.TransitionResolve, Level: in.ResolverLevel})
	}
	order := func(k schemas.TransitionKind) int { // at the same second a 再挂号 comes last
		if k == schemas.TransitionReopen {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b schemas.Transition) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(order(a.Kind), order(b.Kind)))
	})
	r := row{Opened: opened, Ins: []time.Time{opened}, Outs: []time.Time{}, Tier: 1}
	var closedAt, relapse, first, resolved, rated, disposed, mediated time.Time
	early := func(into *time.Time, at time.Time) {
		if into.IsZero() {
			*into = at
		}
	}
	for _, s := range all {
		switch s.Kind {
		case schemas.TransitionResolve, schemas.TransitionCancel:
			if closedAt.IsZero() {
				closedAt = s.At
				early(&first, s.At)
				r.Outs = append(r.Outs, later(s.At))
			}
			if s.Kind == schemas.TransitionResolve {
				early(&resolved, s.At)
				early(&mediated, s.At)
			}
			early(&disposed, s.At)
		case schemas.TransitionReopen:
			if !closedAt.IsZero() {
				if relapse.IsZero() && s.At.Sub(closedAt) <= 30*24*time.Hour {
					relapse = s.At
				}
				r.Ins = append(r.Ins, later(s.At))
			}
			closedAt, resolved = time.Time{}, time.Time{}
		case schemas.TransitionMediate, schemas.TransitionFail:
			early(&mediated, s.At)
			early(&disposed, s.At)
		case schemas.TransitionAssign, schemas.TransitionVisit, schemas.TransitionPretrial:
			early(&disposed, s.At)
		case schemas.TransitionSatisfied, schemas.TransitionFair, schemas.TransitionDissatisfied:
			rated = s.At
		}
	}
	r.Closed, r.Resolved, r.FirstClosed, r.Relapsed = later(closedAt), later(resolved), later(first), later(relapse)
	r.Disposed, r.Mediated, r.Rated = later(disposed), later(mediated), later(rated)
	if !closedAt.IsZero() {
		r.Handling = uint32(max(0, closedAt.Sub(in.ReportedAt)) / time.Minute)
		r.Resolver = uint8(in.ResolverLevel)
		if r.Resolver == 0 {
			for _, s := range all {
				if s.At.Equal(closedAt) && (s.Kind == schemas.TransitionResolve || s.Kind == schemas.TransitionCancel) {
					r.Resolver = max(r.Resolver, uint8(s.Level))
				}
			}
		}
		if r.Resolver != 0 {
			r.Tier = min(r.Resolver, 3)
		}
	}
	return r
}

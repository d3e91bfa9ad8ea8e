package level

import (
	"context"
	"fmt"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// readFacts reads what weighs on the areas of a tree on the days [first, last].
func readFacts(ctx context.Context, db *clickhouse.DB, store *cube.Store, first, last cube.Day) (*facts, error) {
	f := newFacts(store.Current().Catalogue.Tree, first, last)
	zone := store.Zone().String()
	if err := db.LevelFacts(ctx, zone, int32(first), int32(last), f.add); err != nil {
		return nil, err
	}
	if err := db.LevelReach(ctx, zone, int32(first), int32(last), reachDays, f.addReach); err != nil {
		return nil, err
	}
	return f, nil
}

// replay decides all places day by day under one policy.
type replay struct {
	policy   *Policy
	standing []Standing // by place
}

// decide gives the decision of a place whose inputs the sweep has brought to a
// day, and remembers it. quiet says that nothing weighs on the place and that
// it had no level.
func (r *replay) decide(s *sweep, i int, d cube.Day) (decision Decision, quiet bool) {
	before := r.standing[i]
	if s.inputs[i] == (Inputs{}) && before.Level == None {
		if before.Since == 0 {
			r.standing[i] = Standing{None, d}
		}
		return Decision{Since: r.standing[i].Since}, true
	}
	decision = r.policy.Decide(s.places[i], s.inputs[i], before, d)
	r.standing[i] = Standing{decision.Level, decision.Since}
	return decision, false
}

// each goes over all days and places of some facts.
func (r *replay) each(ctx context.Context, f *facts, fn func(s *sweep, i int, d cube.Day, decision Decision, quiet bool)) error {
	s := f.sweep()
	for d := f.first; d <= f.last; d++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("decide levels: %w", err)
		}
		s.day(d)
		for i := range f.places {
			decision, quiet := r.decide(s, i, d)
			fn(s, i, d, decision, quiet)
		}
	}
	return nil
}

package ingest

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"reli/internal/clickhouse"
)

// entry is a push of a group on its way.
type entry struct {
	*push
	body string   // hash of a request's body
	same []*entry // pushes of the group with the same key
	run  *run
	err  error // of the input, given after the rows before it
}

// together takes a group in and answers each of its pushes.
func (g *Gatherer) together(ctx context.Context, group []*push) {
	g.in.write.Lock()
	defer g.in.write.Unlock()
	var incidents, transitions []*entry
	for _, e := range g.unanswered(ctx, g.entries(group)) {
		if err := g.open(ctx, e); err != nil {
			g.finish(e, Report{}, err)
			continue
		}
		if e.run.profile.record == RecordTransition {
			transitions = append(transitions, e)
		} else {
			incidents = append(incidents, e)
		}
	}
	if len(incidents)+len(transitions) == 0 {
		return
	}
	err := g.finishActive(ctx)
	if err == nil {
		err = takeGroup(ctx, g, incidents, g.in.incidentSink(), (*run).incidentShaper)
	}
	g.conclude(ctx, incidents, err)
	if err == nil {
		err = takeGroup(ctx, g, transitions, g.in.transitionSink(), (*run).transitionShaper)
	}
	g.conclude(ctx, transitions, err)
}

// entries joins pushes with the same key and leaves out those that nobody
// waits for.
func (g *Gatherer) entries(group []*push) []*entry {
	var out []*entry
	first := map[string]*entry{}
	for _, p := range group {
		if err := p.ctx.Err(); err != nil {
			p.done(Report{}, err)
			continue
		}
		e := &entry{push: p}
		if q := p.input.Request; q != nil {
			sum := q.body()
			sum.Write(p.body)
			e.body = hex.EncodeToString(sum.Sum(nil))
			if f := first[q.key]; f != nil {
				f.same = append(f.same, e)
				continue
			}
			if err := g.in.requests.begin(q); err != nil {
				p.done(Report{}, err)
				continue
			}
			first[q.key] = e
		}
		out = append(out, e)
	}
	return out
}

// unanswered answers the requests that were answered before, and gives the
// others.
func (g *Gatherer) unanswered(ctx context.Context, all []*entry) []*entry {
	var keys []string
	for _, e := range all {
		if q := e.input.Request; q != nil {
			keys = append(keys, q.key)
		}
	}
	if len(keys) == 0 {
		return all
	}
	kept := map[string]clickhouse.BatchAnswer{}
	rows, err := g.in.opt.Store.BatchAnswers(ctx, keys)
	for _, a := range rows {
		kept[a.Request] = a
	}
	return slices.DeleteFunc(all, func(e *entry) bool {
		q := e.input.Request
		if q == nil {
			return false
		}
		a, answered := kept[q.key]
		switch {
		case err != nil:
			g.finish(e, Report{}, err)
		case answered:
			report, err := q.repeat(a, e.body)
			g.finish(e, report, err, a)
		default:
			return false
		}
		return true
	})
}

// open begins the run of a push. What its profile brings is saved once.
func (g *Gatherer) open(ctx context.Context, e *entry) (err error) {
	e.rewind()
	if e.run, err = g.in.begin(ctx, e.input); err != nil {
		return err
	}
	brought := fmt.Sprint(e.run.profile.dictionary)
	if len(e.run.profile.dictionary) == 0 || g.dictionaries[brought] {
		return nil
	}
	if err := e.run.saveDictionary(ctx); err != nil {
		return err
	}
	if len(g.dictionaries) >= maxDictionaries {
		clear(g.dictionaries)
	}
	g.dictionaries[brought] = true
	return nil
}

// finishActive writes what the large input under way has decided on, so that
// the group finds it in the store.
func (g *Gatherer) finishActive(ctx context.Context) error {
	if g.in.active == nil {
		return nil
	}
	return g.in.active.flush(ctx)
}

// conclude keeps the records and the answers of a group that is written, and
// answers.
func (g *Gatherer) conclude(ctx context.Context, entries []*entry, err error) {
	var rows []clickhouse.BatchRow
	var answers []clickhouse.BatchAnswer
	if err == nil {
		g.flag(ctx, entries)
	}
	for _, e := range entries {
		if e.run == nil {
			continue // answered
		}
		rows = append(rows, e.run.row())
		if q := e.input.Request; q != nil && err == nil && e.err == nil {
			a, failed := q.answer(e.body, e.run.report)
			answers, err = append(answers, a), failed
		}
	}
	store := g.in.opt.Store
	if err == nil && len(rows) > 0 {
		r := &run{Ingester: g.in}
		if err = r.persist(ctx, func() error { return store.SaveBatch(ctx, rows...) }); err == nil && len(answers) > 0 {
			err = r.persist(ctx, func() error { return store.SaveBatchAnswers(ctx, answers...) })
		}
	}
	kept := map[string]clickhouse.BatchAnswer{}
	for _, a := range answers {
		kept[a.Request] = a
	}
	for _, e := range entries {
		switch {
		case e.run == nil:
		case err != nil:
			g.finish(e, Report{}, err)
		case e.input.Request != nil && e.err == nil:
			g.finish(e, e.run.report, nil, kept[e.input.Request.key])
		default:
			g.finish(e, e.run.report, e.err)
		}
	}
}

// flag counts the contradictions of what a group took in.
func (g *Gatherer) flag(ctx context.Context, entries []*entry) {
	var runs []*run
	for _, e := range entries {
		if e.run != nil {
			runs = append(runs, e.run)
		}
	}
	g.in.flag(ctx, runs...)
}

// finish answers a push and those of the group with the same key. What is kept
// of the answer comes with it, where it is.
func (g *Gatherer) finish(e *entry, report Report, err error, kept ...clickhouse.BatchAnswer) {
	if e.run != nil {
		if failed := e.run.close(); err == nil {
			err = failed
		}
		e.run = nil
	}
	if q := e.input.Request; q != nil {
		g.in.requests.end(q)
	}
	e.done(report, err)
	for _, s := range e.same {
		if len(kept) == 0 {
			s.done(Report{}, inProgress())
			continue
		}
		s.done(s.input.Request.repeat(kept[0], s.body))
	}
}

package outlook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// Kinds of stored answers.
const (
	kindForecast = "forecast"
	kindBacktest = "backtest"
	kindWarnings = "warnings"
	kindHotspots = "hotspots"
)

// archive is what is stored of the answers: which are in force, and the way to
// them. Without a database it is empty.
type archive struct {
	db *clickhouse.DB

	mu      sync.Mutex
	inForce map[string]clickhouse.Result // by kind and name
	last    uint64                       // greatest run or stamp given out
	kept    bool                         // Keep is at work: what is stale will be made again
}

// nameOf names the choice that an answer is about.
func nameOf(l Layer, categories []string, rest ...string) string {
	return strings.Join(append([]string{l.String(), strings.Join(categories, ",")}, rest...), " ")
}

// restore reads which answers are in force.
func (a *archive) restore(ctx context.Context) error {
	results, err := a.db.Results(ctx)
	if err != nil {
		return fmt.Errorf("read the stored answers: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inForce = make(map[string]clickhouse.Result, len(results))
	for _, r := range results {
		a.inForce[r.Kind+" "+r.Name] = r
		a.last = max(a.last, r.Run)
	}
	return nil
}

// find gives the answer in force, of this model only.
func (a *archive) find(kind, name string) (clickhouse.Result, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.inForce[kind+" "+name]
	return r, ok && r.ModelVersion == ModelVersion && r.Run != clickhouse.NoRun
}

// next gives a number greater than all before, from the clock.
func (a *archive) next(millis int64) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = max(a.last+1, uint64(max(0, millis)))
	return a.last
}

func (a *archive) put(results ...clickhouse.Result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range results {
		a.inForce[r.Kind+" "+r.Name] = r
	}
}

// save stores an answer and puts it in force.
func (s *Service) save(ctx context.Context, r clickhouse.Result, answer any, rows clickhouse.ResultRows) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", r.Kind, r.Name, err)
	}
	r.Run = s.archive.next(s.now().UnixMilli())
	if err := s.archive.db.SaveResult(ctx, r, r.Run, text, rows); err != nil {
		return err
	}
	s.archive.put(r)
	return nil
}

// stamp puts answers in force again, after a change that left them as they
// were.
func (s *Service) stamp(ctx context.Context, results []clickhouse.Result) error {
	if err := s.archive.db.StampResults(ctx, s.archive.next(s.now().UnixMilli()), results...); err != nil {
		return fmt.Errorf("confirm the stored answers: %w", err)
	}
	s.archive.put(results...)
	return nil
}

// stored gives an answer in force, where there is one that may be shown: of the
// newest state of the data, or of an older one as long as newer ones are on
// their way, or where an old one will do. readTo is the end of the days that it
// would read if made now.
func stored[T any](ctx context.Context, s *Service, in *memo[T], snap *cube.Snapshot, kind, name string, readTo cube.Day, old bool) (value T, m Made, ok bool, err error) {
	r, found := s.archive.find(kind, name)
	if m = madeBy(r, snap, readTo); !found || (m.Stale && !old && !s.archive.keeping()) {
		return value, m, false, nil
	}
	value, err = in.get(ctx, fmt.Sprintf("run %d", r.Run), func(ctx context.Context) (v T, err error) {
		text, err := s.archive.db.ResultAnswer(ctx, r.Run)
		if err == nil {
			err = json.Unmarshal(text, &v)
		}
		return v, err
	})
	if errors.Is(err, clickhouse.ErrNoAnswer) {
		return value, m, false, nil // a newer one took its place just now
	}
	if err != nil {
		return value, m, false, fmt.Errorf("read the stored %s %s: %w", kind, name, err)
	}
	return value, m, true, nil
}

// keeping reports whether newer answers are on their way.
func (a *archive) keeping() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept
}

package disclose

import (
	"context"
	"sync"

	"reli/analytics/cube"
)

// maxTables bounds the tables kept: the longest window by place, category,
// source and channel. A county's table is about 20 KB, one of 14,216 grids
// 400 KB.
const maxTables = 4 * maxPeriods

// tableKey names a table: the data version, the first day of the period, and
// what divides it, "" for places.
type tableKey struct {
	version uint64
	begin   cube.Day
	by      cube.Dimension
}

// memo keeps tables. Each is made once at a time; whoever asks meanwhile
// waits, and makes it where the first one gave up.
type memo[V any] struct {
	mu      sync.Mutex
	entries map[tableKey]*memoEntry[V]
	clock   uint64
}

type memoEntry[V any] struct {
	turn  chan struct{} // holds one token while somebody makes the value
	ready bool
	value V
	used  uint64 // clock of the last use, under the memo's lock
}

func (m *memo[V]) get(ctx context.Context, key tableKey, compute func() (V, error)) (V, error) {
	e := m.entry(key)
	var none V
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-e.turn }()
	if e.ready {
		return e.value, nil
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	value, err := compute()
	if err != nil {
		return none, err
	}
	e.value, e.ready = value, true
	return value, nil
}

func (m *memo[V]) entry(key tableKey) *memoEntry[V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock++
	e, ok := m.entries[key]
	if !ok {
		m.makeRoom(key.version)
		e = &memoEntry[V]{turn: make(chan struct{}, 1)}
		m.entries[key] = e
	}
	e.used = m.clock
	return e
}

// makeRoom drops the tables of other versions first, then the one that was
// not used for longest. Who still holds a dropped one finishes with it.
func (m *memo[V]) makeRoom(version uint64) {
	if m.entries == nil {
		m.entries = map[tableKey]*memoEntry[V]{}
	}
	if len(m.entries) < maxTables {
		return
	}
	var oldest tableKey
	first := true
	for key, e := range m.entries {
		switch {
		case key.version != version:
			delete(m.entries, key)
		case first || e.used < m.entries[oldest].used:
			oldest, first = key, false
		}
	}
	if len(m.entries) >= maxTables {
		delete(m.entries, oldest)
	}
}

func (m *memo[V]) size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries)
}

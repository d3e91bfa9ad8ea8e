package outlook

import (
	"context"
	"sync"
)

// memo keeps the last answers and lets everyone who asks for the same missing
// answer wait for one computation, which is cancelled when the last one who
// waits has left. The oldest answer goes first: answers of an old data version
// are not asked for again.
type memo[V any] struct {
	most int

	mu      sync.Mutex
	order   []string // keys of values, oldest first
	values  map[string]V
	flights map[string]*flight[V]
}

type flight[V any] struct {
	done    chan struct{}
	waiting int
	cancel  context.CancelFunc
	value   V
	err     error
}

func newMemo[V any](most int) *memo[V] {
	return &memo[V]{most: most, values: map[string]V{}, flights: map[string]*flight[V]{}}
}

// get gives the answer for key, computed now or before.
func (m *memo[V]) get(ctx context.Context, key string, compute func(context.Context) (V, error)) (V, error) {
	m.mu.Lock()
	if v, ok := m.values[key]; ok {
		m.mu.Unlock()
		return v, nil
	}
	f, ok := m.flights[key]
	if !ok {
		f = m.start(ctx, key, compute)
	}
	f.waiting++
	m.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		m.leave(key, f)
		var none V
		return none, ctx.Err()
	}
}

// start begins a computation that lives as long as anyone waits for it. Called
// with the lock held.
func (m *memo[V]) start(ctx context.Context, key string, compute func(context.Context) (V, error)) *flight[V] {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight[V]{done: make(chan struct{}), cancel: cancel}
	m.flights[key] = f
	go func() {
		defer cancel()
		f.value, f.err = compute(work)
		m.mu.Lock()
		if m.flights[key] == f {
			delete(m.flights, key)
		}
		if f.err == nil {
			m.put(key, f.value)
		}
		m.mu.Unlock()
		close(f.done)
	}()
	return f
}

func (m *memo[V]) leave(key string, f *flight[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	// Whoever asks from now on must not join work that is being stopped.
	if m.flights[key] == f {
		delete(m.flights, key)
	}
	f.cancel()
}

func (m *memo[V]) put(key string, value V) {
	if _, ok := m.values[key]; ok {
		return
	}
	if len(m.order) >= m.most {
		delete(m.values, m.order[0])
		m.order = m.order[1:]
	}
	m.order = append(m.order, key)
	m.values[key] = value
}

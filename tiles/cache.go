package tiles

import (
	"container/list"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// cache keeps answers up to a number of bytes, the least recently used go
// first, and lets everyone who asks for the same missing answer wait for one
// computation. The computation is cancelled when the last one who waits has
// left.
type cache[V any] struct {
	size func(V) int64
	max  int64

	mu      sync.Mutex
	bytes   int64
	order   *list.List // of *entry[V], most recently used first
	entries map[string]*list.Element
	flights map[string]*flight[V]
}

type entry[V any] struct {
	key   string
	value V
	bytes int64
}

type flight[V any] struct {
	done    chan struct{}
	waiting int
	cancel  context.CancelFunc
	value   V
	err     error
}

// entryOverhead is what an entry costs beside its value, about.
const entryOverhead = 256

func newCache[V any](maxBytes int64, size func(V) int64) *cache[V] {
	return &cache[V]{size: size, max: maxBytes, order: list.New(),
		entries: map[string]*list.Element{}, flights: map[string]*flight[V]{}}
}

// get gives the answer for key; hit says that it was there. compute must not
// outlive its context by long.
func (c *cache[V]) get(ctx context.Context, key string, compute func(context.Context) (V, error)) (value V, hit bool, err error) {
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		c.order.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*entry[V]).value, true, nil
	}
	f, ok := c.flights[key]
	if !ok {
		f = c.start(ctx, key, compute)
	}
	f.waiting++
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.value, false, f.err
	case <-ctx.Done():
		c.leave(key, f)
		return value, false, ctx.Err()
	}
}

// peek gives the answer for key if it is there. Asking counts as use.
func (c *cache[V]) peek(key string) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry[V]).value, true
}

// start begins a computation that lives as long as anyone waits for it, not
// as long as the one who happened to ask first. Called with the lock held.
func (c *cache[V]) start(ctx context.Context, key string, compute func(context.Context) (V, error)) *flight[V] {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight[V]{done: make(chan struct{}), cancel: cancel}
	c.flights[key] = f
	go func() {
		defer cancel()
		f.value, f.err = guarded(work, compute)
		c.mu.Lock()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
		if f.err == nil {
			c.put(key, f.value)
		}
		c.mu.Unlock()
		close(f.done)
	}()
	return f
}

// guarded turns a panic into an error: no caller's goroutine is there to
// recover it, and one bad request must not end the process.
func guarded[V any](ctx context.Context, compute func(context.Context) (V, error)) (value V, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return compute(ctx)
}

func (c *cache[V]) leave(key string, f *flight[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	// Whoever asks from now on must not join work that is being stopped.
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	f.cancel()
}

func (c *cache[V]) put(key string, value V) {
	if _, ok := c.entries[key]; ok {
		return
	}
	bytes := c.size(value) + int64(len(key)) + entryOverhead
	if bytes > c.max {
		return
	}
	c.entries[key] = c.order.PushFront(&entry[V]{key, value, bytes})
	for c.bytes += bytes; c.bytes > c.max; {
		oldest := c.order.Back()
		e := c.order.Remove(oldest).(*entry[V])
		delete(c.entries, e.key)
		c.bytes -= e.bytes
	}
}

// keepOnly lets go of what keep refuses.
func (c *cache[V]) keepOnly(keep func(key string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, at := range c.entries {
		if !keep(key) {
			c.order.Remove(at)
			delete(c.entries, key)
			c.bytes -= at.Value.(*entry[V]).bytes
		}
	}
}

// usage gives the number of entries and their bytes.
func (c *cache[V]) usage() (entries int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries), c.bytes
}

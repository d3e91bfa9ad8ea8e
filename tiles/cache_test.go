package tiles

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func textSize(s string) int64 { return int64(len(s)) }

func TestWhoAsksTogetherWaitsForOneComputation(t *testing.T) {
	c := newCache(1<<20, textSize)
	var computed atomic.Int64
	open := make(chan struct{})
	var clients sync.WaitGroup
	for range 500 {
		clients.Go(func() {
			value, hit, err := c.get(t.Context(), "cold", func(context.Context) (string, error) {
				computed.Add(1)
				<-open
				return "answer", nil
			})
			if value != "answer" || hit || err != nil {
				t.Errorf("%q, %v, %v", value, hit, err)
			}
		})
	}
	require.Eventually(t, func() bool { return c.waiting("cold") == 500 }, 10*time.Second, time.Millisecond)
	close(open)
	clients.Wait()
	require.EqualValues(t, 1, computed.Load())
	_, hit, err := c.get(t.Context(), "cold", nil)
	require.True(t, hit)
	require.NoError(t, err)
}

func (c *cache[V]) waiting(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		return f.waiting
	}
	return 0
}

func TestTheWorkOfOneWhoLeavesIsStopped(t *testing.T) {
	c := newCache(1<<20, textSize)
	ctx, leave := context.WithCancel(t.Context())
	stopped := make(chan time.Time, 1)
	left := make(chan error, 1)
	go func() {
		_, _, err := c.get(ctx, "slow", func(work context.Context) (string, error) {
			<-work.Done()
			stopped <- time.Now()
			return "", work.Err()
		})
		left <- err
	}()
	require.Eventually(t, func() bool { return c.waiting("slow") == 1 }, 10*time.Second, time.Millisecond)
	at := time.Now()
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	require.Less(t, (<-stopped).Sub(at), 100*time.Millisecond)
	require.Eventually(t, func() bool { return !running("tiles.(*cache") }, 100*time.Millisecond, time.Millisecond)
	value, _, err := c.get(t.Context(), "slow", func(context.Context) (string, error) { return "again", nil })
	require.NoError(t, err, "who asks after that does not join stopped work")
	require.Equal(t, "again", value)
}

// running reports whether a goroutine other than this one is in a function.
func running(name string) bool {
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, name) && !strings.Contains(stack, "tiles.running") {
			return true
		}
	}
	return false
}

func TestOneWhoLeavesDoesNotStopTheWorkOfOthers(t *testing.T) {
	c := newCache(1<<20, textSize)
	open := make(chan struct{})
	compute := func(work context.Context) (string, error) {
		select {
		case <-open:
			return "answer", nil
		case <-work.Done():
			return "", work.Err()
		}
	}
	impatient, leave := context.WithCancel(t.Context())
	answers := make(chan error, 2)
	ask := func(ctx context.Context) {
		_, _, err := c.get(ctx, "slow", compute)
		answers <- err
	}
	go ask(impatient)
	require.Eventually(t, func() bool { return c.waiting("slow") == 1 }, 10*time.Second, time.Millisecond)
	go ask(t.Context())
	require.Eventually(t, func() bool { return c.waiting("slow") == 2 }, 10*time.Second, time.Millisecond)
	leave()
	require.ErrorIs(t, <-answers, context.Canceled)
	close(open)
	require.NoError(t, <-answers)
}

func TestThePatienceOfTheLongestWaiterCounts(t *testing.T) {
	c := newCache(1<<20, textSize)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	open := make(chan struct{})
	hasDeadline := make(chan bool, 1)
	first := make(chan error, 1)
	go func() {
		_, _, err := c.get(short, "slow", func(work context.Context) (string, error) {
			_, ok := work.Deadline()
			hasDeadline <- ok
			<-open
			return "answer", work.Err()
		})
		first <- err
	}()
	require.False(t, <-hasDeadline)
	patient := make(chan error, 1)
	go func() {
		_, _, err := c.get(t.Context(), "slow", nil)
		patient <- err
	}()
	require.Eventually(t, func() bool { return c.waiting("slow") == 2 }, 10*time.Second, time.Millisecond)
	require.ErrorIs(t, <-first, context.DeadlineExceeded)
	close(open)
	require.NoError(t, <-patient)
}

func TestTheCacheKeepsItsBound(t *testing.T) {
	const most = 64 << 10
	c := newCache(most, textSize)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 3000 {
		text := strings.Repeat("x", random.IntN(9000))
		_, _, err := c.get(t.Context(), fmt.Sprint(n%700), func(context.Context) (string, error) { return text, nil })
		require.NoError(t, err)
		entries, bytes := c.usage()
		require.LessOrEqual(t, bytes, int64(most))
		require.GreaterOrEqual(t, bytes, int64(entries)*entryOverhead)
	}
	_, _, err := c.get(t.Context(), "huge", func(context.Context) (string, error) { return strings.Repeat("x", most), nil })
	require.NoError(t, err)
	_, hit, err := c.get(t.Context(), "huge", func(context.Context) (string, error) { return "", nil })
	require.NoError(t, err)
	require.False(t, hit, "what is larger than the bound is not kept")
}

func TestTheLeastRecentlyUsedGoesFirst(t *testing.T) {
	c := newCache(4*(entryOverhead+101), textSize)
	text := strings.Repeat("x", 100)
	make := func(context.Context) (string, error) { return text, nil }
	for _, key := range []string{"a", "b", "c", "d", "a", "e"} {
		_, _, err := c.get(t.Context(), key, make)
		require.NoError(t, err)
	}
	for key, kept := range map[string]bool{"a": true, "c": true, "d": true, "e": true} {
		_, hit, err := c.get(t.Context(), key, make)
		require.NoError(t, err)
		require.Equal(t, kept, hit, key)
	}
	_, hit, err := c.get(t.Context(), "b", make)
	require.NoError(t, err)
	require.False(t, hit)
}

func TestAnErrorIsNotKept(t *testing.T) {
	c := newCache(1<<20, textSize)
	broken := errors.New("broken")
	_, _, err := c.get(t.Context(), "key", func(context.Context) (string, error) { return "", broken })
	require.ErrorIs(t, err, broken)
	value, hit, err := c.get(t.Context(), "key", func(context.Context) (string, error) { return "well", nil })
	require.NoError(t, err)
	require.False(t, hit)
	require.Equal(t, "well", value)
}

func TestAPanicInTheWorkIsAnError(t *testing.T) {
	c := newCache(1<<20, textSize)
	_, _, err := c.get(t.Context(), "key", func(context.Context) (string, error) { panic("deep inside") })
	require.ErrorContains(t, err, "deep inside")
	_, _, err = c.get(t.Context(), "key", func(context.Context) (string, error) { return "well", nil })
	require.NoError(t, err)
}

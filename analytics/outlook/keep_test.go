package outlook

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// keeping is a keeper on the clock of a synctest bubble whose changes and work
// the test makes.
type keeping struct {
	keeper
	current atomic.Pointer[chan struct{}]
	running atomic.Int64
	takes   atomic.Int64 // nanoseconds
	fail    int          // passes that fail, from the first

	mu      sync.Mutex
	begun   []time.Time
	nightly []time.Time
}

// passes and nights give when passes began, once all that can run has run.
func (k *keeping) passes() []time.Time { return k.since(&k.begun) }

func (k *keeping) nights() []time.Time { return k.since(&k.nightly) }

func (k *keeping) since(list *[]time.Time) []time.Time {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(*list)
}

func newKeeping(t *testing.T, zone *time.Location) *keeping {
	k := &keeping{}
	k.takes.Store(int64(time.Second))
	k.change()
	k.keeper = keeper{now: time.Now, hour: 2, zone: zone, changed: func() <-chan struct{} { return *k.current.Load() }}
	k.work = func(ctx context.Context, night bool) bool {
		require.EqualValues(t, 1, k.running.Add(1), "one pass at a time")
		defer k.running.Add(-1)
		k.mu.Lock()
		k.begun = append(k.begun, time.Now())
		if night {
			k.nightly = append(k.nightly, time.Now())
		}
		done := len(k.begun) > k.fail
		k.mu.Unlock()
		select {
		case <-time.After(time.Duration(k.takes.Load())):
		case <-ctx.Done():
		}
		return done
	}
	return k
}

// change is a new data version.
func (k *keeping) change() {
	next := make(chan struct{})
	if old := k.current.Swap(&next); old != nil {
		close(*old)
	}
}

func TestChangesDuringAPassAreOneMoreAndAFailureIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeping(t, time.UTC)
		k.fail = 1
		ctx, cancel := context.WithCancel(t.Context())
		go k.run(ctx)
		time.Sleep(500 * time.Millisecond)
		require.Len(t, k.passes(), 1, "at once")
		time.Sleep(time.Minute)
		require.Len(t, k.passes(), 2, "again, because the first failed, and no more")
		require.GreaterOrEqual(t, k.passes()[1].Sub(k.passes()[0]), restFactor*time.Second, "after a rest")

		for range 50 { // data that come in all the time
			k.change()
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		require.Len(t, k.passes(), 4, "one for the first change, one for all that came meanwhile")
		cancel()
		require.Empty(t, k.nights())
	})
}

func TestEveryNightTheForecastsAreMeasuredOnce(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		k := newKeeping(t, zone)
		k.takes.Store(int64(90 * time.Minute))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { k.run(ctx); close(done) }()
		time.Sleep(10 * 24 * time.Hour)
		require.Len(t, k.nights(), 10)
		require.Len(t, k.passes(), 11)
		for _, at := range k.nights()[1:] {
			require.Equal(t, 2, at.In(zone).Hour())
			require.Zero(t, at.Minute())
		}
		time.Sleep(restFactor * 90 * time.Minute)
		k.takes.Store(int64(1000 * time.Hour))
		k.change()
		time.Sleep(time.Hour)
		synctest.Wait()
		require.EqualValues(t, 1, k.running.Load())
		cancel()
		<-done // the pass is cancelled and waited for
		require.Zero(t, k.running.Load())
	})
}

func TestTheNightComesOnceADayWhateverTheClockDoes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		require.NoError(t, err)
		return v
	}
	for now, want := range map[string]string{
		"2025-06-15 01:59": "2025-06-15 02:00",
		"2025-06-15 02:00": "2025-06-16 02:00",
		"2025-12-31 23:00": "2026-01-01 02:00",
		"2025-03-30 01:30": "2025-03-30 03:00", // 02:00 does not exist
		"2025-03-30 03:00": "2025-03-31 02:00",
	} {
		require.Equal(t, at(want), nextNight(at(now), 2, berlin), now)
	}
	// The hour that comes twice.
	first := nextNight(at("2025-10-26 00:30"), 2, berlin)
	require.Equal(t, 27, nextNight(first, 2, berlin).Day())
}

package outlook

import (
	"context"
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
	passes  []time.Time
	nights  []time.Time
	running atomic.Int64
	fail    int // passes that fail, from the first
	takes   time.Duration
}

func newKeeping(t *testing.T, zone *time.Location) *keeping {
	k := &keeping{takes: time.Second}
	k.change()
	k.keeper = keeper{now: time.Now, hour: 2, zone: zone, changed: func() <-chan struct{} { return *k.current.Load() }}
	k.work = func(ctx context.Context, night bool) bool {
		require.EqualValues(t, 1, k.running.Add(1), "one pass at a time")
		defer k.running.Add(-1)
		k.passes = append(k.passes, time.Now())
		if night {
			k.nights = append(k.nights, time.Now())
		}
		select {
		case <-time.After(k.takes):
		case <-ctx.Done():
		}
		return len(k.passes) > k.fail
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
		synctest.Wait()
		require.Len(t, k.passes, 1, "at once")
		time.Sleep(time.Minute)
		require.Len(t, k.passes, 2, "again, because the first failed, and no more")
		require.GreaterOrEqual(t, k.passes[1].Sub(k.passes[0]), restFactor*k.takes, "after a rest")

		for range 50 { // data that come in all the time
			k.change()
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		require.Len(t, k.passes, 4, "one for the first change, one for all that came meanwhile")
		cancel()
		synctest.Wait()
		require.Empty(t, k.nights)
	})
}

func TestEveryNightTheForecastsAreMeasuredOnce(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		k := newKeeping(t, zone)
		k.takes = 90 * time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { k.run(ctx); close(done) }()
		time.Sleep(10 * 24 * time.Hour)
		synctest.Wait()
		require.Len(t, k.nights, 10)
		require.Len(t, k.passes, 11)
		for _, at := range k.nights[1:] {
			require.Equal(t, 2, at.In(zone).Hour())
			require.Zero(t, at.Minute())
		}
		time.Sleep(restFactor * k.takes)
		k.takes = 1000 * time.Hour
		k.change()
		time.Sleep(time.Hour)
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

package clickhouse

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

var errAway = unavailable(errors.New("connection refused"))

func TestABreakerOpensAfterRepeatedFailuresAndTriesOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(2, time.Second, time.Now)
		asked := 0
		ask := func(answer error) error {
			leave, err := b.enter(t.Context())
			if err != nil {
				return err
			}
			defer leave()
			asked++
			return b.note(t.Context(), answer)
		}
		changed := b.changed
		for range mostFailures {
			require.ErrorIs(t, ask(errAway), errAway)
		}
		<-changed
		require.Equal(t, mostFailures, asked)
		for range 100 {
			require.ErrorIs(t, ask(nil), errOpen)
		}
		require.Equal(t, mostFailures, asked, "an open breaker asks nothing")
		time.Sleep(trialGap)
		require.ErrorIs(t, ask(errAway), errAway)
		require.ErrorIs(t, ask(nil), errOpen)
		require.Equal(t, mostFailures+1, asked, "one try")
		time.Sleep(trialGap)
		require.NoError(t, ask(nil))
		for range 10 {
			require.NoError(t, ask(nil), "closed again")
		}
	})
}

func TestNoStatementTriesWhereSomebodyWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(1, time.Second, time.Now)
		b.watched.Store(true)
		for range mostFailures {
			_ = b.note(t.Context(), errAway)
		}
		time.Sleep(10 * trialGap)
		require.ErrorIs(t, b.refuses(), errOpen)
		_ = b.note(t.Context(), nil) // the answer to who watches
		require.NoError(t, b.refuses())
	})
}

func TestWhatIsNoAbsenceDoesNotOpenTheBreaker(t *testing.T) {
	b := newBreaker(1, time.Second, time.Now)
	for range 3 * mostFailures {
		_ = b.note(t.Context(), errors.New("a statement that is wrong"))
		_ = b.note(t.Context(), context.Canceled)
		left, leave := context.WithCancel(t.Context())
		leave()
		_ = b.note(left, errAway)
		_ = b.note(t.Context(), schemas.BadParameter("x", "y"))
	}
	require.NoError(t, b.refuses())
}

func TestWaitingForASlowStoreIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(1, time.Second, time.Now)
		leave, err := b.enter(t.Context())
		require.NoError(t, err)
		answers := make(chan error, 2*mostWaiting)
		for range 2 * mostWaiting {
			go func() {
				_, err := b.enter(t.Context())
				answers <- err
			}()
		}
		synctest.Wait()
		require.Len(t, answers, mostWaiting, "what is too much is refused at once")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Len(t, answers, 2*mostWaiting, "the others when their time is over")
		for range 2 * mostWaiting {
			p, ok := schemas.AsProblem(<-answers)
			require.True(t, ok)
			require.Equal(t, http.StatusServiceUnavailable, p.Status)
			require.Equal(t, schemas.CodeBusy, p.Code)
		}
		leave()
		leave, err = b.enter(t.Context())
		require.NoError(t, err)
		leave()
	})
}

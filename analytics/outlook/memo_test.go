package outlook

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestMemoComputesOnceForAllWhoWaitAndStopsWhenTheLastLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemo[int](2)
		var runs, stopped atomic.Int64
		release := make(chan struct{})
		work := func(ctx context.Context) (int, error) {
			runs.Add(1)
			select {
			case <-release:
				return 7, nil
			case <-ctx.Done():
				stopped.Add(1)
				return 0, ctx.Err()
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			go func() { _, _ = m.get(ctx, "a", work) }()
		}
		synctest.Wait()
		require.EqualValues(t, 1, runs.Load())
		cancel()
		synctest.Wait()
		require.EqualValues(t, 1, stopped.Load())

		close(release)
		for range 2 {
			v, err := m.get(t.Context(), "a", work)
			require.NoError(t, err)
			require.Equal(t, 7, v)
		}
		require.EqualValues(t, 2, runs.Load(), "what was stopped is not kept, what was made is")
		for i := range 5 {
			_, err := m.get(t.Context(), fmt.Sprint(i), work)
			require.NoError(t, err)
		}
		require.Len(t, m.values, 2)
		require.Len(t, m.order, 2)
	})
}

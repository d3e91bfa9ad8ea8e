package disclose

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
)

func TestTablesAreBoundedAndOldVersionsGoFirst(t *testing.T) {
	var m memo[int]
	made := 0
	get := func(version uint64, begin int) int {
		v, err := m.get(t.Context(), tableKey{version: version, begin: cube.Day(begin)}, func() (int, error) {
			made++
			return begin, nil
		})
		require.NoError(t, err)
		return v
	}
	for i := range maxTables {
		require.Equal(t, i, get(1, i))
	}
	require.Equal(t, 5, get(1, 5))
	require.Equal(t, maxTables, made, "what is kept is not made again")
	get(2, 0)
	require.Equal(t, 1, m.size(), "tables of another version went")
	for i := range 2 * maxTables {
		get(2, i)
		get(2, 0)
		require.LessOrEqual(t, m.size(), maxTables)
	}
	before := made
	get(2, 0)
	require.Equal(t, before, made, "what is in use stays")
}

func TestAFailureIsNotKept(t *testing.T) {
	var m memo[int]
	failure := errors.New("engine gone")
	_, err := m.get(t.Context(), tableKey{}, func() (int, error) { return 0, failure })
	require.ErrorIs(t, err, failure)
	v, err := m.get(t.Context(), tableKey{}, func() (int, error) { return 7, nil })
	require.NoError(t, err)
	require.Equal(t, 7, v)
}

func TestWhoWaitsMayLeave(t *testing.T) {
	var m memo[int]
	begun, finish := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := m.get(context.Background(), tableKey{}, func() (int, error) {
			close(begun)
			<-finish
			return 7, nil
		})
		done <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.get(ctx, tableKey{}, func() (int, error) { return 0, nil })
	require.ErrorIs(t, err, context.Canceled)
	close(finish)
	require.NoError(t, <-done)
}

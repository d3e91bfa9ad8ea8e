package county

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

// Put stores records as they are, past ingest, marks every month they may
// touch, and settles them. It is for tests that need records of an exact kind.
func (c *County) Put(t testing.TB, incidents []schemas.Incident, transitions []schemas.Transition) {
	t.Helper()
	token := fmt.Sprintf("put-%d", c.Now().UnixNano())
	if len(incidents) > 0 {
		require.NoError(t, c.DB.InsertIncidents(t.Context(), token+"i", incidents))
	}
	if len(transitions) > 0 {
		require.NoError(t, c.DB.InsertTransitions(t.Context(), token+"t", transitions))
	}
	months, err := c.DB.AllMonths(t.Context(), c.Zone.String())
	require.NoError(t, err)
	require.NoError(t, c.DB.MarkDirty(t.Context(), uint64(c.Now().UnixNano()), months))
	_, err = c.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
}

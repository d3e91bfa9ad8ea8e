package tip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/tip"
	"reli/schemas/deadlines"
)

// What is due today is 将到期 until 24:00 where the county is, and 已过期 a
// second later, without any computation in between.
func TestADateTurnsAtMidnight(t *testing.T) {
	o := newOffice(t)
	zone := o.store.Zone()
	y, m, d := o.at.In(zone).Date()
	o.at = time.Date(y, m, d, 23, 59, 59, 0, zone)
	o.issue(t)
	list := func() *tip.Supervision {
		l, err := o.tips.Supervision(t.Context(), func(tip.Matter) bool { return true })
		require.NoError(t, err)
		return l
	}
	before := list()
	require.Equal(t, o.store.Today(), before.AsOf)
	today := map[string]bool{}
	for _, one := range before.Matters {
		require.Equal(t, one.Due != 0 && one.Due < before.AsOf, one.Overdue, one.SourceID)
		if one.Due == before.AsOf {
			require.Equal(t, deadlines.DueSoon, one.Standing)
			require.True(t, one.DueSoon)
			require.Zero(t, one.DaysOver)
			today[one.Source+one.SourceID] = true
		}
	}
	require.NotEmpty(t, today)
	o.at = o.at.Add(time.Second)
	turned := 0
	for _, one := range list().Matters {
		if today[one.Source+one.SourceID] {
			require.Equal(t, deadlines.Overdue, one.Standing)
			require.Equal(t, 1, one.DaysOver)
			turned++
		}
	}
	require.Len(t, today, turned)
}

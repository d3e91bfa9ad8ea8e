package ingest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/ingest/privacy"
)

// An identity card number (the example of GB 11643) and a telephone number.
const (
	cardNumber  = "11010519491231002X"
	phoneNumber = "13800138000"
)

// personalRows have both numbers in every text field, of rows that are taken and
// of rows that are refused.
func personalRows() [][]string {
	header := []string{"source", "source_id", "occurred_at", "lng", "lat", "crs", "grid", "village", "township", "category", "scale", "people",
		"urgency", "channel", "first_unit", "handling_unit", "resolver_level", "state", "matter_id", "内容描述"}
	plain := []string{"grid", "1", "2024-01-01 08:30:00", "131.1", "46.7", "WGS84", "", "", "", "land", "1", "2", "1", "patrol", "司法所", "司法所", "grid", "resolved", "m1", "无"}
	rows := [][]string{header, plain}
	for i, name := range header {
		if slices.Contains([]string{"occurred_at", "lng", "lat", "people"}, name) {
			continue // columns of dates and numbers cannot hold a text in every format
		}
		for _, secret := range []string{cardNumber, "来电 " + phoneNumber} {
			row := slices.Clone(plain)
			row[1] = fmt.Sprintf("row-%d", len(rows))
			row[i] = secret
			rows = append(rows, row)
		}
	}
	return rows
}

// Both numbers stand in every text field of every format: nothing that is
// written holds them.
func TestPersonalNumbersReachNothingThatIsWritten(t *testing.T) {
	rows := personalRows()
	for name, file := range everyFormat(t, rows) {
		t.Run(name, func(t *testing.T) {
			store := newMemory()
			rep, err := newIngester(t, store, nil, 0).Run(context.Background(), Input{Name: "投诉人" + phoneNumber + name, Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
			require.NoError(t, err)
			require.Equal(t, int64(len(rows)-1), rep.Rows)
			require.Positive(t, rep.Accepted)
			require.Positive(t, rep.Quarantined)
			written := fmt.Sprintf("%+v %+v %+v %+v", rep, store.quarantine, store.incidents, store.batches)
			require.NotContains(t, written, cardNumber)
			require.NotContains(t, written, phoneNumber)
			// In source_id, matter_id, category and the two units.
			require.Equal(t, map[privacy.Kind]int64{privacy.Identity: 5, privacy.Phone: 5}, rep.Masked)
			require.Equal(t, map[string]uint64{"identity_card": 5, "phone": 5}, store.batches[0].Masked)
		})
	}
}

// The engine's tables hold nothing of them either, in any column.
func TestPersonalNumbersReachNoTableOfTheEngine(t *testing.T) {
	db := realStore(t)
	in := realIngester(t, db, 0)
	for name, file := range everyFormat(t, personalRows()) {
		rep, err := in.Run(t.Context(), Input{Name: "投诉人" + phoneNumber + name, Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
		require.NoError(t, err, name)
		require.Positive(t, rep.Masked[privacy.Phone], name)
	}
	var tables []struct {
		Name string `ch:"name"`
	}
	require.NoError(t, db.Select(t.Context(), &tables, `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`))
	holding := func(text string) (found []string) {
		for _, table := range tables {
			if number1(t, db, "SELECT count() FROM "+table.Name+" WHERE position(formatRow('CSV', *), '"+text+"') > 0") > 0 {
				found = append(found, table.Name)
			}
		}
		return found
	}
	require.Contains(t, holding("司法所"), "incidents", "the look into the tables sees what is there")
	require.Contains(t, holding("row-1"), "quarantine")
	require.Empty(t, holding(cardNumber))
	require.Empty(t, holding(phoneNumber))
}

func TestAMaskedIDIsStillTheSameRecord(t *testing.T) {
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	file := "source,source_id,occurred_at\ngrid," + cardNumber + ",2024-01-01\ngrid," + phoneNumber + ",2024-01-01\n"
	requireCounts(t, run1(t, in, "generic", "a.csv", strings.NewReader(file)), 2, 0, 0, 0)
	requireCounts(t, run1(t, in, "generic", "a.csv", strings.NewReader(file)), 0, 0, 2, 0)
	ids := map[string]bool{}
	for _, in := range store.incidents {
		require.Regexp(t, `^masked-[0-9a-f]{24}$`, in.SourceID)
		ids[in.SourceID] = true
	}
	require.Len(t, ids, 2)
}

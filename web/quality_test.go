package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

type qualityAnswer struct {
	Sources []struct {
		Source, Zh string
		Records    uint64

		Rungs           map[string]uint64
		Share           float64 `json:"unlocated"`
		Refused         *uint64
		ImpossibleDates *uint64 `json:"impossible_dates"`
		Quarantine      []struct {
			Code, Field, Origin string
			Rows, Row           uint64
		}
		Batches  *struct{ Deliveries, Rows, Duplicates, Updated uint64 }
		Masked   map[string]uint64
		OddDates struct {
			ReportedBefore uint64 `json:"reported_before_occurred"`
			ClosedBefore   uint64 `json:"closed_before_reported"`
		} `json:"odd_dates"`
		Delay struct {
			Records, SameDay, Within7 uint64
			Median, P90               int
		}
		Contradictions map[string]uint64
		Expected       *struct {
			Listed, Missing uint64
			Days            []struct {
				Day             string
				Listed, Missing uint64
			}
		}
	}
	Townships []struct {
		Area, Name string
		Records    uint64
	}
	Faults []schemas.Entry
}

// Planted: 3 % without coordinates, 12 ids that never came, 5 refused rows and
// one odd date. All are told exactly.
func TestWhatIsMissingIsToldExactly(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	var rows, list strings.Builder
	rows.WriteString("source,source_id,occurred_at,reported_at,lng,lat,crs,category\n")
	list.WriteString("source,source_id,occurred_at\n")
	const records = 1000
	for i := range records {
		place := "120.1,30.1,WGS84"
		if i%100 < 3 {
			place = ",,"
		}
		day := fmt.Sprintf("2025-03-%02d", 1+i%10)
		reported := day
		switch {
		case i == 7:
			reported = "2025-02-01"
		case i%10 == 9:
			reported = fmt.Sprintf("2025-03-%02d", 1+i%10+2) // a tenth comes two days later
		}
		fmt.Fprintf(&list, "hotline,%d,%s\n", i, day)
		fmt.Fprintf(&rows, "hotline,%d,%s,%s,%s,land\n", i, day, reported, place)
	}
	for i := range 12 {
		fmt.Fprintf(&list, "hotline,lost-%d,2025-03-%02d\n", i, 4+i/9)
	}
	for i := range 4 {
		fmt.Fprintf(&rows, "hotline,b%d,soon,,120.1,30.1,WGS84,land\n", i)
	}
	rows.WriteString("hotline,b9,2025-03-01,,120.1,,WGS84,land\n")
	reported(t, s.post(t, "/v1/incidents?name=march.csv", "text/csv", rows.String()))
	reported(t, s.post(t, "/v1/incidents?name=march.csv", "text/csv", rows.String()))
	var taken struct{ Rows, Listed, Refused int }
	a := s.post(t, "/v1/quality/expected", "text/csv", list.String()+"Not a code!,1,2025-03-01\n")
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.NoError(t, json.Unmarshal(a.Body, &taken))
	require.Equal(t, []int{records + 13, records + 12, 1}, []int{taken.Rows, taken.Listed, taken.Refused})
	_, err := s.Store.Settle(t.Context(), "test")
	require.NoError(t, err)

	var q qualityAnswer
	s.json(t, "/v1/quality", &q)
	require.Len(t, q.Sources, 1)
	h := q.Sources[0]
	require.Equal(t, "hotline", h.Source)
	require.EqualValues(t, records, h.Records)
	require.InDelta(t, .03, h.Share, 1e-12)
	require.Equal(t, map[string]uint64{"point": 970, "unlocated": 30}, h.Rungs)
	require.EqualValues(t, 5, *h.Refused)
	require.EqualValues(t, 4, *h.ImpossibleDates)
	require.Len(t, h.Quarantine, 2)
	require.Equal(t, "bad_date", h.Quarantine[0].Code)
	require.EqualValues(t, 4, h.Quarantine[0].Rows)
	require.Equal(t, "occurred_at", h.Quarantine[0].Field)
	require.Equal(t, "march.csv", h.Quarantine[0].Origin)
	require.Positive(t, h.Quarantine[0].Row)
	require.EqualValues(t, 2, h.Batches.Deliveries)
	require.EqualValues(t, records, h.Batches.Duplicates)
	require.EqualValues(t, 1, h.OddDates.ReportedBefore)
	require.Equal(t, 0, h.Delay.Median)
	require.EqualValues(t, records, h.Delay.Records)
	require.EqualValues(t, records+12, h.Expected.Listed)
	require.EqualValues(t, 12, h.Expected.Missing)
	require.Len(t, h.Expected.Days, 2)
	require.Equal(t, "2025-03-05", h.Expected.Days[0].Day)
	require.EqualValues(t, 3, h.Expected.Days[0].Missing)
	require.EqualValues(t, 103, h.Expected.Days[0].Listed)
	require.EqualValues(t, 9, h.Expected.Days[1].Missing)
	require.Empty(t, q.Townships)
	require.Len(t, q.Faults, 2)

	// What never came does come; a new list takes the place of the old.
	reported(t, s.post(t, "/v1/incidents", "text/csv", header+"hotline,lost-3,2025-03-04,120.1,30.1,WGS84,land\n"))
	require.Eventually(t, func() bool {
		s.json(t, "/v1/quality", &q)
		return q.Sources[0].Expected.Missing == 11
	}, 30*time.Second, 50*time.Millisecond)
	a = s.post(t, "/v1/quality/expected?replace=1", "text/csv", "source,source_id\nhotline,lost-3\nhotline,lost-4\n")
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	s.json(t, "/v1/quality", &q)
	require.EqualValues(t, 2, q.Sources[0].Expected.Listed)
	require.EqualValues(t, 1, q.Sources[0].Expected.Missing)

	// No id of a list is stored.
	var found uint64
	require.NoError(t, s.DB.Row(t.Context(), `SELECT count() FROM expected_ids WHERE position(id_hash, 'lost') > 0 OR NOT match(id_hash, '^[0-9a-f]{32}$')`, []any{&found}))
	require.Zero(t, found)
	requireProblem(t, s.get(t, "/v1/quality?x=1"), http.StatusBadRequest, schemas.CodeBadParameter)
	requireProblem(t, s.post(t, "/v1/quality/expected?replace=yes", "text/csv", "source,source_id\n"), http.StatusBadRequest, schemas.CodeBadParameter)
}

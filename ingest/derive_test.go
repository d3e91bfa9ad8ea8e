package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/ingest/privacy"
	"reli/ingest/triage"
	"reli/schemas"
	workdays "reli/schemas/calendar"
	"reli/schemas/deadlines"
)

func TestARecordWithoutADateIsGivenOne(t *testing.T) {
	rules, err := deadlines.Parse([]byte("version: county-1\nrules: [{source: petition, days: 60}, {urgency: urgent, working_days: 5}]"), workdays.China())
	require.NoError(t, err)
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	in.opt.Deadlines = rules
	const header = "source,source_id,reported_at,due_at,urgency\n"
	rep := run1(t, in, "generic", "a.csv", sheet(header,
		"petition,1,2025-01-01 08:00:00,,", "petition,2,2025-01-01,2025-01-05 17:00:00,", "grid,3,2025-09-26 15:30:00,,2", "grid,4,2025-09-26,,1",
		"grid,5,2019-12-28,,2"))
	requireCounts(t, rep, 5, 0, 0, 0)
	require.Equal(t, map[string]int64{"due_at": 3, DerivedUnknownCalendar: 1}, rep.Derived)
	due := map[string]string{}
	for _, r := range store.rows() {
		due[r.SourceID] = ""
		if !r.DueAt.IsZero() {
			due[r.SourceID] = r.DueAt.In(shanghai).Format(time.DateTime)
		}
	}
	require.Equal(t, map[string]string{"1": "2025-03-02 23:59:59", "2": "2025-01-05 17:00:00", "3": "2025-10-10 23:59:59", "4": "", "5": "2020-01-06 23:59:59"}, due)
	batch := store.batches[len(store.batches)-1]
	require.Equal(t, "county-1", batch.Deadlines)
	require.Equal(t, map[string]uint64{"due_at": 3, DerivedUnknownCalendar: 1}, batch.Derived)

	// The day is that of the deployment, not of the file.
	chicago, err := time.LoadLocation("America/Chicago")
	require.NoError(t, err)
	store, in = newMemory(), nil
	in, err = New(Options{Store: store, Clock: ticking(), Random: &noise{}, TimeZone: chicago, Resolution: 10, Deadlines: rules})
	require.NoError(t, err)
	store.localZone = chicago
	run1(t, in, "generic", "a.csv", sheet(header, "petition,1,2025-01-01T02:00:00Z,,"))
	require.Equal(t, "2025-03-01 23:59:59", store.incidents[[2]string{"petition", "1"}].DueAt.In(chicago).Format(time.DateTime))
	require.Equal(t, schemas.StateRegistered, store.incidents[[2]string{"petition", "1"}].State)
}

// sheet is a file of CSV.
func sheet(header string, rows ...string) *strings.Reader {
	return strings.NewReader(header + strings.Join(rows, "\n") + "\n")
}

// A record that brings only text is given what the text says; what it brings
// itself goes before, and nothing of the text is stored.
func TestWhatOnlyTheTextSaysIsDerived(t *testing.T) {
	words := triage.Default()
	store := newMemory()
	in := newIngester(t, store, nil, 0)
	in.opt.Triage = words
	rep := run1(t, in, "generic", "a.csv", sheet("source,source_id,reported_at,category,urgency,text\n",
		"12345,1,2025-01-01,,,包工头拖欠十几个农民工工资；要去堵路",
		"12345,2,2025-01-01,land,1,包工头拖欠农民工工资",
		"12345,3,2025-01-01,,,您好。",
		"12345,4,2025-01-01,,,",
		"12345,5,2025-01-01,小卖部的事,,楼上住户漏水 电话13812345678",
		"12345,6,2025-01-01,,,"+strings.Repeat("长", 5000)+"城管",
	))
	require.Empty(t, rep.Errors)
	requireCounts(t, rep, 6, 0, 0, 0)
	require.Equal(t, map[string]int64{"category": 1, "urgency": 2, DerivedUnsureCategory: 2, DerivedUnsureUrgency: 2}, rep.Derived)
	require.Equal(t, map[privacy.Kind]int64{privacy.Phone: 1}, rep.Masked)
	batch := store.batches[len(store.batches)-1]
	require.Equal(t, words.Version(), batch.Dictionary)
	got := map[string]string{}
	for _, r := range store.rows() {
		got[r.SourceID] = fmt.Sprintf("%s %s %d", r.Category, r.CategoryLabel, r.Urgency)
	}
	require.Equal(t, map[string]string{"1": "wage  2", "2": "land  1", "3": "other  0", "4": "other  0", "5": "other 小卖部的事 1", "6": "other  0"}, got)
	require.NotContains(t, fmt.Sprintf("%+v", store.incidents), "包工头")
}

func TestWithoutADictionaryNothingIsDerived(t *testing.T) {
	store := newMemory()
	rep := run1(t, newIngester(t, store, nil, 0), "generic", "a.csv", sheet("source,source_id,reported_at,text\n", "12345,1,2025-01-01,包工头拖欠工资"))
	require.Empty(t, rep.Derived)
	require.Equal(t, schemas.CategoryOther, store.rows()[0].Category)
	require.Empty(t, store.batches[0].Dictionary)
}

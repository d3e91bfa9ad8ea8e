package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
)

// goodRow is a row of the generic format, by field name.
func goodRow() map[string]string {
	return map[string]string{
		"source": "12345", "source_id": "a-1", "occurred_at": "2025-07-01T08:30:00", "reported_at": "2025-07-01 09:00",
		"due_at": "2025-07-08", "closed_at": "2025-07-05T10:00:00", "lng": "131.2", "lat": "46.7", "crs": "WGS84",
		"grid": "", "village": "", "township": "", "category": "邻里", "scale": "01", "people": "3", "urgency": "紧急", "channel": "patrol",
		"first_unit": "第一网格", "handling_unit": "司法所", "resolver_level": "village", "state": "resolved", "matter_id": "m-1",
		"updated_at": "2025-07-05T10:00:00",
	}
}

func ndjson(t testing.TB, rows ...map[string]string) *strings.Reader {
	t.Helper()
	var b strings.Builder
	for _, r := range rows {
		line, err := json.Marshal(r)
		require.NoError(t, err)
		b.Write(line)
		b.WriteByte('\n')
	}
	return strings.NewReader(b.String())
}

func TestAGoodRowIsStoredAsItIs(t *testing.T) {
	store := newMemory()
	rep := run1(t, newIngester(t, store, nil, 0), "generic", "a.ndjson", ndjson(t, goodRow()))
	require.Equal(t, int64(1), rep.Accepted)
	got := store.rows()[0]
	require.NotZero(t, got.Cell)
	require.NotZero(t, got.ContentHash)
	got.Cell, got.ContentHash = 0, 0
	require.Equal(t, "2025-07-01T00:30:00Z", got.OccurredAt.Format("2006-01-02T15:04:05Z"))
	require.Equal(t, "2025-07-07T16:00:00Z", got.DueAt.Format("2006-01-02T15:04:05Z"))
	require.Equal(t, schemas.Incident{
		Source: "12345", SourceID: "a-1", OccurredAt: got.OccurredAt, ReportedAt: got.ReportedAt, DueAt: got.DueAt, ClosedAt: got.ClosedAt,
		Category: "neighbour", Scale: schemas.ScaleIndividual, People: 3, Urgency: schemas.UrgencyUrgent, Channel: "patrol",
		FirstUnit: "第一网格", HandlingUnit: "司法所", ResolverLevel: schemas.LevelVillage, State: schemas.StateResolved, MatterID: "m-1",
		LocationQuality: schemas.LocationPoint,
	}, got)
}

func TestEveryFaultIsRefusedWithItsFieldAndCode(t *testing.T) {
	f := func(field, value, code string, also ...string) {
		t.Helper()
		t.Run(field+" "+code, func(t *testing.T) {
			row := goodRow()
			row[field] = value
			for i := 0; i+1 < len(also); i += 2 {
				row[also[i]] = also[i+1]
			}
			store := newMemory()
			rep := run1(t, newIngester(t, store, nil, 0), "generic", "a.ndjson", ndjson(t, goodRow(), row))
			require.Equal(t, int64(1), rep.Quarantined, "%v", rep)
			require.Equal(t, int64(1), rep.Accepted)
			require.Len(t, rep.Errors, 1)
			require.Equal(t, RowError{Row: 2, Field: field, Code: code, Message: rep.Errors[0].Message}, rep.Errors[0])
			require.Len(t, store.quarantine, 1)
			q := store.quarantine[0]
			require.Equal(t, []any{field, code, uint64(2), rep.Batch, "a.ndjson"}, []any{q.Field, q.Code, q.Row, q.Batch, q.Origin})
			require.NotZero(t, q.RowHash)
		})
	}
	f("source", "", FaultMissing)
	f("source", "Not A Code", FaultBadCode)
	f("source_id", " \u3000", FaultMissing)
	f("source_id", strings.Repeat("x", MaxTextBytes+1), FaultTooLong)
	f("source_id", strings.Repeat("x", MaxFieldBytes+1), FaultTooLong)
	f("source_id", "a\x00b", FaultControl)
	f("occurred_at", "", FaultMissing, "reported_at", "")
	f("occurred_at", "2025-02-30", FaultBadDate)
	f("occurred_at", "yesterday", FaultBadDate)
	f("occurred_at", "1989-12-31", FaultTooEarly)
	f("reported_at", "2026-03-03", FaultInFuture)
	f("due_at", "2099-01-01", FaultInFuture)
	f("updated_at", "2027-01-01", FaultInFuture)
	f("closed_at", "2025-06-30", FaultClosedBefore)
	f("lng", "", FaultHalfPoint)
	f("lat", "", FaultHalfPoint)
	f("lat", "46,7", FaultBadNumber)
	f("lng", "NaN", FaultNotFinite)
	f("lng", "1e999", FaultNotFinite)
	f("lng", "181", FaultOutOfRange)
	f("crs", "", FaultNoCRS)
	f("crs", "Xian80", FaultUnknownCRS)
	f("scale", "many", FaultUnknown)
	f("urgency", "9", FaultUnknown)
	f("channel", "pigeon", FaultUnknown)
	f("resolver_level", "planet", FaultUnknown)
	f("state", "7", FaultUnknown)
	f("people", "-1", FaultBadNumber)
	f("people", "3.5", FaultBadNumber)
	f("people", "10000001", FaultBadNumber)
	f("category", strings.Repeat("长", 64), FaultTooLong)
	f("first_unit", "a\nb", FaultControl)
}

func TestAllFaultsOfARowAreTold(t *testing.T) {
	row := goodRow()
	row["source_id"], row["occurred_at"], row["lng"], row["people"] = "", "x", "999", "?"
	rep := run1(t, newIngester(t, newMemory(), nil, 0), "generic", "a.ndjson", ndjson(t, row))
	require.Equal(t, int64(1), rep.Quarantined)
	var fields []string
	for _, e := range rep.Errors {
		require.Equal(t, int64(1), e.Row)
		fields = append(fields, e.Field)
	}
	slices.Sort(fields)
	require.Equal(t, []string{"lng", "occurred_at", "people", "source_id"}, fields)
}

func TestADayAheadIsNotTheFuture(t *testing.T) {
	row := goodRow()
	row["occurred_at"], row["reported_at"], row["closed_at"] = "2026-03-02 19:00:00", "2026-03-02 19:00:00", "" // 23 h ahead
	rep := run1(t, newIngester(t, newMemory(), nil, 0), "generic", "a.ndjson", ndjson(t, row))
	require.Equal(t, int64(1), rep.Accepted, "%v", rep.Errors)
}

func TestDefaultsOfDatesAndState(t *testing.T) {
	row := goodRow()
	row["reported_at"], row["state"], row["closed_at"] = "", "", ""
	other := goodRow()
	other["source_id"], other["occurred_at"], other["state"] = "a-2", "", ""
	store := newMemory()
	run1(t, newIngester(t, store, nil, 0), "generic", "a.ndjson", ndjson(t, row, other))
	got := store.rows()
	require.Equal(t, got[0].OccurredAt, got[0].ReportedAt)
	require.Equal(t, schemas.StateRegistered, got[0].State)
	require.Equal(t, got[1].ReportedAt, got[1].OccurredAt)
	require.Equal(t, schemas.StateResolved, got[1].State)
}

func TestUnmappedCategoryKeepsItsLabel(t *testing.T) {
	row := goodRow()
	row["category"] = "噪音扰民"
	same := goodRow()
	same["source_id"], same["category"] = "a-2", "wage"
	store := newMemory()
	run1(t, newIngester(t, store, nil, 0), "generic", "a.ndjson", ndjson(t, row, same))
	got := store.rows()
	require.Equal(t, []string{"other", "噪音扰民", "wage", ""}, []string{got[0].Category, got[0].CategoryLabel, got[1].Category, got[1].CategoryLabel})
}

// A value in the wrong column may be a name, a number or a place: neither a
// report nor the quarantine repeats it, whatever is wrong with it.
func TestFaultsNeverRepeatTheValue(t *testing.T) {
	fields := slices.DeleteFunc(slices.Clone(incidentFieldNames[:]), func(f string) bool { return f == "source_id" || f == "category" || f == "text" })
	rapid.Check(t, func(rt *rapid.T) {
		secret := "S3CR-" + rapid.StringMatching(`[0-9]{18}|[张王李]{2}`).Draw(rt, "secret") + "\x01"
		row := goodRow()
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(fields), 1, 6, rapid.ID[string]).Draw(rt, "fields") {
			row[f] = secret
		}
		row["内容描述"], row["text"] = secret, secret
		store := newMemory()
		rep, err := newIngester(t, store, nil, 0).Run(context.Background(), Input{Name: "a.ndjson", Reader: ndjson(t, row), Profile: builtin(t, "generic")})
		if err != nil || rep.Quarantined != 1 {
			rt.Fatalf("%v %v", rep, err)
		}
		if all := fmt.Sprintf("%+v %+v %+v", rep, store.quarantine, store.incidents); strings.Contains(all, "S3CR") {
			rt.Fatal("the value is repeated: ", all)
		}
	})
}

func TestUnmappedColumnsAreNeverStored(t *testing.T) {
	csv := "source,source_id,occurred_at,内容描述,姓名\n12345,a,2025-01-01,\"S3CRET, 13800138000\",S3CRET\n12345,,2025-01-01,S3CRET,S3CRET\n12345,b,2025-01-01,S3CRET\n"
	store := newMemory()
	rep := run1(t, newIngester(t, store, nil, 0), "generic", "a.csv", strings.NewReader(csv))
	require.Equal(t, int64(2), rep.Quarantined)
	require.NotContains(t, fmt.Sprintf("%+v %+v %+v", rep, store.quarantine, store.incidents), "S3CRET")
}

func TestUndeclaredSystemRefusesTheWholeFile(t *testing.T) {
	store := newMemory()
	_, err := newIngester(t, store, nil, 0).Run(context.Background(), Input{Name: "a.csv", Profile: builtin(t, "generic"),
		Reader: strings.NewReader("source,source_id,occurred_at,lng,lat\n12345,a,2025-01-01,131,46\n")})
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
	require.Empty(t, store.log)
}

func TestFilesThatCannotBe(t *testing.T) {
	f := func(name, input, code string) {
		t.Helper()
		_, err := newIngester(t, newMemory(), nil, 0).Run(context.Background(), Input{Name: name, Reader: strings.NewReader(input), Profile: builtin(t, "generic")})
		requireProblem(t, err, code)
	}
	f("a.csv", "", schemas.CodeBadInput)
	f("a.csv", "source,occurred_at\n", schemas.CodeBadInput)
	f("a.csv", "source_id,occurred_at\n", schemas.CodeBadInput)
	f("a.csv", "source,source_id\n", schemas.CodeBadInput)
	f("a.csv.gz", "\x1f\x8bnot gzip", schemas.CodeBadInput)
	_, err := ParseFormat("docx")
	requireProblem(t, err, schemas.CodeBadInput)
}

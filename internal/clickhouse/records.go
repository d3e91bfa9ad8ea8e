package clickhouse

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"reli/schemas"
)

// InsertIncidents writes rows as one part: all of them are there when it
// returns nil, none of them after an error that is not a lost connection. The
// same token again is a success without effect, so a lost answer is cured by
// sending the batch once more.
func (db *DB) InsertIncidents(ctx context.Context, token string, rows []schemas.Incident) error {
	return db.insertEach(ctx, `INSERT INTO incidents (source, source_id, version, content_hash, batch,
occurred_at, reported_at, ingested_at, due_at, closed_at, category, category_label, scale, people, urgency, channel,
first_unit, handling_unit, resolver_level, state, matter_id, cell, grid, area, location_quality)`, token,
		len(rows), func(w *rowBinary, i int) { w.incident(&rows[i]) })
}

func (w *rowBinary) incident(r *schemas.Incident) {
	w.string(r.Source)
	w.string(r.SourceID)
	w.u64(r.Version)
	w.u64(r.ContentHash)
	w.uuid(r.Batch)
	w.time(r.OccurredAt)
	w.time(r.ReportedAt)
	w.time(r.IngestedAt)
	w.time(r.DueAt)
	w.time(r.ClosedAt)
	w.string(r.Category)
	w.string(r.CategoryLabel)
	w.u8(uint8(r.Scale))
	w.u32(r.People)
	w.u8(uint8(r.Urgency))
	w.string(r.Channel)
	w.string(r.FirstUnit)
	w.string(r.HandlingUnit)
	w.u8(uint8(r.ResolverLevel))
	w.u8(uint8(r.State))
	w.string(r.MatterID)
	w.u64(r.Cell)
	w.string(r.Grid)
	w.string(r.Area)
	w.u8(uint8(r.LocationQuality))
}

// InsertTransitions appends rows as one part. Equal transitions collapse;
// two that differ in unit or level alone are both kept.
func (db *DB) InsertTransitions(ctx context.Context, token string, rows []schemas.Transition) error {
	return db.insertEach(ctx, `INSERT INTO transitions (source, source_id, at, kind, unit, level, batch, ingested_at, claim)`, token,
		len(rows), func(w *rowBinary, i int) { w.transition(&rows[i]) })
}

func (w *rowBinary) transition(r *schemas.Transition) {
	w.string(r.Source)
	w.string(r.SourceID)
	w.time(r.At)
	w.string(string(r.Kind))
	w.string(r.Unit)
	w.u8(uint8(r.Level))
	w.uuid(r.Batch)
	w.time(r.IngestedAt)
	w.u64(xxhash.Sum64String(r.Unit + "\x00" + strconv.Itoa(int(r.Level))))
}

// QuarantineRow is one refused row with its reason.
type QuarantineRow struct {
	Source  string
	RowHash uint64 // XXH64 of the raw row: the same row is kept once
	Field   string
	Code    string
	Message string
	Origin  string
	Row     uint64            // 1-based number in its file, the header not counted
	Kept    map[string]string // mapped codes and dates; no free text, no coordinate
	Batch   string
	At      time.Time
}

// InsertQuarantine keeps refused rows.
func (db *DB) InsertQuarantine(ctx context.Context, token string, rows []QuarantineRow) error {
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.string(r.Source)
		w.u64(r.RowHash)
		w.string(r.Field)
		w.string(r.Code)
		w.string(r.Message)
		w.string(r.Origin)
		w.u64(r.Row)
		w.stringMap(r.Kept, slices.Sorted(maps.Keys(r.Kept)))
		w.uuid(r.Batch)
		w.millis(r.At)
	}
	return db.insert(ctx, `INSERT INTO quarantine (source, row_hash, field, code, message, origin, row, kept, batch, at)`, token, w.buf)
}

// BatchRow is the record of one ingest run.
type BatchRow struct {
	Batch                                            string
	Record, Source, Profile, Origin                  string
	StartedAt, FinishedAt                            time.Time
	Rows, Accepted, Updated, Duplicates, Quarantined uint64
	Masked                                           map[string]uint64 // by kind of what was masked
	Flagged                                          map[string]uint64 // steps by flag
	Derived                                          map[string]uint64 // rows by field that was derived and not brought
	Dictionary, Deadlines                            string            // versions of what derived them, "" where nothing did
}

// SaveBatch keeps the records of runs.
func (db *DB) SaveBatch(ctx context.Context, rows ...BatchRow) error {
	var w rowBinary
	for i := range rows {
		w.batch(&rows[i])
	}
	return db.insert(ctx, `INSERT INTO batches (batch, record, source, profile, origin, started_at, finished_at,
rows, accepted, updated, duplicates, quarantined, masked, flagged, derived, dictionary, deadlines)`, "", w.buf)
}

func (w *rowBinary) batch(r *BatchRow) {
	w.uuid(r.Batch)
	for _, s := range []string{r.Record, r.Source, r.Profile, r.Origin} {
		w.string(s)
	}
	w.millis(r.StartedAt)
	w.millis(r.FinishedAt)
	for _, n := range []uint64{r.Rows, r.Accepted, r.Updated, r.Duplicates, r.Quarantined} {
		w.u64(n)
	}
	for _, counted := range []map[string]uint64{r.Masked, r.Flagged, r.Derived} {
		w.buf = binary.AppendUvarint(w.buf, uint64(len(counted)))
		for _, kind := range slices.Sorted(maps.Keys(counted)) {
			w.string(kind)
			w.u64(counted[kind])
		}
	}
	w.string(r.Dictionary)
	w.string(r.Deadlines)
}

// MatterDays gives the local days (of timeZone, since 1970-01-01) of every
// stored report whose matter is one of matters, or the matter of one of the
// stored reports ids of source.
func (db *DB) MatterDays(ctx context.Context, timeZone, source string, ids, matters []string) ([]uint16, error) {
	named, err := db.daysOf(ctx, `SELECT DISTINCT toUInt16(toDate(occurred_at, {tz:String})) FROM incidents
WHERE matter_id != '' AND matter_id IN {texts:Array(String)}`, matters, Param("tz", timeZone))
	if err != nil {
		return nil, err
	}
	related, err := db.daysOf(ctx, `SELECT DISTINCT toUInt16(toDate(occurred_at, {tz:String})) FROM incidents
WHERE matter_id != '' AND matter_id IN
    (SELECT matter_id FROM incidents WHERE source = {source:String} AND source_id IN {texts:Array(String)})`,
		ids, Param("tz", timeZone), Param("source", source))
	return distinctDays(named, related), err
}

// Matters calls each for every stored report of a matter: with XXH64 of the
// matter and the local day (of timeZone, since 1970-01-01) of the report.
func (db *DB) Matters(ctx context.Context, timeZone string, each func(matter uint64, day uint16)) error {
	stream, err := db.Stream(ctx, "RowBinary", `SELECT xxHash64(matter_id), toUInt16(toDate(occurred_at, {tz:String})) FROM incidents
WHERE matter_id != ''`, Param("tz", timeZone))
	if err != nil {
		return fmt.Errorf("read matters: %w", err)
	}
	defer stream.Close()
	return eachRecord(stream, 10, func(b []byte) error {
		each(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:]))
		return nil
	})
}

// IncidentDays gives the local days (of timeZone, since 1970-01-01) of the
// stored incidents ids of source: what a transition touches.
func (db *DB) IncidentDays(ctx context.Context, timeZone, source string, ids []string) ([]uint16, error) {
	return db.daysOf(ctx, `SELECT DISTINCT toUInt16(toDate(occurred_at, {tz:String})) FROM incidents
WHERE source = {source:String} AND source_id IN {texts:Array(String)}`, ids, Param("tz", timeZone), Param("source", source))
}

// maxTextBytes bounds the texts that one statement names. They travel in the
// URL, where ClickHouse takes 1 MiB and escaping makes nine bytes of a
// Chinese character's three.
const maxTextBytes = 64 << 10

// eachTexts calls do with as many texts at a time as a URL holds.
func eachTexts(texts []string, do func(some []string) error) error {
	for len(texts) > 0 {
		n, size := 0, 0
		for n < len(texts) && (n == 0 || size+len(texts[n]) <= maxTextBytes) {
			size += len(texts[n]) + len(`'',`)
			n++
		}
		if err := do(texts[:n]); err != nil {
			return err
		}
		texts = texts[n:]
	}
	return nil
}

// daysOf asks for the days of texts.
func (db *DB) daysOf(ctx context.Context, sql string, texts []string, params ...any) ([]uint16, error) {
	var all []uint16
	err := eachTexts(texts, func(some []string) error {
		days, err := column[uint16](ctx, db, sql, append(params[:len(params):len(params)], Param("texts", some))...)
		all = append(all, days...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return distinctDays(all), nil
}

// LinkedDays gives the local days of all reports of the matters that links
// join with a report of some days (of timeZone, since 1970-01-01).
func (db *DB) LinkedDays(ctx context.Context, timeZone string, days []uint16) ([]uint16, error) {
	if len(days) == 0 {
		return nil, nil
	}
	var joined uint64
	if err := db.Row(ctx, `SELECT count() FROM matter_of`, []any{&joined}); err != nil || joined == 0 {
		return nil, err
	}
	return column[uint16](ctx, db, `SELECT DISTINCT toUInt16(toDate(occurred_at, {tz:String})) FROM incidents WHERE (source, source_id) IN
(
    SELECT source, source_id FROM matter_of WHERE matter IN
    (
        SELECT matter FROM matter_of WHERE (source, source_id) IN
            (SELECT source, source_id FROM incidents WHERE toUInt16(toDate(occurred_at, {tz:String})) IN {days:Array(UInt16)})
    )
)`, Param("tz", timeZone), Param("days", days))
}

// distinctDays joins lists of days, ascending.
func distinctDays(lists ...[]uint16) []uint16 {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (db *DB) months(ctx context.Context, sql string, params ...any) ([]uint32, error) {
	return column[uint32](ctx, db, sql, params...)
}

// column gives the single column of a statement.
func column[T any](ctx context.Context, db *DB, sql string, params ...any) ([]T, error) {
	var out []T
	err := db.Each(ctx, sql, func(scan func(...any) error) error {
		var v T
		if err := scan(&v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}, params...)
	return out, err
}

// Quarantined gives the number of refused rows that are kept.
func (db *DB) Quarantined(ctx context.Context) (int64, error) {
	var n int64
	err := db.Row(ctx, `SELECT toInt64(uniqExact(source, row_hash)) FROM quarantine`, []any{&n})
	return n, err
}

// AllMonths gives every month (yyyymm, local days of timeZone) that holds an
// incident.
func (db *DB) AllMonths(ctx context.Context, timeZone string) ([]uint32, error) {
	return db.months(ctx, `SELECT DISTINCT toYYYYMM(toDate(occurred_at, {tz:String})) FROM incidents`, Param("tz", timeZone))
}

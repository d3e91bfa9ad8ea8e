package clickhouse

import (
	"context"
	"encoding/binary"
	"math"
	"time"
)

// LevelRow is what was decided of an area on a day. Rules, Inputs, Amounts and
// Points are parallel.
type LevelRow struct {
	Day            int32 // days since 1970-01-01
	Area           string
	Tier           uint8
	Level          uint8
	Since          int32
	Was            uint8 // the level before
	Ruled          uint8 // by the rules, without an override
	RuledSince     int32
	Bare           uint8 // by the day's score alone
	Score          int32
	Rules          []string
	Inputs         []string
	Amounts        []float64
	Points         []int32
	Body           string
	BodyZh, BodyEn string
	ReasonZh       string
	ReasonEn       string
	Policy         string
	Override       uint64
	DataVersion    uint64
	Revision       uint64 // the greatest of a day and area counts
}

const levelColumns = `day, area, tier, level, since, was, ruled, ruled_since, bare, score, rules, inputs, amounts, points,
body, body_zh, body_en, reason_zh, reason_en, policy, override, data_version, revision`

// SaveLevels writes rows as one part; the same token again has no effect.
func (db *DB) SaveLevels(ctx context.Context, token string, rows []LevelRow) error {
	var w rowBinary
	for i := range rows {
		w.level(&rows[i])
	}
	return db.insert(ctx, `INSERT INTO levels (`+levelColumns+`)`, token, w.buf)
}

func (w *rowBinary) level(r *LevelRow) {
	w.day(r.Day)
	w.string(r.Area)
	w.u8(r.Tier)
	w.u8(r.Level)
	w.day(r.Since)
	w.u8(r.Was)
	w.u8(r.Ruled)
	w.day(r.RuledSince)
	w.u8(r.Bare)
	w.u32(uint32(r.Score))
	w.strings(r.Rules)
	w.strings(r.Inputs)
	w.length(len(r.Amounts))
	for _, v := range r.Amounts {
		w.u64(math.Float64bits(v))
	}
	w.length(len(r.Points))
	for _, v := range r.Points {
		w.u32(uint32(v))
	}
	for _, s := range []string{r.Body, r.BodyZh, r.BodyEn, r.ReasonZh, r.ReasonEn, r.Policy} {
		w.string(s)
	}
	w.u64(r.Override)
	w.u64(r.DataVersion)
	w.u64(r.Revision)
}

func (w *rowBinary) u16(v uint16) { w.buf = binary.LittleEndian.AppendUint16(w.buf, v) }
func (w *rowBinary) day(d int32)  { w.u16(uint16(max(0, min(d, math.MaxUint16)))) }
func (w *rowBinary) length(n int) { w.buf = binary.AppendUvarint(w.buf, uint64(n)) }
func (w *rowBinary) strings(list []string) {
	w.length(len(list))
	for _, s := range list {
		w.string(s)
	}
}

// LevelDays gives the first and last day of the history; ok is false without
// any.
func (db *DB) LevelDays(ctx context.Context) (first, last int32, ok bool, err error) {
	var n uint64
	err = db.Row(ctx, `SELECT toInt32(min(day)), toInt32(max(day)), count() FROM levels`, []any{&first, &last, &n})
	return first, last, n > 0, err
}

// LevelsOn gives the rows of a day, by area.
func (db *DB) LevelsOn(ctx context.Context, day int32) ([]LevelRow, error) {
	return db.levels(ctx, `day = toDate({day:Int32})`, Param("day", day))
}

// LevelsOf gives the rows of an area on the days [first, last], ascending.
func (db *DB) LevelsOf(ctx context.Context, area string, first, last int32) ([]LevelRow, error) {
	return db.levels(ctx, `area = {area:String} AND day >= toDate({first:Int32}) AND day <= toDate({last:Int32})`,
		Param("area", area), Param("first", first), Param("last", last))
}

func (db *DB) levels(ctx context.Context, where string, params ...any) ([]LevelRow, error) {
	var out []LevelRow
	err := db.Each(ctx, `SELECT toInt32(day), area, tier, level, toInt32(since), was, ruled, toInt32(ruled_since), bare, score, rules, inputs, amounts, points,
body, body_zh, body_en, reason_zh, reason_en, policy, override, data_version, revision
FROM levels FINAL WHERE `+where+` ORDER BY day, area`, func(scan func(...any) error) error {
		var r LevelRow
		err := scan(&r.Day, &r.Area, &r.Tier, &r.Level, &r.Since, &r.Was, &r.Ruled, &r.RuledSince, &r.Bare, &r.Score, &r.Rules, &r.Inputs, &r.Amounts,
			&r.Points, &r.Body, &r.BodyZh, &r.BodyEn, &r.ReasonZh, &r.ReasonEn, &r.Policy, &r.Override, &r.DataVersion, &r.Revision)
		out = append(out, r)
		return err
	}, params...)
	return out, err
}

// OverrideRow is a level set by hand. The newest of an area counts.
type OverrideRow struct {
	ID     uint64 // grows with time
	Area   string
	Level  uint8
	Reason string
	By     string
	MadeAt time.Time
	EndsAt time.Time
	Lifted bool // this row ends the one before
}

// SaveOverride appends one.
func (db *DB) SaveOverride(ctx context.Context, r OverrideRow) error {
	var w rowBinary
	w.u64(r.ID)
	w.string(r.Area)
	w.u8(r.Level)
	w.string(r.Reason)
	w.string(r.By)
	w.millis(r.MadeAt)
	w.millis(r.EndsAt)
	w.flag(r.Lifted)
	return db.insert(ctx, `INSERT INTO level_overrides (id, area, level, reason, made_by, made_at, ends_at, lifted)`, "", w.buf)
}

func (w *rowBinary) flag(b bool) {
	if b {
		w.u8(1)
		return
	}
	w.u8(0)
}

// Overrides gives those of an area, all areas for "", the newest last.
func (db *DB) Overrides(ctx context.Context, area string) ([]OverrideRow, error) {
	var out []OverrideRow
	err := db.Each(ctx, `SELECT id, area, level, reason, made_by, made_at, ends_at, lifted FROM level_overrides FINAL
WHERE {area:String} = '' OR area = {area:String} ORDER BY id`, func(scan func(...any) error) error {
		var r OverrideRow
		var lifted uint8
		err := scan(&r.ID, &r.Area, &r.Level, &r.Reason, &r.By, &r.MadeAt, &r.EndsAt, &lifted)
		r.Lifted = lifted != 0
		out = append(out, r)
		return err
	}, Param("area", area))
	return out, err
}

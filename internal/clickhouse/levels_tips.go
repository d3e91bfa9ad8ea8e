package clickhouse

import (
	"context"
	"time"
)

// TipRow is one 工作提示.
type TipRow struct {
	ID             string // year-number
	Seq            uint64 // grows with every tip
	Year           uint16
	Number         uint32
	Key            string // what it is about; no two tips have the same
	Cause          string // level or deadline
	Day            int32  // days since 1970-01-01
	MadeAt         time.Time
	AnswerBy       int32
	Area           string
	Tier           uint8
	Level          uint8
	Score          int32
	Body           string
	BodyZh, BodyEn string
	TextZh, TextEn string
	Policy         string
	AckedAt        time.Time // zero while nobody did; read only
	AckedBy        string
	Note           string
}

// SaveTips writes rows as one part.
func (db *DB) SaveTips(ctx context.Context, rows []TipRow) error {
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.string(r.ID)
		w.u64(r.Seq)
		w.u16(r.Year)
		w.u32(r.Number)
		w.string(r.Key)
		w.string(r.Cause)
		w.day(r.Day)
		w.millis(r.MadeAt)
		w.day(r.AnswerBy)
		w.string(r.Area)
		w.u8(r.Tier)
		w.u8(r.Level)
		w.u32(uint32(r.Score))
		for _, s := range []string{r.Body, r.BodyZh, r.BodyEn, r.TextZh, r.TextEn, r.Policy} {
			w.string(s)
		}
	}
	return db.insert(ctx, `INSERT INTO tips (id, seq, year, number, key, cause, day, made_at, answer_by, area, tier, level, score,
body, body_zh, body_en, text_zh, text_en, policy)`, "", w.buf)
}

const tipsSQL = `SELECT id, seq, year, number, key, cause, toInt32(day), made_at, toInt32(answer_by), area, tier, level, score,
body, body_zh, body_en, text_zh, text_en, policy, acked_at, acked_by, note
FROM (SELECT * FROM tips FINAL) AS t
LEFT JOIN (SELECT tip, min(at) AS acked_at, argMin(made_by, at) AS acked_by, argMin(note, at) AS note FROM tip_events
           WHERE kind = 'ack' GROUP BY tip) AS e ON e.tip = t.id
WHERE seq > {after:UInt64} AND ({id:String} = '' OR id = {id:String}) AND made_at >= {from:DateTime64(3, 'UTC')} AND made_at < {to:DateTime64(3, 'UTC')}
ORDER BY seq`

// Tips gives the tips made in [from, to) with a seq above after, in the order
// in which they were made; a zero time is no bound.
func (db *DB) Tips(ctx context.Context, after uint64, from, to time.Time) ([]TipRow, error) {
	return db.tips(ctx, after, "", from, to)
}

// Tip gives one tip; ok is false where there is none.
func (db *DB) Tip(ctx context.Context, id string) (r TipRow, ok bool, err error) {
	rows, err := db.tips(ctx, 0, id, time.Time{}, time.Time{})
	if err != nil || len(rows) == 0 || id == "" {
		return TipRow{}, false, err
	}
	return rows[0], true, nil
}

func (db *DB) tips(ctx context.Context, after uint64, id string, from, to time.Time) ([]TipRow, error) {
	if from.Unix() < 0 {
		from = time.Unix(0, 0)
	}
	if to.Unix() < 0 {
		to = time.Unix(1<<32-1, 0)
	}
	var out []TipRow
	err := db.Each(ctx, tipsSQL, func(scan func(...any) error) error {
		var r TipRow
		err := scan(&r.ID, &r.Seq, &r.Year, &r.Number, &r.Key, &r.Cause, &r.Day, &r.MadeAt, &r.AnswerBy, &r.Area, &r.Tier, &r.Level, &r.Score,
			&r.Body, &r.BodyZh, &r.BodyEn, &r.TextZh, &r.TextEn, &r.Policy, &r.AckedAt, &r.AckedBy, &r.Note)
		if r.AckedAt.Unix() == 0 {
			r.AckedAt = time.Time{}
		}
		out = append(out, r)
		return err
	}, Param("after", after), Param("id", id), Param("from", clock(from)), Param("to", clock(to)))
	return out, err
}

// clock writes a time as a DateTime64(3, 'UTC') parameter.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }

// SaveTipEvent appends what happened to a tip.
func (db *DB) SaveTipEvent(ctx context.Context, tip, kind string, at time.Time, by, note string) error {
	var w rowBinary
	w.string(tip)
	w.string(kind)
	w.millis(at)
	w.string(by)
	w.string(note)
	return db.insert(ctx, `INSERT INTO tip_events (tip, kind, at, made_by, note)`, "", w.buf)
}

// OutboxRow is how far the push of a tip to a receiver is. The greatest
// revision counts. The row without a tip says from which seq on the receiver
// is told.
type OutboxRow struct {
	Receiver string
	Tip      string
	Seq      uint64
	State    string // registered, pending, delivered or dead
	Attempts uint16
	NextAt   time.Time
	Status   uint16 // of the last answer, 0 for none
	Error    string
	Revision uint64
}

// SaveOutbox writes rows as one part.
func (db *DB) SaveOutbox(ctx context.Context, rows []OutboxRow) error {
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.string(r.Receiver)
		w.string(r.Tip)
		w.u64(r.Seq)
		w.string(r.State)
		w.u16(r.Attempts)
		w.millis(r.NextAt)
		w.u16(r.Status)
		w.string(r.Error)
		w.u64(r.Revision)
	}
	return db.insert(ctx, `INSERT INTO webhook_outbox (receiver, tip, seq, state, attempts, next_at, status, error, revision)`, "", w.buf)
}

// Outbox gives what a receiver's outbox holds that is not delivered, by seq.
func (db *DB) Outbox(ctx context.Context, receiver string) ([]OutboxRow, error) {
	var out []OutboxRow
	err := db.Each(ctx, `SELECT receiver, tip, seq, state, attempts, next_at, status, error, revision FROM webhook_outbox FINAL
WHERE receiver = {receiver:String} AND state != 'delivered' ORDER BY seq, tip`, func(scan func(...any) error) error {
		var r OutboxRow
		err := scan(&r.Receiver, &r.Tip, &r.Seq, &r.State, &r.Attempts, &r.NextAt, &r.Status, &r.Error, &r.Revision)
		out = append(out, r)
		return err
	}, Param("receiver", receiver))
	return out, err
}

// OutboxReach gives the greatest seq that a receiver's outbox knows; ok is
// false for one that was never registered.
func (db *DB) OutboxReach(ctx context.Context, receiver string) (seq uint64, ok bool, err error) {
	var n uint64
	err = db.Row(ctx, `SELECT max(seq), count() FROM webhook_outbox WHERE receiver = {receiver:String}`, []any{&seq, &n}, Param("receiver", receiver))
	return seq, n > 0, err
}

// OutboxCounts gives the number of a receiver's rows by state.
func (db *DB) OutboxCounts(ctx context.Context, receiver string) (map[string]uint64, error) {
	out := map[string]uint64{}
	err := db.Each(ctx, `SELECT state, count() FROM webhook_outbox FINAL WHERE receiver = {receiver:String} GROUP BY state`,
		func(scan func(...any) error) error {
			var state string
			var n uint64
			if err := scan(&state, &n); err != nil {
				return err
			}
			out[state] = n
			return nil
		}, Param("receiver", receiver))
	return out, err
}

package clickhouse

import (
	"context"
	"time"
)

// DataVersion is a settled state of the data: it grows with every change that
// readers can see, and every cache hangs on it.
type DataVersion struct {
	Version    uint64
	SettledAt  time.Time
	SettledSeq uint64 // everything marked dirty up to here is in the cube
	Incidents  uint64 // incidents in the cube
}

// MarkDirty says that whole months (yyyymm) of the cube must be computed again;
// mark before writing the records. seq is a time in nanoseconds, and is raised
// where the clock went back: a mark below one that was settled would never be
// seen.
func (db *DB) MarkDirty(ctx context.Context, seq uint64, months []uint32) error {
	if len(months) == 0 {
		return nil
	}
	return db.MarkWith(ctx, db.nextMark(seq), months)
}

// MarkDays is MarkDirty for single local days, counted from 1970-01-01.
func (db *DB) MarkDays(ctx context.Context, seq uint64, days []uint16) error {
	if len(days) == 0 {
		return nil
	}
	seq = db.nextMark(seq)
	var w rowBinary
	for _, d := range days {
		w.u64(seq)
		w.u32(monthOf(d))
		w.u16(d)
	}
	return db.insert(ctx, `INSERT INTO cube_dirty (seq, month, day)`, "", w.buf)
}

// monthOf gives the month (yyyymm) of a day.
func monthOf(day uint16) uint32 {
	t := time.Unix(int64(day)*86_400, 0).UTC()
	return uint32(t.Year()*100 + int(t.Month()))
}

// MarkWith adds months to a mark that is not settled yet.
func (db *DB) MarkWith(ctx context.Context, mark uint64, months []uint32) error {
	var w rowBinary
	for _, m := range months {
		w.u64(mark)
		w.u32(m)
	}
	return db.insert(ctx, `INSERT INTO cube_dirty (seq, month)`, "", w.buf)
}

// nextMark gives seq, or one more than the greatest mark that is known.
func (db *DB) nextMark(seq uint64) uint64 {
	for {
		last := db.marked.Load()
		next := max(seq, last+1)
		if db.marked.CompareAndSwap(last, next) {
			return next
		}
	}
}

// knowMark keeps the greatest mark that was seen.
func (db *DB) knowMark(seq uint64) {
	for last := db.marked.Load(); seq > last && !db.marked.CompareAndSwap(last, seq); last = db.marked.Load() {
	}
}

// DirtyMonths gives the months marked after seq, and the greatest mark.
func (db *DB) DirtyMonths(ctx context.Context, seq uint64) (months []uint32, last uint64, err error) {
	last = seq
	err = db.Each(ctx, `SELECT month, max(seq) FROM cube_dirty WHERE seq > {seq:UInt64} GROUP BY month ORDER BY month`,
		func(scan func(...any) error) error {
			var month uint32
			var mark uint64
			if err := scan(&month, &mark); err != nil {
				return err
			}
			months = append(months, month)
			last = max(last, mark)
			return nil
		}, Param("seq", seq))
	db.knowMark(last)
	return months, last, err
}

// DirtyMonth is a month of the cube that must be computed again.
type DirtyMonth struct {
	Month uint32   // yyyymm
	Days  []uint16 // that changed, since 1970-01-01, ascending; nil for all of them
}

// Dirty gives what was marked after seq, ascending, and the greatest mark.
func (db *DB) Dirty(ctx context.Context, seq uint64) (months []DirtyMonth, last uint64, err error) {
	last = seq
	err = db.Each(ctx, `SELECT month, max(seq), arraySort(groupUniqArray(day)) FROM cube_dirty WHERE seq > {seq:UInt64} GROUP BY month ORDER BY month`,
		func(scan func(...any) error) error {
			var m DirtyMonth
			var mark uint64
			if err := scan(&m.Month, &mark, &m.Days); err != nil {
				return err
			}
			if m.Days[0] == 0 {
				m.Days = nil
			}
			months = append(months, m)
			last = max(last, mark)
			return nil
		}, Param("seq", seq))
	db.knowMark(last)
	return months, last, err
}

// CurrentVersion gives the newest data version, the zero value before the
// first one.
func (db *DB) CurrentVersion(ctx context.Context) (DataVersion, error) {
	var newest DataVersion
	err := db.Each(ctx, `SELECT version, settled_at, settled_seq, incidents FROM data_versions
ORDER BY version DESC, settled_at DESC LIMIT 1`, func(scan func(...any) error) error {
		return scan(&newest.Version, &newest.SettledAt, &newest.SettledSeq, &newest.Incidents)
	})
	newest.SettledAt = newest.SettledAt.UTC()
	db.knowMark(newest.SettledSeq)
	return newest, err
}

// SaveVersion appends a data version.
func (db *DB) SaveVersion(ctx context.Context, v DataVersion, cause string) error {
	var w rowBinary
	w.u64(v.Version)
	w.millis(v.SettledAt)
	w.u64(v.SettledSeq)
	w.u64(v.Incidents)
	w.string(cause)
	return db.insert(ctx, `INSERT INTO data_versions (version, settled_at, settled_seq, incidents, cause)`, "", w.buf)
}

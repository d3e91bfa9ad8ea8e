package clickhouse

import (
	"context"
	"strconv"
	"time"
)

// CoursesSeq gives the mark up to which the courses are computed, 0 for none.
func (db *DB) CoursesSeq(ctx context.Context) (uint64, error) {
	var seq uint64
	err := db.Row(ctx, `SELECT max(seq) FROM courses_settled`, []any{&seq})
	return seq, err
}

// SaveCoursesSeq keeps the mark up to which the courses are computed.
func (db *DB) SaveCoursesSeq(ctx context.Context, seq uint64, at time.Time) error {
	var w rowBinary
	w.u64(seq)
	w.millis(at)
	return db.insert(ctx, `INSERT INTO courses_settled (seq, at)`, "", w.buf)
}

// DirtyMonthsBetween gives the months marked after one mark and up to another,
// but for those whose records were removed: what is known of them stays.
func (db *DB) DirtyMonthsBetween(ctx context.Context, after, upTo uint64) ([]uint32, error) {
	return db.months(ctx, `SELECT DISTINCT month FROM cube_dirty WHERE seq > {after:UInt64} AND seq <= {up_to:UInt64}
AND month NOT IN (SELECT month FROM retention_log WHERE rule = 'records') ORDER BY month`,
		Param("after", after), Param("up_to", upTo))
}

// ReplaceCourses makes a month (yyyymm) of courses that of courses_next, which
// may hold none.
func (db *DB) ReplaceCourses(ctx context.Context, month uint32) error {
	partition := strconv.FormatUint(uint64(month), 10) // a number, so it needs no quoting
	var parts uint64
	err := db.Row(ctx, `SELECT count() FROM system.parts
WHERE database = currentDatabase() AND table = 'courses_next' AND active AND partition = {month:String}`, []any{&parts}, Param("month", partition))
	if err != nil {
		return err
	}
	if parts == 0 {
		return db.Exec(ctx, `ALTER TABLE courses DROP PARTITION `+partition)
	}
	return db.Exec(ctx, `ALTER TABLE courses REPLACE PARTITION `+partition+` FROM courses_next`)
}

package cube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"reli/internal/clickhouse"
)

// The table that the cube is computed into for a comparison. It is made for
// each and dropped after it.
const (
	makeCheck = `CREATE TABLE cube_check AS cube`
	dropCheck = `DROP TABLE IF EXISTS cube_check SYNC`
)

// Audit computes the cube from the records alone, beside the one that answers,
// and gives the months that differ. Months with records that came meanwhile are
// left out: they are about to be settled. So are sealed ones, whose records are
// gone. progress may be nil.
func (s *Store) Audit(ctx context.Context, progress func(done, of int)) (differ []uint32, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	version, err := s.opt.DB.CurrentVersion(ctx)
	if err != nil {
		return nil, err
	}
	months, err := s.recordMonths(ctx)
	if err != nil {
		return nil, err
	}
	for i, month := range months {
		if progress != nil {
			progress(i, len(months))
		}
		same, err := s.auditMonth(ctx, month)
		if err != nil {
			return nil, err
		}
		if !same {
			differ = append(differ, month)
		}
	}
	if len(differ) == 0 {
		return nil, nil
	}
	s.opt.Gate.Lock() // a mark is seen once its records are there
	dirty, _, err := s.opt.DB.DirtyMonths(ctx, version.SettledSeq)
	s.opt.Gate.Unlock()
	return slices.DeleteFunc(differ, func(m uint32) bool { return slices.Contains(dirty, m) }), err
}

// Rebuild computes months anew, whatever they hold.
func (s *Store) Rebuild(ctx context.Context, months []uint32) error {
	if err := s.opt.DB.MarkDirty(ctx, uint64(s.opt.Now().UnixNano()), months); err != nil {
		return err
	}
	_, err := s.Settle(ctx, "rebuild")
	return err
}

// recordMonths gives the months that records or the cube know, but for sealed
// ones.
func (s *Store) recordMonths(ctx context.Context) (months []uint32, err error) {
	sealed, err := s.opt.DB.SealedMonths(ctx)
	if err != nil {
		return nil, err
	}
	err = s.opt.DB.Each(ctx, `SELECT DISTINCT toYYYYMM(toDate(occurred_at, {tz:String})) AS month FROM incidents
UNION DISTINCT SELECT DISTINCT toYYYYMM(opened) FROM cube`, func(scan func(...any) error) error {
		var m uint32
		err := scan(&m)
		if !slices.Contains(sealed, m) {
			months = append(months, m)
		}
		return err
	}, clickhouse.Param("tz", s.opt.Zone.String()))
	slices.Sort(months)
	return months, err
}

func (s *Store) auditMonth(ctx context.Context, month uint32) (same bool, err error) {
	db := s.opt.DB
	if err := db.Exec(ctx, dropCheck); err != nil {
		return false, err
	}
	if err := db.Exec(ctx, makeCheck); err != nil {
		return false, err
	}
	defer func() {
		if dropped := db.Exec(context.WithoutCancel(ctx), dropCheck); err == nil {
			err = dropped
		}
	}()
	err = db.Exec(ctx, strings.Replace(settleSQL, "INSERT INTO cube_next", "INSERT INTO cube_check", 1),
		settleParams(s.opt.Zone.String(), []clickhouse.DirtyMonth{{Month: month}})...)
	if err != nil {
		return false, fmt.Errorf("compute %d from nothing: %w", month, err)
	}
	have, err := db.SumWhere(ctx, "cube", "toYYYYMM(opened) = {month:UInt32}", clickhouse.Param("month", month))
	if err != nil {
		return false, err
	}
	want, err := db.SumWhere(ctx, "cube_check", "toYYYYMM(opened) = {month:UInt32}", clickhouse.Param("month", month))
	return have.Rows == want.Rows && have.Digest == want.Digest, err
}

// Count compares the number of incidents of each month in the cube with that of
// the records, and gives the months that differ: a check of a second or two
// where Audit computes everything. Everything must be settled.
func (s *Store) Count(ctx context.Context) (differ []uint32, err error) {
	sealed, err := s.opt.DB.SealedMonths(ctx)
	if err != nil {
		return nil, err
	}
	err = s.opt.DB.Each(ctx, `SELECT month, sum(in_cube) AS have, sum(in_records) AS want FROM
(
    SELECT toYYYYMM(opened) AS month, toInt64(sum(toUInt64(n))) AS in_cube, toInt64(0) AS in_records FROM cube GROUP BY month
    UNION ALL
    SELECT toYYYYMM(toDate(occurred_at, {tz:String})) AS month, toInt64(0), toInt64(count()) FROM incidents FINAL GROUP BY month
)
GROUP BY month HAVING have != want ORDER BY month`, func(scan func(...any) error) error {
		var m uint32
		var have, want int64
		err := scan(&m, &have, &want)
		if !slices.Contains(sealed, m) {
			differ = append(differ, m)
		}
		return err
	}, clickhouse.Param("tz", s.opt.Zone.String()))
	return differ, err
}

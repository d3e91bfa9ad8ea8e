package cube

import (
	"context"
	_ "embed" // the statement below
	"fmt"
	"math"
	"slices"
	"strconv"

	"reli/internal/clickhouse"
)

//go:embed settle.sql
var settleSQL string

// settler makes the next version of the cube. One at a time.
type settler struct {
	db       *clickhouse.DB
	timeZone string
	// behind holds the months in which cube_next differs from cube, nil while
	// that is unknown (after a start).
	behind []uint32
}

// settle computes the partitions of months into cube_next and exchanges the
// tables. Readers see the old cube or the new one, never a mixture. It may be
// repeated at any point without effect on the result.
func (s *settler) settle(ctx context.Context, months []uint32) error {
	have, err := s.partitions(ctx)
	if err != nil {
		return fmt.Errorf("list cube partitions: %w", err)
	}
	behind := s.behind
	s.behind = nil // unknown until the exchange is done
	if behind == nil {
		if err := s.db.Exec(ctx, `TRUNCATE TABLE cube_next`); err != nil {
			return err
		}
		behind = have
	}
	for _, month := range behind {
		if slices.Contains(months, month) {
			continue
		}
		if err := s.catchUp(ctx, month, slices.Contains(have, month)); err != nil {
			return err
		}
	}
	for _, month := range months {
		if err := s.drop(ctx, month); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(months, monthsAtOnce) {
		if err := s.compute(ctx, some); err != nil {
			return fmt.Errorf("compute cube: %w", err)
		}
	}
	if err := s.db.Exec(ctx, `EXCHANGE TABLES cube AND cube_next`); err != nil {
		return err
	}
	s.behind = slices.Clone(months)
	return nil
}

// monthsAtOnce bounds the partitions of one statement: ClickHouse takes 100,
// and memory grows with them.
const monthsAtOnce = 6

// compute adds the rows of months to cube_next.
func (s *settler) compute(ctx context.Context, months []uint32) error {
	low, high := frameMonths(months)
	return s.db.Exec(ctx, settleSQL, clickhouse.Param("tz", s.timeZone), clickhouse.Param("months", months),
		clickhouse.Param("low", low), clickhouse.Param("high", high))
}

// frameMonths gives Unix seconds between which months lie, in any zone.
func frameMonths(months []uint32) (low, high uint32) {
	const aDay = 86_400
	first, _ := monthDays(slices.Min(months))
	_, end := monthDays(slices.Max(months))
	return uint32(max(int64(first-1)*aDay, 0)), uint32(min(int64(end+1)*aDay, math.MaxUint32))
}

// catchUp makes a month of cube_next that of cube, which may have none.
func (s *settler) catchUp(ctx context.Context, month uint32, there bool) error {
	if !there {
		return s.drop(ctx, month)
	}
	return s.db.Exec(ctx, `ALTER TABLE cube_next REPLACE PARTITION `+partition(month)+` FROM cube`)
}

func (s *settler) drop(ctx context.Context, month uint32) error {
	return s.db.Exec(ctx, `ALTER TABLE cube_next DROP PARTITION `+partition(month))
}

// partition writes a month as a partition literal; it is a number, so it
// needs no quoting.
func partition(month uint32) string { return strconv.FormatUint(uint64(month), 10) }

func (s *settler) partitions(ctx context.Context) ([]uint32, error) {
	months := []uint32{}
	err := s.db.Each(ctx, `SELECT DISTINCT toUInt32(partition) FROM system.parts WHERE database = currentDatabase() AND table = 'cube' AND active`,
		func(scan func(...any) error) error {
			var m uint32
			if err := scan(&m); err != nil {
				return err
			}
			months = append(months, m)
			return nil
		})
	return months, err
}

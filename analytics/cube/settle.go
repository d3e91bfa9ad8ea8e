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

// settle computes what is dirty into cube_next, takes the other days of its
// months over, and exchanges the tables. Readers see the old cube or the new one, never a mixture. It may be
// repeated at any point without effect on the result.
func (s *settler) settle(ctx context.Context, dirty []clickhouse.DirtyMonth) error {
	months := dirtyMonths(dirty)
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
	for _, m := range dirty {
		if err := s.drop(ctx, m.Month); err != nil {
			return err
		}
		if m.Days != nil && slices.Contains(have, m.Month) {
			if err := s.takeOver(ctx, m); err != nil {
				return err
			}
		}
	}
	for some := range slices.Chunk(dirty, monthsAtOnce) {
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

// takeOver adds the days of a month that did not change to cube_next, from the
// cube that is settled.
func (s *settler) takeOver(ctx context.Context, m clickhouse.DirtyMonth) error {
	return s.db.Exec(ctx, `INSERT INTO cube_next SELECT * FROM cube
WHERE toYYYYMM(opened) = {month:UInt32} AND toUInt16(opened) NOT IN {days:Array(UInt16)}`,
		clickhouse.Param("month", m.Month), clickhouse.Param("days", m.Days))
}

// compute adds the rows of what is dirty to cube_next.
func (s *settler) compute(ctx context.Context, dirty []clickhouse.DirtyMonth) error {
	return s.db.Exec(ctx, settleSQL, settleParams(s.timeZone, dirty)...)
}

func settleParams(timeZone string, dirty []clickhouse.DirtyMonth) []any {
	days := dirtyDays(dirty)
	low, high := frameDays(days)
	return []any{clickhouse.Param("tz", timeZone), clickhouse.Param("months", dirtyMonths(dirty)), clickhouse.Param("days", days),
		clickhouse.Param("low", low), clickhouse.Param("high", high)}
}

// dirtyMonths gives the months (yyyymm) of what is dirty.
func dirtyMonths(dirty []clickhouse.DirtyMonth) []uint32 {
	months := make([]uint32, len(dirty))
	for i, m := range dirty {
		months[i] = m.Month
	}
	return months
}

// dirtyDays gives the days of what is dirty.
func dirtyDays(dirty []clickhouse.DirtyMonth) []uint16 {
	var days []uint16
	for _, m := range dirty {
		if m.Days != nil {
			days = append(days, m.Days...)
			continue
		}
		first, end := monthDays(m.Month)
		for d := max(first, 0); d < min(end, math.MaxUint16+1); d++ {
			days = append(days, uint16(d))
		}
	}
	return days
}

// withDays adds days to what is dirty.
func withDays(dirty []clickhouse.DirtyMonth, days []uint16) []clickhouse.DirtyMonth {
	at := map[uint32]int{}
	for i, m := range dirty {
		at[m.Month] = i
	}
	for _, d := range days {
		y, m, _ := Day(d).Time().Date()
		month := uint32(y*100 + int(m))
		i, there := at[month]
		if !there {
			i = len(dirty)
			at[month] = i
			dirty = append(dirty, clickhouse.DirtyMonth{Month: month, Days: []uint16{d}})
		}
		if of := dirty[i].Days; of != nil && !slices.Contains(of, d) {
			dirty[i].Days = append(slices.Clone(of), d)
		}
	}
	return dirty
}

// frameDays gives Unix seconds between which days lie, in any zone.
func frameDays(days []uint16) (low, high uint32) {
	const aDay = 86_400
	if len(days) == 0 {
		return 0, 0
	}
	first, end := max(int64(slices.Min(days))-1, 0)*aDay, (int64(slices.Max(days))+2)*aDay
	return uint32(min(first, math.MaxUint32)), uint32(min(end, math.MaxUint32))
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

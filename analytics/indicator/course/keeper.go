package course

import (
	"context"
	_ "embed" // the statement below
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

//go:embed settle.sql
var settleSQL string

const (
	// monthsAtOnce bounds the partitions of one statement, and its memory.
	monthsAtOnce = 6
	// RelapseDays is how soon after its closing a matter has to come back to
	// count as a relapse (反弹).
	RelapseDays = 30
	// RepeatMonths is how long before a report the one before of the same matter
	// may lie for it to count as repeated (重复).
	RepeatMonths = 12
	// followDelay lets changes gather: a month is computed anew for one record of
	// it, and whoever reads settles first anyway.
	followDelay = 20 * time.Second
)

// Keeper settles the courses and lets readers at them. It is safe for
// concurrent use.
type Keeper struct {
	db     *clickhouse.DB
	store  *cube.Store
	logger *slog.Logger

	settling sync.Mutex // one settling at a time
	seq      uint64     // everything marked up to here is in the courses
	known    bool       // seq was read

	swap sync.RWMutex // partitions change only while nobody reads
}

// New makes a Keeper on the records of a store.
func New(db *clickhouse.DB, store *cube.Store, logger *slog.Logger) *Keeper {
	return &Keeper{db: db, store: store, logger: logger}
}

// Store gives the cube of the same records.
func (k *Keeper) Store() *cube.Store { return k.store }

// Read brings the courses up to the newest settled state and calls fn while
// they stand still. The snapshot is the state that they show; incidents that
// came after it may be among them.
func (k *Keeper) Read(ctx context.Context, fn func(db *clickhouse.DB, snap *cube.Snapshot) error) error {
	snap := k.store.Current()
	if err := k.settle(ctx, snap); err != nil {
		return fmt.Errorf("settle courses: %w", err)
	}
	k.swap.RLock()
	defer k.swap.RUnlock()
	return fn(k.db, snap)
}

// Follow settles after each change until ctx ends, so that readers need not
// wait for it.
func (k *Keeper) Follow(ctx context.Context) {
	for {
		changed := k.store.Changed()
		if err := k.settle(ctx, k.store.Current()); err != nil && ctx.Err() == nil {
			k.logger.ErrorContext(ctx, "settling the courses failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(followDelay):
		}
	}
}

func (k *Keeper) settle(ctx context.Context, snap *cube.Snapshot) error {
	k.settling.Lock()
	defer k.settling.Unlock()
	if !k.known {
		seq, err := k.db.CoursesSeq(ctx)
		if err != nil {
			return err
		}
		k.seq, k.known = seq, true
	}
	if k.seq >= snap.SettledSeq {
		return nil
	}
	months, err := k.db.DirtyMonthsBetween(ctx, k.seq, snap.SettledSeq)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(months, monthsAtOnce) {
		if err := k.compute(ctx, some); err != nil {
			return err
		}
	}
	if err := k.db.SaveCoursesSeq(ctx, snap.SettledSeq, snap.SettledAt); err != nil {
		return err
	}
	k.seq = snap.SettledSeq
	return nil
}

// compute makes the courses of months anew. It may be repeated at any point.
func (k *Keeper) compute(ctx context.Context, months []uint32) error {
	if err := k.db.Exec(ctx, `TRUNCATE TABLE courses_next`); err != nil {
		return err
	}
	low, high := frame(months)
	err := k.db.Exec(ctx, settleSQL, clickhouse.Param("tz", k.store.Zone().String()), clickhouse.Param("months", months),
		clickhouse.Param("low", low), clickhouse.Param("high", high), clickhouse.Param("relapse", uint32(RelapseDays*86_400)),
		clickhouse.Param("repeat", uint8(RepeatMonths)))
	if err != nil {
		return err
	}
	k.swap.Lock()
	defer k.swap.Unlock()
	for _, month := range months {
		if err := k.db.ReplaceCourses(ctx, month); err != nil {
			return err
		}
	}
	return nil
}

// frame gives Unix seconds between which months (yyyymm) lie, in any zone.
func frame(months []uint32) (low, high uint32) {
	begin := func(m uint32) time.Time { return time.Date(int(m/100), time.Month(m%100), 1, 0, 0, 0, 0, time.UTC) }
	first := begin(slices.Min(months)).AddDate(0, 0, -1).Unix()
	end := begin(slices.Max(months)).AddDate(0, 1, 1).Unix()
	return uint32(max(first, 0)), uint32(min(end, math.MaxUint32))
}

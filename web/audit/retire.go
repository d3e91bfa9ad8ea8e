package audit

import (
	"fmt"
	"os"
	"time"

	"reli/internal/durable"
)

// trustedGap is how far the clock may have gone on since the last entry for old
// months to be deleted: one that jumped ahead must not empty the log. After a
// longer pause the next start or month deletes.
const trustedGap = 35 * 24 * time.Hour

// tombstone is the detail of a retired month's entry.
const tombstone = "entries %d-%d, last hash %64s"

// retire deletes the months whose last day is older than the days to keep,
// after an entry with their last hash is durable. before is the time of the
// entry before the last ones. What cannot be deleted stays and is logged. Only
// the writer calls it.
func (l *Log) retire(before time.Time) {
	at, now := l.now(), l.opt.Now()
	if before.IsZero() || now.Sub(before) > trustedGap {
		return
	}
	months, err := segments(l.opt.Dir)
	for _, month := range months {
		began, _ := time.Parse(monthLayout, month) // segments names nothing else
		if month >= at.segment || now.Sub(began.AddDate(0, 1, 0)) < time.Duration(l.opt.KeepDays)*24*time.Hour {
			break
		}
		if err = l.retireMonth(month); err != nil {
			break
		}
	}
	if err != nil {
		l.opt.Logger.Error("audit log: an old month is not deleted", "error", err)
	}
}

func (l *Log) retireMonth(month string) error {
	path := segmentPath(l.opt.Dir, month)
	first, err := firstEntry(path, l.opt.Key)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	last, _, err := lastValid(path, l.opt.Key, 0, false, "")
	if err != nil || last == nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := l.commit([]Event{{Action: ActionRetire, Object: month + segmentSuffix, Outcome: OutcomeOK,
		Detail: fmt.Sprintf(tombstone, first.Seq, last.Seq, last.Hash)}}); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return durable.SyncFolder(l.opt.Dir)
}

// retired reads a tombstone.
func retired(e Entry) (last uint64, hash string, ok bool) {
	var first uint64
	n, err := fmt.Sscanf(e.Detail, tombstone, &first, &last, &hash)
	return last, hash, e.Action == ActionRetire && err == nil && n == 3
}

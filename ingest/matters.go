package ingest

import (
	"context"

	"github.com/cespare/xxhash/v2"
)

// matterOf is the matter of a report and the day on which it happened.
type matterOf struct {
	matter string
	day    uint16
}

// mattersDays gives the days of the stored reports of matters. A few are asked
// for by name; for many, the days of all matters are read once, and what is
// written after that is added.
func (s *incidentSink) mattersDays(ctx context.Context, of []matterOf) ([]uint16, error) {
	if len(of) == 0 {
		return nil, nil
	}
	if s.known == nil && len(of) <= maxNamedMatters {
		names := make([]string, len(of))
		for i, m := range of {
			names[i] = m.matter
		}
		return s.store.MatterDays(ctx, s.local.String(), "", nil, distinct(names))
	}
	if s.known == nil {
		known := newMatterDays()
		if err := s.store.Matters(ctx, s.local.String(), known.put); err != nil {
			return nil, err
		}
		s.known = known
	}
	seen := map[uint16]bool{}
	var days []uint16
	for _, m := range of {
		s.known.of(xxhash.Sum64String(m.matter), func(day uint16) {
			if !seen[day] {
				seen[day] = true
				days = append(days, day)
			}
		})
	}
	for _, m := range of {
		s.known.put(xxhash.Sum64String(m.matter), m.day)
	}
	return days, nil
}

// matterDays knows on which days the stored reports of each matter happened. It
// is an open-addressing table without pointers: 10 bytes a slot, between 13 and
// 27 bytes for each day of a matter. Matters are told apart by a 64-bit hash;
// two that share one mark a day too many.
type matterDays struct {
	keys  []uint64 // 0 marks an empty slot; a matter of several days has several slots
	days  []uint16
	count int
}

func newMatterDays() *matterDays {
	return &matterDays{keys: make([]uint64, smallestTable), days: make([]uint16, smallestTable)}
}

// put notes a day of a matter.
func (t *matterDays) put(matter uint64, day uint16) {
	if 4*(t.count+1) > 3*len(t.keys) {
		old := *t
		t.keys, t.days, t.count = make([]uint64, 2*len(old.keys)), make([]uint16, 2*len(old.keys)), 0
		for i, key := range old.keys {
			if key != 0 {
				t.put(key, old.days[i])
			}
		}
	}
	matter = max(matter, 1)
	for i := t.slot(matter); ; i = t.slot(i + 1) {
		switch {
		case t.keys[i] == 0:
			t.keys[i], t.days[i] = matter, day
			t.count++
			return
		case t.keys[i] == matter && t.days[i] == day:
			return
		}
	}
}

// of calls each with the days of a matter.
func (t *matterDays) of(matter uint64, each func(day uint16)) {
	matter = max(matter, 1)
	for i := t.slot(matter); t.keys[i] != 0; i = t.slot(i + 1) {
		if t.keys[i] == matter {
			each(t.days[i])
		}
	}
}

func (t *matterDays) slot(n uint64) uint64 { return n & uint64(len(t.keys)-1) }

package ingest

import (
	"math"
	"time"
)

// identities is what a run knows of the stored records of a source: for each
// identity the hash of its content, its version and its day. It is an
// open-addressing table without pointers: 26 bytes a slot, between 35 and 70
// bytes a record, and half as much again while it grows. The key is a 64-bit
// hash of the identity; among 10 million records the chance that any two
// share one is 3 in a million.
type identities struct {
	keys     []uint64 // 0 marks an empty slot
	contents []uint64
	versions []uint64
	days     []uint16
	count    int
}

// known is one entry.
type known struct {
	content uint64
	version uint64
	day     uint16 // local, since 1970-01-01; 0 when it does not matter
}

const smallestTable = 1 << 10

func newIdentities() *identities {
	t := &identities{}
	t.allocate(smallestTable)
	return t
}

func (t *identities) allocate(slots int) {
	t.keys = make([]uint64, slots)
	t.contents = make([]uint64, slots)
	t.versions = make([]uint64, slots)
	t.days = make([]uint16, slots)
	t.count = 0
}

// find gives the slot of key, or the empty one where it belongs.
func (t *identities) find(key uint64) (slot int, ok bool) {
	if key == 0 {
		key = 1
	}
	mask := uint64(len(t.keys) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		switch t.keys[i] {
		case key:
			return int(i), true
		case 0:
			return int(i), false
		}
	}
}

// get gives what is known of key.
func (t *identities) get(key uint64) (known, bool) {
	i, ok := t.find(key)
	if !ok {
		return known{}, false
	}
	return known{content: t.contents[i], version: t.versions[i], day: t.days[i]}, true
}

// put sets what is known of key.
func (t *identities) put(key uint64, k known) {
	i, ok := t.find(key)
	if !ok {
		if 4*(t.count+1) > 3*len(t.keys) {
			t.grow()
			i, _ = t.find(key)
		}
		t.count++
	}
	if key == 0 {
		key = 1
	}
	t.keys[i], t.contents[i], t.versions[i], t.days[i] = key, k.content, k.version, k.day
}

func (t *identities) grow() {
	old := *t
	t.allocate(2 * len(old.keys))
	for i, key := range old.keys {
		if key != 0 {
			slot, _ := t.find(key)
			t.keys[slot], t.contents[slot], t.versions[slot], t.days[slot] = key, old.contents[i], old.versions[i], old.days[i]
			t.count++
		}
	}
}

// dayNumber gives the day of a time in its own zone, since 1970-01-01. Those
// that a Date of the store cannot hold are cut to its ends, as the store does.
func dayNumber(t time.Time) uint16 {
	y, m, d := t.Date()
	return uint16(min(max(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86_400, 0), math.MaxUint16))
}

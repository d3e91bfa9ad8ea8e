package ingest

// identities is what a run knows of the stored records of a source: for each
// identity the hash of its content, its version and its month. It is an
// open-addressing table without pointers: 26 bytes a slot, between 35 and 70
// bytes a record, and half as much again while it grows. The key is a 64-bit
// hash of the identity; among 10 million records the chance that any two
// share one is 3 in a million.
type identities struct {
	keys     []uint64 // 0 marks an empty slot
	contents []uint64
	versions []uint64
	months   []uint16
	count    int
}

// known is one entry.
type known struct {
	content uint64
	version uint64
	month   uint32 // yyyymm, 0 when it does not matter
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
	t.months = make([]uint16, slots)
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
	return known{content: t.contents[i], version: t.versions[i], month: unpackMonth(t.months[i])}, true
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
	t.keys[i], t.contents[i], t.versions[i], t.months[i] = key, k.content, k.version, packMonth(k.month)
}

func (t *identities) grow() {
	old := *t
	t.allocate(2 * len(old.keys))
	for i, key := range old.keys {
		if key != 0 {
			slot, _ := t.find(key)
			t.keys[slot], t.contents[slot], t.versions[slot], t.months[slot] = key, old.contents[i], old.versions[i], old.months[i]
			t.count++
		}
	}
}

// A month is kept as the number of months since the year 1, plus 1: 16 bits
// last until the year 5461.
func packMonth(yyyymm uint32) uint16 {
	if yyyymm == 0 {
		return 0
	}
	return uint16((yyyymm/100-1)*12 + yyyymm%100)
}

func unpackMonth(m uint16) uint32 {
	if m == 0 {
		return 0
	}
	return (uint32(m-1)/12+1)*100 + uint32(m-1)%12 + 1
}

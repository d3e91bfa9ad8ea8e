package ingest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIdentitiesAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want := newIdentities(), map[uint64]known{}
		// Few low bits: many keys want the same slot.
		key := rapid.Custom(func(t *rapid.T) uint64 {
			return rapid.Uint64Range(0, 3).Draw(t, "slot") | rapid.Uint64Range(0, 800).Draw(t, "rest")<<40
		})
		for range rapid.IntRange(0, 3000).Draw(t, "steps") {
			k := key.Draw(t, "key")
			if k == 1 {
				continue // stands for 0 in the table; among hashes both are equally unlikely
			}
			v := known{content: uint64(len(want)), version: k + 1, day: 20_089}
			table.put(k, v)
			want[k] = v
		}
		if table.count != len(want) {
			t.Fatalf("%d entries, want %d", table.count, len(want))
		}
		for k, v := range want {
			if got, ok := table.get(k); !ok || got != v {
				t.Fatalf("%x: %v, want %v", k, got, v)
			}
		}
		if _, ok := table.get(1 << 63); ok {
			t.Fatal("found what was never put")
		}
	})
}

func TestADayIsThatOfItsZone(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	at := time.Date(2025, 1, 31, 16, 0, 0, 0, time.UTC)
	require.Equal(t, uint16(20_119), dayNumber(at))
	require.Equal(t, uint16(20_120), dayNumber(at.In(shanghai)), "February there")
	require.Zero(t, dayNumber(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, uint16(65_535), dayNumber(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestATableTakesAtMost70BytesARecord(t *testing.T) {
	table := newIdentities()
	for i := range uint64(1_000_000) {
		table.put(i*0x9e3779b97f4a7c15, known{})
		if slots := len(table.keys); i > smallestTable && float64(slots*26)/float64(i) > 70 {
			t.Fatalf("%d slots for %d records", slots, i)
		}
	}
}

package cube

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

// millionSQL makes incidents of 2025, ids without any order, 50,000 a part as
// ingest writes them.
const millionSQL = `INSERT INTO incidents (source, source_id, version, content_hash, occurred_at, reported_at, ingested_at, due_at, closed_at,
category, scale, people, urgency, channel, state, matter_id, cell, grid, area, location_quality)
SELECT ['12345', 'grid', 'petition'][1 + number % 3], lower(hex(MD5(toString(number)))), 1, number,
    toDateTime('2025-01-01 00:00:00', 'UTC') + sipHash64(number, 1) % (360 * 86400) AS occurred, occurred + 600, occurred + 86400, occurred + 30 * 86400,
    if(sipHash64(number, 2) % 3 = 0, toDateTime(0), occurred + sipHash64(number, 3) % (60 * 86400)),
    ['family', 'wage', 'land', 'medical', 'other'][1 + sipHash64(number, 4) % 5], sipHash64(number, 5) % 4, 2, sipHash64(number, 6) % 4,
    ['hotline', 'visit', 'online'][1 + sipHash64(number, 7) % 3], 1, if(number % 20 = 0, concat('m', toString(intDiv(number, 60))), ''),
    geoToH3(30.0 + 0.4 * (sipHash64(number, 8) % 1000) / 1000, 119.0 + 0.5 * (sipHash64(number, 9) % 1000) / 1000, 10), '', '', 1
FROM numbers({from:UInt64}, {rows:UInt64})`

const lifeSQL = `INSERT INTO transitions (source, source_id, at, kind, unit, level)
SELECT source, source_id, occurred_at + k.1, k.2, 'unit', 2 FROM incidents
ARRAY JOIN [(60, 'register'), (3600, 'assign'), (90000, 'resolve')] AS k`

// million is a store of a million incidents with their lives, in memory.
func million(b *testing.B, rows int) (*Store, *clickhouse.DB) {
	b.Helper()
	db := newDB(b)
	const part = 50_000
	for from := 0; from < rows; from += part {
		require.NoError(b, db.Exec(b.Context(), millionSQL, clickhouse.Param("from", from), clickhouse.Param("rows", min(part, rows-from))))
	}
	require.NoError(b, db.Exec(b.Context(), lifeSQL))
	require.NoError(b, db.MarkDirty(b.Context(), seq.Add(1), allOf2025()))
	return openStore(b, db, shanghai, inMemory), db
}

func allOf2025() []uint32 {
	var months []uint32
	for m := uint32(202501); m <= 202512; m++ {
		months = append(months, m)
	}
	return months
}

// A few rows of one month, as a push brings them.
func BenchmarkSettleAFewRowsAtAMillion(b *testing.B) {
	s, db := million(b, 1_000_000)
	for b.Loop() {
		require.NoError(b, db.Exec(b.Context(), millionSQL, clickhouse.Param("from", 7), clickhouse.Param("rows", 5)))
		require.NoError(b, db.MarkDirty(b.Context(), seq.Add(1), []uint32{202503}))
		_, err := s.Settle(b.Context(), "bench")
		require.NoError(b, err)
	}
}

package cube

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/hex"
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

// A few rows of one day, as a push brings them, beside the same with the whole
// month marked.
func BenchmarkSettleAFewRowsAtAMillion(b *testing.B) {
	s, db := million(b, 1_000_000)
	settle := func(mark func(b *testing.B)) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, db.Exec(b.Context(), millionSQL, clickhouse.Param("from", 7), clickhouse.Param("rows", 5)))
				mark(b)
				_, err := s.Settle(b.Context(), "bench")
				require.NoError(b, err)
			}
		}
	}
	for round := range 2 {
		b.Run(fmt.Sprint("month/", round), settle(func(b *testing.B) {
			require.NoError(b, db.MarkDirty(b.Context(), seq.Add(1), []uint32{202503}))
		}))
		b.Run(fmt.Sprint("day/", round), settle(func(b *testing.B) {
			require.NoError(b, db.MarkDays(b.Context(), seq.Add(1), []uint16{20_155}))
		}))
	}
}

// manyRows makes rows of a year in 20,000 cells and 609 grids.
func manyRows(n int) (places, []row) {
	pl := places{code: []string{""}, end: []uint32{1}, number: map[string]uint32{"": 0}}
	for i := range uint32(609) {
		code := strconv.Itoa(int(i))
		pl.code, pl.end, pl.number[code] = append(pl.code, code), append(pl.end, i+2), i+1
	}
	rng := rand.New(rand.NewPCG(1, 1))
	rows := make([]row, n)
	for i := range rows {
		opened := uint16(20089 + rng.IntN(365))
		rows[i] = row{cell: hex.Cell(0x8a3000000007fff + uint64(rng.IntN(20_000))<<15), place: 1 + rng.Uint32N(609),
			opened: opened, closed: opened + uint16(rng.IntN(90)), due: opened + 30, hour: uint8(rng.IntN(24)),
			category: uint8(rng.IntN(3)), source: uint8(rng.IntN(2)), channel: uint8(rng.IntN(2)), class: uint8(rng.IntN(16))}
	}
	return pl, rows
}

const aMillion = 1_000_000

var quarter = Selection{From: 20150, To: 20240, Measure: MeasureCount}

// selections of different cost: the window alone, filters, and whole tallies.
func selections() map[string]Selection {
	filtered, open, weighted, days, change := quarter, quarter, quarter, quarter, quarter
	filtered.Categories, filtered.Hours, filtered.Weekdays = []string{"wage"}, 0xff00, 0b111110
	open.Status = StatusOpen
	weighted.Measure, days.Measure, change.Measure = MeasureWeighted, MeasureDays, MeasureChange
	return map[string]Selection{"plain": quarter, "filtered": filtered, "open": open, "weighted": weighted, "median": days, "change": change}
}

func BenchmarkTallyOfAMillionRows(b *testing.B) {
	pl, rows := manyRows(aMillion)
	r := buildResident(pl, someCodes, rows)
	for name, s := range selections() {
		b.Run(name, func(b *testing.B) {
			p := compilePlan(s, r, defaultWeights())
			for b.Loop() {
				p.tally(&r.byCell, 0, r.Rows(), false)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/aMillion, "ns/row")
		})
	}
}

// A tile's worth of cells: a thousand of twenty thousand, plan included.
func BenchmarkCellFieldOfATile(b *testing.B) {
	pl, rows := manyRows(aMillion)
	snap := &Snapshot{resident: buildResident(pl, someCodes, rows)}
	for name, sel := range selections() {
		for _, fresh := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/fresh=%v", name, fresh), func(b *testing.B) {
				s := &Store{weights: defaultWeights()}
				for n := 0; b.Loop(); n++ {
					if fresh {
						sel.From, sel.To = quarter.From+Day(n%70), quarter.To+Day(n/70%100)
					}
					field, err := s.CellField(b.Context(), snap, sel, StorageResolution)
					require.NoError(b, err)
					for i := range 1000 {
						field.Tally(5000 + i)
					}
				}
			})
		}
	}
}

func BenchmarkCompilePlan(b *testing.B) {
	pl, _ := manyRows(0)
	r := buildResident(pl, someCodes, nil)
	for name, s := range selections() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compilePlan(s, r, defaultWeights())
			}
		})
	}
}

func BenchmarkBuildResidentOfAMillion(b *testing.B) {
	pl, rows := manyRows(aMillion)
	for b.Loop() {
		buildResident(pl, someCodes, rows)
	}
}

func BenchmarkReplaceADayOfAMillion(b *testing.B) {
	pl, rows := manyRows(aMillion)
	r := buildResident(pl, someCodes, rows)
	day := rows[0].opened
	fresh := slices.DeleteFunc(slices.Clone(rows), func(x row) bool { return x.opened != day })
	for b.Loop() {
		r.replaceDays(someCodes, []uint16{day}, fresh)
	}
	b.ReportMetric(float64(len(fresh)), "rows/day")
}

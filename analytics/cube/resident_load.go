package cube

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"reli/geo/hex"
	"reli/internal/clickhouse"
)

// loadSQL reads the cube as rows of the resident order. Fixed columns first,
// then the finest area as text. The condition on days is empty for all.
const loadSQL = `SELECT cell, toUInt16(opened), toUInt16(closed), toUInt16(due), hour,
toUInt8(indexOf({categories:Array(String)}, toString(category)) - 1),
toUInt8(indexOf({sources:Array(String)}, toString(source)) - 1),
toUInt8(indexOf({channels:Array(String)}, toString(channel)) - 1),
toUInt8(least(scale, 3) + 4 * least(urgency, 3)), n,
multiIf(grid != '', toString(grid), village != '', toString(village), township != '', toString(township), toString(county))
FROM cube`

const fixedWidth = 8 + 3*2 + 5 + 4

// loadRows reads the incidents that opened on the days of dirty, all where it
// is nil. number gives the number of an area's code.
func loadRows(ctx context.Context, db *clickhouse.DB, codes *codebook, number func(code []byte) uint32, dirty []clickhouse.DirtyMonth, expect int) ([]row, error) {
	sql := loadSQL
	params := []any{
		clickhouse.Param("categories", codes.category),
		clickhouse.Param("sources", codes.source),
		clickhouse.Param("channels", codes.channel),
	}
	if dirty != nil {
		sql += ` WHERE toYYYYMM(opened) IN {months:Array(UInt32)} AND toUInt16(opened) IN {days:Array(UInt16)}`
		params = append(params, clickhouse.Param("months", dirtyMonths(dirty)), clickhouse.Param("days", dirtyDays(dirty)))
	}
	stream, err := db.Stream(ctx, "RowBinary", sql, params...)
	if err != nil {
		return nil, fmt.Errorf("load resident cube: %w", err)
	}
	defer stream.Close()
	return decodeRows(bufio.NewReaderSize(stream, 1<<18), number, make([]row, 0, expect))
}

func decodeRows(r *bufio.Reader, number func(code []byte) uint32, rows []row) ([]row, error) {
	var fixed [fixedWidth]byte
	var text []byte
	for {
		if _, err := io.ReadFull(r, fixed[:]); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, fmt.Errorf("load resident cube: %w", err)
		}
		length, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, fmt.Errorf("load resident cube: %w", err)
		}
		text = append(text[:0], make([]byte, length)...)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("load resident cube: %w", err)
		}
		one := row{
			cell:   hex.Cell(binary.LittleEndian.Uint64(fixed[0:])),
			opened: binary.LittleEndian.Uint16(fixed[8:]),
			closed: binary.LittleEndian.Uint16(fixed[10:]),
			due:    binary.LittleEndian.Uint16(fixed[12:]),
			hour:   fixed[14], category: fixed[15], source: fixed[16], channel: fixed[17], class: fixed[18],
			place: number(text),
		}
		for range binary.LittleEndian.Uint32(fixed[19:]) {
			rows = append(rows, one)
		}
	}
}

// callNumbers numbers codes as they come, for rows that are read before the
// tree of areas is there.
type callNumbers struct {
	codes  []string
	number map[string]uint32
}

func (c *callNumbers) of(code []byte) uint32 {
	n, ok := c.number[string(code)]
	if !ok {
		n = uint32(len(c.codes))
		c.codes = append(c.codes, string(code))
		c.number[string(code)] = n
	}
	return n
}

// settle gives the rows the numbers that the tree gives.
func (c *callNumbers) settle(rows []row, pl places) {
	final := make([]uint32, len(c.codes))
	for i, code := range c.codes {
		final[i] = pl.number[code]
	}
	for i := range rows {
		rows[i].place = final[rows[i].place]
	}
}

// loadCells reads only the distinct cells and their numbers of incidents, for
// a cube that stays in ClickHouse.
func loadCells(ctx context.Context, db *clickhouse.DB, pl places) (*Resident, error) {
	r := &Resident{places: pl, cellStart: []uint32{0}}
	err := db.Each(ctx, `SELECT cell, toUInt32(sum(n)) FROM cube GROUP BY cell ORDER BY cell`, func(scan func(...any) error) error {
		var cell uint64
		var n uint32
		if err := scan(&cell, &n); err != nil {
			return err
		}
		r.cells = append(r.cells, hex.Cell(cell))
		r.cellStart = append(r.cellStart, r.cellStart[len(r.cellStart)-1]+n)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load cells: %w", err)
	}
	return r, nil
}

package indicator

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// key is what counts are made by: a level of the tree, or everything.
type key string

const (
	byTotal    key = "total"
	byCounty   key = "county"
	byTownship key = "township"
	byVillage  key = "village"
	byGrid     key = "grid"
)

// statement counts the courses that a Selection picks by key, in one pass.
func statement(by key, where string) string {
	parts := make([]string, 0, 64)
	for _, c := range columns() {
		parts = append(parts, `toInt64(`+c.sql+`)`)
	}
	quantiles, _ := middles()
	parts = append(parts, quantiles)
	group := `''`
	if by != byTotal {
		group = string(by) // one of the constants above: an identifier
		where += ` AND ` + group + ` != ''`
	}
	return `SELECT ` + group + ` AS key,
` + strings.Join(parts, ",\n") + `
FROM courses WHERE ` + where + `
GROUP BY key`
}

// read gives the counts by area code, of those that have any.
func read(ctx context.Context, db *clickhouse.DB, cat *cube.Catalogue, sel cube.Selection, by key) (map[string]*Counts, error) {
	where, params := sel.Conditions(cat)
	params = append(params, clickhouse.Param("rating_days", uint8(ratingDays)), clickhouse.Param("collective", uint8(collectivePeople)))
	stream, err := db.Stream(ctx, "RowBinary", statement(by, where), params...)
	if err != nil {
		return nil, fmt.Errorf("count courses: %w", err)
	}
	defer stream.Close()
	return decode(bufio.NewReaderSize(stream, 1<<17))
}

func decode(r *bufio.Reader) (map[string]*Counts, error) {
	whole := columns()
	_, mid := middles()
	fixed := make([]byte, 8*len(whole))
	var text []byte
	out := map[string]*Counts{}
	for {
		length, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("count courses: %w", err)
		}
		text = append(text[:0], make([]byte, length)...)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("count courses: %w", err)
		}
		if _, err := io.ReadFull(r, fixed); err != nil {
			return nil, fmt.Errorf("count courses: %w", err)
		}
		c := &Counts{}
		for i, column := range whole {
			*column.into(c) = int64(binary.LittleEndian.Uint64(fixed[8*i:]))
		}
		if err := decodeMiddles(r, c, mid); err != nil {
			return nil, fmt.Errorf("count courses: %w", err)
		}
		out[string(text)] = c
	}
}

// decodeMiddles reads the array of quantiles.
func decodeMiddles(r *bufio.Reader, c *Counts, into []func(*Counts) *float64) error {
	length, err := binary.ReadUvarint(r)
	if err != nil {
		return err
	}
	if length != uint64(len(into)) {
		return fmt.Errorf("%d quantiles, want %d", length, len(into))
	}
	var number [8]byte
	for _, at := range into {
		if _, err := io.ReadFull(r, number[:]); err != nil {
			return err
		}
		*at(c) = math.Float64frombits(binary.LittleEndian.Uint64(number[:]))
	}
	return nil
}

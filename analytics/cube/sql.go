package cube

import (
	"fmt"
	"math/bits"
	"strings"

	"reli/geo/area"
	"reli/geo/hex"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Dimension is what tallies are grouped by.
type Dimension string

// Dimensions. DimensionCell needs a resolution.
const (
	DimensionTotal    Dimension = "total"
	DimensionCell     Dimension = "cell"
	DimensionCounty   Dimension = "county"
	DimensionTownship Dimension = "township"
	DimensionVillage  Dimension = "village"
	DimensionGrid     Dimension = "grid"
	DimensionDay      Dimension = "day"
	DimensionHour     Dimension = "hour"
	DimensionWeekday  Dimension = "weekday"
	DimensionCategory Dimension = "category"
	DimensionSource   Dimension = "source"
	DimensionChannel  Dimension = "channel"
	DimensionStatus   Dimension = "status"
)

// Query is a Selection with what its tallies are grouped by.
type Query struct {
	Selection  Selection
	By         Dimension
	Resolution int      // for DimensionCell
	Within     hex.Cell // only incidents inside this cell; 0 means everywhere
}

// check refuses what no executor could answer.
func (q Query) check() error {
	if q.Within != 0 && q.Within.Resolution() > StorageResolution {
		return schemas.BadParameter("cell", "finer than the stored resolution %d", StorageResolution)
	}
	_, err := q.keyColumn()
	return err
}

func checkResolution(res int) error {
	if res < 0 || res > StorageResolution {
		return schemas.BadParameter("resolution", "want 0 to %d", StorageResolution)
	}
	return nil
}

// keyColumn gives the SQL of a dimension's key. Keys are numbers for cells,
// days, hours and weekdays, text otherwise; all are read as text.
func (q Query) keyColumn() (string, error) {
	switch q.By {
	case DimensionTotal:
		return `''`, nil
	case DimensionCell:
		if err := checkResolution(q.Resolution); err != nil {
			return "", err
		}
		return `toString(h3ToParent(cell, {res:UInt8}))`, nil
	case DimensionCounty, DimensionTownship, DimensionVillage, DimensionGrid,
		DimensionCategory, DimensionSource, DimensionChannel:
		return string(q.By), nil // one of the constants above: an identifier
	case DimensionDay:
		return `toString(toUInt16(opened))`, nil
	case DimensionHour:
		return `toString(hour)`, nil
	case DimensionWeekday:
		return `toString(toDayOfWeek(opened))`, nil
	case DimensionStatus:
		return `multiIf(` + closedAtEnd + `, 'closed', ` + overdueAtEnd + `, 'overdue', 'open')`, nil
	}
	return "", schemas.BadParameter("by", "unknown dimension %q", clip(string(q.By)))
}

// States as of the window's end.
const (
	closedAtEnd  = `(closed != toDate(0) AND closed < {to:Date})`
	overdueAtEnd = `(NOT ` + closedAtEnd + ` AND due != toDate(0) AND due < {to:Date})`
)

// statement writes the SQL of a query, with its parameters. It is the only
// place where a Selection becomes SQL.
func (q Query) statement(cat *Catalogue, weights weightTable) (string, []any, error) {
	key, err := q.keyColumn()
	if err != nil {
		return "", nil, err
	}
	info, _ := LookupMeasure(q.Selection.Measure)
	where, params := q.where(cat, info)
	sql := `SELECT ` + key + ` AS key,
` + strings.Join(tallyColumns(info, weights), ",\n") + `
FROM cube WHERE ` + strings.Join(where, "\nAND ") + `
GROUP BY key ORDER BY key`
	return sql, params, nil
}

// inWindow and inBase tell the two windows of a change apart.
const (
	inWindow = `opened >= {from:Date} AND opened < {to:Date}`
	inBase   = `opened >= {base_from:Date} AND opened < {base_to:Date}`
)

// tallyColumns writes the parts of a Tally in the order of its fields. Parts
// that the measure does not need are 0.
func tallyColumns(info MeasureInfo, weights weightTable) []string {
	window := `1` // WHERE lets nothing else through
	if info.needs&needBase != 0 {
		window = inWindow
	}
	columns := []string{`toInt64(sumIf(n, ` + window + `)) AS tally_count`}
	for _, c := range []struct {
		part       need
		name       string
		expression string
	}{
		{needOpen, "tally_open", `sumIf(n, ` + window + ` AND NOT ` + closedAtEnd + `)`},
		{needOverdue, "tally_overdue", `sumIf(n, ` + window + ` AND ` + overdueAtEnd + `)`},
		{needClosed, "tally_closed", `sumIf(n, ` + window + ` AND ` + closedAtEnd + `)`},
		{needWeight, "tally_weight", `sumIf(n * ` + weights.sql() + `, ` + window + `)`},
		{needBase, "tally_base", `sumIf(n, ` + inBase + `)`},
	} {
		if info.needs&c.part == 0 {
			c.expression = `0`
		}
		columns = append(columns, `toInt64(`+c.expression+`) AS `+c.name)
	}
	median := `0`
	if info.needs&needMedian != 0 {
		which := window + ` AND ` + closedAtEnd
		median = `if(countIf(` + which + `) = 0, 0,
    quantileExactWeightedInterpolatedIf(0.5)(toInt32(closed) - toInt32(opened), n, ` + which + `))`
	}
	return append(columns, `toFloat64(`+median+`) AS tally_median`)
}

func (q Query) where(cat *Catalogue, info MeasureInfo) (where []string, params []any) {
	s := q.Selection
	add := func(condition string, named ...any) {
		where = append(where, condition)
		params = append(params, named...)
	}
	params = append(params, clickhouse.Param("from", s.From.String()), clickhouse.Param("to", s.To.String()))
	if info.needs&needBase != 0 {
		from, to := s.Base()
		add(`((`+inWindow+`) OR (`+inBase+`))`,
			clickhouse.Param("base_from", from.String()), clickhouse.Param("base_to", to.String()))
	} else {
		add(inWindow)
	}
	if s.Area != "" {
		add(areaColumn(cat, s.Area)+` = {area:String}`, clickhouse.Param("area", s.Area))
	}
	addCodes(add, "category", s.Categories)
	addCodes(add, "source", s.Sources)
	addCodes(add, "channel", s.Channels)
	switch s.Status {
	case StatusOpen:
		add(`NOT ` + closedAtEnd)
	case StatusClosed:
		add(closedAtEnd)
	case StatusOverdue:
		add(overdueAtEnd)
	}
	if s.Hours != 0 {
		add(`hour IN {hours:Array(UInt8)}`, clickhouse.Param("hours", bitNumbers(uint32(s.Hours))))
	}
	if s.Weekdays != 0 {
		add(`toDayOfWeek(opened) IN {weekdays:Array(UInt8)}`, clickhouse.Param("weekdays", bitNumbers(uint32(s.Weekdays))))
	}
	s.Scope.where(cat, add)
	q.whereCells(add)
	return where, params
}

func (q Query) whereCells(add func(string, ...any)) {
	switch q.By {
	case DimensionCell:
		add(`cell != 0`, clickhouse.Param("res", uint8(q.Resolution)))
	case DimensionCounty, DimensionTownship, DimensionVillage, DimensionGrid:
		add(string(q.By) + ` != ''`)
	}
	if q.Within != 0 {
		low, high := q.Within.ChildRange(StorageResolution)
		add(`cell BETWEEN {low:UInt64} AND {high:UInt64}`,
			clickhouse.Param("low", uint64(low)), clickhouse.Param("high", uint64(high)))
	}
}

func addCodes(add func(string, ...any), column string, codes []string) {
	if len(codes) > 0 {
		add(fmt.Sprintf(`%s IN {%s:Array(String)}`, column, column), clickhouse.Param(column, codes))
	}
}

// areaColumn gives the column that holds an area's code. An unknown area is in
// none of them, so it picks nothing.
func areaColumn(cat *Catalogue, code string) string {
	if cat.Tree == nil {
		return "grid"
	}
	switch a, _ := cat.Tree.Get(code); a.Level {
	case area.County:
		return "county"
	case area.Township:
		return "township"
	case area.Village:
		return "village"
	default:
		return "grid"
	}
}

func bitNumbers(set uint32) []int32 {
	var out []int32
	for ; set != 0; set &= set - 1 {
		out = append(out, int32(bits.TrailingZeros32(set)))
	}
	return out
}

// framesSQL counts by key and day.
func framesSQL(key string, where []string) string {
	return `SELECT ` + key + ` AS key, toUInt16(opened) AS day, toInt64(sum(n))
FROM cube WHERE ` + strings.Join(where, "\nAND ") + `
GROUP BY key, day ORDER BY key, day`
}

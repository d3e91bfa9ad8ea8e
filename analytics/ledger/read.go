package ledger

import (
	"context"
	"fmt"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// flowsSQL counts the times in which matters are open. A time that ended before
// the base day or begins at the window's end or later is in no ledger. Months
// are numbered from that of the base day; 255 stands for before it, or never.
const flowsSQL = `SELECT key, toString(ledger), begins, ends, again, toInt64(count()) FROM
(
    SELECT toString(%s) AS key, arrayJoin(arrayZip(ins, arrayResize(outs, length(ins), toDate(0)), arrayEnumerate(ins))) AS time,
        time.1 AS begin, time.2 > toDate(0) AND time.2 < {to:Date} AS ended, time.2 AS end, time.3 > 1 AS again,
        multiIf(scale >= 2 OR (again AND begin >= {base:Date}), 'variable', begin >= {base:Date}, 'increase', 'stock') AS ledger,
        if(begin < {base:Date}, 255, toUInt8(dateDiff('month', {base:Date}, begin))) AS begins,
        if(ended, toUInt8(dateDiff('month', {base:Date}, end)), 255) AS ends
    FROM courses WHERE %s
)
WHERE begin < {to:Date} AND NOT (ended AND end < {base:Date})
GROUP BY key, ledger, begins, ends, again`

const outside = 255

// everything before the window's end: what is open on the base day may be old.
func untilEnd(sel cube.Selection) cube.Selection {
	sel.From = 1
	return sel
}

func readFlows(ctx context.Context, db *clickhouse.DB, cat *cube.Catalogue, r Request) (flowsBy, error) {
	where, params := untilEnd(r.Selection).Conditions(cat)
	key := `''`
	if r.Level != area.Unknown {
		key = r.Level.String() // one of four words: an identifier
		where += ` AND ` + key + ` != ''`
	}
	out := flowsBy{}
	err := db.Each(ctx, fmt.Sprintf(flowsSQL, key, where), func(scan func(...any) error) error {
		var code, kind string
		var begins, ends, again uint8
		var n int64
		if err := scan(&code, &kind, &begins, &ends, &again, &n); err != nil {
			return err
		}
		if out[code] == nil {
			out[code] = map[Kind][]Flow{}
		}
		f := Flow{In: int(begins), Out: int(ends), Reopened: again == 1, N: n}
		if begins == outside {
			f.In = -1
		}
		if ends == outside {
			f.Out = -1
		}
		out[code][Kind(kind)] = append(out[code][Kind(kind)], f)
		return nil
	}, append(params, clickhouse.Param("base", r.Selection.From.String()))...)
	if err != nil {
		return nil, fmt.Errorf("count ledgers: %w", err)
	}
	return out, nil
}

// Long says which open matters are listed: open for Days or more, or with
// Reports or more, or reopened. 0 takes the default.
type Long struct {
	Days    int `json:"days"`
	Reports int `json:"reports"`
	Limit   int `json:"limit"`
}

// Defaults of Long, ours; MostMatters is a list that can still be read.
const (
	longDays    = 60
	longReports = 3
	longLimit   = 100
	MostMatters = 1000
)

func (l Long) orDefault() Long {
	if l.Days == 0 {
		l.Days = longDays
	}
	if l.Reports == 0 {
		l.Reports = longReports
	}
	if l.Limit == 0 {
		l.Limit = longLimit
	}
	l.Limit = min(l.Limit, MostMatters)
	return l
}

// Matter is one open matter that lasts long or came again.
type Matter struct {
	ID         string `json:"matter"`
	Category   string `json:"category"`
	Township   string `json:"township"`
	Village    string `json:"village"`
	Opened     string `json:"opened"` // first local day
	Days       int32  `json:"days"`   // from then to the window's end
	Reports    uint64 `json:"reports"`
	Reopened   uint64 `json:"reopened"`
	Overdue    bool   `json:"overdue"`
	Supervised bool   `json:"supervised"`
}

// mattersSQL lists open matters, the longest first.
const mattersSQL = `SELECT matter, argMin(category, opened), argMin(township, opened), argMin(village, opened),
    toString(min(opened)) AS first_day, toInt32(dateDiff('day', min(opened), {to:Date})) AS days, toUInt64(count()) AS reports,
    toUInt64(sum(arrayCount(i -> i < {to:Date}, ins) - 1)) AS reopened,
    max(is_open AND due > toDate(0) AND due < {to:Date}), max(supervised > toDate(0) AND supervised < {to:Date})
FROM (SELECT *, arrayCount(i -> i < {to:Date}, ins) > arrayCount(o -> o < {to:Date}, outs) AS is_open FROM courses
    WHERE %[1]s AND matter IN
    (
        SELECT matter FROM courses WHERE %[1]s AND arrayCount(i -> i < {to:Date}, ins) > arrayCount(o -> o < {to:Date}, outs)
    ))
GROUP BY matter
HAVING days >= {days:Int32} OR reports >= {reports:UInt32} OR reopened > 0
ORDER BY days DESC, reports DESC, matter LIMIT {limit:UInt32}`

func readMatters(ctx context.Context, db *clickhouse.DB, cat *cube.Catalogue, sel cube.Selection, long Long) ([]Matter, error) {
	where, params := untilEnd(sel).Conditions(cat)
	params = append(params, clickhouse.Param("days", int32(long.Days)), clickhouse.Param("reports", uint32(long.Reports)),
		clickhouse.Param("limit", uint32(long.Limit)))
	out := []Matter{}
	err := db.Each(ctx, fmt.Sprintf(mattersSQL, where), func(scan func(...any) error) error {
		var m Matter
		var overdue, supervised uint8
		if err := scan(&m.ID, &m.Category, &m.Township, &m.Village, &m.Opened, &m.Days, &m.Reports, &m.Reopened, &overdue, &supervised); err != nil {
			return err
		}
		m.Overdue, m.Supervised = overdue == 1, supervised == 1
		out = append(out, m)
		return nil
	}, params...)
	if err != nil {
		return nil, fmt.Errorf("list matters: %w", err)
	}
	return out, nil
}

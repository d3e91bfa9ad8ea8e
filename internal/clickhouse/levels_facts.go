package clickhouse

import (
	"context"
	"fmt"
)

// LevelFact says that from a local day on something counts for so many matters
// more (or fewer) in a place. What began before the first day asked for is
// reported as if it began on it.
type LevelFact struct {
	Place    string // the finest known area
	What     string // see cubeFacts, stepFacts and reachFacts
	Category string // of "open" only
	Day      int32  // days since 1970-01-01
	Change   int64
}

// cubeFacts reads the cube once. Each row of it spans some runs of days
// [from, to) in which it counts; a run gives a change at each end.
//
//	new: opened in the last 28 days. week: opened on the seven days before the
//	day. base: opened on the 56 days before those. open, and of these overdue,
//	urgent, critical, group, mass_group: open on the day. A matter is overdue
//	from the end of the day it is due on, as the measure of the cube has it.
const cubeFacts = `
SELECT place, what, if(what = 'open', category, '') AS of, toInt32(edge.1) AS day, sum(edge.2 * toInt64(n)) AS change FROM
(
    SELECT
        multiIf(grid != '', grid, village != '', village, township != '', township, county) AS place, category, n,
        toInt32(opened) AS o, if(toUInt16(closed) = 0, {never:Int32}, toInt32(closed)) AS c, toInt32(due) AS d,
        arrayJoin(arrayFilter(r -> r.2 < r.3 AND r.2 <= {last:Int32} AND r.3 > {first:Int32}, arrayConcat(
            [('new', o, o + 28), ('week', o + 1, o + 8), ('base', o + 8, o + 64), ('open', o, c)],
            if(d > 0, [('overdue', greatest(o, d), c)], []),
            if(urgency = 2, [('urgent', o, c)], []), if(urgency = 3, [('critical', o, c)], []),
            if(scale = 2, [('group', o, c)], []), if(scale = 3, [('mass_group', o, c)], [])))) AS run,
        run.1 AS what,
        arrayJoin(arrayFilter(e -> e.1 <= {last:Int32}, [(greatest(run.2, {first:Int32}), 1), (run.3, -1)])) AS edge
    FROM cube
    WHERE toInt32(opened) <= {last:Int32} AND (toUInt16(closed) = 0 OR toInt32(closed) > {first:Int32} OR toInt32(opened) + 64 > {first:Int32})
)
WHERE place != ''
GROUP BY place, what, of, day
HAVING change != 0
ORDER BY day, place, what, of`

// stepFacts reads the steps of matters: failed (30 days), relapse (30),
// supervised (30), skip_level (90), spill_over (90).
const stepFacts = `
SELECT place, what, '' AS of, toInt32(edge.1) AS day, sum(toInt64(edge.2)) AS change FROM
(
    SELECT i.area AS place,
        transform(t.kind, ['fail', 'reopen', 'supervise', 'skip', 'spill'], ['failed', 'relapse', 'supervised', 'skip_level', 'spill_over'], '') AS what,
        toInt32(toDate(t.at, {tz:String})) AS begins, begins + if(t.kind IN ('skip', 'spill'), 90, 30) AS ends,
        arrayJoin(arrayFilter(e -> e.1 <= {last:Int32}, [(greatest(begins, {first:Int32}), 1), (ends, -1)])) AS edge
    FROM
    (
        SELECT DISTINCT source, source_id, at, kind FROM transitions
        WHERE kind IN ('fail', 'reopen', 'supervise', 'skip', 'spill')
          AND toDate(at, {tz:String}) <= toDate({last:Int32}) AND toDate(at, {tz:String}) > toDate({first:Int32} - 90)
    ) AS t
    INNER JOIN (SELECT source, source_id, argMax(area, version) AS area FROM incidents GROUP BY source, source_id) AS i
        ON i.source = t.source AND i.source_id = t.source_id
    WHERE ends > {first:Int32} AND place != ''
)
GROUP BY place, what, of, day
HAVING change != 0
ORDER BY day, place, what`

// LevelFacts gives what counts in [first, last], both local days since
// 1970-01-01, ascending by day, in two reads: the cube, and the steps.
func (db *DB) LevelFacts(ctx context.Context, timeZone string, first, last int32, each func(LevelFact)) error {
	for _, sql := range []string{cubeFacts, stepFacts} {
		err := db.Each(ctx, sql, func(scan func(...any) error) error {
			var f LevelFact
			if err := scan(&f.Place, &f.What, &f.Category, &f.Day, &f.Change); err != nil {
				return err
			}
			each(f)
			return nil
		}, Param("first", first), Param("last", last), Param("tz", timeZone), Param("never", neverDay))
		if err != nil {
			return fmt.Errorf("read what weighs on areas: %w", err)
		}
	}
	return nil
}

// neverDay is after every day that a Date can hold.
const neverDay int32 = 1 << 16

// MatterReach is a matter of several reports, or one that was called across
// villages or departments.
type MatterReach struct {
	Reports []MatterReport
	Crossed []int32 // local days of the steps 三跨
	Called  []int32 // local days of the steps 吹哨
}

// MatterReport is one report of a matter.
type MatterReport struct {
	Day     int32 // local day it was reported on
	Place   string
	Village string // of the place, "" for a coarser one
	Unit    string // that handles it
}

const reachSQL = `
WITH
    steps AS
    (
        SELECT source, source_id, groupArrayIf(d, kind = 'cross') AS crossed, groupArrayIf(d, kind = 'whistle') AS called
        FROM (SELECT DISTINCT source, source_id, kind, toInt32(toDate(at, {tz:String})) AS d FROM transitions WHERE kind IN ('cross', 'whistle'))
        WHERE d <= {last:Int32} AND d + {keep:Int32} > {first:Int32}
        GROUP BY source, source_id
    ),
    newest AS
    (
        SELECT source, source_id, argMax((matter_id, reported_at, area, handling_unit), version) AS n
        FROM incidents GROUP BY source, source_id
    ),
    reports AS
    (
        SELECT newest.source AS source, newest.source_id AS source_id, if(m.matter = '', n.1, m.matter) AS named, if(named = '', concat(source, '\0', source_id), named) AS matter,
               toInt32(toDate(n.2, {tz:String})) AS day, n.3 AS area, p.village AS village, n.4 AS handling_unit
        FROM newest LEFT JOIN (SELECT code, village FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = n.3
            LEFT JOIN matter_of AS m ON m.source = newest.source AND m.source_id = newest.source_id
        WHERE (named != '' OR (source, source_id) IN (SELECT source, source_id FROM steps)) AND day <= {last:Int32}
    )
SELECT groupArray(day) AS days, groupArray(toString(area)) AS places, groupArray(toString(village)) AS villages, groupArray(toString(handling_unit)) AS units,
    arrayFlatten(groupArray(crossed)) AS crosses, arrayFlatten(groupArray(called)) AS calls
FROM (SELECT * FROM reports AS r LEFT JOIN steps AS s ON s.source = r.source AND s.source_id = r.source_id ORDER BY day, source, source_id)
GROUP BY matter
HAVING notEmpty(crosses) OR notEmpty(calls)
    OR (length(days) > 1 AND arrayMax(days) + {keep:Int32} > {first:Int32} AND (length(arrayDistinct(villages)) > 1 OR length(arrayDistinct(units)) > 1))
ORDER BY days, places`

// LevelReach gives the matters that may reach over villages or departments in
// [first, last]: those with a report or step at most keep days before. The
// reports of each are in the order of their days.
func (db *DB) LevelReach(ctx context.Context, timeZone string, first, last, keep int32, each func(MatterReach)) error {
	err := db.Each(ctx, reachSQL, func(scan func(...any) error) error {
		var m MatterReach
		var days []int32
		var places, villages, units []string
		if err := scan(&days, &places, &villages, &units, &m.Crossed, &m.Called); err != nil {
			return err
		}
		for i, day := range days {
			m.Reports = append(m.Reports, MatterReport{day, places[i], villages[i], units[i]})
		}
		each(m)
		return nil
	}, Param("first", first), Param("last", last), Param("keep", keep), Param("tz", timeZone))
	if err != nil {
		return fmt.Errorf("read how far matters reach: %w", err)
	}
	return nil
}
